"""Every entry of a tensor beside every entry of others: meshgrid, cartesian_prod, combinations and block_diag.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.meshgrid.html and its neighbours.
"""

from functools import reduce
from math import comb, log2
from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.sizes import UNKNOWN_SIZE, Size, is_known, product
from service.core.tensors import Tensor, Value
from service.core.views import at_least, expanded, reshaped
from service.layers.arguments import Bool, Int, Str
from service.layers.base import example
from service.layers.call import Call
from service.layers.joining import Several
from service.layers.notebook import Rejection
from service.layers.operation import Operation

BITS: Final = 63
"""Of PyTorch's sizes."""
INDEXINGS: Final = ("ij", "xy")


class Lists(Several):
    """Operations on lists of numbers of one element type."""

    def require_lists(self, call: Call, ranks: tuple[int, ...], tensors: tuple[Tensor, ...]) -> None:
        """None of the tensors is more than a list, and all are of one element type."""
        for position, tensor in enumerate(tensors):
            call.require_rank(tensor, *ranks, layout="a list", input=position)
            call.expect_dtype(tensor, frozenset({tensors[0].dtype}), input=position)


class MeshGrid(Lists, type="meshgrid"):
    """Makes the coordinates of a grid out of those along each of its axes: a tuple, one tensor an axis."""

    function = "torch.meshgrid"

    indexing: Annotated[
        Str, Field(description="Whether the first axis is that of rows, `ij`, or of columns, `xy`.", examples=INDEXINGS)
    ] = "ij"

    examples = (
        example((3,), (4,), indexing="ij"),
        example((3,), (4,), (2,), indexing="xy"),
        example((Tensor((3,)), Tensor(()))),
    )

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("indexing", self.indexing, INDEXINGS)

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        self.require_lists(call, (0, 1), tensors)
        order = tuple(range(len(tensors)))
        if self.indexing == "xy" and len(tensors) > 1:
            order = (1, 0, *order[2:])
        shape = tuple(tensors[axis].elements for axis in order)
        grids = []
        for place, tensor in zip(order, tensors, strict=True):
            along = tuple(tensor.elements if axis == place else 1 for axis in range(len(tensors)))
            grids.append(expanded(reshaped(tensor, along), shape))
        return tuple(grids)


class CartesianProd(Lists, type="cartesian_prod"):
    """Lists every combination of an entry of each list."""

    function = "torch.cartesian_prod"
    takes_tuple = False
    examples = (example((3,), (4,)), example((3,)), example(Tensor((3,), "int64"), Tensor((2,), "int64")))

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        self.require_lists(call, (1,), tensors)
        if len(tensors) == 1:
            return tensors[0]
        return tensors[0].reshaped(product(tensor.shape[0] for tensor in tensors), len(tensors))


class Combinations(Operation, type="combinations"):
    """Lists every choice of so many entries of a list, each in a row."""

    function = "torch.combinations"
    family = "combining"
    examples = (example((4,)), example((4,), r=3, with_replacement=True), example(Tensor((3,), "int64"), r=1))

    r: Annotated[Int, Field(description="How many entries are chosen.", examples=[0, 1, 2, 3, 4])] = 2
    with_replacement: Annotated[Bool, Field(description="Whether an entry may be chosen more than once.")] = False

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 1, layout="a list")
        call.expect_at_least("r", self.r, 0)
        entries = input.shape[0]
        if call.faults:
            raise Rejection
        if self.r == 0:
            return Tensor((0,), input.dtype)
        if not is_known(entries):
            return Tensor((UNKNOWN_SIZE, self.r), input.dtype)
        if entries > 1 and self.r * log2(entries) >= BITS:
            call.refuse(
                "overflow",
                f"{{layer}} is a combinations with r = {self.r} of {entries} entries; PyTorch looks at every way to "
                "choose them one after the other, which are more than it can count in 64 bits",
                argument="r",
                received=self.r,
            )
            raise Rejection
        pool = entries + self.r - 1 if self.with_replacement else entries
        return Tensor((comb(max(pool, 0), self.r), self.r), input.dtype)


class BroadcastTensors(Several, type="broadcast_tensors"):
    """Expands tensors to the shape to which they broadcast: a tuple of them."""

    function = "torch.broadcast_tensors"
    takes_tuple = False
    examples = (example((2, 3), (3,)), example((4, 1, 3), (5, 1), ()), example(Tensor((2, 1), "int64"), (2, 2)))

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        shape = call.require_broadcast(*tensors)
        return tuple(expanded(tensor, shape) for tensor in tensors)


class BlockDiag(Several, type="block_diag"):
    """Puts matrices behind each other on the diagonal of one that is zero elsewhere."""

    function = "torch.block_diag"
    least = 0
    takes_tuple = False
    examples = (example((2, 3), (3,), ()), example((2, 3)), example(Tensor((2, 2), "int64"), (1, 3)))

    def joined(self, call: Call, *tensors: Tensor) -> Value:
        if not tensors:
            return Tensor((1, 0))
        for position, tensor in enumerate(tensors):
            call.require_rank(tensor, 0, 1, 2, input=position)
        matrices = [at_least(2, tensor).shape for tensor in tensors]
        rows: Size = reduce(lambda total, shape: total + shape[0], matrices, 0)
        columns: Size = reduce(lambda total, shape: total + shape[1], matrices, 0)
        return Tensor((rows, columns), result_type(*tensors))
