"""Products over axes that are named, and products of all entries with all others: tensordot, inner, kron, cross.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.tensordot.html and its neighbours; what is refused follows
``aten/src/ATen/native/Linear.cpp``, ``LinearAlgebra.cpp`` and ``Cross.cpp``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import NUMERIC
from service.core.faults import NotViewable
from service.core.layouts import elementwise_layout
from service.core.sizes import Shape, Size, differ, is_known, product
from service.core.tensors import Tensor
from service.core.views import reshaped, unsqueezed, viewed
from service.layers.arguments import Dim, Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.matrix import Dot, Outer, Product, count_macs, expect_multiplied
from service.layers.notebook import Rejection
from service.layers.operation import Operation, as_operation


class Contraction(Product):
    """A product summed over pairs of axes, which PyTorch computes as one of matrices."""

    family = "contraction"

    def contracted(self, call: Call, left: Tensor, right: Tensor, axes: Shape, others: Shape) -> Tensor:
        """The product over ``axes`` of the left and ``others`` of the right."""
        inner: Size = 1
        for axis, other in zip(axes, others, strict=True):
            a, b = left.shape[axis], right.shape[other]
            if a != 1 and b != 1 and differ(a, b):
                call.disagree(
                    f"{{layer}} is a {self.type} of {left} and {right} over axis {axis} of one and axis {other} of "
                    f"the other; {a} entries there do not meet {b}",
                    left,
                    right,
                    axis=axis,
                )
            inner = inner * (1 if 1 in (a, b) else a if is_known(a) else b)
        rows = tuple(size for axis, size in enumerate(left.shape) if axis not in axes)
        columns = tuple(size for axis, size in enumerate(right.shape) if axis not in others)
        shape = (*rows, *columns)
        is_single = product(shape) == 1
        dtype = expect_multiplied(call, "dot" if is_single else "mm", left, right, product((*shape, inner)))
        if not is_single:
            count_macs(call, (), product(rows), inner, product(columns))
        return Tensor(shape, dtype)


class TensorDot(Contraction, type="tensordot"):
    """Multiplies two tensors and sums over pairs of their axes."""

    function = "torch.tensordot"

    dims: Annotated[
        Int | tuple[Ints, Ints],
        Field(
            description="How many of the last axes meet the first of the other; or two lists of axes that meet.",
            examples=[0, 1, 2, ((1,), (0,)), ((0, 1), (1, 0)), ((-1,), (-2,))],
        ),
    ] = 2

    examples = (
        example((2, 3, 4), (3, 4, 5)),
        example((2, 3, 4), (4, 3, 5), dims=[[1, 2], [1, 0]]),
        example((2, 3), (4,), dims=0),
        example((2, 3), (2, 3)),
        example((2, 3, 4), (4, 5), dims=1),
    )

    def forward(self, call: Call, a: Tensor, b: Tensor) -> Tensor:
        if isinstance(self.dims, tuple):
            axes, others = self.dims
            if len(axes) != len(others):
                call.refuse(
                    "dims",
                    f"{{layer}} is a tensordot with dims = {[list(axes), list(others)]}; both lists have to name "
                    "as many axes",
                    argument="dims",
                    received=[list(axes), list(others)],
                )
                raise Rejection
        else:
            call.expect_between("dims", self.dims, 0, min(a.rank, b.rank))
            if call.faults:
                raise Rejection
            axes, others = tuple(range(-self.dims, 0)), tuple(range(self.dims))
        for position, (tensor, named) in enumerate(((a, axes), (b, others))):
            call.require_axes(tensor, min(len(named), 1), "one of which is summed over", input=position)
        return self.contracted(
            call, a, b, call.require_dims("dims", axes, a.rank), call.require_dims("dims", others, b.rank)
        )


class Inner(Contraction, type="inner"):
    """Multiplies two tensors and sums over the last axis of both."""

    function = "torch.inner"
    examples = (example((2, 3), (4, 3)), example((3,), (3,)), example((2, 3), ()))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        if not input.rank or not other.rank:
            return elementwise_layout((*input.shape, *other.shape), result_type(input, other), input, other)
        if differ(input.shape[-1], other.shape[-1]):
            self.refuse_lengths(call, input, other)
        return self.contracted(call, input, other, (input.rank - 1,), (other.rank - 1,))

    def refuse_lengths(self, call: Call, input: Tensor, other: Tensor) -> None:
        """The last axes are not equally long."""
        call.disagree(
            f"{{layer}} is an inner of {input} and {other}, the last axes of which have to be equally long",
            input,
            other,
            axis=input.rank - 1,
        )
        raise Rejection


class Kron(Operation, type="kron"):
    """Multiplies every entry of a tensor by the whole of another: the Kronecker product."""

    function = "torch.kron"
    examples = (example((2, 3), (4, 5)), example((3,), (4, 5)), example(Tensor((2,), "int64"), (3,)))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        rank = max(input.rank, other.rank)
        left, right = (at_front(tensor, rank) for tensor in (input, other))
        pairs = tuple(zip(left.shape, right.shape, strict=True))
        # PyTorch multiplies with the axes of both side by side, and views each pair of them as one.
        apart = elementwise_layout(
            tuple(size for pair in pairs for size in pair),
            result_type(left, right),
            reshaped(left, tuple(size for length in left.shape for size in (length, 1))),
            reshaped(right, tuple(size for length in right.shape for size in (1, length))),
        )
        joined = viewed(apart, tuple(a * b for a, b in pairs))
        if joined is None:
            call.reject(
                NotViewable(
                    code="not-viewable",
                    message=f"{{layer}} is a kron of {input} and {other}, which lie in memory so differently "
                    "that PyTorch cannot view their product as one matrix; contiguous before it copies",
                    input=1,
                )
            )
        return joined


def at_front(tensor: Tensor, rank: int) -> Tensor:
    """With axes of one entry in front until there are ``rank``."""
    while tensor.rank < rank:
        tensor = unsqueezed(tensor, 0)
    return tensor


class Cross(Operation, type="cross"):
    """Multiplies vectors of three numbers to one that stands upright on both."""

    function = "torch.cross"
    family = "cross"

    dim: Annotated[Dim | None, Field(description="The axis of the three numbers; the first such if left out.")] = None

    examples = (example((4, 3), (4, 3), dim=1), example((2, 3, 4), (1, 3, 4), dim=-2))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        call.require_rank(other, input.rank, input=1)
        shape = call.require_broadcast(input, other)
        if self.dim is None:
            threes = [axis for axis, size in enumerate(input.shape) if size == 3]
            axis = threes[0] if threes else 0
        else:
            axis = call.require_dim("dim", self.dim, input.rank)
        for tensor in (input, other):
            if not tensor.rank or differ(tensor.shape[axis], 3):
                call.disagree(
                    f"{{layer}} is a cross along axis {axis}, which has to hold 3 entries; {tensor} arrives",
                    tensor,
                    axis=axis,
                )
        for position, tensor in enumerate((input, other)):
            call.expect_dtype(tensor, NUMERIC if position == 0 else frozenset({input.dtype}), input=position)
        return Tensor(shape, input.dtype)


class VDot(Dot, type="vdot"):
    """Multiplies two vectors entry by entry, one of them conjugated, and adds up the products."""

    function = "torch.vdot"
    examples = Dot.examples

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        return super().forward(call, input, other)


ALIASES: Final = (as_operation(Outer, "torch.ger"),)
"""Further names; a class that nobody refers to would be forgotten."""
