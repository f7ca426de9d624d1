from collections.abc import Iterator

from service.core.faults import Fault
from service.diagnosis.cures import REMEDIES
from service.diagnosis.kinds import KINDS


def test_every_kind_of_fault_has_a_remedy() -> None:
    # A dataclass with slots is made twice, and only the second one is in use.
    assert set(kinds(Fault)) == {kind.__name__ for kind in REMEDIES}


def kinds(of: type[Fault]) -> Iterator[str]:
    for kind in of.__subclasses__():
        yield kind.__name__
        yield from kinds(kind)


def test_codes_are_unique_and_explained_in_one_line() -> None:
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    for kind in KINDS:
        assert kind.meaning.endswith(".")
        assert "\n" not in kind.meaning
        assert (kind.severity == "warning") == bool(kind.about)
