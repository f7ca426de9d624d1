"""Where a fault stands: the document around it, the layers before it, and the edits a cure is made of."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source
from service.core.faults import Fault
from service.core.issues import Operation, Patch
from service.core.tensors import Tensor
from service.diagnosis.patching import value_at


class Proposal(NamedTuple):
    """A patch that might cure; it is offered only once it is proven."""

    description: str
    patch: Patch


class Place(NamedTuple):
    """A fault, or a suspicion, and everything around it."""

    raw: dict[str, Any]
    analysis: Analysis
    index: int
    fault: Fault

    @property
    def reading(self) -> LayerReading:
        """The layer at fault."""
        return self.analysis.readings[self.index]

    @property
    def name(self) -> str:
        """What the user calls the layer."""
        return called(self.reading)

    @property
    def source(self) -> Source | None:
        """Where the input comes from that the fault concerns."""
        wires = self.reading.node.wires
        wire = wires[self.fault.input or 0] if len(wires) > (self.fault.input or 0) else None
        return wire if isinstance(wire, Source) else None

    def upstream(self) -> Iterator[LayerReading]:
        """The layers before this one, nearest first, along the first input of each."""
        source = self.source
        while source is not None and source.node >= 0:
            reading = self.analysis.readings[source.node]
            yield reading
            wire = reading.node.wires[0] if reading.node.wires else None
            source = wire if isinstance(wire, Source) else None

    def model_input(self) -> tuple[str, str, Tensor] | None:
        """Pointer to the shape, name and tensor of the model input that the layers before lead back to."""
        source = self.source
        last = None
        for last in self.upstream():  # noqa: B007 (the last one is wanted)
            pass
        if last is not None:
            wire = last.node.wires[0] if last.node.wires else None
            source = wire if isinstance(wire, Source) else None
        if source is None or source.node >= 0:
            return None
        name, tensor = self.analysis.graph.inputs[-source.node - 1]
        pointer = "/input" if "input" in self.raw else f"/inputs/{name.replace('~', '~0').replace('/', '~1')}"
        given = value_at(self.raw, pointer)
        return (f"{pointer}/shape" if isinstance(given, dict) else pointer), name, tensor

    def set(self, pointer: str, argument: str, value: Any) -> Operation:
        """Gives an argument of the layer at ``pointer`` another value."""
        present = argument in value_at(self.raw, pointer)
        return Operation("replace" if present else "add", f"{pointer}/{argument}", value)

    def insert_before(self, *layers: dict[str, Any], input: int = 0) -> Patch | None:
        """Puts layers between this one and one of its inputs."""
        node = self.reading.node
        given = value_at(self.raw, node.pointer)
        parent, _, position = node.pointer.rpartition("/")
        if not position.isdigit():
            return None
        if given.get("inputs") is None:
            if input != 0:
                return None
            return tuple(
                Operation("add", f"{parent}/{int(position) + offset}", layer) for offset, layer in enumerate(layers)
            )
        reference, operations = given["inputs"][input], []
        for offset, layer in enumerate(layers):
            name = self.free_name(layer["type"].lower())
            operations.append(
                Operation("add", f"{parent}/{int(position) + offset}", {**layer, "name": name, "inputs": [reference]})
            )
            reference = name
        moved = f"{parent}/{int(position) + len(layers)}/inputs/{input}"
        return (*operations, Operation("replace", moved, reference))

    def free_name(self, stem: str) -> str:
        """A name that no layer has."""
        taken = {reading.node.name.rpartition(".")[2] for reading in self.analysis.readings}
        taken.update(name for name, _ in self.analysis.graph.inputs)
        number = next(number for number in range(1, len(taken) + 2) if f"{stem}{number}" not in taken)
        return f"{stem}{number}"


def called(reading: LayerReading) -> str:
    """A layer as one speaks of it: by the name the user gave it, or by its type and place."""
    node = reading.node
    return node.name if node.layer.name is not None else f"{node.layer.type} (layer {node.name})"
