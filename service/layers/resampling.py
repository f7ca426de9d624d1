"""Resizing by interpolation: Upsample, UpsamplingNearest2d, UpsamplingBilinear2d and ``interpolate``.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html; sizes are
rounded as ``aten/src/ATen/native/UpSample.cpp`` rounds them.
"""

from typing import Annotated, Final, NamedTuple

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.formulas import Formula
from service.core.layouts import like
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Shape, Size, below, indivisible, is_known
from service.core.tensors import Tensor, Value, declared
from service.layers.adaptive_pooling import AdaptiveAverage, AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d
from service.layers.arguments import Bool, Float, Floats, Int, Ints, Str
from service.layers.base import Layer, example, type_name
from service.layers.call import Call
from service.layers.notebook import Rejection, Window
from service.layers.operation import Operation
from service.layers.spatial import LAYOUTS, scaled

SCALED: Final = Formula("floor(input × scale_factor)")
SCALED_NEGATIVELY: Final = Formula("ceil(input × scale_factor)")
"""PyTorch cuts off what is behind the point; only mode ``area`` lets a negative factor come to zero."""

_BYTE: Final = frozenset({"uint8"})
_PRECISE: Final = frozenset({"float32", "float64", "uint8"})


class Mode(NamedTuple):
    """What an interpolation takes."""

    axes: tuple[int, ...]
    """How many spatial axes."""
    taps: int
    """How many entries of the input along an axis make one of the output."""
    dtypes: frozenset[str] = FLOATING | _BYTE
    corners: bool = True
    """Whether ``align_corners`` can be set."""


MODES: Final = {
    "nearest": Mode((1, 2, 3), 1, corners=False),
    "nearest-exact": Mode((1, 2, 3), 1, corners=False),
    "linear": Mode((1,), 2, FLOATING),
    "bilinear": Mode((2,), 2),
    "bicubic": Mode((2,), 4),
    "trilinear": Mode((3,), 2, FLOATING),
    "area": Mode((1, 2, 3), 1, corners=False),
    "lanczos": Mode((2,), 6),
}
ANTIALIASED: Final = ("bilinear", "bicubic", "lanczos")
AREA: Final[dict[int, type[AdaptiveAverage]]] = {1: AdaptiveAvgPool1d, 2: AdaptiveAvgPool2d, 3: AdaptiveAvgPool3d}

OutputSize = Annotated[
    Int | Ints | None,
    Field(description="Size of every spatial axis of the result.", examples=[5, 12, (7,), (7, 9), (3, 4, 5)]),
]
ScaleFactor = Annotated[
    Float | Floats | None,
    Field(
        description="Size of every spatial axis of the result relative to that of the input.",
        examples=[2.0, 0.5, 1.3, 0.1, (2.5,), (1.7, 0.6), (2.0, 0.3, 1.1)],
    ),
]
ModeName = Annotated[Str, Field(description=f"How to interpolate: `{'`, `'.join(MODES)}`.", examples=list(MODES))]
AlignCorners = Annotated[
    Bool | None, Field(description="Whether the outermost entries of input and result coincide by their centres.")
]
Recompute = Annotated[
    Bool | None, Field(description="Whether to interpolate by the quotient of the sizes rather than by scale_factor.")
]


class Resizing(NamedTuple):
    """One way to resize, as the arguments ask for it."""

    size: int | Shape | None
    scale_factor: float | tuple[float, ...] | None
    mode: str
    align_corners: bool | None = None
    recompute: bool | None = None
    antialias: bool = False

    def check(self, call: Call) -> None:
        """Notes what is refused whatever arrives."""
        call.expect_one_of("mode", self.mode, tuple(MODES))
        if (self.size is None) == (self.scale_factor is None):
            given = "neither" if self.size is None else "both"
            self._refuse(call, "size", f"{given} of size and scale_factor", "one of them")
        if self.recompute and self.size is not None:
            self._refuse(call, "recompute_scale_factor", "recompute_scale_factor and size", "scale_factor with it")
        if self.mode in MODES:
            self._check_mode(call)

    def _check_mode(self, call: Call) -> None:
        if self.align_corners is not None and not MODES[self.mode].corners:
            self._refuse(
                call, "align_corners", f"align_corners = {self.align_corners} and mode = {self.mode!r}",
                "align_corners with linear and cubic modes only",
            )  # fmt: skip
        if self.antialias:
            call.expect_one_of("mode", self.mode, ANTIALIASED)
        if self.mode == "lanczos" and (self.align_corners or not self.antialias):
            self._refuse(
                call, "mode", f"mode = 'lanczos', align_corners = {self.align_corners} and "
                f"antialias = {self.antialias}", "this mode only with antialias and without align_corners",
            )  # fmt: skip

    def _refuse(self, call: Call, argument: str, given: str, allowed: str) -> None:
        call.refuse(
            None,
            f"{{layer}} is a {call.type} with {given}; it takes {allowed}",
            argument=argument,
            expected=allowed,
            received=given,
        )

    def of(self, call: Call, input: Tensor) -> Tensor:
        """The resized tensor, as it is laid out in memory."""
        mode = MODES[self.mode]
        layouts = [LAYOUTS[axes] for axes in mode.axes]
        call.require_rank(input, *(axes + 2 for axes in mode.axes), layout=" or ".join(layouts))
        axes = input.rank - 2
        if not (
            call.expect_count("size", self.size, axes) and call.expect_count("scale_factor", self.scale_factor, axes)
        ):
            raise Rejection
        if self.mode != "area":
            call.expect_filled(input, *range(1, input.rank))
        targets = tuple(self.target(call, input, axis) for axis in range(2, input.rank))
        if self.mode == "area":
            kind = AREA[axes]
            return kind.model_construct(type=type_name(kind), output_size=targets).forward(call, input)
        call.expect_dtype(input, _PRECISE if self.antialias else mode.dtypes)
        if not self.antialias and not self.align_corners:
            self.show(call, tuple(zip(input.shape[2:], targets, strict=True)))
        shape = (*input.shape[:2], *targets)
        return input.reshaped(*shape) if axes == 1 else like(input, shape)

    def target(self, call: Call, input: Tensor, axis: int) -> Size:
        """The size of an axis of the result."""
        size = input.shape[axis]
        if self.scale_factor is None:
            target: Size = self.size[axis - 2] if isinstance(self.size, tuple) else self.size  # type: ignore[assignment]
        else:
            factor = self.scale_factor[axis - 2] if isinstance(self.scale_factor, tuple) else self.scale_factor
            target = scaled(call, axis, SCALED if factor >= 0 else SCALED_NEGATIVELY, size, scale_factor=factor)
        least = 0 if self.mode == "area" else 1
        if below(target, least):
            self._refuse(
                call, "size" if self.scale_factor is None else "scale_factor",
                f"a result of size {target} along axis {axis} of {input}", f"sizes of at least {least}",
            )  # fmt: skip
            return UNKNOWN_SIZE
        return target

    def show(self, call: Call, pairs: tuple[tuple[Size, Size], ...]) -> None:
        """Says what an output sees, where the sizes are multiples of those of the input."""
        if all(is_known(target) and not indivisible(target, size) for size, target in pairs):
            taps = MODES[self.mode].taps
            call.sees(tuple(Window(1 if target == size else taps, 1, 0, target // size) for size, target in pairs))


class Interpolation(Layer):
    """A layer or operation that resizes."""

    family = "resize"

    size: Int | Ints | None
    scale_factor: Float | Floats | None

    def resizing(self) -> Resizing:
        """What its arguments ask for."""
        raise NotImplementedError

    def check_arguments(self, call: Call) -> None:
        self.resizing().check(call)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.resizing().of(call, input)

    def declares(self, *inputs: Value) -> Value:
        first = inputs[0] if inputs else UNKNOWN
        mode = MODES.get(self.resizing().mode)
        if mode is None or not isinstance(first, Tensor) or first.rank - 2 not in mode.axes:
            return UNKNOWN
        return declared((*first.shape[:2], *(UNKNOWN_SIZE,) * (first.rank - 2)), inputs)


class UpsampleLayer(Interpolation):
    """What the layers share that resize."""

    @property
    def factor(self) -> float | tuple[float, ...] | None:
        """The factor that the constructor keeps: it takes 0 for none."""
        return None if self.scale_factor == 0 else self.scale_factor


class Upsample(UpsampleLayer):
    """Resizes a sequence, an image or a volume by interpolation."""

    size: OutputSize = None
    scale_factor: ScaleFactor = None
    mode: ModeName = "nearest"
    align_corners: AlignCorners = None
    recompute_scale_factor: Recompute = None
    examples = (
        example((1, 3, 12, 12), scale_factor=2),
        example((1, 3, 7, 9), scale_factor=[2.3, 0.7], mode="bilinear", align_corners=True),
        example((2, 4, 10), size=25, mode="linear"),
        example((1, 2, 4, 6, 5), size=[8, 9, 10], mode="trilinear"),
        example((1, 3, 7, 9), scale_factor=1.5, mode="bicubic", recompute_scale_factor=True),
        example((1, 3, 7, 9), scale_factor=0.5, mode="area"),
        example((1, 3, 7, 9, 8), size=4, mode="nearest-exact"),
    )

    def resizing(self) -> Resizing:
        return Resizing(self.size, self.factor, self.mode, self.align_corners, self.recompute_scale_factor)


class FixedUpsampling(UpsampleLayer):
    """An Upsample whose mode is in its name."""

    size: OutputSize = None
    scale_factor: ScaleFactor = None


class UpsamplingNearest2d(FixedUpsampling):
    """Resizes an image by repeating the nearest pixel."""

    examples = (
        example((1, 3, 12, 12), scale_factor=2),
        example((1, 3, 7, 9), size=[10, 20]),
    )

    def resizing(self) -> Resizing:
        return Resizing(self.size, self.factor, "nearest")


class UpsamplingBilinear2d(FixedUpsampling):
    """Resizes an image by linear interpolation between pixels, corners onto corners."""

    examples = (
        example((1, 3, 12, 12), scale_factor=2),
        example((1, 3, 7, 9), size=[10, 20]),
    )

    def resizing(self) -> Resizing:
        return Resizing(self.size, self.factor, "bilinear", align_corners=True)


class UpsampleFunction(Interpolation, Operation, type="upsample"):
    """Resizes a sequence, an image or a volume by interpolation; interpolate by its former name."""

    function = "torch.nn.functional.upsample"

    size: OutputSize = None
    scale_factor: ScaleFactor = None
    mode: ModeName = "nearest"
    align_corners: AlignCorners = None

    examples = tuple(given for given in Upsample.examples if "recompute_scale_factor" not in given.arguments)

    def resizing(self) -> Resizing:
        return Resizing(self.size, self.scale_factor, self.mode, self.align_corners)


class Interpolate(Interpolation, Operation, type="interpolate"):
    """Resizes a sequence, an image or a volume by interpolation."""

    function = "torch.nn.functional.interpolate"

    size: OutputSize = None
    scale_factor: ScaleFactor = None
    mode: ModeName = "nearest"
    align_corners: AlignCorners = None
    recompute_scale_factor: Recompute = None
    antialias: Annotated[Bool, Field(description="Whether to smooth first what is made smaller.")] = False
    examples = (
        *Upsample.examples,
        example((1, 3, 17, 19), size=[8, 9], mode="bilinear", antialias=True),
        example((1, 3, 17, 19), scale_factor=0.4, mode="bicubic", antialias=True),
        example((1, 3, 17, 19), size=[8, 9], mode="lanczos", antialias=True),
        example((2, 3, 17), scale_factor=0.3, mode="area"),
    )

    def resizing(self) -> Resizing:
        return Resizing(
            self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor, self.antialias
        )
