"""One seed for all random cases of a run, printed so that the run can be repeated."""

import os
import random

import pytest
from hypothesis import settings

# How long a case takes is the machine's business.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")

SEED = os.environ.setdefault("PLUMBLINE_TEST_SEED", str(random.randrange(10**6)))


WAITING = ("tests/verification", "tests/service")
"""Where tests wait for processes more than they compute."""


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors, since some of the tests wait."""
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits comes first, so that it is done beside what computes, and nobody waits for it in the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(WAITING))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells the seed at the end, as what stands before the tests is left out of quiet runs."""
    cases = os.environ.get("PLUMBLINE_TEST_CASES", "20")
    terminalreporter.write_line(f"random cases: PLUMBLINE_TEST_SEED={SEED} PLUMBLINE_TEST_CASES={cases}")


@pytest.fixture(scope="session")
def seed() -> int:
    return int(SEED)
