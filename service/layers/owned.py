"""Tensors that belong to the model itself: parameters and buffers.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
"""

from collections.abc import Collection
from typing import Annotated, Any, ClassVar

from pydantic import Field

from service.core.dtypes import INEXACT
from service.core.sizes import UNKNOWN
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bool, Ints
from service.layers.base import example
from service.layers.call import Call
from service.layers.creation import NewDType
from service.layers.operation import Operation
from service.layers.weights import Weight, Weights


class Owned(Operation):
    """A tensor that the model owns."""

    function = "torch.empty"
    is_owned = True
    family = "owned"
    is_buffer: ClassVar[bool]
    requires_grad: ClassVar[bool]

    shape: Annotated[Ints, Field(description="Its shape.")]
    dtype: NewDType = None

    def called_with(
        self,
        *inputs: Any,
        named: Collection[str] = (),  # noqa: ARG002
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return inputs, {"size": self.shape, "dtype": self.weight_dtype, "requires_grad": self.requires_grad}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("shape", self.shape, 0)

    def weights(self) -> Weights:
        yield Weight("", self.shape, (), self.weight_dtype, trainable=self.requires_grad, buffer=self.is_buffer)

    def forward(self, call: Call) -> Tensor:  # noqa: ARG002
        return Tensor(self.shape, self.weight_dtype)

    def declares(self, *_: Value) -> Value:
        return Tensor(self.shape, self.weight_dtype) if all(size >= 0 for size in self.shape) else UNKNOWN


class Parameter(Owned, type="parameter"):
    """Is a learned tensor, such as a class token or the embedding of positions."""

    is_buffer = False
    page = "generated/torch.nn.parameter.Parameter.html"
    requires_grad: Annotated[Bool, Field(description="Whether it is learned.")] = True  # type: ignore[misc]

    examples = (
        example(shape=[1, 197, 768]),
        example(shape=[10], dtype="float64"),
        example(shape=[64, 32], requires_grad=False),
        example(shape=[3, 3], dtype="int64", requires_grad=False),
    )

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        if self.requires_grad:
            call.expect_one_of("dtype", self.weight_dtype, sorted(INEXACT))


class Buffer(Owned, type="buffer"):
    """Is a fixed tensor that is stored with the model but not learned."""

    is_buffer = True
    page = "generated/torch.nn.parameter.Buffer.html"
    requires_grad = False
    examples = (example(shape=[1, 64, 512]), example(shape=[8, 8], dtype="bool"))
