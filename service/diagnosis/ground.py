"""What all issues of a document have in common: the document as it was sent, as it was read, and its analysis."""

from functools import cached_property
from typing import Any

from service.analysis.fold import Memory
from service.analysis.reading import Analysis
from service.architecture.document import Document
from service.diagnosis.references import WrittenReference, written_references


class Ground:
    """A document and everything known about it."""

    def __init__(self, raw: dict[str, Any], document: Document, analysis: Analysis, memory: Memory) -> None:
        self.raw = raw
        self.document = document
        self.analysis = analysis
        self.memory = memory

    @property
    def training(self) -> bool:
        """Whether the model is in training mode."""
        return self.document.mode == "train"

    @cached_property
    def references(self) -> list[WrittenReference]:
        """Every reference that names a layer."""
        return written_references(self.raw)

    @cached_property
    def fault_count(self) -> int:
        """How many faults the analysis found."""
        readings = self.analysis.readings
        return len(self.analysis.output_faults) + sum(len(reading.outcome.faults) for reading in readings)

    @cached_property
    def _names(self) -> set[str]:
        names = {step for reading in self.analysis.readings for step in reading.node.name.split(".")}
        return names | {name for name, _ in self.analysis.graph.inputs}

    def free_name(self, stem: str) -> str:
        """A name that nothing in the document has."""
        if stem not in self._names:
            return stem
        return next(name for number in range(2, len(self._names) + 3) if (name := f"{stem}{number}") not in self._names)
