"""Products of matrices and vectors that are added to a tensor: addmm, baddbmm and addbmm.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.addmm.html and its neighbours.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from service.core.broadcasting import expands_to
from service.core.dtypes import DType, category, with_number
from service.core.sizes import above, product
from service.core.tensors import Tensor
from service.layers.arguments import Number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import computing, expect_number_fits
from service.layers.matrix import Kernel, Product, count_macs, expect_multiplied


class ProductAdded(Product):
    """What addmm and baddbmm share: a product to which a tensor that broadcasts is added."""

    kernel: ClassVar[Kernel]

    beta: Annotated[Number, Field(description="What the added tensor is multiplied with.")] = 1
    alpha: Annotated[Number, Field(description="What the product is multiplied with.")] = 1

    def added(self, call: Call, input: Tensor, left: Tensor, right: Tensor, *, summed: bool = False) -> Tensor:
        """Checks what is added to the product, of which batches may be summed up, and multiplies."""
        self.expect_meeting(call, left, right)
        shape = (*left.shape[summed:-1], right.shape[-1])
        if not expands_to(input.shape, shape):
            call.disagree(
                f"{{layer}} adds {input} to the product of {left} and {right}, which is "
                f"{Tensor(shape)}; the former does not broadcast to the latter",
                input,
                left,
                right,
            )
        call.expect_dtype(input, frozenset({left.dtype}))
        dtype = expect_multiplied(call, self.kernel, left, right, product((*shape, left.shape[-1])), first=1)
        if left.shape[-1] == 0 and 0 not in shape:
            self.expect_scaled(call, right.dtype)
        if above(product((*shape, left.shape[-1])), 0):
            for argument in ("beta", "alpha"):
                expect_number_fits(call, argument, getattr(self, argument), computing(dtype))
        count_macs(call, left.shape[:-2], left.shape[-2], left.shape[-1], right.shape[-1])
        return Tensor(shape, dtype)

    def expect_scaled(self, call: Call, dtype: DType) -> None:
        """With nothing to multiply, what is added is multiplied with beta in the element type of the result."""
        scaled = with_number(dtype, self.beta)
        if self.beta != 0 and category(scaled) > category(dtype):
            call.refuse(
                "beta",
                f"{{layer}} is a {self.type} with beta = {self.beta}, which makes {scaled} of {dtype}",
                argument="beta",
                expected=f"a number that keeps {dtype}",
                received=self.beta,
            )


class AddMM(ProductAdded, type="addmm"):
    """Multiplies two matrices and adds a third tensor."""

    function = "torch.addmm"
    kernel = "mm"
    examples = (example((4,), (2, 3), (3, 4)), example((2, 4), (2, 3), (3, 4), beta=0.5, alpha=2))

    def forward(self, call: Call, input: Tensor, mat1: Tensor, mat2: Tensor) -> Tensor:
        call.require_rank(mat1, 2, layout="[rows, inner]", input=1)
        call.require_rank(mat2, 2, layout="[inner, columns]", input=2)
        return self.added(call, input, mat1, mat2)


class BAddBMM(ProductAdded, type="baddbmm"):
    """Multiplies two batches of matrices and adds a third tensor."""

    function = "torch.baddbmm"
    kernel = "bmm"
    examples = (
        example((5, 2, 4), (5, 2, 3), (5, 3, 4)),
        example((2, 1), (5, 2, 3), (5, 3, 4), beta=0.5, alpha=2),
    )

    def forward(self, call: Call, input: Tensor, batch1: Tensor, batch2: Tensor) -> Tensor:
        call.require_rank(batch1, 3, layout="[N, rows, inner]", input=1)
        call.require_rank(batch2, 3, layout="[N, inner, columns]", input=2)
        self.expect_batches(call, batch1, batch2)
        return self.added(call, input, batch1, batch2)


class AddBMM(ProductAdded, type="addbmm"):
    """Multiplies two batches of matrices, adds up the products and adds a third tensor."""

    function = "torch.addbmm"
    kernel = "mm"
    examples = (example((2, 4), (5, 2, 3), (5, 3, 4)), example((4,), (5, 2, 3), (5, 3, 4), beta=0.5, alpha=2))

    def forward(self, call: Call, input: Tensor, batch1: Tensor, batch2: Tensor) -> Tensor:
        call.require_rank(batch1, 3, layout="[N, rows, inner]", input=1)
        call.require_rank(batch2, 3, layout="[N, inner, columns]", input=2)
        self.expect_batches(call, batch1, batch2)
        return self.added(call, input, batch1, batch2, summed=True)
