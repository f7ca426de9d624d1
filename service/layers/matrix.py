"""Products of matrices and vectors: matmul, mm, bmm, mv, dot, outer, addmm and baddbmm.

The rules are those of https://docs.pytorch.org/docs/stable/generated/torch.matmul.html. Which kernel a product
ends in decides which element types are taken and what ``FlopCounterMode`` counts: ``mm`` and ``bmm``, but neither
``mv`` nor ``dot``. That choice is made in ``aten/src/ATen/native/LinearAlgebra.cpp``, ``should_fold``.
"""

from typing import Final, Literal

from service.core.broadcasting import broadcast, clashing_axis, result_type
from service.core.dtypes import NUMERIC, DType, promote
from service.core.formulas import Formula
from service.core.sizes import Shape, Size, above, differ, product, written
from service.core.tensors import Tensor, strides_of
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation

Kernel = Literal["dot", "mv", "mm", "bmm"]

MATRIX: Final = Formula("rows × inner × columns")
MATRICES: Final = Formula("batch… × rows × inner × columns")


class Product(Operation):
    """What products share: the axes that meet, the element types, the multiply-accumulates."""

    family = "product"

    def expect_meeting(self, call: Call, left: Tensor, right: Tensor) -> None:
        """The last axis of ``left`` is as long as the last but one of ``right``, or as its only one."""
        axis = max(right.rank - 2, 0)
        if differ(left.shape[-1], right.shape[axis]):
            call.disagree(
                f"{{layer}} is a {self.type} of {left} and {right}, which multiplies along the last axis of the first "
                f"and axis {axis} of the second; {left.shape[-1]} entries there do not meet {right.shape[axis]}",
                left,
                right,
                axis=left.rank - 1,
            )

    def expect_batches(self, call: Call, left: Tensor, right: Tensor) -> None:
        """As many matrices on the left as on the right."""
        if differ(left.shape[0], right.shape[0]):
            call.disagree(
                f"{{layer}} is a {self.type} of {left} and {right}; {left.shape[0]} matrices do not meet "
                f"{right.shape[0]}",
                left,
                right,
                axis=0,
            )

    def multiplied(self, call: Call, kernel: Kernel, left: Tensor, right: Tensor, shape: Shape) -> Tensor:
        """The product of ``shape``, its element types checked as the kernel does."""
        dtype = expect_multiplied(call, kernel, left, right, product((*shape, left.shape[-1])))
        if kernel in ("mm", "bmm"):
            rows: Size = left.shape[-2] if left.rank > 1 else 1
            columns: Size = right.shape[-1] if right.rank > 1 else 1
            count_macs(call, shape[: len(shape) - (left.rank > 1) - (right.rank > 1)], rows, left.shape[-1], columns)
        return Tensor(shape, dtype)


def expect_multiplied(
    call: Call, kernel: Kernel, left: Tensor, right: Tensor, products: Size, *, first: int = 0
) -> DType:
    """The kernel multiplies these element types, if there are any ``products`` to compute; that of the result.

    ``first`` is the position of ``left`` among the inputs.
    """
    idle = not above(products, 0)
    if kernel == "dot" or not idle:
        call.expect_dtype(left, NUMERIC, input=first)
    if kernel != "bmm" or not idle:
        call.expect_dtype(right, frozenset({left.dtype}), input=first + 1)
    return right.dtype if idle else promote(left.dtype, right.dtype)


def count_macs(call: Call, batch: Shape, rows: Size, inner: Size, columns: Size) -> None:
    """Counts a product of matrices, or of batches of them."""
    if batch:
        call.count_macs(MATRICES, batch=batch, rows=rows, inner=inner, columns=columns)
    else:
        call.count_macs(MATRIX, rows=rows, inner=inner, columns=columns)


class MatMul(Product, type="matmul"):
    """Multiplies two matrices, batches of them that broadcast, or a matrix and a vector."""

    function = "torch.matmul"
    examples = (
        example((2, 3), (3, 4)),
        example((5, 2, 3), (5, 3, 4)),
        example((6, 1, 2, 3), (5, 3, 4)),
        example((5, 2, 3), (3, 4)),
        example((2, 3), (5, 3, 4)),
        example((5, 2, 3), (3,)),
        example((3,), (5, 3, 4)),
        example((3,), (3, 4)),
        example((2, 3), (3,)),
        example((3,), (3,)),
    )

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        for position, tensor in enumerate((input, other)):
            call.require_axes(tensor, 1, "[…, rows, columns]", input=position)
        self.expect_meeting(call, input, other)
        batch = self.require_batches(call, input, other)
        shape = (*batch, *input.shape[-2:-1], *(other.shape[-1:] if other.rank > 1 else ()))
        return self.multiplied(call, kernel_of(input, other), input, other, shape)

    def require_batches(self, call: Call, left: Tensor, right: Tensor) -> Shape:
        """What the axes before the matrices broadcast to."""
        batch = broadcast(left.shape[:-2], right.shape[:-2])
        if batch is None:
            call.disagree(
                f"{{layer}} is a matmul of {left} and {right}, whose batches {written(left.shape[:-2])} and "
                f"{written(right.shape[:-2])} do not broadcast: counted from their last axis, sizes have to be "
                "equal or 1",
                left,
                right,
                axis=clashing_axis(left.shape[:-2], right.shape[:-2]),
            )
            raise Rejection
        return batch


def kernel_of(left: Tensor, right: Tensor) -> Kernel:
    """What ``torch.matmul`` calls for these ranks and layouts."""
    if left.rank == right.rank == 1:
        return "dot"
    if left.rank == 2 and right.rank == 1:
        return "mv"
    if left.rank <= 2 and right.rank == 2:
        return "mm"
    if folds(left, right):
        return "mv" if min(left.rank, right.rank) == 1 else "mm"
    return "bmm"


def folds(left: Tensor, right: Tensor) -> bool:
    """Whether a batch is multiplied with a single matrix or vector as one large matrix, by a view of the batch."""
    if left.rank == 2 or min(left.rank, right.rank) > 2:
        return False
    larger = left if left.rank >= right.rank else transposed(right)
    strides = strides_of(larger)
    gaps = (differ(strides[i], strides[i + 1] * larger.shape[i + 1]) for i in range(larger.rank - 2))
    return 0 in larger.shape or not any(gaps)


def transposed(tensor: Tensor) -> Tensor:
    """A view with the last two axes swapped."""
    *shape, rows, columns = tensor.shape
    *strides, down, across = strides_of(tensor)
    return Tensor((*shape, columns, rows), tensor.dtype, (*strides, across, down))


class MM(Product, type="mm"):
    """Multiplies two matrices."""

    function = "torch.mm"
    examples = (example((2, 3), (3, 4)), example(Tensor((2, 3), "int64"), Tensor((3, 4), "int64")))

    def forward(self, call: Call, input: Tensor, mat2: Tensor) -> Tensor:
        call.require_rank(input, 2, layout="[rows, inner]")
        call.require_rank(mat2, 2, layout="[inner, columns]", input=1)
        self.expect_meeting(call, input, mat2)
        return self.multiplied(call, "mm", input, mat2, (input.shape[0], mat2.shape[1]))


class BMM(Product, type="bmm"):
    """Multiplies each matrix of a batch with its counterpart in another."""

    function = "torch.bmm"
    examples = (example((5, 2, 3), (5, 3, 4)), example(Tensor((5, 2, 3), "int64"), Tensor((5, 3, 4), "int64")))

    def forward(self, call: Call, input: Tensor, mat2: Tensor) -> Tensor:
        call.require_rank(input, 3, layout="[N, rows, inner]")
        call.require_rank(mat2, 3, layout="[N, inner, columns]", input=1)
        self.expect_batches(call, input, mat2)
        self.expect_meeting(call, input, mat2)
        return self.multiplied(call, "bmm", input, mat2, (*input.shape[:2], mat2.shape[2]))


class MV(Product, type="mv"):
    """Multiplies a matrix with a vector."""

    function = "torch.mv"
    examples = (example((2, 3), (3,)),)

    def forward(self, call: Call, input: Tensor, vec: Tensor) -> Tensor:
        call.require_rank(input, 2, layout="[rows, inner]")
        call.require_rank(vec, 1, layout="[inner]", input=1)
        self.expect_meeting(call, input, vec)
        return self.multiplied(call, "mv", input, vec, input.shape[:1])


class Dot(Product, type="dot"):
    """Multiplies two vectors entry by entry and adds up the products."""

    function = "torch.dot"
    examples = (example((3,), (3,)),)

    def forward(self, call: Call, input: Tensor, tensor: Tensor) -> Tensor:
        call.require_rank(input, 1)
        call.require_rank(tensor, 1, input=1)
        self.expect_meeting(call, input, tensor)
        return self.multiplied(call, "dot", input, tensor, ())


class Outer(Operation, type="outer"):
    """Multiplies each entry of a vector with each of another."""

    function = "torch.outer"
    examples = (example((3,), (4,)), example(Tensor((3,), "int32"), (4,)))

    def forward(self, call: Call, input: Tensor, vec2: Tensor) -> Tensor:
        call.require_rank(input, 1)
        call.require_rank(vec2, 1, input=1)
        return Tensor((*input.shape, *vec2.shape), result_type(input, vec2))
