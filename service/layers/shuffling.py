"""Rearranging channels and pixels: PixelShuffle, PixelUnshuffle and ChannelShuffle.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.faults import Indivisible
from service.core.formulas import Formula
from service.core.layouts import in_channels_last, like
from service.core.sizes import UNKNOWN_SIZE, Size, indivisible
from service.core.tensors import Tensor
from service.layers.arguments import Int
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.notebook import PRESERVED, Window

SPREAD: Final = Formula("input × upscale_factor")
GATHERED: Final = Formula("input / downscale_factor")
FEWER_CHANNELS: Final = Formula("channels / (upscale_factor × upscale_factor)")
MORE_CHANNELS: Final = Formula("channels × downscale_factor × downscale_factor")


def image_arrives(call: Call, input: Tensor) -> None:
    """Checks the rank and memory format of one or several images."""
    call.require_axes(input, 3, "[…, C, H, W]")
    if input.rank == 5 and in_channels_last(input):
        call.refuse_channels_last(input)


class PixelShuffle(Layer):
    """Enlarges an image by laying channels out as pixels."""

    family = "pixel-shuffle"

    upscale_factor: Annotated[Int, Field(description="How many times larger each spatial axis becomes.")]
    examples = (
        example((1, 9, 4, 4), upscale_factor=3),
        example((8, 4, 5), upscale_factor=2),
        example((2, 3, 8, 4, 5), upscale_factor=2),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("upscale_factor", self.upscale_factor, 1)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        image_arrives(call, input)
        *leading, channels, height, width = input.shape
        factor, axis = self.upscale_factor, input.rank - 3
        call.sees((Window(1, 1, 0, factor),) * 2)
        shape = (
            *leading,
            self.remaining(call, axis, channels),
            call.size(axis + 1, SPREAD, input=height, upscale_factor=factor),
            call.size(axis + 2, SPREAD, input=width, upscale_factor=factor),
        )
        return like(input, shape)

    def remaining(self, call: Call, axis: int, channels: Size) -> Size:
        """How many channels are left."""
        factor = self.upscale_factor
        if not indivisible(channels, factor * factor):
            return call.size(axis, FEWER_CHANNELS, channels=channels, upscale_factor=factor)
        call.note(
            Indivisible(
                code="not-divisible",
                message=f"{{layer}} is a {self.type} and makes pixels of groups of {factor} × {factor} = "
                f"{factor * factor} channels; {channels} arrive",
                argument="upscale_factor",
                input=0,
                expected=f"a multiple of {factor * factor}",
                received=channels,
                dividend=channels,
                divisor=factor * factor,
            )
        )
        return UNKNOWN_SIZE


class PixelUnshuffle(Layer):
    """Shrinks an image by laying pixels out as channels."""

    family = "pixel-unshuffle"

    downscale_factor: Annotated[Int, Field(description="How many times smaller each spatial axis becomes.")]
    examples = (
        example((1, 1, 12, 12), downscale_factor=3),
        example((2, 8, 6), downscale_factor=2),
        example((2, 3, 2, 8, 6), downscale_factor=2),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("downscale_factor", self.downscale_factor, 1)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        image_arrives(call, input)
        *leading, channels, height, width = input.shape
        factor, axis = self.downscale_factor, input.rank - 3
        smaller = (self.gathered(call, axis + 1, "height", height), self.gathered(call, axis + 2, "width", width))
        call.sees((Window(factor, factor, 0),) * 2)
        if 0 in input.shape:
            # PyTorch returns what is empty as it is.
            return input
        more = call.size(axis, MORE_CHANNELS, channels=channels, downscale_factor=factor)
        return like(input, (*leading, more, *smaller))

    def gathered(self, call: Call, axis: int, noun: str, size: Size) -> Size:
        """The size of a spatial axis of the result."""
        call.expect_multiple(noun, size, "downscale_factor", self.downscale_factor)
        if indivisible(size, self.downscale_factor):
            return UNKNOWN_SIZE
        return call.size(axis, GATHERED, input=size, downscale_factor=self.downscale_factor)


class ChannelShuffle(Layer):
    """Interleaves the channels of several groups."""

    family = "channel-shuffle"

    groups: Annotated[Int, Field(description="How many groups the channels form.")]
    examples = (
        example((1, 6, 3, 3), groups=2),
        example((2, 12, 5), groups=3),
        example((2, 6, 5, 3, 2), groups=3),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("groups", self.groups, 1)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 3, "[N, C, …]")
        call.expect_multiple("channels", input.shape[1], "groups", self.groups)
        call.sees(PRESERVED)
        return like(input, input.shape)
