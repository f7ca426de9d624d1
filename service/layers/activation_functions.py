"""Activations as functions: each follows the rules of the layer of the same kind, and is described by it."""

from types import new_class
from typing import Annotated, Any, Final, cast

from pydantic import Field

from service.core.dtypes import DType
from service.layers.activation import GELU, Hardsigmoid, Hardswish, Mish, Sigmoid, SiLU, Softplus, Tanh
from service.layers.base import COMMON_KEYS, Example, Layer
from service.layers.operation import Operation
from service.layers.rectifiers import ELU, SELU, LeakyReLU, ReLU, ReLU6
from service.layers.softmax import GLU, AnySoftmax, LogSoftmax, Softmax, Softmin


class ActivationFunction(Operation):
    """A function of one tensor."""

    def called_with(self, *inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        arguments, keywords = super().called_with(*inputs)
        if len(inputs) > 1:
            # Without its keywords, the function would take a tensor without axes for a number or a truth value.
            keywords = {name: getattr(self, name) for name in type(self).model_fields if name not in COMMON_KEYS}
        return arguments, keywords


class ConvertingSoftmax(AnySoftmax):
    """A softmax that converts its input first."""

    dtype: Annotated[DType | None, Field(description="Element type to which the input is converted first.")] = None

    def returns(self, dtype: DType) -> DType:
        return self.dtype or dtype


def as_operation(layer: type[Layer], function: str, *, converting: bool = False) -> type[Layer]:
    """The operation that calls ``function``, which does what ``layer`` does."""
    examples = list(layer.examples)
    bases: tuple[type[Layer], ...] = (layer, ActivationFunction)
    if converting:
        bases = (ConvertingSoftmax, *bases)
        examples.append(Example({"dtype": "float64"}, layer.examples[0].inputs))
    body = {"__module__": __name__, "__doc__": layer.__doc__, "function": function, "examples": tuple(examples)}
    keywords = {"type": function.rpartition(".")[2]}
    return cast("type[Layer]", new_class(f"{layer.__name__}Function", bases, keywords, lambda ns: ns.update(body)))


FUNCTIONS: Final = (
    as_operation(ReLU, "torch.nn.functional.relu"),
    as_operation(GELU, "torch.nn.functional.gelu"),
    as_operation(SiLU, "torch.nn.functional.silu"),
    as_operation(Sigmoid, "torch.sigmoid"),
    as_operation(Tanh, "torch.tanh"),
    as_operation(Softmax, "torch.nn.functional.softmax", converting=True),
    as_operation(LogSoftmax, "torch.nn.functional.log_softmax", converting=True),
    as_operation(Softmin, "torch.nn.functional.softmin", converting=True),
    as_operation(LeakyReLU, "torch.nn.functional.leaky_relu"),
    as_operation(ELU, "torch.nn.functional.elu"),
    as_operation(Hardswish, "torch.nn.functional.hardswish"),
    as_operation(Hardsigmoid, "torch.nn.functional.hardsigmoid"),
    as_operation(ReLU6, "torch.nn.functional.relu6"),
    as_operation(Softplus, "torch.nn.functional.softplus"),
    as_operation(Mish, "torch.nn.functional.mish"),
    as_operation(SELU, "torch.nn.functional.selu"),
    as_operation(GLU, "torch.nn.functional.glu"),
)
"""The operations; a class that nobody refers to would be forgotten."""
