"""Activations along one axis: the softmax family, and the gated linear unit.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html and its neighbours; which axis an
omitted ``dim`` means is decided by ``torch.nn.functional._get_softmax_dim``.
"""

from typing import Annotated, ClassVar, Final

from pydantic import Field

from service.core.dtypes import ANY, FLOATING, NUMERIC, DType
from service.core.faults import Indivisible
from service.core.formulas import Formula
from service.core.layouts import elementwise_layout
from service.core.sizes import UNKNOWN, UNKNOWN_SIZE, Size, indivisible
from service.core.tensors import Tensor, Value, strided, strides_of
from service.layers.arguments import Dim, Int
from service.layers.base import Layer, example
from service.layers.call import Call
from service.layers.notebook import PRESERVED

HALVED: Final = Formula("input / 2")

NormalizedDim = Annotated[
    Int | None, Field(description="The axis along which the results add up to 1; chosen by the rank if left out.")
]


class AnySoftmax(Layer):
    """Turns scores along one axis into probabilities, or their logarithms."""

    family = "softmax"
    takes: ClassVar[frozenset[str]] = ANY
    """The element types of what arrives; it is computed in floating point only."""

    def forward(self, call: Call, input: Tensor) -> Tensor:
        axis = call.require_dim("dim", self.axis(input.rank), input.rank)
        if input.rank > 2 and axis == 1:
            call.sees(PRESERVED)
        output = Tensor(input.shape, self.returns(input.dtype))
        call.expect_dtype(input, self.takes)
        if input.elements != 0:  # Where only values tell how many there are, there hardly ever are none.
            call.expect_dtype(output, FLOATING)
        return output

    def axis(self, rank: int) -> int:
        """The axis, or what an omitted one means."""
        dim: int | None = getattr(self, "dim", None)
        if dim is not None:
            return dim
        return 0 if rank in (0, 1, 3) else 1

    def returns(self, dtype: DType) -> DType:
        """The element type that ``dtype`` becomes."""
        return dtype

    def declares(self, *inputs: Value) -> Value:
        if inputs and isinstance(inputs[0], Tensor):
            return Tensor(inputs[0].shape, self.returns(inputs[0].dtype))
        return UNKNOWN


class Softmax(AnySoftmax):
    """Turns scores along an axis into probabilities."""

    dim: NormalizedDim = None

    examples = (example((8, 10), dim=1), example((2, 5, 10), dim=-1), example((2, 3, 4, 4)))


class LogSoftmax(AnySoftmax):
    """Turns scores along an axis into logarithms of probabilities."""

    dim: NormalizedDim = None

    examples = (example((8, 10), dim=1), example((2, 5, 10), dim=-1), example((2, 3, 4, 4)))


class Softmin(AnySoftmax):
    """Turns costs along an axis into probabilities, the largest for the lowest."""

    takes = NUMERIC
    dim: NormalizedDim = None

    examples = (example((8, 10), dim=1), example((2, 5, 10), dim=-1), example((2, 3, 4, 4)))


class Softmax2d(AnySoftmax):
    """Turns the channels of each pixel into probabilities."""

    examples = (example((2, 3, 8, 8)), example((3, 8, 8)))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_rank(input, 3, 4, layout="[N, C, H, W] or without N")
        return super().forward(call, input)

    def axis(self, rank: int) -> int:  # noqa: ARG002
        return -3


class GLU(Layer):
    """Scales one half of an axis by the sigmoid of the other."""

    family = "glu"

    dim: Dim = -1

    examples = (example((8, 128)), example((2, 6, 8, 8), dim=1))

    def forward(self, call: Call, input: Tensor) -> Tensor:
        call.require_axes(input, 1, "of which dim is halved")
        axis = call.require_dim("dim", self.dim, input.rank)
        call.expect_dtype(input, FLOATING)
        if input.rank > 2 and axis == 1:
            call.sees(PRESERVED)
        if indivisible(input.shape[axis], 2):
            call.note(
                Indivisible(
                    code="glu-odd",
                    message=f"{{layer}} is a {call.type} and halves axis {axis} of {input}, but {input.shape[axis]} is "
                    "odd",
                    argument="dim",
                    input=0,
                    expected="a multiple of 2",
                    received=input.shape[axis],
                    dividend=input.shape[axis],
                    divisor=2,
                )
            )
            return self.halved(input, axis, UNKNOWN_SIZE)
        return self.halved(input, axis, call.size(axis, HALVED, input=input.shape[axis]))

    @staticmethod
    def halved(input: Tensor, axis: int, size: Size) -> Tensor:
        """The result, laid out like half of the input."""
        shape = (*input.shape[:axis], size, *input.shape[axis + 1 :])
        half = strided(shape, input.dtype, strides_of(input))
        return elementwise_layout(shape, input.dtype, half)
