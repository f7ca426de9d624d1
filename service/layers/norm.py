"""The norm of vectors and matrices, as ``torch.norm`` computes it.

It dispatches to https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html and to
https://docs.pytorch.org/docs/stable/generated/torch.linalg.matrix_norm.html.
"""

import math
from typing import Annotated, Final, get_args

from pydantic import Field

from service.core.dtypes import COMPLEX, INEXACT, DType, inexact, promote, real_part
from service.core.tensors import Tensor
from service.layers.arguments import Infinite, Number, Str, number
from service.layers.base import example
from service.layers.call import Call
from service.layers.reduction import KeepDim, ReducedDims, Reduction

PRECISE: Final = INEXACT - {"float16", "bfloat16"}
"""What decompositions of matrices are computed with."""
INFINITIES: Final = get_args(Infinite)


class Norm(Reduction, type="norm"):
    """Computes the length of vectors, or the nuclear norm of matrices."""

    function = "torch.norm"
    examples = (
        example((2, 3, 4)),
        example((2, 3, 4), p=1, dim=-1, keepdim=True),
        example((2, 3, 4), p="inf", dim=[0, 1]),
        example((2, 3, 4), p="nuc", dim=[0, 2], keepdim=True),
        example((4, 5), p="nuc"),
        example((4, 5), p="fro", dim=[0, 1], dtype="float64"),
        example(Tensor((4, 5), "complex64"), p=-0.5, dim=0, dtype="complex128"),
    )

    p: Annotated[
        Number | Str | None,
        Field(
            description="The order: a number, `inf`, `-inf`, `fro` or `nuc`.", examples=["inf", "-inf", "fro", "nuc"]
        ),
    ] = "fro"
    dim: ReducedDims = None
    keepdim: KeepDim = False
    dtype: Annotated[DType | None, Field(description="Element type to which the input is converted first.")] = None

    @property
    def order(self) -> float | str | None:
        """``p``, with infinities as numbers."""
        order: float | str | None = number(self.p)
        return order

    def of_matrices(self) -> bool:
        """Whether PyTorch takes it for a norm of matrices, which a Frobenius norm over one or two axes is not."""
        few_axes = not isinstance(self.dim, tuple) or len(self.dim) <= 2
        return isinstance(self.order, str) and not (self.order == "fro" and few_axes)

    def check_arguments(self, call: Call) -> None:
        if isinstance(self.order, str):
            call.expect_one_of("p", self.order, ("fro", "nuc", *INFINITIES))
        call.expect_one_of("dtype", self.dtype, (None, *sorted(INEXACT)))

    def axes(self, call: Call, input: Tensor) -> tuple[int, ...]:
        if not self.of_matrices():
            return super().axes(call, input)
        axes = tuple(range(input.rank)) if self.dim is None else call.require_dims("dim", self.dim, input.rank)
        if len(axes) != 2 or input.rank < 2:
            call.refuse(
                "matrix",
                f"{{layer}} is a norm of matrices, p = {self.p!r}, and takes two axes; "
                f"{'all axes' if self.dim is None else 'dim'} of {input} makes {len(axes)}",
                argument="dim",
                expected="two axes",
                received=len(axes),
            )
        return axes

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, PRECISE if self.of_matrices() else INEXACT)
        axes = self.axes(call, input)
        if not isinstance(self.order, str) and self.order is not None and not 0 <= self.order < math.inf:
            self.expect_entries(call, input, axes)
        return Tensor(self.remaining(input, axes), self.result_dtype(call, input))

    def result_dtype(self, call: Call, input: Tensor) -> DType:
        dtype = self.dtype or input.dtype
        same_kind = (dtype in COMPLEX) == (input.dtype in COMPLEX)
        if input.dtype in INEXACT and not (same_kind and promote(input.dtype, dtype) == dtype):
            call.refuse(
                "dtype",
                f"{{layer}} is a norm with dtype = {dtype}, which cannot hold every {input.dtype} that arrives "
                "or is not complex or real as that is",
                argument="dtype",
                expected=input.dtype,
                received=dtype,
            )
        return real_part(inexact(dtype))


class VectorNorm(Reduction, type="vector_norm"):
    """Computes the length of vectors."""

    function = "torch.linalg.vector_norm"
    takes = INEXACT
    examples = (
        example((2, 3, 4)),
        example((2, 3, 4), ord=1, dim=-1, keepdim=True),
        example((2, 3, 4), ord="inf", dim=[0, 1], dtype="float64"),
    )

    ord: Annotated[
        Number | Infinite, Field(description="Which norm: 2 is Euclidean.", examples=[2, 1, 0, -1, "inf"])
    ] = 2
    dim: ReducedDims = None
    keepdim: KeepDim = False
    dtype: Annotated[DType | None, Field(description="Element type to which the input is converted first.")] = None

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, self.takes)
        length: Tensor = Norm.model_construct(
            type=self.type, p=self.ord, dim=self.dim, keepdim=self.keepdim, dtype=self.dtype
        ).forward(call, input)
        return length
