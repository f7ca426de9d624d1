"""Well-known architectures as documents to start from."""
