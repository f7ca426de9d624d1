"""What changes the element type of a tensor, or turns numbers of classes into vectors: to, float and one_hot.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.to.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
"""

from typing import Annotated

from pydantic import Field

from service.core.dtypes import DType
from service.core.layouts import converted
from service.core.sizes import UNKNOWN_SIZE
from service.core.tensors import Tensor
from service.layers.arguments import Int
from service.layers.base import example
from service.layers.call import PRESERVED, Call
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

    def forward(self, call: Call, input: Tensor, other: Tensor | None = None) -> Tensor:
        call.sees(PRESERVED)
        if other is not None and "dtype" in self.model_fields_set:
            call.refuse(
                "dtype",
                "{layer} is a to with a second input and dtype; PyTorch takes the element type from one of them",
                argument="dtype",
                expected="one of them",
                received="both",
            )
        return converted(input, self.dtype or (input if other is None else other).dtype)


class ToFloat(Operation, type="float"):
    """Converts the elements to float32."""

    function = "torch.Tensor.float"
    examples = (example(Tensor((2, 3, 4), "int64")), example((2, 3, 4)), example(Tensor((2, 3), "bool")))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.sees(PRESERVED)
        return converted(input, "float32")


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
