"""What was worked out before: a table that forgets."""

from typing import Generic, TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


class Memory(Generic[Key, Result]):
    """Results of a pure function by its arguments, that weigh no more than twice ``size`` together.

    What was asked for lately is kept: once new results weigh ``size``, those that were not asked for meanwhile are
    forgotten.
    """

    __slots__ = ("_filled", "_old", "_young", "size")

    def __init__(self, size: int = 2048) -> None:
        self.size = size
        self._filled = 0
        self._young: dict[Key, Result] = {}
        self._old: dict[Key, Result] = {}

    def weight(self, key: Key) -> int:  # noqa: ARG002
        """How much of the size a result takes up: one, so that they are counted."""
        return 1

    def get(self, key: Key) -> Result | None:
        """The result, if it is remembered."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self[key] = found
        return found

    def __setitem__(self, key: Key, result: Result) -> None:
        if self._filled >= self.size:
            self._old, self._young, self._filled = self._young, {}, 0
        self._filled += self.weight(key)
        self._young[key] = result

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
