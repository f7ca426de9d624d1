"""Activations as functions: each follows the rules of the layer of the same kind, and is described by it."""

from collections.abc import Collection
from typing import Annotated, Any, Final

from pydantic import Field

from service.core.dtypes import FLOATING, DType
from service.core.layouts import preserved
from service.core.sizes import differ
from service.core.tensors import Tensor
from service.layers.activation import (
    GELU,
    Activation,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    LogSigmoid,
    Mish,
    Sigmoid,
    SiLU,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
)
from service.layers.arguments import Bool, Inplace
from service.layers.base import COMMON_KEYS, Example, Layer, example
from service.layers.call import Call
from service.layers.operation import Operation, as_operation
from service.layers.rectifiers import (
    CELU,
    ELU,
    SELU,
    Clipping,
    LeakyReLU,
    MaxVal,
    MinVal,
    ReLU,
    ReLU6,
    RReLU,
    Threshold,
)
from service.layers.softmax import GLU, AnySoftmax, LogSoftmax, Softmax, Softmin


class ActivationFunction(Operation):
    """A function of one tensor."""

    def called_with(self, *inputs: Any, named: Collection[str] = ()) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs, named=named)
        if len(inputs) > 1:
            # Without its keywords, the function would take a tensor without axes for a number or a truth value.
            keywords = {name: getattr(self, name) for name in type(self).model_fields if name not in COMMON_KEYS}
        return arguments, keywords


class ConvertingSoftmax(AnySoftmax):
    """A softmax that converts its input first."""

    dtype: Annotated[DType | None, Field(description="Element type to which the input is converted first.")] = None

    def returns(self, dtype: DType) -> DType:
        return self.dtype or dtype


def converting(layer: type[Layer], function: str) -> type[Layer]:
    """The function of a softmax."""
    examples = (*layer.examples, Example({"dtype": "float64"}, layer.examples[0].inputs))
    return as_operation(layer, function, ConvertingSoftmax, examples=examples)


FUNCTIONS: Final = (
    *(
        as_operation(layer, function, ActivationFunction)
        for layer, function in (
            (ReLU, "torch.nn.functional.relu"),
            (GELU, "torch.nn.functional.gelu"),
            (SiLU, "torch.nn.functional.silu"),
            (Sigmoid, "torch.sigmoid"),
            (Tanh, "torch.tanh"),
            (LeakyReLU, "torch.nn.functional.leaky_relu"),
            (ELU, "torch.nn.functional.elu"),
            (Hardswish, "torch.nn.functional.hardswish"),
            (Hardsigmoid, "torch.nn.functional.hardsigmoid"),
            (ReLU6, "torch.nn.functional.relu6"),
            (Softplus, "torch.nn.functional.softplus"),
            (Mish, "torch.nn.functional.mish"),
            (SELU, "torch.nn.functional.selu"),
            (CELU, "torch.nn.functional.celu"),
            (GLU, "torch.nn.functional.glu"),
            (LogSigmoid, "torch.nn.functional.logsigmoid"),
            (Softsign, "torch.nn.functional.softsign"),
            (Tanhshrink, "torch.nn.functional.tanhshrink"),
            (Hardshrink, "torch.nn.functional.hardshrink"),
            (Softshrink, "torch.nn.functional.softshrink"),
            (Threshold, "torch.nn.functional.threshold"),
        )
    ),
    converting(Softmax, "torch.nn.functional.softmax"),
    converting(LogSoftmax, "torch.nn.functional.log_softmax"),
    converting(Softmin, "torch.nn.functional.softmin"),
)
"""The operations; a class that nobody refers to would be forgotten."""


class HardtanhFunction(Clipping, ActivationFunction, type="hardtanh"):
    """Cuts elements off below min_val and above max_val."""

    function = "torch.nn.functional.hardtanh"

    min_val: MinVal = -1.0
    max_val: MaxVal = 1.0
    inplace: Inplace = False

    examples = (example((8, 128)), example((2, 3, 4), min_val=0.0, max_val=6.0, inplace=True))

    def check_arguments(self, call: Call) -> None:
        if self.min_val > self.max_val:
            call.refuse(
                "limits",
                f"{{layer}} is a hardtanh with min_val = {self.min_val}, which must not exceed "
                f"max_val = {self.max_val}",
                argument="min_val",
                expected=f"at most {self.max_val}",
                received=self.min_val,
            )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        return self.clip(call, input, self.min_val, self.max_val)


class RReLUFunction(RReLU, ActivationFunction, type="rrelu"):
    """Keeps what is positive and scales what is negative, by random slopes if training."""

    function = "torch.nn.functional.rrelu"

    training: Annotated[Bool, Field(description="Whether slopes are random, whatever mode the model is in.")] = False

    examples = (example((8, 128)), example((2, 3, 8, 8), lower=0.1, upper=0.3, training=True))

    def is_random(self, call: Call) -> bool:  # noqa: ARG002
        return self.training


class PReLUFunction(Activation, Operation, type="prelu"):
    """Keeps what is positive and scales what is negative by slopes that arrive."""

    function = "torch.nn.functional.prelu"
    examples = (example((8, 128), (1,)), example((2, 3, 8, 8), (3,)), example((2, 3), ()))

    def forward(self, call: Call, input: Tensor, weight: Tensor) -> Tensor:  # type: ignore[override]
        call.expect_dtype(input, FLOATING)
        call.expect_dtype(weight, frozenset({input.dtype}), input=1)
        call.require_rank(weight, 0, 1, layout="[1] or [C]", input=1)
        channels = input.shape[1] if input.rank > 1 else 1
        if differ(weight.elements, 1) and differ(weight.elements, channels):
            call.disagree(
                f"{{layer}} is a prelu with {weight.elements} slopes, but {channels} channels arrive", input, weight
            )
        return super().forward(call, input)

    def computed(self, input: Tensor) -> Tensor:
        return preserved(input)
