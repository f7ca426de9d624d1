"""What layers over 1, 2 or 3 spatial axes share: where the axes are, and the arithmetic of a sliding window."""

from typing import ClassVar, Final

from service.core.formulas import Formula
from service.core.sizes import Shape, Size
from service.core.tensors import Tensor
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
