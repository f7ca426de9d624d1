"""What a layer can find wrong, one class a kind.

A fault speaks of one layer and what reaches it. Its kind carries the facts, so that ``diagnosis`` can
look upstream and propose cures without knowing the layer; its message is written here, once for all
layers. ``{layer}`` stands for the layer's name, ``{input}`` for the name of the tensor concerned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from service.core.sizes import Shape, Size
from service.core.tensors import Tensor

Detail: TypeAlias = Literal[
    "alignment", "alpha", "arguments", "axes", "beta", "beyond", "block", "boolean", "causal-and-mask",
    "causal-without-mask", "correction", "count", "counts", "coverage", "crop", "delta", "dim", "dims",
    "direction", "divisor", "dtype", "empty", "eps", "equation", "groups", "k", "keepdim", "kernel-size",
    "layout", "length", "limits", "matrix", "memory-format", "n-fft", "negative-exponent", "norm-type",
    "normalized-shape", "num-classes", "num-samples", "odd", "offsets", "operands", "order", "other",
    "out-of-range", "output", "output-padding", "output-ratio", "output-size", "overflow", "overlap", "padding",
    "padding-idx", "points", "positions", "proj-size", "ragged", "rank", "return-complex", "same-with-stride",
    "shared-memory", "sizes", "source", "statistics", "step", "subscript", "too-many-pieces", "two-inputs",
    "value", "value-unused", "vector", "zero", "zero-step",
]  # fmt: skip
"""What codes say behind the family of a layer, where that is not the name of an argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something PyTorch refuses, in the constructor or in the forward pass."""

    code: str
    """Stable and kebab-case: programs match on it."""
    message: str
    argument: str | None = None
    """The key of the document that is at fault, if one is."""
    part: str | None = None
    """The field with the nested layer whose key that is, as in a TransformerEncoder, if it is not the layer's own."""
    input: int | None = None
    """Which of the layer's inputs is concerned, if one is."""
    expected: Any = None
    received: Any = None
    undefined: bool = False
    """PyTorch neither refuses nor computes: it crashes, or reads memory that is not the tensor's."""

    @property
    def about(self) -> frozenset[str]:
        """The keys that it is about."""
        return self.keys(self.argument)

    def keys(self, *arguments: str | None) -> frozenset[str]:
        """Those arguments that there are, told apart from arguments of the same name of the layer around it."""
        prefix = "" if self.part is None else f"{self.part}."
        return frozenset(f"{prefix}{name}" for name in arguments if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeMismatch(Fault):
    """An argument declares the size of an axis, and another size arrives."""

    axis: int
    """The axis of the arriving tensor, counted from 0."""
    tensor: Tensor
    step: Size = 1
    """How many of the axis's entries one unit of the argument stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongRank(Fault):
    """A tensor has more or fewer axes than the layer takes."""

    ranks: tuple[int, ...]
    tensor: Tensor
    channels: Size | None = None
    """How many channels or features the layer declares, if it does."""
    channel_axis: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTooLarge(Fault):
    """A kernel, a padding or an output reaches beyond what arrives along one axis."""

    axis: int
    tensor: Tensor
    smallest: Size
    """The smallest size of that axis that the layer would take."""
    arguments: tuple[str, ...] = ("kernel_size",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indivisible(Fault):
    """A number has to be a multiple of another and is not."""

    dividend_argument: str | None = None
    divisor_argument: str | None = None
    dividend: Size
    divisor: Size

    @property
    def about(self) -> frozenset[str]:
        """Both the number and what it has to be a multiple of."""
        return self.keys(self.argument, self.dividend_argument, self.divisor_argument)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadValue(Fault):
    """A constructor's argument whose value PyTorch refuses whatever arrives."""

    choices: tuple[Any, ...] = ()
    """Values that would do, where they can be listed."""
    bounds: tuple[float, float] | None = None
    """The smallest and the largest number that would do, where that is all there is to it."""
    counts: tuple[int, ...] | None = None
    """How many numbers a list may hold, where it holds another number of them; empty where only a number would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchRow(BadValue):
    """A table has no row for an index that arrives whatever the model is given, such as a position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongDType(Fault):
    """The element type of a tensor is not one that the layer computes with."""

    allowed: frozenset[str]
    tensor: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncountable(Fault):
    """A weight or a result has more bytes than can be counted in 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewValues(Fault):
    """A statistic would be taken over a single value."""

    tensor: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class DimOutOfRange(Fault):
    """A ``dim`` names an axis that the tensor does not have."""

    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapesDisagree(Fault):
    """Several tensors that have to fit each other do not."""

    shapes: tuple[Shape, ...]
    axis: int | None = None
    """The axis along which they disagree, if it is one."""
    wanted: Shape | None = None
    """The shape that the one concerned would have to have, where the others leave it no choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongElementCount(Fault):
    """A view or reshape asks for another number of elements than there are."""

    tensor: Tensor
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class NotViewable(Fault):
    """A view of a tensor whose memory is not laid out for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TupleArrives(Fault):
    """A tuple, such as an LSTM returns, where a tensor is needed."""

    members: tuple[str, ...] = field(default=())
    """How the tensors within are referred to, relative to the tuple: ``[0]``, ``[1][0]``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongInputs(Fault):
    """Too few or too many inputs, or one under a name that the layer does not take."""

    names: tuple[str, ...] = ()
    required: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadIndex(Fault):
    """A reference indexes what cannot be indexed so: ``lstm[2]`` of a tuple of two."""

    length: int
    """How many entries there are to choose from."""


def listed(items: Sequence[Any], conjunction: str = "or") -> str:
    """``2, 3 or 4``"""
    words = [str(item) for item in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def many(count: Any, things: str) -> str:
    """``1 channel``, ``2 channels``"""
    return f"{count} {things.removesuffix('s') if count == 1 else things}"
