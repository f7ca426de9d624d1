from collections.abc import Iterator

import httpx
import pytest

from tests.api.server import analysing


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with analysing() as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client
