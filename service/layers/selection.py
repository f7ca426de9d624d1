"""Choosing between values element by element: clamp, where and masked_fill.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.clamp.html and its neighbours.
"""

from collections.abc import Collection
from typing import Annotated, Any, Final

from pydantic import Field

from service.core.dtypes import BOOLEAN, FLOATING, REAL, DType, category
from service.core.faults import WrongInputs
from service.core.layouts import NUMBER, converted, elementwise_layout
from service.core.tensors import Tensor, Value
from service.layers.arguments import FillValue, number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import Elementwise, Operand, common_type, computing, expect_number_fits
from service.layers.notebook import PRESERVED
from service.layers.operation import as_operation

Limit = Annotated[
    FillValue | None,
    Field(description="A number in place of a further input.", examples=[0, 0.5, -1, 6, 300, True, "inf", "-inf"]),
]
Filling = Annotated[
    FillValue | None,
    Field(description="A number in place of an input.", examples=[0, 0.0, 0.5, -1, 300, True, "-inf"]),
]


class Clamp(Elementwise, type="clamp"):
    """Cuts elements off at limits, which are numbers or tensors."""

    function = "torch.clamp"
    takes = REAL

    min: Limit = None
    max: Limit = None

    examples = (
        example((8, 128), min=0),
        example((8, 128), min=-1, max=0.5),
        example(Tensor((4, 5), "int64"), max=2.5),
        example((4, 5), (5,), (4, 1)),
        example(Tensor((4, 5), "int64"), Tensor((4, 5), "float32")),
        example((4, 5), keywords={"max": Tensor((5,))}),
    )

    def forward(self, call: Call, input: Tensor, min: Tensor | None = None, max: Tensor | None = None) -> Tensor:
        limits: list[Operand] = []
        for name, arriving in (("min", min), ("max", max)):
            given = getattr(self, name)
            if given is not None or arriving is not None:
                limits.append(self.operand(call, name, arriving))
        self.require_one_kind(call, limits)
        if not all(isinstance(limit, Tensor) for limit in limits):
            for limit in limits:
                # What a float is limited by is converted to its type, whatever it is.
                if isinstance(limit, Tensor) and input.dtype not in FLOATING:
                    call.expect_dtype(limit, self.takes, input=1)
            limits = [_as_plain_number(limit) for limit in limits]
        one_tensor = len(limits) == 1 and isinstance(limits[0], Tensor)
        if common_type(input, *limits) in BOOLEAN and not one_tensor:
            call.expect_dtype(input, self.takes - BOOLEAN)
        return self.combined(call, input, *limits)

    def require_one_kind(self, call: Call, limits: list[Operand]) -> None:
        """There are limits, and they are all tensors or all numbers, for which tensors without axes may stand."""
        with_axes = [limit for limit in limits if isinstance(limit, Tensor) and limit.rank]
        if limits and (not with_axes or all(isinstance(limit, Tensor) for limit in limits)):
            return
        call.reject(
            WrongInputs(
                code="unexpected-input" if limits else "missing-input",
                message="{layer} is a clamp and takes min, max or both, either as numbers or as inputs; "
                + ("one of either kind is given" if limits else "none is given"),
                argument="min",
                names=("input", "min", "max"),
                required=1,
            )
        )

    def check_operands(self, call: Call, common: DType, *operands: Operand) -> None:  # noqa: ARG002
        for name in ("min", "max"):
            given = number(getattr(self, name))
            if given is not None:
                expect_number_fits(call, name, given, common)


ALIASES: Final = (as_operation(Clamp, "torch.clip"),)
"""Further names; a class that nobody refers to would be forgotten."""


class OneLimit(Elementwise):
    """What clamp_min and clamp_max share."""

    takes = REAL

    def limited(self, call: Call, argument: str, input: Tensor, arriving: Tensor | None) -> Tensor:
        """The input cut off at what is given for ``argument``."""
        limit = self.operand(call, argument, arriving)
        common = common_type(input, limit)
        if not isinstance(limit, Tensor):
            if common in BOOLEAN:
                call.expect_dtype(input, self.takes - BOOLEAN)
            expect_number_fits(call, argument, limit, common)
        return self.combined(call, input, limit)


class ClampMin(OneLimit, type="clamp_min"):
    """Cuts elements off below a limit, which is a number or a tensor."""

    function = "torch.clamp_min"
    page = "generated/torch.clamp.html"

    min: Limit = None

    examples = (example((8, 128), min=0), example(Tensor((4, 5), "int64"), min=2.5), example((4, 5), (5,)))

    def forward(self, call: Call, input: Tensor, min: Tensor | None = None) -> Tensor:
        return self.limited(call, "min", input, min)


class ClampMax(OneLimit, type="clamp_max"):
    """Cuts elements off above a limit, which is a number or a tensor."""

    function = "torch.clamp_max"
    page = "generated/torch.clamp.html"

    max: Limit = None

    examples = (example((8, 128), max=6), example(Tensor((4, 5), "int64"), max=2.5), example((4, 5), (5,)))

    def forward(self, call: Call, input: Tensor, max: Tensor | None = None) -> Tensor:
        return self.limited(call, "max", input, max)


def _as_plain_number(limit: Operand) -> Operand:
    """Any number of the kind that a tensor without axes holds."""
    if not isinstance(limit, Tensor):
        return limit
    return {0: False, 1: 0}.get(category(limit.dtype), 0.0)


class Where(Elementwise, type="where"):
    """Takes elements from one tensor or number where a condition holds, and from another elsewhere."""

    function = "torch.where"

    input: Filling = None
    other: Filling = None

    examples = (
        example(Tensor((4, 5), "bool"), (4, 5), (4, 5)),
        example(Tensor((4, 1), "bool"), (4, 5), (3, 1, 1)),
        example(Tensor((4, 5), "bool"), (4, 5), other="-inf"),
        example(Tensor((4, 5), "bool"), (4, 5), input=0.0),
        example(Tensor((4, 5), "bool"), input=1, other=0),
        example(Tensor((4, 5), "bool"), Tensor((4, 5), "int64"), Tensor((), "float32")),
    )

    def forward(
        self, call: Call, condition: Tensor, input: Tensor | None = None, other: Tensor | None = None
    ) -> Tensor:
        values = (input, other) if self.input is None or other is not None else (None, input)
        chosen = (self.operand(call, "input", values[0]), self.operand(call, "other", values[1]))
        call.sees(PRESERVED)
        call.expect_dtype(condition, BOOLEAN | {"uint8"})
        common = common_type(*chosen)
        for argument, value in zip(("input", "other"), chosen, strict=True):
            if not isinstance(value, Tensor) and computing(common) == common:
                expect_number_fits(call, argument, value, common)
        tensors = [converted(value, common) for value in chosen if isinstance(value, Tensor)]
        shape = call.require_broadcast(condition, *tensors)
        numbers = (NUMBER,) * (2 - len(tensors))
        return elementwise_layout(shape, common, converted(condition, "bool"), *tensors, *numbers)

    def declares(self, *inputs: Value) -> Value:
        declared = super().declares(*inputs)
        values = [value for value in inputs[1:] if isinstance(value, Tensor)]
        return Tensor(declared.shape, common_type(*values)) if isinstance(declared, Tensor) and values else declared

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs, named=named)
        if len(arguments) + len(keywords) + len(named) < 3 and "other" not in named:
            # Of a condition alone, the function would return indices.
            keywords.setdefault("other", None)
        if "input" not in keywords:
            return arguments, keywords
        return (*arguments[:1], keywords.pop("input"), *arguments[1:]), keywords


class MaskedFill(Elementwise, type="masked_fill"):
    """Replaces the elements that a mask marks."""

    function = "torch.masked_fill"
    page = "generated/torch.Tensor.masked_fill.html"

    value: Filling = None

    examples = (
        example((2, 4, 5, 5), Tensor((5, 5), "bool"), value="-inf"),
        example((4, 5), Tensor((4, 5), "bool"), value=0),
        example((4, 5), Tensor((4, 5), "bool"), ()),
        example(Tensor((4, 5), "int64"), Tensor((3, 4, 1), "bool"), value=-1),
    )

    def forward(self, call: Call, input: Tensor, mask: Tensor, value: Tensor | None = None) -> Tensor:
        chosen = self.operand(call, "value", value)
        call.sees(PRESERVED)
        call.expect_dtype(mask, BOOLEAN, input=1)
        if isinstance(chosen, Tensor):
            call.require_rank(chosen, 0, input=2)
        else:
            expect_number_fits(call, "value", chosen, input.dtype)
        return Tensor(call.require_broadcast(input, mask), input.dtype)
