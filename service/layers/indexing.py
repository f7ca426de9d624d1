"""Parts of a tensor: narrow, select, Python's brackets, index_select and gather.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.narrow.html,
https://docs.pytorch.org/docs/stable/generated/torch.gather.html and
https://numpy.org/doc/stable/user/basics.indexing.html for the brackets.
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import INDICES
from service.core.sizes import Size, above, below, differ, is_known
from service.core.tensors import Tensor
from service.core.views import selected, sliced
from service.layers.arguments import Bool, Dim, Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation


def check_index(call: Call, argument: str, index: int, tensor: Tensor, axis: int) -> None:
    """``index`` points at an entry of the axis; negative ones count from the last."""
    size = tensor.shape[axis]
    if is_known(size) and not -size <= index < size:
        call.refuse(
            "out-of-range",
            f"{{layer}} is a {call.type} with {argument} = {index}, but axis {axis} of {tensor} has {size} entries",
            argument=argument,
            expected=[-size, size - 1],
            received=index,
        )


class AlongDim(Operation):
    """What operations along one axis share."""

    family = "index"

    dim: Dim

    def axis(self, call: Call, input: Tensor) -> int:
        """The axis, of a tensor that has one."""
        call.require_axes(input, 1, "one of which is indexed")
        return call.require_dim("dim", self.dim, input.rank)


class Narrow(AlongDim, type="narrow"):
    """Takes neighbouring entries along an axis, as a view."""

    function = "torch.narrow"

    start: Annotated[Int, Field(description="The first entry taken; negative ones count from the end.")]
    length: Annotated[Int, Field(description="How many entries are taken.")]

    examples = (
        example((3, 5), dim=1, start=1, length=3),
        example((4, 3, 5), dim=-3, start=-2, length=2),
        example(Tensor((4, 6), strides=(1, 4)), dim=0, start=0, length=2),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        axis = self.axis(call, input)
        call.expect_at_least("length", self.length, 0)
        size = input.shape[axis]
        start = self.start if self.start >= 0 else self.start + size
        if below(start, 0) or above(start + self.length, size):
            begins = not below(start, 0) and not above(start, size - 1)
            call.refuse(
                "out-of-range",
                f"{{layer}} is a narrow with start = {self.start} and length = {self.length}, "
                f"which do not lie within axis {axis} of {input} with {size} entries",
                argument="length" if begins else "start",
                expected=f"start + length at most {size}",
                received=self.length if begins else self.start,
                bounds=(0, size - (start if begins else self.length)),
            )
        if call.faults:
            raise Rejection
        if axis <= 1 < input.rank:
            call.sees(PRESERVED)
        return sliced(input, axis, self.length)


class Select(AlongDim, type="select"):
    """Takes one entry along an axis, which is gone then; a view."""

    function = "torch.select"

    index: Annotated[Int, Field(description="The entry; negative ones count from the last.")]

    examples = (
        example((3, 5), dim=0, index=2),
        example((2, 3, 5), dim=1, index=-1),
        example(Tensor((2, 3, 4), "int64", (1, 2, 6)), dim=-1, index=0),
    )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        axis = self.axis(call, input)
        check_index(call, "index", self.index, input, axis)
        return selected(input, axis)


class IndexedByTensor(Operation):
    """What operations share whose index is a tensor, behind ``dim`` in the call."""

    family = "index"
    behind_first = ("dim",)

    dim: Dim

    def refuse_empty(self, call: Call, input: Tensor, axis: int) -> None:
        """No index is within an axis without entries."""
        call.refuse(
            "out-of-range",
            f"{{layer}} is a {self.type} with dim = {self.dim}, but axis {axis} of {input} has no entries to point at",
            argument="dim",
            received=self.dim,
        )


class IndexSelect(IndexedByTensor, type="index_select"):
    """Takes the entries along an axis that a list of indices names."""

    function = "torch.index_select"

    examples = (
        example((3, 4), Tensor((2,), "int64"), dim=1),
        example((3, 4, 5), Tensor((7,), "int32"), dim=-2),
        example((3, 4), Tensor((), "int64"), dim=0),
    )

    def forward(self, call: Call, input: Tensor, index: Tensor) -> Tensor:
        axis = call.require_dim("dim", self.dim, input.rank)
        call.expect_dtype(index, INDICES, input=1)
        call.require_rank(index, 0, 1, input=1)
        count: Size = index.elements
        if not input.rank:
            if differ(count, 1):
                call.disagree(f"{{layer}} takes {count} entries from a tensor without axes", input, index)
            return input
        if input.shape[axis] == 0 and above(count, 0):
            self.refuse_empty(call, input, axis)
        if axis <= 1 < input.rank:
            call.sees(PRESERVED)
        return input.reshaped(*input.shape[:axis], count, *input.shape[axis + 1 :])


class Gather(IndexedByTensor, type="gather"):
    """Picks one entry along an axis for every place of an index tensor."""

    function = "torch.gather"

    sparse_grad: Annotated[Bool, Field(description="Whether the gradient is a sparse tensor.")] = False

    examples = (
        example((3, 4), Tensor((3, 2), "int64"), dim=1),
        example((2, 3, 4), Tensor((2, 5, 4), "int32"), dim=-2),
        example((3, 4), Tensor((1, 2), "int64", (1, 1)), dim=0),
    )

    def forward(self, call: Call, input: Tensor, index: Tensor) -> Tensor:
        axis = call.require_dim("dim", self.dim, input.rank)
        output = Tensor(index.shape, input.dtype)
        if index.elements == 0:
            return output
        call.expect_dtype(index, INDICES, input=1)
        # A tensor without axes counts as one of a single entry.
        own, wanted = input.shape or (1,), index.shape or (1,)
        if len(own) != len(wanted):
            call.disagree(f"{{layer}} gathers from {input} at {index}; both need as many axes", input, index)
            return output
        for place, (available, asked) in enumerate(zip(own, wanted, strict=True)):
            if place != axis and above(asked, available):
                call.disagree(
                    f"{{layer}} gathers from {input} at {index}; apart from axis {axis} the index may not be larger, "
                    f"but axis {place} holds {asked} and {available}",
                    input,
                    index,
                    axis=place,
                )
        if own[axis] == 0:
            self.refuse_empty(call, input, axis)
        return output
