"""What is worked out for a request, from its body to the answer; it knows nothing of HTTP, and runs in any process."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from service.api.responding import Responder
from service.architecture.allowance import Allowance, BeyondAllowanceError
from service.architecture.problems import DocumentFault, UnreadableDocument
from service.architecture.reading import parse
from service.core.issues import Issue
from service.diagnosis.examination import Examination
from service.reports.formats import Format
from service.reports.review.budget import BUDGET_WRITERS
from service.reports.review.difference import DIFFERENCE_WRITERS
from service.review.budget import checked, read_budget
from service.review.difference import compared
from service.verification.estimate import Need, need
from service.verification.variant import variant_body


class Question(NamedTuple):
    """What PyTorch is asked about a document, and what that will take."""

    device: str
    need: Need


class Answered(NamedTuple):
    """An answer, and what there is to count."""

    pieces: tuple[bytes, ...]
    """Its content, of which a long one comes in several."""
    valid: bool | None = None
    """Whether the document of ``POST /analyze`` is sound."""
    issues: Mapping[tuple[str, str], int] = {}
    """Its issues, counted by severity and code."""
    question: Question | None = None
    """What is left to ask PyTorch."""
    seconds: float = 0.0
    """How long it was worked on, of what takes long; to wait for a turn does not count."""


class Task(Protocol):
    """Works out an answer; raises :class:`UnreadableDocument`, and :class:`BeyondAllowanceError` as :func:`examine`."""

    def __call__(self, responder: Responder, body: bytes, format: Format, allowance: Allowance | None) -> Answered:
        """The answer to a body."""


def analyze(responder: Responder, body: bytes, format: Format, allowance: Allowance | None) -> Answered:
    """Everything there is to say of a document."""
    examination = responder.examined(body, allowance)
    content = responder.written(examination, format)
    return Answered(
        (content,), examination.valid, _counted(examination.issues), asked(responder, body, examination, allowance)
    )


def check(responder: Responder, body: bytes, format: Format, allowance: Allowance | None) -> Answered:
    """Whether a document keeps to a budget."""
    parts = _parts(body, allowance, "document", "budget")
    try:
        budget = read_budget(parts["budget"])
    except UnreadableDocument as error:
        raise _within("budget", error.faults) from None
    found = checked(_examined(responder, parts, "document", allowance), budget)
    return Answered((BUDGET_WRITERS[format.name](found),))


def diff(responder: Responder, body: bytes, format: Format, allowance: Allowance | None) -> Answered:
    """What changed between two versions of a document."""
    parts = _parts(body, allowance, "before", "after")
    before, after = (_examined(responder, parts, name, allowance) for name in ("before", "after"))
    return Answered((DIFFERENCE_WRITERS[format.name](compared(before, after)),))


TASKS: Final[Mapping[str, Task]] = {"analyze": analyze, "check": check, "diff": diff}


def _counted(issues: tuple[Issue, ...]) -> Mapping[tuple[str, str], int]:
    return Counter((issue.severity, issue.code) for issue in issues) if issues else {}


def asked(
    responder: Responder, body: bytes, examination: Examination, allowance: Allowance | None = None
) -> Question | None:
    """What a document asks of PyTorch."""
    options = examination.document.verification
    if options is None:
        return None
    built = variant_body(body, options)
    if built is not body:
        examination = responder.examined(built, allowance)
    return Question(options.device, need(examination.analysis, backward=options.backward))


def _parts(body: bytes, allowance: Allowance | None, *names: str) -> dict[str, Any]:
    """The parts of a body, which has just these."""
    if allowance is not None and len(body) > allowance.bytes:
        raise BeyondAllowanceError
    found = parse(body)
    faults = [DocumentFault("missing-key", f"/{name}", f"{name} is missing.") for name in names if name not in found]
    faults += [DocumentFault("unknown-key", f"/{name}", f"{' and '.join(names)} were expected.", names)
               for name in found if name not in names]  # fmt: skip
    faults += [DocumentFault("wrong-type", f"/{name}", f"{name} is no object.") for name in names
               if name in found and not isinstance(found[name], dict)]  # fmt: skip
    if faults:
        raise UnreadableDocument(faults)
    return found


def _examined(responder: Responder, parts: dict[str, Any], name: str, allowance: Allowance | None) -> Examination:
    try:
        return responder.examined(json.dumps(parts[name]).encode(), allowance)
    except UnreadableDocument as error:
        raise _within(name, error.faults) from None


def _within(name: str, faults: Any) -> UnreadableDocument:
    """The faults of a part, with pointers into the whole."""
    return UnreadableDocument([fault._replace(pointer=f"/{name}{fault.pointer}") for fault in faults])
