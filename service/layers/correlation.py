"""How variables vary together: cov and corrcoef.

Source: https://docs.pytorch.org/docs/stable/generated/torch.cov.html and ``aten/src/ATen/native/Correlation.cpp``.
"""

from typing import Annotated

from pydantic import Field

from service.core.broadcasting import result_type
from service.core.dtypes import BOOLEAN, FLOATING, INTEGRAL, NUMERIC, inexact
from service.core.sizes import UNKNOWN, Size, differ, is_known
from service.core.tensors import Tensor, Value
from service.layers.arguments import Int
from service.layers.base import example
from service.layers.call import Call
from service.layers.matrix import count_macs
from service.layers.operation import Operation


class Correlated(Operation):
    """What is computed of variables, each a row, by a product of the rows."""

    family = "covariance"

    def products(self, call: Call, input: Tensor, *weights: Tensor) -> Value:
        """A number for each two rows."""
        call.require_rank(input, 0, 1, 2, layout="[variables, observations], or a list of observations")
        call.expect_dtype(input, NUMERIC - BOOLEAN)
        variables, observations = plane(input)
        for weight in weights:
            if differ(weight.elements, observations):
                call.disagree(
                    f"{{layer}} is a {self.type} of {input}, with {observations} observations, but {weight.elements} "
                    "weights arrive",
                    input,
                    weight,
                )
            if weight.elements == 0:
                call.disagree(f"{{layer}} is a {self.type} with weights that add up to 0: {weight} arrives", weight)
        count_macs(call, (), variables, observations, variables)
        if not is_known(variables):
            return UNKNOWN  # One variable would make a number, without axes.
        return Tensor(() if variables == 1 else (variables, variables), inexact(result_type(input, *weights)))


def plane(input: Tensor) -> tuple[Size, Size]:
    """How many variables and observations there are."""
    if input.rank == 2:
        return input.shape[0], input.shape[1]
    return 1, input.elements


class Covariance(Correlated, type="cov"):
    """Takes the covariance of each two variables, which are rows of observations."""

    function = "torch.cov"
    typical_integer = 1
    examples = (
        example((3, 8)),
        example((8,), correction=0),
        example(Tensor((3, 8), "int64"), keywords={"fweights": Tensor((8,), "int64"), "aweights": Tensor((8,))}),
    )

    correction: Annotated[Int, Field(description="What is subtracted from the count before dividing by it.")] = 1

    def forward(
        self, call: Call, input: Tensor, *, fweights: Tensor | None = None, aweights: Tensor | None = None
    ) -> Value:
        for weights, takes in ((fweights, INTEGRAL), (aweights, FLOATING)):
            if weights is not None:
                call.require_rank(weights, 0, 1, layout="a list of weights")
                call.expect_dtype(weights, takes)
        return self.products(call, input, *(each for each in (fweights, aweights) if each is not None))


class CorrelationCoefficients(Correlated, type="corrcoef"):
    """Takes the correlation of each two variables, which are rows of observations."""

    function = "torch.corrcoef"
    examples = (example((3, 8)), example((8,)), example(Tensor((3, 8), "complex64")))

    def forward(self, call: Call, input: Tensor) -> Value:
        return self.products(call, input)
