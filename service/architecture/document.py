"""The document that describes an architecture."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from service.core.dtypes import DEFAULT, DType
from service.core.sizes import LARGEST_INTEGER
from service.core.tensors import Tensor
from service.layers.arguments import Bool, Int, Str
from service.layers.base import Layer, Reference
from service.layers.catalogue import AnyLayer

DEVICE = r"^(cpu|meta|cuda(:(\d|[1-9]\d))?)$"
"""What a device is called."""
MAXIMAL_RANK = 64
"""PyTorch's own limit on the number of axes."""

Size = Annotated[Int, Field(ge=0, le=LARGEST_INTEGER)]
Shape = Annotated[
    tuple[Size, ...],
    Field(max_length=MAXIMAL_RANK, description="Sizes of the axes, batch axis included.", examples=[[1, 3, 32, 32]]),
]
InputName = Annotated[Str, Field(min_length=1, pattern=r"^[^.\[\]=]+$")]


class TypedInput(BaseModel):
    """An input with its element type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shape: Shape
    dtype: Annotated[DType, Field(description="Element type, by PyTorch's name.")] = DEFAULT


Input = Shape | TypedInput


class Verification(BaseModel):
    """How the real model is built and run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: Annotated[
        Str,
        Field(
            description="`cpu`, `cuda`, `cuda:1`, …, or `meta`, which takes no memory and checks less.",
            pattern=DEVICE,
        ),
    ] = "cpu"
    seed: Annotated[Int, Field(ge=0, description="Where random weights and inputs start from.")] = 0
    batch: Annotated[
        Int | None, Field(ge=1, le=2**20, description="Another size for the first axis of every input.")
    ] = None
    dtype: Annotated[
        Literal["float32", "float16", "bfloat16"] | None,
        Field(description="Another element type for weights and inputs of float32."),
    ] = None
    backward: Annotated[Bool, Field(description="Whether gradients are worked out, too.")] = False
    fixes: Annotated[Bool, Field(description="Whether every fix that is offered is built and run, too.")] = False


class Document(BaseModel):
    """An architecture: what goes in, and the layers it passes through."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: Annotated[Str | None, Field(description="What the model is called.")] = None
    input: Annotated[Input | None, Field(description="The shape that goes in; `inputs` if there are several.")] = None
    inputs: Annotated[
        dict[InputName, Input] | None,
        Field(description="Several inputs by name.", min_length=1, max_length=256),
    ] = None
    layers: Annotated[tuple[AnyLayer, ...], Field(description="The layers, in order.")]
    outputs: Annotated[
        tuple[Reference, ...] | None,
        Field(description="Names of what the model returns; its last layer if left out.", min_length=1),
    ] = None
    about: Annotated[
        dict[str, JsonValue] | None, Field(description="What else there is to say of the model; not looked at.")
    ] = None
    verify: Annotated[
        Bool | Verification | None,
        Field(description="Whether PyTorch builds and runs the model to confirm the answer."),
    ] = None
    mode: Annotated[
        Literal["eval", "train"], Field(description="Whether the model is in evaluation or in training mode.")
    ] = "eval"

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.input is None) == (self.inputs is None):
            raise PydanticCustomError("input_missing", "Give either input or inputs, and only one of them")
        return self

    def with_layers(self, layers: tuple[Layer, ...]) -> Self:
        """The document with other layers, which takes the very same tensors."""
        self.input_tensors  # noqa: B018 (what is worked out goes along with a copy)
        return self.model_copy(update={"layers": layers})

    @property
    def verification(self) -> Verification | None:
        """How PyTorch is asked, if it is."""
        return Verification() if self.verify is True else self.verify or None

    @cached_property
    def input_tensors(self) -> tuple[tuple[str, Tensor], ...]:
        """What goes in, by name."""
        given: dict[str, Any] = self.inputs if self.inputs is not None else {"input": self.input}
        return tuple(
            (name, Tensor(value.shape, value.dtype) if isinstance(value, TypedInput) else Tensor(value))
            for name, value in given.items()
        )
