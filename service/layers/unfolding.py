"""``unfold``, which is two functions under one name: an image into blocks, or an axis into stretches.

They are https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html and
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.unfold.html; which is meant, the arguments tell.
"""

from typing import Annotated, Final

from pydantic import Field

from service.core.formulas import Formula
from service.core.sizes import Size
from service.core.tensors import Tensor, strided, strides_of
from service.layers.arguments import Int, PerAxis
from service.layers.base import example
from service.layers.call import Call
from service.layers.folding import Dilation, Padding, Stride, Unfold
from service.layers.notebook import Rejection
from service.layers.operation import Operation

STRETCHES: Final = Formula("floor((input − size) / step) + 1")
OF_BLOCKS: Final = ("kernel_size", "dilation", "padding", "stride")
OF_STRETCHES: Final = ("dimension", "size", "step")


class UnfoldOperation(Operation, type="unfold"):
    """Takes an image apart into overlapping blocks, each a column; or an axis into overlapping stretches, as a view."""

    function = "torch.nn.functional.unfold"
    family = "unfold"

    kernel_size: Annotated[PerAxis | None, Field(description="Height and width of a block; for blocks only.")] = None
    dilation: Dilation = 1
    padding: Padding = 0
    stride: Stride = 1
    dimension: Annotated[Int | None, Field(description="The axis that is taken apart; for stretches only.")] = None
    size: Annotated[Int | None, Field(description="How long each stretch is.")] = None
    step: Annotated[Int | None, Field(description="How far one stretch is from the next.")] = None

    examples = (
        *Unfold.examples,
        example((5, 4), dimension=0, size=3, step=1),
        example((2, 3, 8), dimension=-1, size=4, step=2),
        example(Tensor((4, 6), strides=(1, 4)), dimension=1, size=2, step=3),
    )

    @property
    def of_stretches(self) -> bool:
        """Whether it is the method of a tensor that is meant."""
        return not self.model_fields_set.isdisjoint(OF_STRETCHES)

    @property
    def callee(self) -> str:
        return "torch.Tensor.unfold" if self.of_stretches else self.function

    @property
    def blocks(self) -> Unfold:
        """The layer that does the same."""
        return Unfold.model_construct(type=self.type, **{name: getattr(self, name) for name in OF_BLOCKS})

    def check_arguments(self, call: Call) -> None:
        needed = OF_STRETCHES if self.of_stretches else OF_BLOCKS[:1]
        refused = OF_BLOCKS if self.of_stretches else ()
        for argument in needed:
            if getattr(self, argument) is None:
                self.refuse_form(call, f"but without {argument}", argument)
        for argument in refused:
            if argument in self.model_fields_set:
                self.refuse_form(call, f"and with {argument}", argument)
        if not self.of_stretches and not call.faults:
            self.blocks.check_arguments(call)

    def refuse_form(self, call: Call, problem: str, argument: str) -> None:
        """The arguments are those of neither function."""
        given = [name for name in (*OF_BLOCKS, *OF_STRETCHES) if name in self.model_fields_set and name != argument]
        call.refuse(
            "arguments",
            f"{{layer}} is an unfold with {', '.join(given) or 'nothing given'} {problem}; it takes kernel_size for "
            "blocks of an image, or dimension, size and step for stretches of an axis",
            argument=argument,
            expected="kernel_size, or dimension, size and step",
        )

    def forward(self, call: Call, input: Tensor) -> Tensor:
        if not self.of_stretches:
            columns: Tensor = self.blocks.forward(call, input)
            return columns
        dimension, size, step = self.dimension or 0, self.size or 0, self.step or 0
        axis = call.require_dim("dimension", dimension, input.rank)
        call.expect_at_least("size", size, 0)
        call.expect_at_least("step", step, 1)
        available: Size = input.shape[axis] if input.rank else 1
        if not call.faults:
            self.expect_stretch(call, input, axis, available)
        if call.faults:
            raise Rejection
        count = call.size(axis, STRETCHES, input=available, size=size, step=step)
        if not input.rank:
            return strided((size,), input.dtype, (1,))
        strides = strides_of(input)
        return strided(
            (*input.shape[:axis], count, *input.shape[axis + 1 :], size),
            input.dtype,
            (*strides[:axis], strides[axis] * step, *strides[axis + 1 :], strides[axis]),
        )

    def expect_stretch(self, call: Call, input: Tensor, axis: int, available: Size) -> None:
        """At least one stretch fits."""
        if input.rank:
            call.expect_fitting(
                input, axis, self.size or 0,
                f"a stretch of {self.size} entries does not fit into axis {axis} of {input}", "size",
            )  # fmt: skip
        elif (self.size or 0) > 1:
            call.expect_between("size", self.size or 0, 0, available)
