"""The request document: read strictly, unrolled into single layers, names resolved, order found."""
