"""Linear, LazyLinear, Bilinear and Identity.

Sources: https://docs.pytorch.org/docs/stable/nn.html#linear-layers
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from service.core.formulas import Formula
from service.core.sizes import UNKNOWN, Size, differ, product
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bias, Device, Int, WeightDType, inferred
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.notebook import PRESERVED
from service.layers.weights import Weight, Weights

MACS: Final = Formula("leading… [rows] × in_features × out_features")
MACS_BILINEAR: Final = Formula("leading… [rows] × in1_features × in2_features × out_features")

OutFeatures = Annotated[Int, Field(description="Features of what is returned.")]


class Identity(Layer):
    """Returns what arrives unchanged."""

    examples = (example((8, 128)), example((Tensor((4, 8)), Tensor((2, 4, 8)))))

    def forward(self, call: Call, input: Value) -> Value:
        call.sees(PRESERVED)
        return input


class Linear(Layer):
    """Multiplies the last axis by a learned matrix and adds a bias."""

    family = "linear"

    in_features: Int = inferred("Features of what arrives; inferred if left out.")
    out_features: OutFeatures
    bias: Bias = True
    device: Device = None
    dtype: WeightDType = None

    examples = (
        example((128, 20), in_features=20, out_features=30),
        example((2, 5, 7, 16), in_features=16, out_features=4, bias=False),
        example((16,), in_features=16, out_features=4),
    )

    def infer(self, input: Tensor) -> Mapping[str, Size]:
        return {"in_features": input.shape[-1]} if input.rank else {}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("in_features", self.in_features, 0)
        call.expect_at_least("out_features", self.out_features, 0)

    def weights(self) -> Weights:
        yield Weight("weight", (self.out_features, self.in_features), ("outputs",), self.weight_dtype)
        if self.bias:
            yield Weight("bias", (self.out_features,), ("biases",), self.weight_dtype)

    def declares(self, *inputs: Value) -> Value:
        if inputs and isinstance(inputs[0], Tensor):
            return Tensor((*inputs[0].shape[:-1], self.out_features), self.weight_dtype)
        return UNKNOWN

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 1, "[…, in_features]")
        call.expect_size("in_features", self.in_features, input, -1, "features")
        call.expect_dtype(input, frozenset({self.weight_dtype}))
        leading = input.shape[:-1]
        if differ(input.shape[-1], self.in_features) and product(input.shape[1:]) == self.in_features:
            # It is a Flatten that is missing: what follows is judged as if it were there.
            leading = input.shape[:1]
        call.count_macs(MACS, leading=leading, in_features=self.in_features, out_features=self.out_features)
        return Tensor((*leading, self.out_features), self.weight_dtype)


class LazyLinear(Linear, lazy=True):
    """A Linear that takes in_features from what arrives."""


class Bilinear(Layer):
    """Multiplies every pair of features of two inputs, and sums them with learned weights."""

    family = "bilinear"

    in1_features: Int = inferred("Features of the first input; inferred if left out.")
    in2_features: Int = inferred("Features of the second input; inferred if left out.")
    out_features: OutFeatures
    bias: Bias = True
    device: Device = None
    dtype: WeightDType = None

    examples = (
        example((128, 20), (128, 30), in1_features=20, in2_features=30, out_features=40),
        example((2, 3, 4), (2, 3, 5), in1_features=4, in2_features=5, out_features=6, bias=False),
    )

    def infer(self, input1: Tensor, input2: Tensor) -> Mapping[str, Size]:
        arriving = {"in1_features": input1, "in2_features": input2}
        return {argument: tensor.shape[-1] for argument, tensor in arriving.items() if tensor.rank}

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("in1_features", self.in1_features, 1)
        call.expect_at_least("in2_features", self.in2_features, 1)
        call.expect_at_least("out_features", self.out_features, 0)

    def weights(self) -> Weights:
        yield Weight(
            "weight", (self.out_features, self.in1_features, self.in2_features), ("outputs",), self.weight_dtype
        )
        if self.bias:
            yield Weight("bias", (self.out_features,), ("biases",), self.weight_dtype)

    def declares(self, *inputs: Value) -> Value:
        if inputs and isinstance(inputs[0], Tensor):
            return Tensor((*inputs[0].shape[:-1], self.out_features), self.weight_dtype)
        return UNKNOWN

    def forward(self, call: Call, input1: Tensor, input2: Tensor) -> Tensor:
        for index, tensor in enumerate((input1, input2)):
            call.require_axes(tensor, 1, "[…, features]", input=index)
            call.expect_dtype(tensor, frozenset({self.weight_dtype}), input=index)
        call.expect_size("in1_features", self.in1_features, input1, -1, "features")
        call.expect_size("in2_features", self.in2_features, input2, -1, "features", input=1)
        leading = input1.shape[:-1]
        if input1.rank != input2.rank or any(map(differ, leading, input2.shape)):
            call.disagree(
                f"{{layer}} is a Bilinear and takes two inputs that differ in the last axis only; "
                f"{input1} and {input2} arrive",
                input1,
                input2,
            )
        call.count_macs(
            MACS_BILINEAR, leading=leading, in1_features=self.in1_features, in2_features=self.in2_features,
            out_features=self.out_features,
        )  # fmt: skip
        return Tensor((*leading, self.out_features), self.weight_dtype)
