"""Recurrent cells, which take one step: RNNCell, LSTMCell, GRUCell.

Shapes and names of weights are those of https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html and
https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html.
"""

from typing import Final

from service.core.broadcasting import expands_to
from service.core.dtypes import ANY, DType
from service.core.formulas import Formula
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN_SIZE, Shape, Unknown
from service.core.tensors import Tensor, Value
from service.layers.arguments import Bias, Device, WeightDType
from service.layers.base import example
from service.layers.call import Call
from service.layers.recurrence import AnyRecurrent, Nonlinearity
from service.layers.weights import Weight, Weights

MACS_CELL: Final = Formula("batch [samples] × (gates × hidden_size × (input_size + hidden_size))")
MACS_OVERLOOKED: Final = Formula("gates × hidden_size × (input_size + hidden_size × hidden_size)")
OVERLOOKED: Final = "the axes of the input with hidden_size last, or an axis more that PyTorch overlooks"


class Cell(AnyRecurrent):
    """One step of a recurrent layer."""

    bias: Bias = True

    def check_arguments(self, call: Call) -> None:
        call.expect_at_least("input_size", self.input_size, 0)
        call.expect_at_least("hidden_size", self.hidden_size, 0)

    def weights(self) -> Weights:
        rows, dtype = self.gates * self.hidden_size, self.weight_dtype
        yield Weight("weight_ih", (rows, self.input_size), ("gate units",), dtype)
        yield Weight("weight_hh", (rows, self.hidden_size), ("gate units",), dtype)
        if self.bias:
            yield Weight("bias_ih", (rows,), ("biases",), dtype)
            yield Weight("bias_hh", (rows,), ("biases",), dtype)

    def declares(self, *inputs: Value) -> Value:
        unbatched = bool(inputs) and isinstance(inputs[0], Tensor) and inputs[0].rank == 1
        return self.returned(() if unbatched else (UNKNOWN_SIZE,), self.weight_dtype)

    def returned(self, batch: Shape, dtype: DType, *states: Tensor | Unknown) -> Value:  # noqa: ARG002
        """The next state, or the pair of them."""
        state = Tensor((*batch, self.hidden_size), dtype)
        return (state, state) if self.keeps_cell else state

    def forward(self, call: Call, input: Tensor, hx: Tensor | None = None) -> Value:
        return self.run(call, input, hx)

    def run(self, call: Call, input: Tensor, hx: Value | None) -> Value:
        """The forward pass, whatever the state is made of."""
        call.require_rank(input, 1, 2, layout="[N, features] or [features]", channels=self.input_size, channel_axis=-1)
        self.arrives(call, input)
        batch = input.shape[:-1]
        shape = (*batch, self.hidden_size)
        states = self.states(call, hx)
        if not batch and any(isinstance(state, Tensor) and state.rank == 2 for state in states):
            return self.overlooking(call, *states)
        dtype = self.expect_states(
            call, states, (shape, shape), "the axes of the input with hidden_size last", cell_dtypes=ANY
        )
        call.count_macs(
            MACS_CELL, batch=batch[0] if batch else 1, gates=self.gates, hidden_size=self.hidden_size,
            input_size=self.input_size,
        )  # fmt: skip
        return self.returned(batch, dtype, *states)

    def overlooking(self, call: Call, *states: Tensor | Unknown) -> Value:
        """An unbatched step with a state of two axes.

        PyTorch puts an axis before it and then looks at the first two, so that it overlooks the third.
        """
        size = self.hidden_size
        dtype = self.expect_states(call, states, ((size, size),) * 2, OVERLOOKED, cell_dtypes=ANY)
        call.count_macs(MACS_OVERLOOKED, gates=self.gates, hidden_size=size, input_size=self.input_size)
        return self.returned((size,), dtype, *states)

    def refuse_overlooked(self, call: Call, state: Tensor) -> None:
        """PyTorch overlooks an axis too many, and then crashes or reads what is none of its."""
        call.disagree(
            f"{{layer}} is a {self.type} whose states have to have the axes of the input; {state} has one more",
            state,
            wanted=(self.hidden_size,),
            input=1,
            undefined=True,
        )


class RNNCell(Cell):
    """Mixes one step with the state before it."""

    nonlinearity: Nonlinearity = "tanh"
    device: Device = None
    dtype: WeightDType = None

    gates = 1
    examples = (
        example((3, 10), (3, 20), input_size=10, hidden_size=20),
        example((10,), input_size=10, hidden_size=20, nonlinearity="relu", bias=False),
    )

    def check_arguments(self, call: Call) -> None:
        super().check_arguments(call)
        self.expect_nonlinear(call, self.nonlinearity)


class GRUCell(Cell):
    """Moves a gated state on by one step."""

    device: Device = None
    dtype: WeightDType = None

    gates = 3
    examples = (
        example((3, 10), (3, 20), input_size=10, hidden_size=20),
        example((10,), (20,), input_size=10, hidden_size=20, bias=False),
    )

    def overlooking(self, call: Call, *states: Tensor | Unknown) -> Value:
        (state,) = states
        if isinstance(state, Tensor) and state.shape == (1, 1) and self.hidden_size == 1:
            self.refuse_overlooked(call, state)
        elif self.hidden_size:
            # The gates of several rows do not fit each other.
            self.expect_states(call, states, ((self.hidden_size,),), "hidden_size", cell_dtypes=ANY)
        return super().overlooking(call, *states)

    def returned(self, batch: Shape, dtype: DType, *states: Tensor | Unknown) -> Value:
        """The next state, laid out as the state before it: the last operation is elementwise in that one."""
        shape = (*batch, self.hidden_size)
        fitting = [state for state in states if not isinstance(state, Unknown) and expands_to(state.shape, shape)]
        return elementwise_layout(shape, dtype, *fitting)


class LSTMCell(Cell):
    """Moves a hidden state and a cell on by one step."""

    device: Device = None
    dtype: WeightDType = None

    gates = 4
    keeps_cell = True
    examples = (
        example((3, 10), (Tensor((3, 20)), Tensor((3, 20))), input_size=10, hidden_size=20),
        example((10,), (20,), (20,), input_size=10, hidden_size=20, bias=False),
        example((3, 10), input_size=10, hidden_size=20),
    )

    def forward(self, call: Call, input: Tensor, hx: Value | None = None) -> Value:
        return self.run(call, input, hx)

    def overlooking(self, call: Call, *states: Tensor | Unknown) -> Value:
        hidden, cell = states
        size = self.hidden_size
        if isinstance(hidden, Tensor) and hidden.rank == 2 and hidden.shape == (size, size):
            self.refuse_overlooked(call, hidden)
        columns = cell.shape[-1] if isinstance(cell, Tensor) and cell.rank == 2 else size
        fitting = columns if size == 1 or columns == 1 else size
        dtype = self.expect_states(call, states, ((size,), (size, fitting)), OVERLOOKED, cell_dtypes=ANY)
        call.count_macs(MACS_CELL, batch=1, gates=self.gates, hidden_size=size, input_size=self.input_size)
        state = Tensor((size, columns if size == 1 else size), dtype)
        return state, state
