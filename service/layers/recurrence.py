"""What recurrent layers and their cells share: the gates, and a state that is a tensor or, with a cell, a pair."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field

from service.core.dtypes import COMPLEX, DType, promote
from service.core.faults import WrongInputs
from service.core.sizes import Shape, Size, Unknown, differ, written
from service.core.tensors import Tensor, Value, is_tuple, tensors_in
from service.layers.arguments import Int, Str, inferred
from service.layers.base import Layer
from service.layers.call import Call
from service.layers.inputs import described

HiddenSize = Annotated[Int, Field(description="Features of the hidden state.")]
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

    def expect_nonlinear(self, call: Call, nonlinearity: str) -> None:
        """The nonlinearity is one of two, of which complex numbers have one."""
        call.expect_one_of(
            "nonlinearity", nonlinearity, ("tanh",) if self.weight_dtype in COMPLEX else ("tanh", "relu")
        )

    def arrives(self, call: Call, input: Tensor) -> None:
        """Checks features and element type of what arrives."""
        call.expect_size("input_size", self.input_size, input, -1, "features")
        call.expect_dtype(input, frozenset({self.weight_dtype}))

    def states(self, call: Call, hx: Value | None) -> tuple[Tensor | Unknown, ...]:
        """The hidden state and, where there is one, the cell; none if they are left to be zeros."""
        states = () if hx is None else tuple(tensors_in(hx)) if self.keeps_cell else (cast("Tensor", hx),)
        if self.keeps_cell and hx is not None and not (is_tuple(hx) and len(hx) == 2 and states == tuple(hx)):
            call.reject(
                WrongInputs(
                    code="state-not-pair",
                    message=f"{{layer}} is a {self.type} and its state is a tuple of two tensors, (h_0, c_0); "
                    f"{described(hx)} arrives",
                    input=1,
                    expected="(h_0, c_0)",
                    received="a tuple" if is_tuple(hx) else "a tensor",
                    names=("input", "hx"),
                    required=1,
                )
            )
        return states

    def expect_states(
        self,
        call: Call,
        states: tuple[Tensor | Unknown, ...],
        shapes: tuple[Shape, ...],
        axes: str,
        cell_dtypes: frozenset[str],
    ) -> DType:
        """Every state has its shape and a suitable element type; the element type of the result."""
        own = self.weight_dtype
        dtypes = (frozenset({own}), cell_dtypes)
        result = own
        for name, state, shape, allowed in zip(("h_0", "c_0"), states, shapes, dtypes, strict=False):
            if isinstance(state, Unknown):
                continue
            if state.rank != len(shape) or any(map(differ, state.shape, shape)):
                call.disagree(
                    f"{{layer}} is a {self.type} whose {name} has to be {written(shape)}, {axes}; {state} arrives",
                    state,
                    wanted=shape,
                    input=1,
                )
            if call.expect_dtype(state, allowed, input=1):
                result = promote(result, state.dtype)
        return result


def _is_pair(value: object) -> bool:
    return isinstance(value, (tuple, list)) and not isinstance(value, Tensor)
