"""Padding: CircularPad1d–3d, ConstantPad1d–3d, ReflectionPad1d–3d, ReplicationPad1d–3d, ZeroPad1d–3d, and the
operation that all of them call.

Source: https://docs.pytorch.org/docs/stable/nn.html#padding-layers and
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from service.core.tensors import Tensor
from service.layers.arguments import FillValue, Ints, PerAxis, Str, number
from service.layers.base import example
from service.layers.borders import MODES, check_count, check_value, note_sizes, padded
from service.layers.call import Call
from service.layers.operation import Operation
from service.layers.spatial import SpatialLayer

Padding = Annotated[
    PerAxis,
    Field(description="Entries added before and behind each axis, the last axis first; negative ones take away."),
]


class PaddingLayer(SpatialLayer):
    """A layer that adds entries around the last axes."""

    family = "pad"
    mode: ClassVar[str]

    padding: Padding

    @property
    def sides(self) -> tuple[int, ...]:
        """What is added, two numbers an axis, the last axis first."""
        return self.padding if isinstance(self.padding, tuple) else (self.padding,) * (2 * self.axes)

    def check_arguments(self, call: Call) -> None:
        check_count(call, self.sides, self.mode, "padding")

    def forward(self, call: Call, input: Tensor) -> Tensor:
        output = padded(call, input, self.sides, self.mode)
        note_sizes(call, input, self.sides)
        return output


class _CircularPad(PaddingLayer):
    mode = "circular"

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_spatial(call, input)
        return super().forward(call, input)


class CircularPad1d(_CircularPad):
    """Continues a sequence with its own other end."""

    axes = 1
    examples = (example((2, 3, 5), padding=2), example((3, 5), padding=[5, 1]), example((2, 3, 5), padding=[-1, 2]))


class CircularPad2d(_CircularPad):
    """Continues an image with its own opposite edges."""

    axes = 2
    examples = (example((2, 3, 5, 6), padding=2), example((3, 5, 6), padding=[1, 2, 0, 3]))


class CircularPad3d(_CircularPad):
    """Continues a volume with its own opposite faces."""

    axes = 3
    examples = (example((2, 3, 5, 6, 7), padding=2), example((3, 5, 6, 7), padding=[1, 2, 0, 3, -1, 1]))


class _ConstantPad(PaddingLayer):
    mode = "constant"

    @property
    def filling(self) -> float:
        """What the new entries hold."""
        return 0

    def forward(self, call: Call, input: Tensor) -> Tensor:
        output = super().forward(call, input)
        check_value(call, input, self.sides, self.filling)
        return output


class ConstantPad(_ConstantPad):
    """Padding with a number of one's own."""

    value: Annotated[FillValue, Field(description="What the new entries hold.")]

    @property
    def filling(self) -> float:
        value: float = number(self.value)
        return value

    def given(self) -> dict[str, Any]:
        return super().given() | {"value": self.filling}


class ConstantPad1d(ConstantPad):
    """Puts a number before and behind a sequence."""

    axes = 1
    examples = (
        example((2, 3, 5), padding=2, value=0.5),
        example((3, 5), padding=[3, -1], value=-1),
        example((4, 7, 5), padding=[1, 1, 2, 0], value="-inf"),
    )


class ConstantPad2d(ConstantPad):
    """Puts a number around an image."""

    axes = 2
    examples = (
        example((2, 3, 5, 6), padding=2, value=0.5),
        example((3, 5, 6), padding=[1, 0, -2, 3], value=7),
        example((2, 3, 5, 6), padding=-1, value=0),
    )


class ConstantPad3d(ConstantPad):
    """Puts a number around a volume."""

    axes = 3
    examples = (
        example((2, 3, 5, 6, 7), padding=2, value=0.5),
        example((3, 5, 6, 7), padding=[1, 0, -2, 3, 1, 1], value=300),
    )


class _ReflectionPad(PaddingLayer):
    mode = "reflect"


class ReflectionPad1d(_ReflectionPad):
    """Continues a sequence with its mirror image."""

    axes = 1
    examples = (example((2, 3, 5), padding=2), example((3, 5), padding=[4, 1]), example((2, 3, 5), padding=[-1, 2]))


class ReflectionPad2d(_ReflectionPad):
    """Continues an image with its mirror image."""

    axes = 2
    examples = (example((2, 3, 5, 6), padding=2), example((3, 5, 6), padding=[1, 2, 0, 3]))


class ReflectionPad3d(_ReflectionPad):
    """Continues a volume with its mirror image."""

    axes = 3
    examples = (example((2, 3, 5, 6, 7), padding=2), example((3, 5, 6, 7), padding=[1, 2, 0, 3, -1, 1]))


class _ReplicationPad(PaddingLayer):
    mode = "replicate"


class ReplicationPad1d(_ReplicationPad):
    """Repeats the first and the last entry of a sequence."""

    axes = 1
    examples = (example((2, 3, 5), padding=2), example((3, 5), padding=[7, 1]), example((2, 3, 5), padding=[-1, 2]))


class ReplicationPad2d(_ReplicationPad):
    """Repeats the edge of an image."""

    axes = 2
    examples = (example((2, 3, 5, 6), padding=2), example((3, 5, 6), padding=[1, 9, 0, 3]))


class ReplicationPad3d(_ReplicationPad):
    """Repeats the faces of a volume."""

    axes = 3
    examples = (example((2, 3, 5, 6, 7), padding=2), example((3, 5, 6, 7), padding=[1, 2, 0, 9, -1, 1]))


class ZeroPad1d(_ConstantPad):
    """Puts zeros before and behind a sequence."""

    axes = 1
    examples = (example((2, 3, 5), padding=2), example((3, 5), padding=[3, -1]))


class ZeroPad2d(_ConstantPad):
    """Puts zeros around an image."""

    axes = 2
    examples = (example((2, 3, 5, 6), padding=2), example((3, 5, 6), padding=[1, 0, -2, 3]))


class ZeroPad3d(_ConstantPad):
    """Puts zeros around a volume."""

    axes = 3
    examples = (example((2, 3, 5, 6, 7), padding=2), example((3, 5, 6, 7), padding=[1, 0, -2, 3, 1, 1]))


class Pad(Operation, type="pad"):
    """Adds entries around the last axes, or takes some away."""

    family = "pad"
    function = "torch.nn.functional.pad"
    null_is_absent = True

    pad: Annotated[
        Ints,
        Field(description="Two numbers for every axis that is padded, the last axis first; negative ones take away."),
    ]
    mode: Annotated[
        Str,
        Field(
            description="What the new entries hold: a `constant`, or copies by `reflect`, `replicate` or `circular`.",
            examples=list(MODES),
        ),
    ] = "constant"
    value: Annotated[
        FillValue | None, Field(description="The constant; 0 if left out.", examples=[0, 0.5, -1, 300, "inf"])
    ] = None

    examples = (
        example((2, 3, 5, 6), pad=[1, 2]),
        example((2, 3, 5, 6), pad=[1, 2, 0, -3, 4, 4], value=0.5),
        example((2, 3, 5, 6), pad=[1, 2, 3, 3], mode="reflect"),
        example((3, 5, 6), pad=[1, 2, 3, 3], mode="replicate"),
        example((2, 3, 5, 6, 7), pad=[1, 2, 3, 3, 0, -1], mode="circular"),
        example((7,), pad=[2, 3], value="-inf"),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("mode", self.mode, MODES)
        check_count(call, self.pad, self.mode, "pad")
        if self.mode != "constant" and self.value:
            call.refuse(
                "value-unused",
                f"{{layer}} is a pad with mode = {self.mode!r}, which takes no value; value = {self.value}",
                argument="value", expected=None, received=self.value,
            )  # fmt: skip

    def forward(self, call: Call, input: Tensor) -> Tensor:
        output = padded(call, input, self.pad, self.mode, "pad")
        note_sizes(call, input, self.pad)
        if self.mode == "constant" and self.value is not None:
            check_value(call, input, self.pad, number(self.value))
        return output
