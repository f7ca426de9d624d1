"""What gives a document its shape and computes nothing itself: nesting, and weights applied again."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from service.layers.arguments import Str
from service.layers.base import Example, Layer, Reference

if TYPE_CHECKING:
    AnyLayer = Layer  # The catalogue defines it once it is whole: the union of all layers.


class Structure(Layer):
    """An entry that ``architecture`` unrolls into others, so that no rule is ever applied to it."""

    document: ClassVar[dict[str, Any]]
    """A whole document that shows it."""


class Sequential(Structure):
    """Nests layers under a name; a chain, or with names and ``inputs`` any graph."""

    layers: Annotated[tuple["AnyLayer", ...], Field(description="The layers within, named locally.")]
    outputs: Annotated[
        tuple[Reference, ...] | None,
        Field(min_length=1, description="What the block returns, a tuple if several; its last layer if left out."),
    ] = None

    examples = (Example({"layers": [{"type": "Identity"}]}, ()),)
    document: ClassVar[dict[str, Any]] = {"input": [1, 8], "layers": [
        {"type": "Sequential", "name": "block", "repeat": 2, "layers": [
            {"type": "Linear", "out_features": 8}, {"type": "ReLU"}]}]}  # fmt: skip


class Reuse(Structure, type="reuse"):
    """Applies a layer or block of the document once more, with the same weights."""

    layer: Annotated[Str, Field(min_length=1, description="The name of the layer or block that is applied again.")]

    page = "generated/torch.nn.Module.html"
    examples = (Example({"layer": "encoder"}, ()),)
    document: ClassVar[dict[str, Any]] = {"input": [1, 8], "layers": [
        {"type": "Linear", "name": "encoder", "out_features": 8}, {"type": "ReLU"},
        {"type": "reuse", "layer": "encoder"}]}  # fmt: skip
