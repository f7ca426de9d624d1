"""Where the service was told to verify nothing, everything else works, and PyTorch is not loaded."""

import pytest

from service.api.settings import Settings
from tests.api.server import analysing
from tests.documents import tutorial
from tests.verification.asking import asked, server


@pytest.mark.parametrize("device", ["cpu", "meta", "cuda"])
def test_nothing_is_verified(device: str) -> None:
    with analysing() as address:
        found = asked(address, {**tutorial(5, 1568), "verify": {"device": device}})
        assert found["valid"]
        assert found["verification"] == {
            "status": "unavailable", "device": device, "discrepancies": [],
            "error": "Nothing is verified here (PLUMBLINE_VERIFY_DEVICES=none).",
        }  # fmt: skip
        assert not any("verification" in " ".join(each.cmdline()) for each in server(address).children(recursive=True))


def test_a_variable_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_VERIFY_DEVICES", "none")
    assert Settings().verify_devices == ()
    monkeypatch.setenv("PLUMBLINE_VERIFY_DEVICES", "")
    assert "cpu" in Settings().verify_devices, "what is empty was not set"
