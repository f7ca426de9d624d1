"""What all issues of a document have in common: the document as it was sent, as it was read, and its analysis."""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any, Final

from service.analysis.fold import analyse
from service.analysis.outcomes import Outcomes
from service.analysis.reading import Analysis
from service.analysis.revision import Consumers, Start, consumers
from service.architecture.document import Document
from service.architecture.graph import Source
from service.architecture.reading import parse
from service.core.issues import Patch
from service.diagnosis.references import Step, WrittenReference, name_of, written_references
from service.diagnosis.trails import Trails

_NULL_IS_ABSENT: Final = frozenset({"name", "inputs", "outputs"})


def _given(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of ``layers`` without such keys, also of those within it."""
    given = {key: value for key, value in entry.items() if value is not None or key not in _NULL_IS_ABSENT}
    return {**given, "layers": list(map(_given, given["layers"]))} if "layers" in given else given


class Ground:
    """A document and everything known about it."""

    def __init__(self, body: bytes, document: Document, analysis: Analysis, memory: Outcomes) -> None:
        self.body = body
        self.document = document
        self.analysis = analysis
        self.memory = memory

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The document as it was sent, which only what is wrong with it makes necessary; without keys that are null
        where that is as good as leaving them out."""
        whole = parse(self.body)
        given = {key: value for key, value in whole.items() if value is not None}
        return {**given, "layers": list(map(_given, whole["layers"]))}

    @property
    def training(self) -> bool:
        """Whether the model is in training mode."""
        return self.document.mode == "train"

    @cached_property
    def references(self) -> list[WrittenReference]:
        """Every reference that names a layer."""
        return written_references(self.raw)

    @cached_property
    def index_references(self) -> dict[str, list[tuple[WrittenReference, Step]]]:
        """The references that call a layer by its index, by the list in which it stands."""
        found: dict[str, list[tuple[WrittenReference, Step]]] = {}
        for reference in self.references:
            for step in reference.steps:
                if step.by_index:
                    found.setdefault(step.layers, []).append((reference, step))
        return found

    @cached_property
    def fault_count(self) -> int:
        """How many faults the analysis found."""
        readings = self.analysis.readings
        return len(self.analysis.output_faults) + sum(len(reading.outcome.faults) for reading in readings)

    @cached_property
    def consumers(self) -> Consumers:
        """Who takes what a layer returns."""
        return consumers(self.analysis.graph)

    @cached_property
    def start(self) -> Start:
        """Where the analysis of a changed document starts from."""
        return Start.of(self.analysis)

    @cached_property
    def roots(self) -> list[Source | None]:
        """The model input that each node leads back to, along the first input of each; none if it leads elsewhere."""
        graph = self.analysis.graph
        found: list[Source | None] = [None] * len(graph.nodes)
        for index in graph.order:
            wires = graph.nodes[index].wires
            if wires and isinstance(wires[0], Source):
                found[index] = wires[0] if wires[0].node < 0 else found[wires[0].node]
        return found

    @cached_property
    def batched(self) -> Analysis:
        """The analysis, had every input one axis more in front."""
        graph = self.analysis.graph
        inputs = tuple((name, tensor.reshaped(1, *tensor.shape)) for name, tensor in graph.inputs)
        return analyse(graph._replace(inputs=inputs), training=self.training, memory=self.memory)

    @cached_property
    def trails(self) -> Trails:
        """Where the size of any axis comes from."""
        return Trails(self.analysis)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of all layers, to spare looking for one that is not there."""
        return frozenset([node.layer.type for node in self.analysis.graph.nodes])

    @cached_property
    def has_windows(self) -> bool:
        """Whether windows slide along axes anywhere."""
        return any(reading.outcome.field for reading in self.analysis.readings)

    @cached_property
    def has_volumes(self) -> bool:
        """Whether any layer works on three spatial axes."""
        return any(kind.endswith("3d") for kind in self.types)

    @cached_property
    def _names(self) -> set[str]:
        names = {step for reading in self.analysis.readings for step in reading.node.name.split(".")}
        return names | {name for name, _ in self.analysis.graph.inputs}

    def take_names(self, patches: Iterable[Patch]) -> None:
        """Keeps the names of the layers that patches add from those of other mistakes, so that they go together."""
        for operation in chain.from_iterable(patches):
            if operation.op == "add" and isinstance(operation.value, dict) and "name" in operation.value:
                self._names.add(operation.value["name"])

    @cached_property
    def shares_weights(self) -> bool:
        """Whether any layer is applied again."""
        return any(node.shares is not None for node in self.analysis.graph.nodes)

    @cached_property
    def has_numbered_names(self) -> bool:
        """Whether any layer's given name looks like the index by which unnamed ones are called."""
        return any(
            reading.node.layer.name is not None and name.isdigit()
            for reading in self.analysis.readings
            for name in reading.node.name.split(".")
        )

    def repeated(self, pointer: str) -> tuple[str, int] | None:
        """Name of the outermost repeated layer or block in which a pointer leads, and how often it is repeated."""
        parts: list[str] = []
        value: Any = self.raw
        for position in pointer.split("/")[2::2]:
            if not position.isdigit() or int(position) >= len(value["layers"]):
                return None
            value = value["layers"][int(position)]
            parts.append(name_of(value, int(position)))
            if value.get("repeat", 1) > 1:
                name = ".".join(parts)
                return name if value.get("name") is not None else f"layer {name}", value["repeat"]
            if "layers" not in value:
                return None
        return None

    def free_name(self, stem: str, *taken: str) -> str:
        """A name that nothing in the document has, nor any of ``taken``."""
        names = self._names.union(taken) if taken else self._names
        if stem not in names:
            return stem
        return next(name for number in range(2, len(names) + 3) if (name := f"{stem}{number}") not in names)
