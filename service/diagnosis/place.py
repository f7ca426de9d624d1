"""Where a fault stands: the layer, what reaches it, and the layers before it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Node, Source, Wire
from service.architecture.scopes import ParsedReference
from service.core.issues import Patch, pointer_to
from service.core.tensors import Tensor, Value
from service.diagnosis.ground import Ground
from service.diagnosis.patching import value_at
from service.diagnosis.references import name_of
from service.diagnosis.trails import FARTHEST
from service.layers.base import Layer, key_of

NEAR: Final = 32
"""Layers walked upstream for what a reader expects to find nearby."""


class Graft(NamedTuple):
    """What a patch does to the graph, where that is no more than layers put before one input of a layer, or another
    part of a tuple taken: it can be proven without unrolling the document again."""

    node: int
    position: int
    """Which of the node's wires."""
    layers: tuple[dict[str, Any], ...] = ()
    path: tuple[int, ...] = ()
    """Indices put behind the wire's own."""


class Edit(NamedTuple):
    """A patch, and what it does to the graph where that is simple."""

    patch: Patch
    graft: Graft | None = None


class Proposal(NamedTuple):
    """A patch that might cure; it is offered only once it is proven."""

    description: str
    patch: Patch
    graft: Graft | None = None
    cause: str = ""
    """A sentence on what is wrong, which holds if no other proposal cures more."""
    far_fetched: bool = False
    """Whether it is hardly what was meant, so that whatever else cures comes first."""


class ModelInput(NamedTuple):
    """A model input and where its shape stands in the document."""

    pointer: str
    """To the shape."""
    whole: str
    """To the shape, or to the object with shape and element type."""
    name: str
    tensor: Tensor

    @property
    def called(self) -> str:
        """What a sentence calls it."""
        return "the input" if self.name == "input" else self.name

    @property
    def stated(self) -> str:
        """What it is, as a clause."""
        return f"{self.called} is {self.tensor}"

    @property
    def described(self) -> str:
        """With its shape."""
        return f"{self.called} {self.tensor}"


class Place(NamedTuple):
    """A layer at fault or under suspicion, and everything around it."""

    ground: Ground
    node: int
    """The layer concerned, by its number in the graph."""
    copies: tuple[int, ...]
    """All nodes that are refused for the same reason, such as the copies of a repeated layer."""
    input: int = 0
    """Which of the layer's inputs is concerned."""
    part: str | None = None
    """The field with the nested layer that is at fault, if it is not the layer itself."""

    @property
    def raw(self) -> dict[str, Any]:
        """The document as it was sent."""
        return self.ground.raw

    @property
    def analysis(self) -> Analysis:
        """The document's analysis."""
        return self.ground.analysis

    @property
    def reading(self) -> LayerReading:
        """The layer concerned."""
        return self.analysis.readings[self.node]

    @property
    def name(self) -> str:
        """What the user calls the layer."""
        return called(self.reading)

    @property
    def pointer(self) -> str:
        """Where the arguments of what is at fault stand: not at a ``reuse``, which has none."""
        return self.pointer_of(self.node)

    def pointer_of(self, node: int) -> str:
        """Where the same arguments of another node stand, such as those of a copy."""
        owner = owner_of(self.analysis, self.analysis.readings[node]).node
        field = type(owner.layer).model_fields.get(self.part or "")
        if self.part is None or field is None:
            return owner.pointer
        key = key_of(self.part, field)
        return f"{owner.pointer}/{key if key in value_at(self.raw, owner.pointer) else self.part}"

    @property
    def layer(self) -> Layer:
        """What is at fault: the layer, or one that is nested in it."""
        return self.layer_of(self.node)

    def layer_of(self, node: int) -> Layer:
        """The same of another node."""
        layer = self.analysis.readings[node].node.layer
        nested: Layer = layer if self.part is None else getattr(layer, self.part, layer)
        return nested

    @property
    def given(self) -> dict[str, Any]:
        """The layer as it is written."""
        return dict(value_at(self.raw, self.pointer))

    @property
    def wire(self) -> Wire | None:
        """What reaches the input concerned."""
        node = self.reading.node
        if self.input < len(node.wires):
            return node.wires[self.input]
        return dict(node.keywords).get(self.keyword or "")

    @property
    def keyword(self) -> str | None:
        """The keyword under which the input concerned is passed, if it is."""
        node = self.reading.node
        if self.input < len(node.wires):
            return None
        parameters = node.layer.signature().parameters
        return parameters[self.input].name if self.input < len(parameters) else None

    @property
    def source(self) -> Source | None:
        """Where the input concerned comes from, if from one place."""
        wire = self.wire
        return wire if isinstance(wire, Source) else None

    @property
    def arriving(self) -> Value | None:
        """The value of the input concerned."""
        inputs = self.reading.inputs
        return inputs[self.input] if self.input < len(inputs) else None

    def at(self, node: int, input: int = 0) -> "Place":
        """The place of another node."""
        return Place(self.ground, node, (node,), input)

    def nodes_before(self) -> Iterator[int]:
        """The nodes before this one, nearest first, along the first input of each."""
        source: Wire | None = self.source
        nodes = self.ground.analysis.graph.nodes
        for _ in range(FARTHEST):
            if type(source) is not Source or source.node < 0:
                return
            yield source.node
            wires = nodes[source.node].wires
            source = wires[0] if wires else None

    def upstream(self, most: int = FARTHEST) -> Iterator[LayerReading]:
        """The layers before this one, nearest first, along the first input of each."""
        return map(self.analysis.readings.__getitem__, islice(self.nodes_before(), most))

    def following(self) -> LayerReading | None:
        """The next layer of the document, if it takes what this one returns."""
        if self.node + 1 == len(self.analysis.readings):
            return None
        reading = self.analysis.readings[self.node + 1]
        return reading if _first_source(reading) == Source(self.node) else None

    def model_input(self) -> ModelInput | None:
        """The model input that the layers before lead back to."""
        source = self.source
        if source is not None and source.node >= 0:
            source = self.ground.roots[source.node]
        return None if source is None else self.input_of(source)

    def model_inputs(self) -> Iterator[ModelInput]:
        """All inputs of the model."""
        for position in range(len(self.analysis.graph.inputs)):
            model_input = self.input_of(Source(-position - 1))
            if model_input is not None:
                yield model_input

    def input_of(self, source: Source) -> ModelInput | None:
        """The model input that a source is; none if it is a layer."""
        if source.node >= 0:
            return None
        name, tensor = self.analysis.graph.inputs[-source.node - 1]
        whole = "/input" if "input" in self.raw else pointer_to("inputs", name)
        given = value_at(self.raw, whole)
        return ModelInput(f"{whole}/shape" if isinstance(given, dict) else whole, whole, name, tensor)

    def references(self) -> list[str] | None:
        """The layer's inputs as its ``inputs`` say or could say; none where they have no names."""
        node = self.reading.node
        given = value_at(self.raw, node.pointer).get("inputs")
        if given is not None:
            return list(given)
        parent, _, position = node.pointer.rpartition("/")
        if int(position) > 0:
            before = value_at(self.raw, f"{parent}/{int(position) - 1}")
            return [name_of(before, int(position) - 1)]
        if parent == "/layers":
            return [name for name, _ in self.analysis.graph.inputs]
        return ["input"] if len(node.wires) == 1 else [f"input[{index}]" for index in range(len(node.wires))]

    def reference(self) -> tuple[int, str] | None:
        """Position among :meth:`references` and name of the input concerned, its keyword left out."""
        references, keyword = self.references(), self.keyword
        for position, reference in enumerate(references or ()):
            parsed = ParsedReference.parse(reference)
            if parsed is not None and (position == self.input if keyword is None else parsed.keyword == keyword):
                return position, reference.rpartition("=")[2]
        return None


def is_named(node: Node) -> bool:
    """Whether the user gave the layer a name; a ``reuse`` has the layer of another, and a name of its own."""
    if node.shares is not None and node.name.rpartition(".")[2].isdigit():
        return False
    return node.layer.name is not None


def called(reading: LayerReading) -> str:
    """A layer as one speaks of it: by the name the user gave it, or by its type and place."""
    node = reading.node
    return node.name if is_named(node) else f"{node.layer.type} (layer {node.name})"


def origin(place: Place) -> str:
    """What the user calls what arrives."""
    source = place.source
    if source is None:
        return "what arrives"
    path = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in source.path)
    model_input = place.input_of(source)
    return (called(place.analysis.readings[source.node]) if model_input is None else model_input.called) + path


def called_short(reading: LayerReading) -> str:
    """A layer's given name, or its type."""
    node = reading.node
    return node.name if is_named(node) else node.layer.type


def owner_of(analysis: Analysis, reading: LayerReading) -> LayerReading:
    """The layer whose arguments and weights a reading goes by: itself, unless it applies another again."""
    shares = reading.node.shares
    return reading if shares is None else analysis.readings[shares]


def _first_source(reading: LayerReading) -> Source | None:
    wire = reading.node.wires[0] if reading.node.wires else None
    return wire if isinstance(wire, Source) else None
