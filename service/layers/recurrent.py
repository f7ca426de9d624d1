"""Recurrent layers over a sequence: RNN, LSTM and GRU.

Shapes, names of weights and the projected LSTM are those of
https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.dtypes import ANY, FLOATING, DType, promote
from service.core.formulas import Formula
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, below, product
from service.core.tensors import Tensor, Value
from service.layers.arguments import BatchFirst, Bias, Bool, Depth, Device, Int, Probability, WeightDType
from service.layers.base import example
from service.layers.call import Call
from service.layers.recurrence import AnyRecurrent, Nonlinearity
from service.layers.weights import Weight, Weights

FEATURES: Final = Formula("directions [directions] × features")
MACS: Final = Formula(
    "steps [steps] × batch [sequences] × layers [layers] × directions [directions] "
    "× (gates × hidden_size × (input_size + output_size))"
)
MACS_PROJECTED: Final = Formula(
    "steps [steps] × batch [sequences] × layers [layers] × directions [directions] "
    "× (gates × hidden_size × (input_size + output_size) + hidden_size × proj_size)"
)


class Recurrent(AnyRecurrent):
    """A layer that walks along a sequence, possibly several stacked and in both directions."""

    num_layers: Depth = 1
    bias: Bias = True
    batch_first: BatchFirst = False
    dropout: Annotated[
        Probability, Field(description="How probably an output of all layers but the last is zeroed.")
    ] = 0.0
    bidirectional: Annotated[Bool, Field(description="Whether a second direction runs from the end to the start.")] = (
        False
    )

    @property
    def directions(self) -> int:
        """How many directions run."""
        return 2 if self.bidirectional else 1

    @property
    def projection(self) -> Size:
        """``proj_size`` where there is one."""
        return 0

    @property
    def output_size(self) -> Size:
        """Features of the hidden state as it is returned and fed back."""
        return self.projection or self.hidden_size

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("input_size", self.input_size, 1)
        call.expect_at_least("hidden_size", self.hidden_size, 1)
        call.expect_at_least("num_layers", self.num_layers, 1)
        call.expect_between("dropout", self.dropout, 0, 1)

    def weights(self) -> Weights:
        rows, later = self.gates * self.hidden_size, self.directions * self.output_size
        dtype = self.weight_dtype
        for layer in range(self.num_layers):
            for suffix in (f"l{layer}", f"l{layer}_reverse")[: self.directions]:
                columns = later if layer else self.input_size
                yield Weight(f"weight_ih_{suffix}", (rows, columns), ("gate units",), dtype)
                yield Weight(f"weight_hh_{suffix}", (rows, self.output_size), ("gate units",), dtype)
                if self.bias:
                    yield Weight(f"bias_ih_{suffix}", (rows,), ("biases",), dtype)
                    yield Weight(f"bias_hh_{suffix}", (rows,), ("biases",), dtype)
                if self.projection:
                    yield Weight(f"weight_hr_{suffix}", (self.projection, self.hidden_size), ("projections",), dtype)

    def declares(self, *inputs: Value) -> Value:
        unbatched = bool(inputs) and isinstance(inputs[0], Tensor) and inputs[0].rank == 2
        batch = () if unbatched else (UNKNOWN_SIZE,)
        return self.returned((*batch, UNKNOWN_SIZE), batch, self.weight_dtype)

    def returned(self, leading: Shape, batch: Shape, dtype: DType, strides: Shape | None = None) -> Value:
        """The output and the last states, for these axes of the input and this batch axis, if any."""
        output = Tensor((*leading, self.directions * self.output_size), dtype, strides)
        states = tuple(Tensor(shape, dtype) for shape in self.state_shapes(batch))
        return output, states if self.keeps_cell else states[0]

    def state_shapes(self, batch: Shape) -> tuple[Shape, ...]:
        """The shapes of the hidden state and of the cell."""
        stacked = self.num_layers * self.directions
        hidden = (stacked, *batch, self.output_size)
        return (hidden, (stacked, *batch, self.hidden_size)) if self.keeps_cell else (hidden,)

    def forward(self, call: Call, input: Tensor, hx: Tensor | None = None) -> Value:
        return self.run(call, input, hx)

    def run(self, call: Call, input: Tensor, hx: Value | None) -> Value:
        """The forward pass, whatever the state is made of."""
        layout = "[N, L, features]" if self.batch_first else "[L, N, features]"
        call.require_rank(input, 2, 3, layout=f"{layout} or [L, features]", channels=self.input_size, channel_axis=-1)
        self.arrives(call, input)
        if call.training and self.dropout > 0 and self.num_layers > 1:
            # Complex numbers are not dropped out.
            call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING))
        swapped = self.batch_first and input.rank == 3
        steps, *rest = input.shape[1::-1] if swapped else input.shape[:-1]
        batch = tuple(rest)
        if below(steps, 1):
            call.disagree(f"{{layer}} is a {self.type} and needs at least one step; {input} has none", input)
        dtype = self.expect_states(
            call, self.states(call, hx), self.state_shapes(batch),
            f"num_layers × directions = {self.num_layers * self.directions}, then "
            f"{'N and ' if batch else ''}the features", self.cell_dtypes(steps, product(batch)),
        )  # fmt: skip
        features = call.size(input.rank - 1, FEATURES, directions=self.directions, features=self.output_size)
        self.count(call, steps, batch[0] if batch else 1)
        # What comes back is a view of what was computed step by step.
        strides = (features, batch[0] * features, 1) if swapped else None
        return self.returned(input.shape[:-1], batch, dtype, strides)

    def cell_dtypes(self, steps: Size, batch: Size) -> frozenset[str]:
        """What c_0 may be made of.

        oneDNN's float32 kernel takes its own type only. The other kernels promote, and can do so as long as no
        matrix product has to multiply the outcome by the weights.
        """
        own = self.weight_dtype
        if own == "float32" and not self.projection and batch != 0:
            return frozenset({own})
        if self.num_layers == 1 == steps and not self.projection:
            return ANY
        return frozenset(dtype for dtype in ANY if promote(own, dtype) == own)

    def count(self, call: Call, steps: Size, batch: Size) -> None:
        """The matrix products: the first layer reads the input, the others what the one before returns."""
        formula = MACS_PROJECTED if self.projection else MACS
        shared = {
            "steps": steps, "batch": batch, "directions": self.directions, "gates": self.gates,
            "hidden_size": self.hidden_size, "output_size": self.output_size,
        }  # fmt: skip
        if self.projection:
            shared["proj_size"] = self.projection
        call.count_macs(formula, **shared, layers=1, input_size=self.input_size)
        if self.num_layers > 1:
            later = self.directions * self.output_size
            call.count_macs(formula, **shared, layers=self.num_layers - 1, input_size=later)


class RNN(Recurrent):
    """Walks along a sequence, mixing each step with a summary of the steps before."""

    nonlinearity: Nonlinearity = "tanh"
    device: Device = None
    dtype: WeightDType = None

    gates = 1
    examples = (
        example((5, 3, 10), input_size=10, hidden_size=20, num_layers=2),
        example((3, 5, 10), (2, 3, 8), input_size=10, hidden_size=8, nonlinearity="relu", batch_first=True,
                bidirectional=True, bias=False),
        example((5, 10), input_size=10, hidden_size=8),
    )  # fmt: skip

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        self.expect_nonlinear(call, self.nonlinearity)


class GRU(Recurrent):
    """Walks along a sequence with gates that decide how much of the past to keep."""

    device: Device = None
    dtype: WeightDType = None

    gates = 3
    examples = (
        example((5, 3, 10), (2, 3, 20), input_size=10, hidden_size=20, num_layers=2),
        example(
            (3, 5, 10), input_size=10, hidden_size=8, num_layers=2, batch_first=True, bidirectional=True, dropout=0.1
        ),
        example((5, 10), (1, 8), input_size=10, hidden_size=8, bias=False),
    )


class LSTM(Recurrent):
    """Walks along a sequence with gates and a cell that carries information over long distances."""

    proj_size: Annotated[Int, Field(description="Features the hidden state is projected to; 0 for no projection.")] = 0
    device: Device = None
    dtype: WeightDType = None

    gates = 4
    keeps_cell = True
    examples = (
        example((5, 3, 10), input_size=10, hidden_size=20, num_layers=2),
        example((5, 3, 10), (Tensor((2, 3, 20)), Tensor((2, 3, 20))), input_size=10, hidden_size=20,
                bidirectional=True, bias=False),
        example((3, 5, 10), (4, 3, 6), (4, 3, 20), input_size=10, hidden_size=20, num_layers=2, batch_first=True,
                bidirectional=True, proj_size=6),
        example(Tensor((5, 10), "float64"), (Tensor((1, 8), "float64"), Tensor((1, 8), "float64")), input_size=10,
                hidden_size=8, dtype="float64"),
    )  # fmt: skip

    @property
    def projection(self) -> Size:
        return self.proj_size

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_at_least("proj_size", self.proj_size, 0)
        if 0 < self.hidden_size <= self.proj_size:
            call.refuse(
                "proj-size",
                f"{{layer}} is a {self.type} with proj_size = {self.proj_size}, which has to be smaller than "
                f"hidden_size = {self.hidden_size}",
                argument="proj_size",
                expected=f"less than {self.hidden_size}",
                received=self.proj_size,
            )

    def forward(self, call: Call, input: Tensor, hx: Value | None = None) -> Value:
        return self.run(call, input, hx)
