"""What layers over 1, 2 or 3 spatial axes share: where the axes are, and the arithmetic of a sliding window."""

from typing import ClassVar, Final

from service.core.formulas import Formula
from service.core.sizes import LARGEST_INTEGER, UNKNOWN, UNKNOWN_SIZE, Shape, Size, is_known
from service.core.tensors import Tensor, Value, declared
from service.layers.base import Layer
from service.layers.call import Call

LAYOUTS: Final = {1: "[N, C, L]", 2: "[N, C, H, W]", 3: "[N, C, D, H, W]"}

WINDOWS_FLOOR: Final = Formula("floor((input + 2·padding − dilation·(kernel_size − 1) − 1) / stride + 1)")


class SpatialLayer(Layer):
    """A layer whose last ``axes`` axes are spatial, with a channel axis before them and a batch axis, or none,
    in front."""

    axes: ClassVar[int]

    def require_spatial(self, call: Call, input: Tensor, *, input_index: int = 0, channels: Size | None = None) -> None:
        """The input is ``[N, C, …]`` or, unbatched, ``[C, …]``."""
        call.require_rank(
            input,
            self.axes + 1,
            self.axes + 2,
            layout=f"{LAYOUTS[self.axes]} or without N",
            input=input_index,
            channels=channels,
            channel_axis=-self.axes - 1,
        )

    def split(self, input: Tensor) -> tuple[Shape, Shape]:
        """The axes up to the channels, and the spatial ones."""
        return input.shape[: -self.axes], input.shape[-self.axes :]


class ChannelwiseLayer(SpatialLayer):
    """A spatial layer that treats every channel apart, so that the axes before the spatial ones stay."""

    def promised(self) -> Shape:
        """The spatial sizes of the result, going by the arguments alone."""
        return (UNKNOWN_SIZE,) * self.axes

    def returned(self, output: Tensor) -> Value:
        """The result, with where its entries stand in the input if that is asked for."""
        return (output, output._replace(dtype="int64")) if getattr(self, "return_indices", False) else output

    def declares(self, *inputs: Value) -> Value:
        first = inputs[0] if inputs else UNKNOWN
        if not isinstance(first, Tensor) or first.rank not in (self.axes + 1, self.axes + 2):
            return UNKNOWN
        leading, _ = self.split(first)
        return self.returned(declared((*leading, *self.promised()), inputs))


def scaled(call: Call, axis: int, formula: Formula, size: Size, **factor: float) -> Size:
    """The size of an axis that ``formula`` scales by a factor, in double precision as PyTorch does."""
    ((argument, number),) = factor.items()
    if is_known(size) and not (size <= LARGEST_INTEGER and abs(size * number) < LARGEST_INTEGER):
        call.refuse(
            None,
            f"{{layer}} is a {call.type} with {argument} = {number}, and size {size} of axis {axis} times that is "
            "more than any tensor has",
            argument=argument,
            expected="a smaller factor",
            received=number,
        )
        return UNKNOWN_SIZE
    return call.size(axis, formula, input=size, **factor)
