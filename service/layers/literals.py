"""A tensor of numbers that stand in the document: tensor.

Source: https://docs.pytorch.org/docs/stable/generated/torch.tensor.html
"""

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import Field

from service.core.dtypes import INTEGRAL, DType
from service.core.sizes import Shape
from service.core.tensors import Tensor, Value
from service.layers.arguments import Number
from service.layers.base import example
from service.layers.call import Call
from service.layers.elementwise import expect_number_fits
from service.layers.notebook import Rejection
from service.layers.operation import Operation

Row: TypeAlias = Annotated[tuple[Number, ...], Field(max_length=2**16)]
Nested: TypeAlias = Number | Row | tuple[Row, ...] | tuple[tuple[Row, ...], ...]


class Literal(Operation, type="tensor"):
    """Makes a tensor of the numbers given."""

    function = "torch.tensor"
    family = "literal"

    data: Annotated[Nested, Field(description="A number, or lists of numbers up to three deep.")]
    dtype: Annotated[
        DType | None, Field(description="Element type; if left out, that of the numbers: bool, int64 or float32.")
    ] = None

    examples = (
        example(data=[0.485, 0.456, 0.406]),
        example(data=1),
        example(data=[[1, 2, 3], [4, 5, 6]], dtype="float64"),
        example(data=[True, False]),
        example(data=[[[0, 1.5]], [[2, 3]]]),
    )

    def dtype_made(self) -> DType:
        """The element type of the result."""
        numbers = list(_numbers(self.data))
        if self.dtype is not None:
            return self.dtype
        if 0 in (_shape(self.data) or ()) or any(isinstance(number, float) for number in numbers):
            return "float32"
        return "bool" if all(isinstance(number, bool) for number in numbers) else "int64"

    def check_arguments(self, call: Call) -> None:
        dtype = self.dtype_made()
        if 0 in (_shape(self.data) or ()):
            return
        for number in (
            _numbers(self.data) if dtype in INTEGRAL else ()
        ):  # Other types make infinity of what is too large.
            if not call.faults:
                expect_number_fits(call, "data", number, dtype)

    def forward(self, call: Call) -> Tensor:
        shape = _shape(self.data)
        if shape is None:
            call.refuse(
                "ragged",
                "{layer} is a tensor of lists that differ in length; every list at one depth has as many entries",
                argument="data",
                expected="lists of equal length",
            )
            raise Rejection
        return Tensor(shape, self.dtype_made())

    def declares(self, *_: Value) -> Value:
        shape = _shape(self.data)
        return Tensor(shape, self.dtype_made()) if shape is not None else super().declares()


def _numbers(data: Any) -> Iterator[float]:
    if not isinstance(data, tuple):
        yield data
        return
    for part in data:
        yield from _numbers(part)


def _shape(data: Any) -> Shape | None:
    """The shape of nested lists, which their first entries tell; none if others are longer or shorter."""
    shape: list[int] = []
    first = data
    while isinstance(first, tuple):
        shape.append(len(first))
        first = first[0] if first else None
    return tuple(shape) if 0 in shape or _fits(data, shape) else None


def _fits(data: Any, shape: list[int]) -> bool:
    if not isinstance(data, tuple):
        return not shape
    return shape[:1] == [len(data)] and all(_fits(part, shape[1:]) for part in data)
