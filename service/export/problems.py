"""What cannot be exported, and where in the user's code it stands."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import torch

_OURS: Final = f"{Path(__file__).parent}{os.sep}"
_PYTORCHS: Final = f"{Path(torch.__file__).parent}{os.sep}"
"""What is installed beside PyTorch may have a name that begins with PyTorch's."""

INEXPRESSIBLE: Final = "The model does what no document can say:"
NUMBERS_NEEDED: Final = "The model cannot be run without numbers:"


class Problem(NamedTuple):
    """Something that a document cannot say."""

    module: str
    """The full name of the module in whose forward pass it stands; empty for the model itself."""
    place: str
    """File and line."""
    operation: str
    reason: str

    def __str__(self) -> str:
        return f"{self.module or 'the model'} ({self.place}): {self.operation}: {self.reason}"


class ExportError(Exception):
    """The model cannot be exported; ``problems`` has all that is known to stand in the way."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.message, self.problems = message, tuple(dict.fromkeys(problems))
        super().__init__("\n  ".join((message, *map(str, self.problems))))

    def in_one_line(self) -> str:
        """All of it without a break."""
        return " ".join(" ".join((self.message, "; ".join(map(str, self.problems)))).split())


class ValuesNeededError(ExportError):
    """The model asks for numbers that nobody knows."""


class UnknownValuesError(Exception):
    """Numbers are asked for that nobody knows."""


class InexpressibleError(Exception):
    """The catalogue has no entry that says what is called."""


def is_ours(filename: str) -> bool:
    """Whether code is that of the exporter."""
    return filename.startswith(_OURS)


def is_users(filename: str) -> bool:
    """Whether code is neither PyTorch's nor ours."""
    return not filename.startswith(("<", _PYTORCHS, _OURS))
