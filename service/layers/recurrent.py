"""Recurrent layers over a sequence: RNN, LSTM and GRU; and what they share with their cells.

Shapes, names of weights and the projected LSTM are those of
https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from service.core.dtypes import FLOATING
from service.core.faults import WrongInputs
from service.core.formulas import Formula
from service.core.sizes import UNKNOWN_SIZE, Shape, Size, below, differ, is_unknown, written
from service.core.tensors import Tensor, Value, is_tuple
from service.layers.arguments import Bias, Bool, Depth, Device, Int, Probability, Str, WeightDType, inferred
from service.layers.base import Layer, example
from service.layers.call import Call
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

HiddenSize = Annotated[Int, Field(description="Features of the hidden state.")]
BatchFirst = Annotated[
    Bool, Field(description="Whether a batched input is `[N, L, features]` rather than `[L, N, features]`.")
]
Nonlinearity = Annotated[Str, Field(description="`tanh` or `relu`.", examples=["tanh", "relu"])]


class AnyRecurrent(Layer):
    """What recurrent layers and cells share."""

    family = "rnn"
    gates: ClassVar[int]
    """How many vectors of ``hidden_size`` each step computes from its input and its state."""
    keeps_cell: ClassVar[bool] = False
    """Whether the state is a pair: the hidden state and the cell."""

    input_size: Annotated[Int, Field(description="Features of each step that arrives.")] = inferred(
        "Features of each step that arrives; inferred if left out."
    )
    hidden_size: HiddenSize

    @classmethod
    def grouped(cls, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The hidden state and the cell count as the pair that ``forward`` takes."""
        if cls.keeps_cell and len(inputs) == 3 and not any(map(_is_pair, inputs)):
            return inputs[0], inputs[1:]
        return inputs

    def infer(self, input: Tensor, *_: Any) -> Mapping[str, Size]:
        """``input_size`` is what the last axis holds."""
        return {"input_size": input.shape[-1]} if input.shape else {}

    def check_arguments(self, call: Call) -> None:
        call.expect_one_of("dtype", self.weight_dtype, sorted(FLOATING))

    def arrives(self, call: Call, input: Tensor) -> None:
        """Checks features and element type of what arrives."""
        call.expect_size("input_size", self.input_size, input, -1, "features")
        call.expect_dtype(input, frozenset({self.weight_dtype}))

    def states(self, call: Call, hx: Value | None) -> tuple[Value, ...]:
        """The hidden state and, where there is one, the cell; none if they are left to be zeros."""
        if hx is None:
            return ()
        if not self.keeps_cell:
            return (hx,)
        if is_tuple(hx) and len(hx) == 2 and not any(map(is_tuple, hx)):
            return hx
        call.reject(
            WrongInputs(
                code="state-not-pair",
                message=f"{{layer}} is a {self.type} and its state is a tuple of two tensors, (h_0, c_0); "
                f"{'a tuple of other values' if is_tuple(hx) else hx} arrives",
                input=1,
                expected="(h_0, c_0)",
                received="a tuple" if is_tuple(hx) else "a tensor",
                names=("input", "hx"),
                required=1,
            )
        )

    def expect_states(self, call: Call, states: tuple[Value, ...], expected: tuple[Shape, ...], axes: str) -> None:
        """Every state has its shape, and the element type of the weights."""
        for name, state, shape in zip(("h_0", "c_0"), states, expected, strict=False):
            if is_unknown(state):
                continue
            assert isinstance(state, Tensor)
            if state.rank != len(shape) or any(map(differ, state.shape, shape)):
                call.disagree(
                    f"{{layer}} is a {self.type} whose {name} has to be {written(shape)}, {axes}; {state} arrives",
                    state,
                )
            call.expect_dtype(state, frozenset({self.weight_dtype}), input=1)


def _is_pair(value: object) -> bool:
    return isinstance(value, (tuple, list)) and not isinstance(value, Tensor)


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
        super().check_arguments(call)
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
        return self.returned((UNKNOWN_SIZE,) * (1 if unbatched else 2), () if unbatched else (UNKNOWN_SIZE,))

    def returned(self, leading: Shape, batch: Shape, strides: Shape | None = None) -> Value:
        """The output and the last states, for these axes of the input and this batch axis, if any."""
        output = Tensor((*leading, self.directions * self.output_size), self.weight_dtype, strides)
        states = tuple(Tensor(shape, self.weight_dtype) for shape in self.state_shapes(batch))
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
        swapped = self.batch_first and input.rank == 3
        steps, *rest = input.shape[1::-1] if swapped else input.shape[:-1]
        batch = tuple(rest)
        if below(steps, 1):
            call.disagree(f"{{layer}} is a {self.type} and needs at least one step; {input} has none", input)
        self.expect_states(
            call, self.states(call, hx), self.state_shapes(batch),
            f"num_layers × directions = {self.num_layers * self.directions}, then "
            f"{'N and ' if batch else ''}the features",
        )  # fmt: skip
        features = call.size(input.rank - 1, FEATURES, directions=self.directions, features=self.output_size)
        self.count(call, steps, batch[0] if batch else 1)
        # Batches come back as views of what was computed step by step.
        strides = (features, batch[0] * features, 1) if swapped else None
        return self.returned(input.shape[:-1], batch, strides)

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
        call.expect_one_of("nonlinearity", self.nonlinearity, ("tanh", "relu"))


class GRU(Recurrent):
    """Walks along a sequence with gates that decide how much of the past to keep."""

    device: Device = None
    dtype: WeightDType = None

    gates = 3
    examples = (
        example((5, 3, 10), (2, 3, 20), input_size=10, hidden_size=20, num_layers=2),
        example((3, 5, 10), input_size=10, hidden_size=8, batch_first=True, bidirectional=True, dropout=0.1),
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
        example((5, 10), (Tensor((1, 8)), Tensor((1, 8))), input_size=10, hidden_size=8),
    )  # fmt: skip

    @property
    def projection(self) -> Size:
        return self.proj_size

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        call.expect_at_least("proj_size", self.proj_size, 0)
        if self.proj_size >= self.hidden_size:
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
