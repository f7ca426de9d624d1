"""What changes the element type of a tensor, or turns numbers of classes into vectors: to, float and one_hot.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import DType
from service.core.layouts import converted
from service.core.sizes import UNKNOWN_SIZE
from service.core.tensors import Tensor
from service.layers.arguments import Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.operation import Operation


class To(Operation, type="to"):
    """Converts the elements to another type, that of a second input if there is one."""

    function = "torch.Tensor.to"
    family = "to"
    examples = (
        example(Tensor((2, 3), "int64"), dtype="float32"),
        example((2, 3, 4), dtype="float16"),
        example((2, 3, 4), dtype="float32"),
        example((2, 3, 4)),
        example((2, 3, 4), Tensor((), "complex64")),
    )

    dtype: Annotated[DType | None, Field(description="The element type; if left out, nothing changes.")] = None

    def forward(self, call: Call, input: Tensor, tensor: Tensor | None = None) -> Tensor:
        call.sees(PRESERVED)
        if tensor is not None and "dtype" in self.model_fields_set:
            call.refuse(
                "dtype",
                "{layer} is a to with a second input and dtype; PyTorch takes the element type from one of them",
                argument="dtype",
                expected="one of them",
                received="both",
            )
        return converted(input, self.dtype or (input if tensor is None else tensor).dtype)


class Converting(Operation):
    """A method whose name says the element type that it converts to."""

    becomes: ClassVar[DType]

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return converted(input, self.becomes)


CONVERTED: Final = (example(Tensor((2, 3, 4), "int64")), example((2, 3, 4)), example(Tensor((2, 3), "bool")))


class ToFloat(Converting, type="float"):
    """Converts the elements to float32."""

    function = "torch.Tensor.float"
    becomes = "float32"
    examples = CONVERTED


class ToDouble(Converting, type="double"):
    """Converts the elements to float64."""

    function = "torch.Tensor.double"
    becomes = "float64"
    examples = CONVERTED


class ToHalf(Converting, type="half"):
    """Converts the elements to float16."""

    function = "torch.Tensor.half"
    becomes = "float16"
    examples = CONVERTED


class ToBFloat16(Converting, type="bfloat16"):
    """Converts the elements to bfloat16."""

    function = "torch.Tensor.bfloat16"
    becomes = "bfloat16"
    examples = CONVERTED


class ToLong(Converting, type="long"):
    """Converts the elements to int64."""

    keeps_entries = True
    function = "torch.Tensor.long"
    becomes = "int64"
    examples = CONVERTED


class ToInt(Converting, type="int"):
    """Converts the elements to int32."""

    function = "torch.Tensor.int"
    becomes = "int32"
    examples = CONVERTED


class ToBool(Converting, type="bool"):
    """Converts the elements to truth values: whether they are other than zero."""

    function = "torch.Tensor.bool"
    becomes = "bool"
    examples = CONVERTED


class ToShort(Converting, type="short"):
    """Converts the elements to int16."""

    function = "torch.Tensor.short"
    becomes = "int16"
    examples = CONVERTED


class ToChar(Converting, type="char"):
    """Converts the elements to int8."""

    function = "torch.Tensor.char"
    becomes = "int8"
    examples = CONVERTED


class ToByte(Converting, type="byte"):
    """Converts the elements to uint8."""

    function = "torch.Tensor.byte"
    becomes = "uint8"
    examples = CONVERTED


class ToComplexFloat(Converting, type="cfloat"):
    """Converts the elements to complex64."""

    function = "torch.Tensor.cfloat"
    becomes = "complex64"
    examples = CONVERTED


class ToComplexDouble(Converting, type="cdouble"):
    """Converts the elements to complex128."""

    function = "torch.Tensor.cdouble"
    becomes = "complex128"
    examples = CONVERTED


class TypeAs(Operation, type="type_as"):
    """Converts the elements to the type of another tensor's."""

    function = "torch.Tensor.type_as"
    examples = (example(Tensor((2, 3), "int64"), (4,)), example((2, 3), (2, 3)))

    def forward(self, call: Call, input: Tensor, other: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return converted(input, other.dtype)


class OneHot(Operation, type="one_hot"):
    """Turns class numbers into vectors with a single 1."""

    function = "torch.nn.functional.one_hot"
    family = "one-hot"
    examples = (
        example(Tensor((2, 3), "int64"), num_classes=10),
        example(Tensor((), "int64"), num_classes=2),
    )

    num_classes: Annotated[
        Int,
        Field(
            description="How many classes there are; -1 for one more than the largest number that arrives.",
            examples=[-1, 10],
        ),
    ] = -1

    def forward(self, call: Call, tensor: Tensor) -> Tensor:
        call.expect_dtype(tensor, frozenset({"int64"}))
        counted = self.num_classes == -1 and tensor.elements != 0
        if self.num_classes <= 0 and not counted:
            call.refuse(
                "num-classes",
                f"{{layer}} is a one_hot with num_classes = {self.num_classes}"
                f"{', and a largest number cannot be found in' if self.num_classes == -1 else ' on'} {tensor}; "
                "it has to be at least 1",
                argument="num_classes",
                expected="at least 1",
                received=self.num_classes,
            )
        return Tensor((*tensor.shape, self.num_classes if self.num_classes > 0 else UNKNOWN_SIZE), "int64")
