"""The straight walk from a document as sent to everything that is known about it."""

from typing import Any, NamedTuple

from service.analysis.fold import Outcomes, analyse
from service.analysis.reading import Analysis
from service.architecture.document import Document
from service.architecture.reading import parse, read
from service.architecture.unrolling import unrolled
from service.core.issues import Issue
from service.diagnosis.diagnose import diagnose
from service.diagnosis.suspecting import Concerns


class Examination(NamedTuple):
    """A document, its analysis and its issues."""

    document: Document
    analysis: Analysis
    issues: tuple[Issue, ...]

    @property
    def valid(self) -> bool:
        """Whether PyTorch would build and run the model."""
        return not any(issue.severity == "error" for issue in self.issues)


def examine(body: bytes, memory: Outcomes | None = None, concerns: Concerns | None = None) -> Examination:
    """Reads, analyses and diagnoses; raises :class:`UnreadableDocument` where there is nothing to analyse.

    ``memory`` keeps what single layers said from one document to the next, ``concerns`` who may find fault with it.
    """
    memory = Outcomes() if memory is None else memory
    concerns = Concerns() if concerns is None else concerns
    raw: dict[str, Any] = parse(body)
    document = read(raw)
    training = document.mode == "train"
    analysis = analyse(unrolled(document), training=training, memory=memory)
    return Examination(document, analysis, diagnose(raw, document, analysis, memory, concerns))
