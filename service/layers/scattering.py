"""Entries of a tensor replaced or added to, where an index says: scatter, index_add, masked_scatter and their like.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.scatter_.html and its neighbours, and for what is
refused ``aten/src/ATen/native/ScatterGatherChecks.h`` and ``TensorAdvancedIndexing.cpp``.
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, INDICES, NUMERIC, REAL
from service.core.layouts import copied, preserved
from service.core.sizes import UNKNOWN_SIZE, above, differ, is_known, product
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Dim, FillValue, Int, Number, Str, number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import expect_number_fits
from service.layers.indexing import AlongDim, IndexedByTensor, check_index
from service.layers.notebook import PRESERVED, Rejection
from service.layers.operation import Operation

SCATTER_REDUCTIONS: Final = {"sum": ANY, "prod": ANY, "mean": NUMERIC, "amax": REAL, "amin": REAL}
"""The ways in which values for one place meet, and the element types that they take."""

ScatterReduction = Annotated[
    Str,
    Field(
        description="How values for one place meet: `sum`, `prod`, `mean`, `amax` or `amin`.",
        examples=list(SCATTER_REDUCTIONS),
    ),
]


class Scattering(IndexedByTensor):
    """What the ways share to put values where an index of as many axes says."""

    family = "scatter"

    def scattered(self, call: Call, input: Tensor, index: Tensor, src: Tensor | None) -> Tensor:
        """The input with other values in it, once they are known to fit."""
        axis = call.require_dim("dim", self.dim, input.rank)
        if src is not None:
            call.expect_dtype(src, frozenset({input.dtype}), input=2)
        if index.elements == 0:
            return input.reshaped(*input.shape)
        call.expect_dtype(index, INDICES, input=1)
        tensors = [tensor for tensor in (input, index, src) if tensor is not None]
        own, wanted, *source = (tensor.shape or (1,) for tensor in tensors)
        if len({len(own), len(wanted), *map(len, source)}) > 1:
            call.disagree(f"{{layer}} is a {self.type} of tensors that have not as many axes as each other", *tensors)
            raise Rejection
        for place, asked in enumerate(wanted):
            if place != axis and above(asked, own[place]):
                self.refuse_larger(call, index, input, place)
            if source and above(asked, source[0][place]):
                self.refuse_larger(call, index, tensors[2], place)
        if own[axis] == 0:
            self.refuse_empty(call, input, axis)
        return input.reshaped(*input.shape)

    def refuse_larger(self, call: Call, index: Tensor, other: Tensor, axis: int) -> None:
        """The index reaches beyond a tensor."""
        call.disagree(
            f"{{layer}} is a {self.type} with an index {index}, which may not be larger along axis {axis} than {other}",
            index,
            other,
            axis=axis,
        )


class Scatter(Scattering, type="scatter"):
    """Replaces entries along an axis, where an index says, by values or by a number."""

    function = "torch.scatter"
    null_is_absent = True
    examples = (
        example((3, 4), Tensor((2, 4), "int64"), (2, 4), dim=0),
        example((3, 4), Tensor((2, 4), "int64"), dim=0, value=1.5),
        example(Tensor((2, 3, 4), "int64"), Tensor((2, 5, 4), "int32"), dim=-2, value=1),
    )

    value: Annotated[
        FillValue | None,
        Field(description="A number in place of a third input.", examples=[0, 0.5, -1, 300, True, "-inf"]),
    ] = None

    def forward(self, call: Call, input: Tensor, index: Tensor, src: Tensor | None = None) -> Tensor:
        if (src is None) is (self.value is None):
            given = "neither" if src is None else "both"
            call.refuse(
                "source",
                f"{{layer}} is a scatter and takes values as a third input or a number as value; {given} is given",
                argument="value",
                expected="one of them",
                received=given,
            )
            raise Rejection
        if self.value is not None and above(index.elements, 0):
            expect_number_fits(call, "value", number(self.value), input.dtype)
        return self.scattered(call, input, index, src)


class ScatterAdd(Scattering, type="scatter_add"):
    """Adds values to entries along an axis, where an index says."""

    function = "torch.scatter_add"
    examples = (
        example((3, 4), Tensor((2, 4), "int64"), (2, 4), dim=0),
        example((2, 3, 4), Tensor((2, 5, 4), "int32"), (2, 5, 4), dim=-2),
    )

    def forward(self, call: Call, input: Tensor, index: Tensor, src: Tensor) -> Tensor:
        return self.scattered(call, input, index, src)


class ScatterReduce(Scattering, type="scatter_reduce"):
    """Reduces values into entries along an axis, where an index says."""

    function = "torch.scatter_reduce"
    examples = (
        example((3, 4), Tensor((2, 4), "int64"), (2, 4), dim=0, reduce="amax"),
        example((3, 4), Tensor((2, 4), "int64"), (2, 4), dim=0, reduce="mean", include_self=False),
    )

    dim: Dim
    reduce: ScatterReduction
    include_self: Annotated[Bool, Field(description="Whether the entry itself enters, too.")] = True

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("reduce", self.reduce, tuple(SCATTER_REDUCTIONS))

    def forward(self, call: Call, input: Tensor, index: Tensor, src: Tensor) -> Tensor:
        if above(index.elements, 0) or (self.reduce == "mean" and input.dtype in BOOLEAN):
            call.expect_dtype(input, SCATTER_REDUCTIONS[self.reduce])
        return self.scattered(call, input, index, src)


class ByList(IndexedByTensor):
    """What the ways share to put slices where a list of indices says."""

    family = "index"
    indices: ClassVar[frozenset[str]] = frozenset({"int64"})
    mixes_scalars: ClassVar[bool] = False
    """Whether a scalar and a list of one are the same to it."""

    def expect_list(self, call: Call, input: Tensor, index: Tensor) -> int:
        """The axis, of which a list names entries."""
        axis = call.require_dim("dim", self.dim, input.rank)
        call.expect_dtype(index, self.indices, input=1)
        call.require_rank(index, 0, 1, layout="a list", input=1)
        return axis

    def expect_entries(self, call: Call, input: Tensor, index: Tensor, axis: int) -> None:
        """There are entries to name, if any slice is looked at."""
        others = input.shape[:axis] + input.shape[axis + 1 :]
        if input.rank and input.shape[axis] == 0 and above(product((index.elements, *others)), 0):
            self.refuse_empty(call, input, axis)

    def expect_slices(self, call: Call, input: Tensor, index: Tensor, source: Tensor, axis: int) -> None:
        """There is a slice for every index, and it has the sizes of the tensor."""
        call.expect_dtype(source, frozenset({input.dtype}), input=2)
        own, given = list(input.shape or (1,)), list(source.shape or (1,))
        own[axis] = index.elements
        alike = self.mixes_scalars or bool(input.rank) == bool(source.rank)
        if not alike or len(own) != len(given) or any(map(differ, own, given)):
            call.disagree(
                f"{{layer}} is a {self.type} of {input} with {index.elements} indices along axis {axis}, so that its "
                f"source has the shape {own if alike or input.rank else []}; {source} arrives",
                input,
                source,
            )


class IndexAdd(ByList, type="index_add"):
    """Adds slices to those along an axis that a list names."""

    function = "torch.index_add"
    indices = INDICES
    examples = (
        example((3, 4), Tensor((2,), "int64"), (2, 4), dim=0),
        example((3, 4, 5), Tensor((2,), "int32"), (3, 2, 5), dim=-2, alpha=0.5),
    )

    alpha: Annotated[Number, Field(description="What the slices are multiplied by first.")] = 1

    def forward(self, call: Call, input: Tensor, index: Tensor, source: Tensor) -> Tensor:
        axis = self.expect_list(call, input, index)
        self.expect_slices(call, input, index, source, axis)
        if input.rank < 2 or above(index.elements * input.elements, 0):
            expect_number_fits(call, "alpha", self.alpha, input.dtype)
        return input.reshaped(*input.shape)


class IndexCopy(ByList, type="index_copy"):
    """Replaces slices along an axis that a list names by others."""

    function = "torch.index_copy"
    mixes_scalars = True
    examples = (
        example((3, 4), Tensor((2,), "int64"), (2, 4), dim=0),
        example((3, 4, 5), Tensor((2,), "int64"), (3, 2, 5), dim=-2),
    )

    def forward(self, call: Call, input: Tensor, index: Tensor, source: Tensor) -> Tensor:
        axis = self.expect_list(call, input, index)
        self.expect_slices(call, input, index, source, axis)
        self.expect_entries(call, input, index, axis)
        return input.reshaped(*input.shape)


class IndexFill(ByList, type="index_fill"):
    """Replaces slices along an axis that a list names by a number."""

    function = "torch.index_fill"
    page = "generated/torch.Tensor.index_fill.html"
    examples = (
        example((3, 4), Tensor((2,), "int64"), dim=0, value=1.5),
        example(Tensor((3, 4, 5), "int64"), Tensor((2,), "int64"), dim=-2, value=-1),
    )

    value: Annotated[FillValue, Field(description="The number.", examples=[0, 0.5, -1, 300, True, "inf"])]

    def forward(self, call: Call, input: Tensor, index: Tensor) -> Tensor:
        self.expect_entries(call, input, index, self.expect_list(call, input, index))
        expect_number_fits(call, "value", number(self.value), input.dtype)
        return preserved(input)


class MaskedScatter(Operation, type="masked_scatter"):
    """Replaces the elements that a mask marks by those of another tensor, one after the other."""

    function = "torch.masked_scatter"
    page = "generated/torch.Tensor.masked_scatter.html"
    family = "scatter"
    examples = (
        example((3, 4), Tensor((3, 4), "bool"), (12,)),
        example((2, 3, 4), Tensor((2, 3, 1), "bool"), (5, 4)),
    )

    def forward(self, call: Call, input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.expect_dtype(mask, BOOLEAN, input=1)
        call.expect_dtype(source, frozenset({input.dtype}), input=2)
        return input.reshaped(*call.require_broadcast(input, mask))


class SliceScatter(AlongDim, type="slice_scatter"):
    """Replaces a slice of a tensor by another."""

    function = "torch.slice_scatter"
    examples = (
        example((8, 4), (2, 4), start=6),
        example((8, 4), (8, 2), dim=1, start=0, end=4, step=2),
    )

    dim: Dim = 0
    start: Annotated[Int | None, Field(description="The first entry that is replaced.")] = None
    end: Annotated[Int | None, Field(description="One behind the last.")] = None
    step: Annotated[Int, Field(description="From one to the next.")] = 1

    def forward(self, call: Call, input: Tensor, src: Tensor) -> Tensor:
        axis = self.axis(call, input)
        call.expect_at_least("step", self.step, 1)
        if call.faults:
            raise Rejection
        size = input.shape[axis]
        taken = len(range(*slice(self.start, self.end, self.step).indices(size))) if is_known(size) else UNKNOWN_SIZE
        expect_replacement(call, src, (*input.shape[:axis], taken, *input.shape[axis + 1 :]))
        return copied(input)


class SelectScatter(AlongDim, type="select_scatter"):
    """Replaces one entry along an axis by a tensor."""

    function = "torch.select_scatter"
    examples = (example((3, 4), (4,), dim=0, index=0), example((3, 4, 5), (3, 5), dim=1, index=-1))

    index: Annotated[Int, Field(description="The entry; negative ones count from the last.")]

    def forward(self, call: Call, input: Tensor, src: Tensor) -> Tensor:
        axis = self.axis(call, input)
        check_index(call, "index", self.index, input, axis)
        expect_replacement(call, src, input.shape[:axis] + input.shape[axis + 1 :])
        return copied(input)


def expect_replacement(call: Call, src: Tensor, shape: tuple[int, ...]) -> None:
    """A tensor has the shape of what it replaces."""
    if src.rank != len(shape) or any(map(differ, src.shape, shape)):
        call.disagree(
            f"{{layer}} is a {call.type} of a part with shape {list(shape)}, and {src} cannot take its place", src
        )
