"""What was worked out before: a table that forgets."""

from typing import Generic, TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


class Memory(Generic[Key, Result]):
    """Results of a pure function by its arguments, no more than twice ``size`` of them.

    What was asked for lately is kept: once ``size`` new results are there, those that were not asked for meanwhile are
    forgotten.
    """

    __slots__ = ("_old", "_young", "size")

    def __init__(self, size: int = 2048) -> None:
        self.size = size
        self._young: dict[Key, Result] = {}
        self._old: dict[Key, Result] = {}

    def get(self, key: Key) -> Result | None:
        """The result, if it is remembered."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self[key] = found
        return found

    def __setitem__(self, key: Key, result: Result) -> None:
        if len(self._young) >= self.size:
            self._old, self._young = self._young, {}
        self._young[key] = result

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
