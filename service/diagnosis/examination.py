"""The straight walk from a document as sent to everything that is known about it."""

from typing import Final, NamedTuple

from service.analysis.fold import analyse
from service.analysis.outcomes import Outcomes
from service.analysis.reading import Analysis
from service.architecture.allowance import Allowance, BeyondAllowanceError, expect_layers
from service.architecture.document import Document
from service.architecture.piecewise import Spellings, read_document
from service.architecture.unrolling import unrolled
from service.core.issues import Issue
from service.core.memory import Memory
from service.diagnosis.diagnose import diagnose
from service.diagnosis.suspecting import Concerns

BYTES_A_SPELLING: Final = 256
"""Bytes of JSON remembered for each outcome."""
OUTCOMES_A_DIAGNOSIS: Final = 16
"""Outcomes remembered for each whole document whose issues are."""
LONGEST_REMEMBERED: Final = 32_768
"""Bytes of a document whose issues are remembered."""
MOST_REMEMBERED: Final = 128
"""Issues and fixes of a document that are remembered; more take up too much room."""


class Examination(NamedTuple):
    """A document, its analysis and its issues."""

    document: Document
    analysis: Analysis
    issues: tuple[Issue, ...]

    @property
    def valid(self) -> bool:
        """Whether PyTorch would build and run the model."""
        return not any(issue.severity == "error" for issue in self.issues)


class Memories:
    """What is remembered from one document to the next, all of it pure, so that nobody can tell but by the time."""

    def __init__(self, size: int = 2048) -> None:
        """Remembers about ``size`` outcomes, some 5 KB each, and what was said of them."""
        self.spellings = Spellings(size * BYTES_A_SPELLING)
        self.outcomes = Outcomes(size)
        self.concerns = Concerns(size)
        self.diagnoses: Memory[bytes, tuple[Issue, ...]] = Memory(size // OUTCOMES_A_DIAGNOSIS)

    def diagnosed(self, body: bytes, document: Document, analysis: Analysis) -> tuple[Issue, ...]:
        """What is wrong with a document. Whoever asks for it in another form need not wait for the proofs again."""
        issues = self.diagnoses.get(body)
        if issues is None:
            issues = diagnose(body, document, analysis, self.outcomes, self.concerns)
            if (
                len(body) <= LONGEST_REMEMBERED
                and len(issues) + sum([len(issue.fixes) for issue in issues]) <= MOST_REMEMBERED
            ):
                self.diagnoses[body] = issues
        return issues


def examine(body: bytes, memories: Memories | None = None, allowance: Allowance | None = None) -> Examination:
    """Reads, analyses and diagnoses; raises :class:`UnreadableDocument` where there is nothing to analyse.

    With an ``allowance``, raises :class:`BeyondAllowanceError` as soon as it turns out to be more work than that.
    """
    memories = memories or Memories()
    document = read_document(body, memories.spellings, allowance)
    if allowance is not None:
        expect_layers(body, document, allowance.layers)
    analysis = analyse(unrolled(document), training=document.mode == "train", memory=memories.outcomes)
    if allowance is not None and sum(1 for each in analysis.readings if each.outcome.faults) > allowance.mistakes:
        raise BeyondAllowanceError
    return Examination(document, analysis, memories.diagnosed(body, document, analysis))
