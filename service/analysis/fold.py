"""The fold itself: each layer's rules applied to what its sources returned, in the graph's order."""

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Final, cast

from service.analysis.copies import came_out_alike, copied
from service.analysis.fields import WHOLE, Fields, combined, through
from service.analysis.outcomes import Met, Outcomes, is_small, question
from service.analysis.reading import Analysis, LayerReading, a_reading, totals
from service.architecture.graph import Copies, Graph, Node, Source, Wire, sources_in
from service.core.entries import Entries
from service.core.faults import BadIndex
from service.core.sizes import UNKNOWN, above, is_known, is_unknown
from service.core.tensors import Tensor, Value, is_tuple, part_of
from service.layers.applying import Outcome, apply, declared_weights
from service.layers.base import Layer
from service.layers.notebook import PRESERVED

LONGEST_PASSAGE: Final = 64
"""Layers that return what they take, one behind the other, through which a tensor is followed."""


def analyse(graph: Graph, *, training: bool, memory: Outcomes) -> Analysis:
    """Every layer's reading. Never raises: what PyTorch would refuse stands in the outcomes' faults."""
    return Fold(graph, training, memory).run()


class Fold:
    """The values found so far, by node."""

    def __init__(self, graph: Graph, training: bool, memory: Outcomes) -> None:
        self.graph, self.training, self.memory = graph, training, memory
        self.known: dict[Hashable, Outcome] = {}
        count = len(graph.nodes)
        self.readings: list[LayerReading | None] = [None] * count
        # Model inputs are the nodes -1, -2, …, so they stand at the end, last to first.
        inputs = [tensor for _, tensor in reversed(graph.inputs)]
        self.values: list[Value] = [UNKNOWN] * count + cast("list[Value]", inputs)
        nothing: list[Fields] = [None] * count
        self.fields: list[Fields] = nothing + [WHOLE] * len(inputs)
        self.assumed: list[bool] = [False] * (count + len(inputs))
        self.index_faults: list[BadIndex] = []
        self.declared: dict[int, dict[str, Tensor]] = {}
        """The weights that are there before anything arrives, of the nodes that were asked for one."""

    def run(self) -> Analysis:
        alike: list[Copies] = []
        done = 0
        for copies in self.graph.copies:
            self.read_all(done, copies.behind)
            found = self.settled(copies)
            if found.further:
                # Copies within the first one were written down as such before, and are now a part of these.
                alike = [*(others for others in alike if others.end <= found.start), found]
            done = found.end
        self.read_all(done, len(self.readings))
        readings = cast("tuple[LayerReading, ...]", tuple(self.readings))
        faults = self.index_faults
        return Analysis(self.graph, readings, self.outputs(), tuple(faults), totals(readings), tuple(alike))

    def read_all(self, start: int, end: int) -> None:
        """Reads the layers whose turn is from ``start`` to before ``end``."""
        readings, nodes = self.readings, self.graph.nodes
        for index in self.graph.order[start:end]:
            readings[index] = self.read(index, nodes[index])

    def settled(self, copies: Copies) -> Copies:
        """Reads copies one by one until one came out as the one before it did, and leaves those behind it as if they
        had been read as well."""
        while copies.further and not came_out_alike(copies, self.readings, self.passage):
            copies = copies.rest()
            self.read_all(copies.start, copies.behind)
        start, end = copies.start, copies.behind
        self.readings[end : copies.end] = copied(copies, self.graph.nodes, self.readings)
        self.values[end : copies.end] = self.values[start:end] * copies.further
        self.fields[end : copies.end] = self.fields[start:end] * copies.further
        self.assumed[end : copies.end] = self.assumed[start:end] * copies.further
        return copies

    def outputs(self) -> tuple[tuple[str, Value], ...]:
        """What the model returns, by name; leaves the faults of its references in ``index_faults``."""
        return tuple(
            (self.output_name(output.ref, output.wire), self.value(output.wire, position))
            for position, output in enumerate(self.graph.outputs)
        )

    def read(self, index: int, node: Node) -> LayerReading:
        """One layer in its place; what it takes was read before."""
        _, _, layer, wires, named, shares = node
        met: Met | None = None
        if len(wires) == 1 and not named and type(wires[0]) is Source and not wires[0].path:
            source = wires[0].node
            value = self.values[source]
            assumed, before = self.assumed[source], self.fields[source]
            met = self.memory.met.get((id(layer), id(value), self.training)) if shares is None else None
            inputs: tuple[Value, ...] = (value,) if met is None else met[2]
            keywords: dict[str, Value] = {}
        else:
            inputs = tuple([self.value(wire, position) for position, wire in enumerate(wires)])
            keywords = {name: self.value(wire, position) for position, (name, wire) in enumerate(named, len(wires))}
            sources = _sources(node)
            assumed = True in [self.assumed[source] for source in sources]
            before = combined([self.fields[source] for source in sources])
            if layer.tells_apart:
                inputs, keywords = self.told_apart(node, inputs, keywords)
        if shares is not None:
            layer = self.with_owners_arguments(layer, shares)
        outcome = self.outcome(layer, inputs, keywords) if met is None else met[0]
        if self.index_faults:
            outcome = outcome._replace(faults=(*self.index_faults, *outcome.faults))
            self.index_faults.clear()
        if layer.looks_up and wires and not outcome.faults:
            outcome = self.looked_up(layer, inputs, wires[0], outcome)
        self.values[index] = outcome.output
        windows = outcome.field
        self.fields[index] = field = before if windows is PRESERVED else through(before, windows)
        self.assumed[index] = assumed = assumed or bool(outcome.faults)
        return a_reading((node, inputs, outcome, None if field is WHOLE else field, assumed))

    def looked_up(self, layer: Layer, inputs: tuple[Value, ...], wire: Wire, outcome: Outcome) -> Outcome:
        """The outcome of a layer that looks up what a wire carries, which may be known to be beyond its table."""
        known = self.entries(wire, LONGEST_PASSAGE)
        fault = None if known is None or not _has_entries(inputs[0]) else layer.refuses_entries(inputs, known)
        return outcome if fault is None else outcome._replace(faults=(fault,))

    def entries(self, wire: Wire, reach: int) -> Entries | None:
        """The integers that a wire carries, if they follow from shapes."""
        if type(wire) is not Source or wire.path or wire.node < 0 or not reach:
            return None
        reading = self.readings[wire.node]
        if reading is None or reading.assumed or reading.node.keywords:
            return None
        wires = reading.node.wires
        first = self.entries(wires[0], reach - 1) if wires else None
        return reading.node.layer.entries(reading.inputs, first)

    def told_apart(
        self, node: Node, inputs: tuple[Value, ...], keywords: dict[str, Value]
    ) -> tuple[tuple[Value, ...], dict[str, Value]]:
        """The same values, one object only where PyTorch has one tensor: attention goes by that.

        Two layers with one outcome return the same object here, and two tensors there.
        """
        if len(inputs) + len(keywords) < 2:
            return inputs, keywords
        wires = (*node.wires, *(wire for _, wire in node.keywords))
        objects: dict[Hashable, Value] = {}
        apart = tuple(
            objects.setdefault(self.origin(wire), Tensor(*value) if isinstance(value, Tensor) else value)
            for wire, value in zip(wires, (*inputs, *keywords.values()), strict=True)
        )
        return apart[: len(inputs)], dict(zip(keywords, apart[len(inputs) :], strict=True))

    def origin(self, wire: Wire) -> Wire:
        """Where the tensor was made that a wire carries."""
        return deque(self.passage(wire), 1).pop()

    def passage(self, wire: Wire) -> Iterator[Wire]:
        """A wire, and those that carried the same tensor to layers that returned what they took, back to the first."""
        yield wire
        for _ in range(LONGEST_PASSAGE):
            if type(wire) is not Source or wire.path or wire.node < 0:
                return
            reading = self.readings[wire.node]
            if reading is None or reading.outcome.returned is None:
                return
            wire = reading.node.wires[reading.outcome.returned]
            yield wire

    def outcome(self, layer: Layer, inputs: tuple[Value, ...], keywords: dict[str, Value]) -> Outcome:
        """What the layer's rules say, unless the same objects met before."""
        if keywords or (layer.tells_apart and len(inputs) > 1):
            return self.answered(layer, inputs, keywords)
        key = (id(layer), *map(id, inputs), self.training)
        met = self.memory.met.get(key)
        if met is not None:
            return met[0]
        outcome = self.answered(layer, inputs, keywords)
        if is_small(outcome, inputs):
            self.memory.met[key] = outcome, layer, inputs
        return outcome

    def answered(self, layer: Layer, inputs: tuple[Value, ...], keywords: dict[str, Value]) -> Outcome:
        """What the layer's rules say, unless they were asked the same before."""
        key = question(layer, inputs, keywords, self.training)
        found = self.known.get(key)
        if found is None:
            found = self.memory.get(key)
            if found is None:
                found = apply(layer, inputs, keywords, self.training)
                if is_small(found, inputs):
                    self.memory[key] = found
            self.known[key] = found
        return found

    def with_owners_arguments(self, layer: Layer, owner: int) -> Layer:
        """A layer that is applied again has the arguments that were inferred the first time."""
        reading = self.readings[owner]
        inferred = reading.outcome.inferred if reading is not None else {}
        return layer.model_copy(update=dict(inferred)) if inferred else layer

    def value(self, wire: Wire, position: int) -> Value:
        """What a wire carries; ``position`` is its place among those of its layer, or of the model's outputs."""
        if type(wire) is not Source:
            return tuple(self.value(part, position) for part in cast("tuple[Wire, ...]", wire))
        value = self.values[wire.node]
        for depth, step in enumerate(wire.path):
            if isinstance(step, str):
                value = self.weight(wire.node, step)
            elif not is_unknown(value):
                value = self.indexed(value, step, self.graph.name_of(wire._replace(path=wire.path[:depth])), position)
        return value

    def indexed(self, value: Value, index: int, name: str, position: int) -> Value:
        """``value[index]`` as Python does it to a tuple or a tensor."""
        part = part_of(value, index)
        if part is not None:
            return part
        length, kind = 0, "None, which has no parts"
        if is_tuple(value):
            length, kind = len(value), f"a tuple of {len(value)}"
        elif isinstance(value, Tensor):
            length, kind = (value.shape[0], f"a tensor {value}") if value.shape else (0, "a tensor without axes")
        span = [-length, length - 1] if length else None
        indices = f", so the index has to be from {-length} to {length - 1}" if span else ""
        message = f"{{layer}} takes {name}[{index}], but {name} is {kind}{indices}"
        self.index_faults.append(
            BadIndex(code="bad-index", message=message, input=position, expected=span, received=index, length=length)
        )
        return UNKNOWN

    def weight(self, node: int, name: str) -> Value:
        """A weight of a layer; unknown where its constructor refuses.

        One that waits for nothing to arrive is what the constructor makes it, whether or not the layer has been read.
        """
        if node not in self.declared:
            weights = declared_weights(self.graph.nodes[node].layer)
            self.declared[node] = {
                weight.name: Tensor(weight.shape, weight.dtype)
                for weight in weights
                if all(map(is_known, weight.shape))
            }
        if name in self.declared[node]:
            return self.declared[node][name]
        reading = self.readings[node]
        weights = () if reading is None else reading.outcome.weights
        return next((Tensor(weight.shape, weight.dtype) for weight in weights if weight.name == name), UNKNOWN)

    def output_name(self, ref: str, wire: Wire) -> str:
        if ref or not isinstance(wire, Source):
            return ref
        return self.graph.name_of(wire)


def _has_entries(value: Value) -> bool:
    return isinstance(value, Tensor) and above(value.elements, 0)


def _sources(node: Node) -> list[int]:
    """The nodes that a node takes something from, once for each time it does."""
    wires = (*node.wires, *(wire for _, wire in node.keywords)) if node.keywords else node.wires
    found: list[int] = []
    for wire in wires:
        if type(wire) is Source:
            found.append(wire.node)
        else:
            found += [source.node for source in sources_in(wire)]
    return found
