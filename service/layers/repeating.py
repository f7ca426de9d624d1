"""Entries that stand for several: expand, repeat, tile and repeat_interleave.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.expand.html and
https://docs.pytorch.org/docs/stable/generated/torch.repeat_interleave.html
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.broadcasting import expands_to
from service.core.dtypes import INDICES
from service.core.faults import WrongInputs
from service.core.formulas import Formula
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, below, differ, indivisible, written
from service.core.tensors import Tensor, Value, declared
from service.core.views import expanded
from service.layers.arguments import Int, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation

REPEATED: Final = Formula("size · repeats")


class Expanding(Operation):
    """What ``expand`` and ``expand_as`` share."""

    keeps_entries = True
    family = "expand"

    def expanded(self, call: Call, input: Tensor, wanted: Shape) -> Tensor:
        """``input`` broadcast to ``wanted``, in which -1 stands for the size that is there."""
        new = len(wanted) - input.rank
        own = (*wanted[:new], *input.shape) if new >= 0 else input.shape
        shape = tuple(size if target == -1 else target for size, target in zip(own, wanted, strict=False))
        impossible = any(below(size, 0) for size in shape)
        if impossible or not expands_to(input.shape, shape):
            call.disagree(
                f"{{layer}} is a {self.type} of {input} to {written(wanted)}; counted from the last axis, "
                "every size of the tensor has to be 1 or the one wanted",
                input,
                Tensor(wanted),
            )
            raise Rejection
        return expanded(input, shape)


class Expand(Expanding, type="expand"):
    """Broadcasts axes of one entry to larger ones, without a copy."""

    function = "torch.Tensor.expand"
    behind_first = ("size",)

    size: Annotated[Int | Ints, Field(description="Sizes of the result; -1 leaves an axis as it is.")]

    examples = (
        example((3, 1), size=[3, 4]),
        example((3, 1, 1), size=[2, -1, 5, -1]),
        example((), size=4),
        example(Tensor((1, 2, 3), "int64", (6, 1, 2)), size=[4, 2, 3]),
    )

    @property
    def wanted(self) -> Shape:
        """The sizes, which may be given as one number."""
        return self.size if isinstance(self.size, tuple) else (self.size,)

    def declares(self, *inputs: Value) -> Value:
        return declared(self.wanted, inputs)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.expanded(call, input, self.wanted)


class BroadcastTo(Expanding, type="broadcast_to"):
    """Broadcasts axes of one entry to larger ones, without a copy; expand under NumPy's name."""

    function = "torch.broadcast_to"

    size: Annotated[Ints, Field(description="Sizes of the result; -1 leaves an axis as it is.")]

    examples = (example((3, 1), size=[3, 4]), example((3, 1, 1), size=[2, -1, 5, -1]))

    def declares(self, *inputs: Value) -> Value:
        return declared(self.size, inputs)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.expanded(call, input, self.size)


class ExpandAs(Expanding, type="expand_as"):
    """Broadcasts a tensor to the shape of another, without a copy."""

    function = "torch.Tensor.expand_as"
    examples = (example((3, 1), (3, 4)), example((1, 5), (2, 4, 5)))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        return self.expanded(call, input, other.shape)


class Repeating(Operation):
    """What ``repeat`` and ``tile`` share."""

    keeps_entries = True
    family = "repeat"

    def repeated(self, call: Call, input: Tensor, argument: str, repeats: Shape) -> Tensor:
        """Copies of ``input`` along its axes, with axes of one entry in front where there are more repeats."""
        sizes = (1,) * (len(repeats) - input.rank) + input.shape
        shape = tuple(
            call.size(axis, REPEATED, size=size, repeats=count)
            for axis, (size, count) in enumerate(zip(sizes, repeats, strict=True))
        )
        if any(below(size, 0) for size in shape):
            call.expect_at_least(argument, repeats, 0)
            raise Rejection
        return input.reshaped(*shape)


class Repeat(Repeating, type="repeat"):
    """Copies a tensor several times along its axes."""

    function = "torch.Tensor.repeat"
    behind_first = ("repeats",)

    repeats: Annotated[Int | Ints, Field(description="How many copies along every axis; more than it has add axes.")]

    examples = (example((2, 3), repeats=[2, 1]), example((2, 3), repeats=[4, 1, 2]), example((3,), repeats=2))

    @property
    def counts(self) -> tuple[int, ...]:
        """How many copies along every axis, which may be given as one number."""
        return self.repeats if isinstance(self.repeats, tuple) else (self.repeats,)

    def declares(self, *inputs: Value) -> Value:
        return declared((UNKNOWN_SIZE,) * len(self.counts), inputs)

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if len(self.counts) < input.rank:
            call.require_rank(
                input, *range(len(self.counts) + 1), layout=f"no more than repeats = {list(self.counts)} has numbers"
            )
        return self.repeated(call, input, "repeats", self.counts)


class Tile(Repeating, type="tile"):
    """Copies a tensor several times along its last axes."""

    function = "torch.Tensor.tile"
    behind_first = ("dims",)

    dims: Annotated[Int | Ints, Field(description="How many copies along the last axes; more than it has add axes.")]

    examples = (example((2, 3), dims=[2]), example((2, 3), dims=[2, 2]), example((3,), dims=[2, 2, 1]))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        dims = self.dims if isinstance(self.dims, tuple) else (self.dims,)
        return self.repeated(call, input, "dims", (1,) * (input.rank - len(dims)) + dims)


class RepeatInterleave(Operation, type="repeat_interleave"):
    """Repeats every entry along an axis, copies of one entry next to each other."""

    function = "torch.repeat_interleave"
    null_is_absent = True
    family = "repeat-interleave"

    repeats: Annotated[
        Int | None, Field(description="How often every entry is repeated; or a second input tells for each.")
    ] = None
    dim: Annotated[Int | None, Field(description="The axis; the tensor is flattened first if left out.")] = None
    output_size: Annotated[Int | None, Field(description="The size of that axis afterwards, if known before.")] = None

    examples = (
        example((2, 3), repeats=2),
        example((2, 3), repeats=3, dim=-1),
        example((2, 3), repeats=2, dim=0, output_size=4),
        example((2, 3), Tensor((3,), "int64"), dim=1),
        example((2, 3), Tensor((), "int32")),
        example(Tensor((4,), "int64")),
    )

    def forward(self, call: Call, input: Tensor, repeats: Tensor | None = None) -> Tensor:
        if repeats is None and self.repeats is None:
            return self._positions(call, input)
        if repeats is not None and self.repeats is not None:
            self._refuse_inputs(call, "repeats is both an argument and an input")
        axis = call.require_dim("dim", 0 if self.dim is None else self.dim, input.rank)
        if self.dim is not None:
            call.require_axes(input, 1, "one of which is repeated")
        sizes = input.shape if self.dim is not None else (input.elements,)
        if repeats is None:
            size = self._repeated_alike(call, sizes[axis], axis)
        else:
            size = self._repeated_each(call, sizes[axis], repeats)
        return input.reshaped(*sizes[:axis], size, *sizes[axis + 1 :])

    def _repeated_alike(self, call: Call, size: Size, axis: int) -> Size:
        call.expect_at_least("repeats", self.repeats, 0)
        result = call.size(axis, REPEATED, size=size, repeats=self.repeats)
        if self.output_size is not None and differ(result, self.output_size):
            self._refuse_output_size(call, result)
        return result

    def _repeated_each(self, call: Call, size: Size, repeats: Tensor) -> Size:
        call.expect_dtype(repeats, INDICES, input=1)
        call.require_rank(repeats, 0, 1, input=1)
        if repeats.rank and differ(repeats.shape[0], 1) and differ(repeats.shape[0], size):
            call.disagree(
                f"{{layer}} repeats {size} entries, but repeats has {repeats.shape[0]} numbers for them", repeats
            )
        one_for_all = not repeats.rank or repeats.shape[0] == 1
        if one_for_all and self.output_size is not None and differ(size, 0) and indivisible(self.output_size, size):
            self._refuse_output_size(call, f"a multiple of {size}")
        return self._total(call, size)

    def _total(self, call: Call, size: Size) -> Size:
        """The sum of ``size`` numbers that nothing is known about."""
        if size == 0:
            return 0
        if self.output_size is None:
            return UNKNOWN_SIZE
        call.expect_at_least("output_size", self.output_size, 0)
        return self.output_size

    def _positions(self, call: Call, repeats: Tensor) -> Tensor:
        """The short form: for a list of counts, each position as often as its count says."""
        if self.dim is not None:
            self._refuse_inputs(call, "repeats is missing")
        call.require_rank(repeats, 1)
        call.expect_dtype(repeats, INDICES)
        return repeats.reshaped(self._total(call, repeats.shape[0]))

    def _refuse_output_size(self, call: Call, expected: Size | str) -> None:
        call.refuse(
            "output-size",
            f"{{layer}} is a repeat_interleave with output_size = {self.output_size}; it has to be {expected}",
            argument="output_size",
            expected=expected,
            received=self.output_size,
        )

    def _refuse_inputs(self, call: Call, problem: str) -> None:
        call.reject(
            WrongInputs(
                code="missing-input",
                message=f"{{layer}} is a repeat_interleave and takes input, and repeats as an argument or as a "
                f"second input; {problem}",
                argument="repeats",
                names=("input", "repeats"),
                required=1,
            )
        )
