"""Where values stand and which there are: searchsorted, bucketize, isin, nonzero, masked_select, unique, take.

How many entries some of them return, only the values tell, so that this size is unknown.
Sources: https://docs.pytorch.org/docs/stable/generated/torch.searchsorted.html and its neighbours; what is refused is
that of ``aten/src/ATen/native/BucketizationUtils.h``.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import ANY, BOOLEAN, COMPLEX, FLOATING, INDICES, REAL
from service.core.faults import NotViewable
from service.core.sizes import UNKNOWN_SIZE, above, below, differ, product
from service.core.tensors import Tensor, Value
from service.core.views import viewed
from service.layers.arguments import Bool, Dim, Int, Number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import expect_number_fits
from service.layers.notebook import PRESERVED
from service.layers.operation import Operation

ORDERED: Final = REAL - BOOLEAN

OutInt32 = Annotated[Bool, Field(description="Whether the places are int32 rather than int64.")]
Right = Annotated[Bool, Field(description="Whether a value that is a boundary belongs behind it.")]


class Searching(Operation):
    """What searchsorted and bucketize share."""

    family = "search"

    out_int32: OutInt32 = False
    right: Right = False

    def places(self, call: Call, values: Tensor, boundaries: Tensor, first: int) -> Tensor:
        """Where each value belongs among the boundaries, of which the first of the two inputs is number ``first``."""
        if above(values.elements, 0):
            call.expect_dtype(boundaries, REAL, input=1 - first)
            call.expect_dtype(values, ORDERED if boundaries.dtype == "bool" else REAL, input=first)
        return values.reshaped(*values.shape)._replace(dtype="int32" if self.out_int32 else "int64")


class SearchSorted(Searching, type="searchsorted"):
    """Says where values belong within sorted ones."""

    function = "torch.searchsorted"
    examples = (example((5,), (2, 3)), example((2, 5), (2, 3), right=True), example((5,), (), out_int32=True))

    def forward(self, call: Call, sorted_sequence: Tensor, input: Tensor) -> Tensor:
        call.require_axes(sorted_sequence, 1, "[…, sorted values]")
        rows = sorted_sequence.shape[:-1]
        if rows and (len(rows) != input.rank - 1 or any(map(differ, rows, input.shape))):
            call.disagree(
                f"{{layer}} is a searchsorted within {sorted_sequence}, so that the values have the shape "
                f"{[*rows, '…']}; {input} arrives",
                sorted_sequence,
                input,
            )
        return self.places(call, input, sorted_sequence, 1)


class Bucketize(Searching, type="bucketize"):
    """Says between which boundaries each value lies."""

    function = "torch.bucketize"
    examples = (
        example((2, 3), (5,)),
        example(Tensor((4,), "int64"), Tensor((5,), "int64"), right=True, out_int32=True),
    )

    def forward(self, call: Call, input: Tensor, boundaries: Tensor) -> Tensor:
        call.require_rank(boundaries, 1, layout="a list", input=1)
        return self.places(call, input, boundaries, 0)


class IsIn(Operation, type="isin"):
    """Tells which elements are among those of another tensor."""

    function = "torch.isin"
    examples = (example((2, 3), (5,)), example(Tensor((2, 3), "int64"), Tensor((5,), "int64"), invert=True))

    assume_unique: Annotated[Bool, Field(description="Whether no value occurs twice in either.")] = False
    invert: Annotated[Bool, Field(description="Whether to tell which are not among them.")] = False

    def forward(self, call: Call, elements: Tensor, test_elements: Tensor) -> Tensor:
        call.sees(PRESERVED)
        call.expect_dtype(elements, ORDERED)
        call.expect_dtype(test_elements, ORDERED, input=1)
        if above(elements.elements, 0) and below(test_elements.elements, int(10 * elements.elements**0.145)):
            # Only where there are many does PyTorch sort them, rather than compare with each on a list.
            require_flat(call, test_elements, input=1)
        return Tensor(elements.shape, "bool")


class Nonzero(Operation, type="nonzero"):
    """Lists the places of all elements other than zero, each in a row."""

    function = "torch.nonzero"
    examples = (example((2, 3)), example(Tensor((2, 3, 4), "bool"), as_tuple=True))

    as_tuple: Annotated[Bool, Field(description="Whether to return a list for each axis instead: a tuple.")] = False

    def forward(self, call: Call, input: Tensor) -> Value:  # noqa: ARG002
        if self.as_tuple:
            return (Tensor((UNKNOWN_SIZE,), "int64"),) * max(input.rank, 1)
        return Tensor((UNKNOWN_SIZE, input.rank), "int64", (UNKNOWN_SIZE,) * 2)


class ArgWhere(Operation, type="argwhere"):
    """Lists the places of all elements other than zero, each in a row; nonzero under NumPy's name."""

    function = "torch.argwhere"
    examples = (example((2, 3)),)

    def forward(self, call: Call, input: Tensor) -> Tensor:  # noqa: ARG002
        return Tensor((UNKNOWN_SIZE, input.rank), "int64", (UNKNOWN_SIZE,) * 2)


class MaskedSelect(Operation, type="masked_select"):
    """Lists the elements that a mask marks."""

    function = "torch.masked_select"
    examples = (example((2, 3), Tensor((2, 3), "bool")), example((2, 3), Tensor((2, 1), "bool")))

    def forward(self, call: Call, input: Tensor, mask: Tensor) -> Tensor:
        call.expect_dtype(mask, BOOLEAN, input=1)
        call.require_broadcast(input, mask)
        return input.reshaped(UNKNOWN_SIZE)


OCCURRING: Final = (
    example((2, 3)),
    example(Tensor((2, 3), "int64"), return_inverse=True, return_counts=True),
    example((4, 3), dim=0, return_counts=True),
)


class Listing(Operation):
    """What unique and unique_consecutive share."""

    return_inverse: Annotated[Bool, Field(description="Whether to say which of them each element is.")] = False
    return_counts: Annotated[Bool, Field(description="Whether to say how often each occurs.")] = False
    dim: Annotated[Dim | None, Field(description="The axis whose slices are compared; all elements if left out.")] = (
        None
    )

    def forward(self, call: Call, input: Tensor) -> Value:
        call.expect_dtype(input, ANY - COMPLEX)
        if self.dim is None:
            values, inverse = input.reshaped(UNKNOWN_SIZE), Tensor(input.shape, "int64")
        else:
            call.require_axes(input, 1, "one of which is looked along")
            axis = call.require_dim("dim", self.dim, input.rank)
            call.expect_filled(input, *(place for place in range(input.rank) if place != axis))
            values = input.reshaped(*input.shape[:axis], UNKNOWN_SIZE, *input.shape[axis + 1 :])
            inverse = Tensor(input.shape[axis : axis + 1], "int64")
        more = (inverse,) * self.return_inverse + (Tensor((UNKNOWN_SIZE,), "int64"),) * self.return_counts
        return (values, *more) if more else values


class Unique(Listing, type="unique"):
    """Lists the values that occur; a tuple if it also says where, or how often."""

    function = "torch.unique"
    examples = OCCURRING

    sorted: Annotated[Bool, Field(description="Whether they come in order.")] = True


class UniqueConsecutive(Listing, type="unique_consecutive"):
    """Lists values without those that repeat the one before; a tuple if it also says where, or how often."""

    function = "torch.unique_consecutive"
    examples = OCCURRING


def require_flat(call: Call, tensor: Tensor, *, input: int = 0) -> None:
    """The tensor can be viewed as a list."""
    if viewed(tensor, (tensor.elements,)) is None:
        call.reject(
            NotViewable(
                code="not-viewable",
                message=f"{{layer}} is a {call.type} and views {tensor} as a list, which its memory is not",
                input=input,
            )
        )


def expect_elements(call: Call, input: Tensor, index: Tensor) -> None:
    """There are elements to point at."""
    if input.elements == 0 and above(index.elements, 0):
        call.disagree(f"{{layer}} is a {call.type} from {input}, which has no elements to point at", input, index)


class HistC(Operation, type="histc"):
    """Counts values by the interval they lie in."""

    function = "torch.histc"
    family = "search"

    bins: Annotated[Int, Field(description="How many intervals.")] = 100
    min: Annotated[Number, Field(description="Where the first begins; if both limits are 0, at the lowest value.")] = 0
    max: Annotated[Number, Field(description="Where the last ends; if both limits are 0, at the highest value.")] = 0

    examples = (example((2, 3)), example((50,), bins=8, min=0, max=7))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.expect_dtype(input, FLOATING)
        call.expect_at_least("bins", self.bins, 1)
        for argument in ("min", "max"):
            expect_number_fits(call, argument, getattr(self, argument), input.dtype)
        if self.min > self.max:
            call.refuse(
                "limits",
                f"{{layer}} is a histc with min = {self.min}, which must not exceed max = {self.max}",
                argument="min",
                expected=f"at most {self.max}",
                received=self.min,
            )
        return Tensor((self.bins,), input.dtype)


class Take(Operation, type="take"):
    """Picks elements by their places in the tensor as if it were flat."""

    function = "torch.take"
    family = "index"
    examples = (example((2, 3), Tensor((4, 5), "int64")), example((2, 3), Tensor((), "int64")))

    def forward(self, call: Call, input: Tensor, index: Tensor) -> Tensor:
        call.expect_dtype(index, frozenset({"int64"}), input=1)
        expect_elements(call, input, index)
        return Tensor(index.shape, input.dtype)


class TakeAlongDim(Operation, type="take_along_dim"):
    """Picks entries along an axis, where an index says, which broadcasts to the other axes."""

    function = "torch.take_along_dim"
    family = "index"
    examples = (
        example((3, 4), Tensor((3, 1), "int64"), dim=1),
        example((2, 3, 4), Tensor((1, 5, 4), "int64"), dim=-2),
        example((2, 3), Tensor((7,), "int64")),
    )

    dim: Annotated[Dim | None, Field(description="The axis; if left out, the tensor is taken as flat.")] = None

    def forward(self, call: Call, input: Tensor, indices: Tensor) -> Tensor:
        if self.dim is None:
            if above(indices.elements, 0):
                call.expect_dtype(indices, INDICES, input=1)
            require_flat(call, input)
            require_flat(call, indices, input=1)
            expect_elements(call, input, indices)
            return Tensor((indices.elements,), input.dtype)
        call.expect_dtype(indices, frozenset({"int64"}), input=1)
        call.require_rank(indices, input.rank, input=1)
        call.require_axes(input, 1, "along one of which entries are picked")
        axis = call.require_dim("dim", self.dim, input.rank)
        others = [
            tensor._replace(shape=(*tensor.shape[:axis], 1, *tensor.shape[axis + 1 :])) for tensor in (input, indices)
        ]
        shape = call.require_broadcast(*others)
        if input.shape[axis : axis + 1] == (0,) and above(product(shape) * indices.shape[axis], 0):
            expect_elements(call, input, indices)
        return input.reshaped(*shape[:axis], indices.shape[axis], *shape[axis + 1 :])
