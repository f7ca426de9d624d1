"""One seed for all random cases of a run, printed so that the run can be repeated."""

import os
import random

import pytest
from hypothesis import settings

# How long a case takes is the machine's business.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")

SEED = os.environ.setdefault("PLUMBLINE_TEST_SEED", str(random.randrange(10**6)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells the seed at the end, as what stands before the tests is left out of quiet runs."""
    cases = os.environ.get("PLUMBLINE_TEST_CASES", "20")
    terminalreporter.write_line(f"random cases: PLUMBLINE_TEST_SEED={SEED} PLUMBLINE_TEST_CASES={cases}")


@pytest.fixture(scope="session")
def seed() -> int:
    return int(SEED)
