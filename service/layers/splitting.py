"""A tensor taken apart along an axis: chunk, split, tensor_split and unbind.

The pieces are views: https://docs.pytorch.org/docs/stable/tensor_view.html
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.formulas import Formula
from service.core.sizes import UNKNOWN, Shape, Size, above, differ, is_known
from service.core.tensors import Tensor, Value
from service.core.views import selected, sliced
from service.layers.arguments import Dim, Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation

MOST_PIECES: Final = 4096
"""A tensor that falls into more is refused, lest a short document have an answer without end."""

CHUNKED: Final = Formula("ceil(size / chunks)")


class Splitting(Operation):
    """What the ways to take a tensor apart share."""

    family = "split"

    def axis(self, call: Call, input: Tensor, dim: int) -> int:
        """The axis along which the tensor is taken apart."""
        call.require_axes(input, 1, "one of which is taken apart")
        axis = call.require_dim("dim", dim, input.rank)
        if axis <= 1 < input.rank:
            call.sees(PRESERVED)
        return axis

    @staticmethod
    def require_few(call: Call, pieces: Size) -> None:
        """There are not more pieces than are followed."""
        if above(pieces, MOST_PIECES):
            call.refuse(
                "too-many-pieces",
                f"{{layer}} is a {call.type} into {pieces} tensors; Plumbline follows at most {MOST_PIECES}, though "
                "PyTorch might make them all",
                expected=f"at most {MOST_PIECES}",
                received=pieces,
            )
            raise Rejection

    def even(self, call: Call, input: Tensor, axis: int, each: Size) -> Value:
        """Pieces of ``each`` entries, the last of which may be smaller."""
        size = input.shape[axis]
        if not is_known(size) or not is_known(each):
            return UNKNOWN
        count = max(-(-size // each), 1) if each else 1
        self.require_few(call, count)
        return (sliced(input, axis, each),) * (count - 1) + (sliced(input, axis, size - each * (count - 1)),)

    def listed(self, call: Call, input: Tensor, axis: int, argument: str, sizes: Shape) -> Value:
        """Pieces of the sizes listed."""
        call.expect_at_least(argument, sizes, 0)
        if call.faults:
            raise Rejection
        if differ(sum(sizes), input.shape[axis]):
            call.refuse(
                "sizes",
                f"{{layer}} is a {self.type} of axis {axis} of {input}, which holds {input.shape[axis]}, into pieces "
                f"of {' + '.join(map(str, sizes)) or 'no size'} = {sum(sizes)}",
                argument=argument,
                expected=input.shape[axis],
                received=list(sizes),
            )
        return tuple(sliced(input, axis, size) for size in sizes)


class Chunk(Splitting, type="chunk"):
    """Cuts a tensor into a number of equal views; the last may be smaller, and there may be fewer."""

    function = "torch.chunk"

    chunks: Annotated[Int, Field(description="How many pieces at most.")]
    dim: Dim = 0

    examples = (
        example((2, 12), chunks=3, dim=1),
        example((7, 2), chunks=4),
        example((0, 2), chunks=3),
        example(Tensor((4, 6), "int64", (1, 4)), chunks=2, dim=-1),
    )

    def forward(self, call: Call, input: Tensor) -> Value:
        call.expect_at_least("chunks", self.chunks, 1)
        axis = self.axis(call, input, self.dim)
        if call.faults:
            raise Rejection
        each = call.size(axis, CHUNKED, size=input.shape[axis], chunks=self.chunks)
        if each == 0:
            self.require_few(call, self.chunks)
            return (input,) * self.chunks
        return self.even(call, input, axis, each)


class Split(Splitting, type="split"):
    """Cuts a tensor into views of the sizes given."""

    function = "torch.split"

    split_size_or_sections: Annotated[
        Int | Ints, Field(description="The size of every piece but perhaps the last, or a list of all sizes.")
    ]
    dim: Dim = 0

    examples = (
        example((10, 2), split_size_or_sections=4),
        example((5, 8), split_size_or_sections=[1, 4], dim=0),
        example((2, 8, 3), split_size_or_sections=[2, 6], dim=-2),
        example((0, 2), split_size_or_sections=0),
        example(Tensor((4, 6), strides=(1, 4)), split_size_or_sections=3),
    )

    def forward(self, call: Call, input: Tensor) -> Value:
        wanted = self.split_size_or_sections
        axis = self.axis(call, input, self.dim)
        call.expect_at_least("split_size_or_sections", wanted, 0)
        if call.faults:
            raise Rejection
        size = input.shape[axis]
        if not isinstance(wanted, tuple):
            if wanted == 0 and differ(size, 0):
                call.expect_at_least("split_size_or_sections", wanted, 1)
                raise Rejection
            return self.even(call, input, axis, wanted)
        return self.listed(call, input, axis, "split_size_or_sections", wanted)


class SplitWithSizes(Splitting, type="split_with_sizes"):
    """Cuts a tensor into views of the sizes listed."""

    function = "torch.split_with_sizes"
    page = "generated/torch.split.html"

    split_sizes: Annotated[Ints, Field(description="The size of every piece.")]
    dim: Dim = 0

    examples = (example((5, 8), split_sizes=[1, 4]), example((2, 8, 3), split_sizes=[2, 6], dim=-2))

    def forward(self, call: Call, input: Tensor) -> Value:
        axis = self.axis(call, input, self.dim)
        return self.listed(call, input, axis, "split_sizes", self.split_sizes)


class Unbind(Splitting, type="unbind"):
    """Takes an axis away and returns what stood along it, each as a view."""

    function = "torch.unbind"

    dim: Dim = 0

    examples = (
        example((3, 4)),
        example((2, 3, 4), dim=-1),
        example(Tensor((2, 3, 4), strides=(1, 2, 6)), dim=1),
    )

    def forward(self, call: Call, input: Tensor) -> Value:
        axis = self.axis(call, input, self.dim)
        count = input.shape[axis]
        if not is_known(count):
            return UNKNOWN
        self.require_few(call, count)
        return (selected(input, axis),) * count


Parts = Annotated[
    Int | Ints, Field(description="How many pieces, as even as can be; or a list of the places to cut at.")
]


class Cutting(Splitting):
    """What the ways to cut at given places share."""

    indices_or_sections: Parts

    def cut(self, call: Call, input: Tensor, axis: int) -> Value:
        """The pieces along an axis."""
        parts, size = self.indices_or_sections, input.shape[axis]
        if not isinstance(parts, tuple):
            call.expect_at_least("indices_or_sections", parts, 1)
            self.require_few(call, parts)
            if call.faults:
                raise Rejection
            small, larger = size // parts, size % parts
            if not is_known(size):
                return UNKNOWN
            return (sliced(input, axis, small + 1),) * larger + (sliced(input, axis, small),) * (parts - larger)
        if not is_known(size):
            return UNKNOWN
        places = (slice(*bounds).indices(size) for bounds in zip((0, *parts), (*parts, size), strict=True))
        return tuple(sliced(input, axis, max(stop - start, 0)) for start, stop, _ in places)


class TensorSplit(Cutting, type="tensor_split"):
    """Cuts a tensor into a number of views, as even as can be, or at given places."""

    function = "torch.tensor_split"
    behind_first = ("indices_or_sections",)

    indices_or_sections: Parts
    dim: Dim = 0

    examples = (
        example((7, 2), indices_or_sections=3),
        example((2, 7), indices_or_sections=[1, 5, 9], dim=1),
        example((7, 2), indices_or_sections=[5, 1, -2]),
    )

    def forward(self, call: Call, input: Tensor) -> Value:
        return self.cut(call, input, self.axis(call, input, self.dim))


class EvenCutting(Cutting):
    """What the ways to cut along a fixed axis share, which number of pieces has to come out even."""

    least_rank: ClassVar[int]

    def cut_along(self, call: Call, input: Tensor, axis: int) -> Value:
        """The pieces along an axis."""
        call.require_axes(input, self.least_rank, "one of which is taken apart")
        if not isinstance(self.indices_or_sections, tuple):
            call.expect_at_least("indices_or_sections", self.indices_or_sections, 1)
            call.expect_multiple("size", input.shape[axis], "indices_or_sections", self.indices_or_sections)
            if call.faults:
                raise Rejection
        return self.cut(call, input, axis)

    def forward(self, call: Call, input: Tensor) -> Value:
        return self.cut_along(call, input, self.least_rank - 1)


class HSplit(EvenCutting, type="hsplit"):
    """Cuts a tensor into views along its columns."""

    function = "torch.hsplit"
    behind_first = ("indices_or_sections",)
    least_rank = 1
    examples = (example((6, 4), indices_or_sections=2), example((6,), indices_or_sections=[1, 4]))

    def forward(self, call: Call, input: Tensor) -> Value:
        return self.cut_along(call, input, 1 if input.rank > 1 else 0)


class VSplit(EvenCutting, type="vsplit"):
    """Cuts a tensor into views along its rows."""

    function = "torch.vsplit"
    behind_first = ("indices_or_sections",)
    least_rank = 2
    examples = (example((6, 4), indices_or_sections=2), example((6, 4), indices_or_sections=[1, 4]))

    def forward(self, call: Call, input: Tensor) -> Value:
        return self.cut_along(call, input, 0)


class DSplit(EvenCutting, type="dsplit"):
    """Cuts a tensor into views along its third axis."""

    function = "torch.dsplit"
    behind_first = ("indices_or_sections",)
    least_rank = 3
    examples = (example((6, 3, 4), indices_or_sections=2), example((6, 3, 4), indices_or_sections=[1, 3]))
