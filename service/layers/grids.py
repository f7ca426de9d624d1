"""Images sampled at points of a grid: affine_grid and grid_sample, as spatial transformers use them.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html; the method is that of Jaderberg et
al., *Spatial Transformer Networks*, https://arxiv.org/abs/1506.02025.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.sizes import above, differ, written
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bool, Ints, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation

INTERPOLATIONS: Final = ("bilinear", "nearest", "bicubic")
BEYOND: Final = ("zeros", "border", "reflection")

AlignCorners = Annotated[
    Bool | None, Field(description="Whether -1 and 1 are the centres of the outermost pixels, rather than their edges.")
]


class GridSample(Operation, type="grid_sample"):
    """Takes the values of an image, or a volume, at the points of a grid."""

    function = "torch.nn.functional.grid_sample"
    family = "grid"

    mode: Annotated[
        Str,
        Field(description="How to interpolate: `bilinear`, `nearest` or `bicubic`.", examples=list(INTERPOLATIONS)),
    ] = "bilinear"
    padding_mode: Annotated[
        Str, Field(description="What lies beyond the image: `zeros`, `border` or `reflection`.", examples=list(BEYOND))
    ] = "zeros"
    align_corners: AlignCorners = None

    examples = (
        example((1, 3, 8, 8), (1, 4, 5, 2), align_corners=False),
        example((2, 3, 4, 5, 6), (2, 3, 4, 5, 3), mode="nearest", align_corners=True),
        example((1, 3, 8, 8), (1, 4, 5, 2), mode="bicubic", padding_mode="border", align_corners=False),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("mode", self.mode, INTERPOLATIONS)
        call.expect_one_of("padding_mode", self.padding_mode, BEYOND)

    def declares(self, *inputs: Value) -> Value:
        match inputs:
            case (Tensor() as input, Tensor() as grid) if input.rank == grid.rank > 2:
                return Tensor((*input.shape[:2], *grid.shape[1:-1]), input.dtype)
        return super().declares(*inputs)

    def forward(self, call: Call, input: Tensor, grid: Tensor) -> Tensor:
        ranks = (4,) if self.mode == "bicubic" else (4, 5)
        call.require_rank(input, *ranks, layout="[N, C, H, W] or, but for bicubic, [N, C, D, H, W]")
        call.require_rank(grid, input.rank, layout="[N, …, coordinates]", input=1)
        axes = input.rank - 2
        if differ(input.shape[0], grid.shape[0]) or differ(grid.shape[-1], axes):
            call.disagree(
                f"{{layer}} samples {input} at the points of a grid, which has to have the shape "
                f"{written((input.shape[0], *('…',) * axes, axes))}; {grid} arrives",
                input,
                grid,
                axis=0 if differ(input.shape[0], grid.shape[0]) else grid.rank - 1,
            )
        call.expect_filled(input, *range(2, input.rank))
        output = Tensor((*input.shape[:2], *grid.shape[1:-1]), input.dtype)
        if above(output.elements, 0):
            call.expect_dtype(input, FLOATING)
            call.expect_dtype(grid, frozenset({input.dtype}), input=1)
        return output


class AffineGrid(Operation, type="affine_grid"):
    """Makes the grid by which grid_sample turns, scales and moves images as matrices say."""

    function = "torch.nn.functional.affine_grid"
    family = "grid"
    behind_first = ("size",)

    size: Annotated[Ints, Field(description="The shape of the images that are wanted, batch and channels included.")]
    align_corners: AlignCorners = None

    examples = (
        example((2, 2, 3), size=[2, 3, 4, 5], align_corners=False),
        example((2, 3, 4), size=[2, 3, 4, 5, 6], align_corners=True),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_count("size", self.size, 4, 5)
        if not call.faults:
            # PyTorch's warning about a single point stands before its check of the sizes.
            warned = self.align_corners and min(self.size[2:]) == 1
            call.expect_at_least("size", (self.size[0], *self.size[2:]) if warned else self.size, 1)

    def forward(self, call: Call, theta: Tensor) -> Tensor:
        # Half precision is not taken where the single point of an axis is made.
        call.expect_dtype(theta, frozenset({"float32", "float64"}) if 1 in self.size[2:] else FLOATING)
        batch, axes = self.size[0], len(self.size) - 2
        wanted = (batch, axes, axes + 1)
        if theta.rank != 3 or any(map(differ, theta.shape, wanted)):
            call.disagree(
                f"{{layer}} is an affine_grid of size = {list(self.size)} and takes matrices {written(wanted)}; "
                f"{theta} arrives",
                theta,
            )
            raise Rejection
        return Tensor((batch, *self.size[2:], axes), theta.dtype)
