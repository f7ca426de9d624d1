"""A tensor's memory looked at or replaced with any strides: as_strided and as_strided_scatter.

Source: https://docs.pytorch.org/docs/stable/generated/torch.as_strided.html
"""

from typing import Annotated

from pydantic import Field

from service.core.layouts import copied
from service.core.sizes import above
from service.core.tensors import Tensor, extent, strided, strides_of
from service.layers.arguments import Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation
from service.layers.scattering import expect_replacement


class Strided(Operation):
    """What looks at a tensor's memory with sizes and strides as they are given."""

    family = "strides"
    null_is_absent = True

    size: Annotated[Ints, Field(description="The shape.")]
    stride: Annotated[Ints, Field(description="How far neighbours along each axis are apart in memory, in elements.")]
    storage_offset: Annotated[
        Int | None, Field(description="Where in memory the first element is; where the tensor begins if left out.")
    ] = None

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("size", self.size, 0)
        call.expect_at_least("stride", self.stride, 0)
        call.expect_at_least("storage_offset", self.storage_offset or 0, 0)
        if len(self.size) != len(self.stride):
            call.refuse(
                "counts",
                f"{{layer}} is an {self.type} with size = {list(self.size)} and stride = {list(self.stride)}; both "
                "need as many numbers",
                argument="stride",
                expected=f"{len(self.size)} numbers",
                received=list(self.stride),
            )

    def require_within(self, call: Call, input: Tensor) -> None:
        """What is looked at lies within the tensor."""
        # Of a view, more may lie in memory than it shows; a tensor that was not cut out of another shows all.
        there = extent(input.shape, strides_of(input))
        wanted = 0 if 0 in self.size else (self.storage_offset or 0) + extent(self.size, self.stride)
        if above(wanted, there):
            call.refuse(
                "beyond",
                f"{{layer}} is an {self.type} that reaches {wanted} elements far, but {input} lies within {there}",
                argument="size",
                expected=f"at most {there}",
                received=wanted,
            )
            raise Rejection


class AsStrided(Strided, type="as_strided"):
    """Looks at a tensor's memory with sizes and strides as they are given."""

    function = "torch.as_strided"
    examples = (
        example((4, 5), size=[2, 3], stride=[1, 2]),
        example((4, 5), size=[3, 4], stride=[5, 1], storage_offset=5),
        example((8,), size=[3, 4], stride=[2, 1]),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        self.require_within(call, input)
        return strided(self.size, input.dtype, self.stride)


class AsStridedScatter(Strided, type="as_strided_scatter"):
    """Replaces what lies in a tensor's memory at sizes and strides as they are given."""

    function = "torch.as_strided_scatter"
    examples = (example((4, 4), (4,), size=[4], stride=[5]), example((4, 5), (2, 3), size=[2, 3], stride=[10, 2]))

    def forward(self, call: Call, input: Tensor, src: Tensor) -> Tensor:
        into = copied(input)
        self.require_within(call, into)
        if any(stride == 0 and size > 1 for size, stride in zip(self.size, self.stride, strict=True)):
            call.refuse(
                "overlap",
                f"{{layer}} is an {self.type} with stride = {list(self.stride)}, by which several elements are "
                "written to one place",
                argument="stride",
                expected="no 0 along an axis of several entries",
                received=list(self.stride),
            )
        expect_replacement(call, src, self.size)
        return into
