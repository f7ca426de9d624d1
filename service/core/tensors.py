"""What flows between layers: a tensor's shape, element type and, where it matters, its strides."""

from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, TypeGuard, Union, cast

from service.core.dtypes import BYTES, DEFAULT, DType
from service.core.sizes import LARGEST_INTEGER, UNKNOWN_SIZE, Shape, Size, Unknown, below, is_known, product, written


class Tensor(NamedTuple):
    """A tensor without its values.

    ``strides`` are in elements. They are ``None`` for a contiguous tensor, which nearly all are; views
    (``permute``, ``expand``, slices, …) set them, since ``view`` accepts only what they allow.
    """

    shape: Shape
    dtype: DType = DEFAULT
    strides: Shape | None = None

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def elements(self) -> Size:
        """``Tensor.numel()``."""
        return product(self.shape)

    @property
    def bytes(self) -> Size:
        """Elements times their width."""
        return self.elements * BYTES[self.dtype]

    def reshaped(self, *shape: Size) -> "Tensor":
        """A contiguous tensor of the same element type."""
        return Tensor(shape, self.dtype)

    def __str__(self) -> str:
        return written(self.shape)


class Nothing:
    """Python's ``None`` where PyTorch returns it in a tensor's place, as MultiheadAttention does without weights."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "None"


NOTHING: Final = Nothing()

Value: TypeAlias = Union[Tensor, Unknown, Nothing, "tuple[Value, ...]"]
"""What a layer takes and returns: a tensor, a tuple of values as PyTorch returns it, or nothing known."""


def contiguous_strides(shape: Shape) -> Shape:
    """Strides of a freshly allocated tensor, in elements."""
    strides: list[Size] = []
    step: Size = 1
    for size in reversed(shape):
        strides.append(step)
        step = step * (size if not is_known(size) else max(size, 1))
    return tuple(reversed(strides))


def strides_of(tensor: Tensor) -> Shape:
    """Its strides in elements, spelled out also where they are the contiguous ones."""
    return contiguous_strides(tensor.shape) if tensor.strides is None else tensor.strides


def strided(shape: Shape, dtype: DType, strides: Shape) -> Tensor:
    """A tensor with these strides; they are kept only if they are not those of a freshly allocated one.

    Also the stride of an axis of one entry is kept: no element is found by it, but PyTorch tells
    ``channels_last`` from contiguous by it.
    """
    return Tensor(shape, dtype, None if 0 in shape or strides == contiguous_strides(shape) else strides)


def is_contiguous(tensor: Tensor) -> bool:
    """Whether its elements lie in memory in the order of its axes, without gaps."""
    return tensor.strides is None or all(
        size == 1 or stride == expected
        for size, stride, expected in zip(tensor.shape, tensor.strides, contiguous_strides(tensor.shape), strict=True)
    )


def extent(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Elements of memory from the first to the last of a tensor; none for one without elements."""
    return 0 if 0 in shape else 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))


@lru_cache(maxsize=4096)
def is_countable(tensor: Tensor) -> bool:
    """Whether its elements, strides and bytes can be counted in 64 bits, as PyTorch does; true of unknown sizes."""
    strides = strides_of(tensor)
    if not all(map(is_known, (*tensor.shape, *strides))):
        return True
    if any(stride > LARGEST_INTEGER for stride in strides):
        return False
    if 0 in tensor.shape:
        # Sizes are multiplied, unsigned, until one of them is zero.
        return product(tensor.shape[: tensor.shape.index(0)]) < 2**64
    return max(tensor.elements, extent(tensor.shape, strides) * BYTES[tensor.dtype]) <= LARGEST_INTEGER


def declared(shape: Shape, inputs: "tuple[Value, ...]") -> Tensor:
    """What arguments alone promise: negative sizes are left open, the element type is that of the first input."""
    dtype = inputs[0].dtype if inputs and isinstance(inputs[0], Tensor) else DEFAULT
    return Tensor(tuple(UNKNOWN_SIZE if below(size, 0) else size for size in shape), dtype)


def tensors_in(value: Value) -> list[Tensor | Unknown]:
    """Every tensor of a nested value, left to right."""
    if is_tuple(value):
        return [tensor for part in value for tensor in tensors_in(part)]
    return [] if value is NOTHING else [cast("Tensor | Unknown", value)]


def part_of(value: Value, index: int) -> Value | None:
    """``value[index]`` as Python does it to a tuple or a tensor; none where there is no such part."""
    if is_tuple(value):
        return value[index] if -len(value) <= index < len(value) else None
    if not isinstance(value, Tensor) or not value.shape:
        return None
    if below(index, -value.shape[0]) or below(value.shape[0] - 1, index):
        return None
    return strided(value.shape[1:], value.dtype, strides_of(value)[1:])


def is_tuple(value: object) -> TypeGuard[tuple[Value, ...]]:
    """Whether a value is a tuple of values, as an LSTM returns; a tensor is none, though it is a NamedTuple."""
    return type(value) is tuple
