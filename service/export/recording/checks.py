"""Questions about unknown numbers of which one answer does nothing but raise an exception: they get the other one.

A document says what a model returns, so that its run is one that every check let pass.
"""

import dis
import sys
from collections.abc import Sequence
from typing import Any, Final

from service.export.problems import is_ours

_CALLING: Final = ("PRECALL", "CALL", "CALL_FUNCTION_EX", "CALL_KW", "TO_BOOL")
"""Between a question and the jump that it decides there is nothing else."""


def passing_answer() -> bool | None:
    """What keeps the code that asks at the moment, yes or no, from raising an exception; none if nothing does so, or
    either answer leads somewhere."""
    frame = sys._getframe(1)  # noqa: SLF001
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return None
    code = dis.Bytecode(frame.f_code)
    steps = list(code)
    places = {step.offset: place for place, step in enumerate(steps)}
    place = places[frame.f_lasti]
    while steps[place].opname in _CALLING:  # A function never ends with one of them.
        place += 1
    decided = _decided(steps[place])
    if decided is None:
        return None
    entries: Sequence[Any] = code.exception_entries  # type: ignore[attr-defined]  # Only its types lack it.
    handled = [(entry.start, entry.end) for entry in entries if not _leaves(steps, places[entry.target])]
    ways = {decided: places[steps[place].argval], not decided: place + 1}
    raising = [answer for answer, way in ways.items() if _only_raises(steps[way:], handled)]
    return not raising[0] if len(raising) == 1 else None


def _decided(step: dis.Instruction) -> bool | None:
    """With which answer a step jumps; none if it is no step that an answer decides."""
    if step.opname.startswith("POP_JUMP_"):
        return {"TRUE": True, "FALSE": False}.get(step.opname.rpartition("_")[2])
    return None


def _only_raises(steps: Sequence[dis.Instruction], handled: Sequence[tuple[int, int]]) -> bool:
    """Whether what follows goes straight to an exception that the function lets out."""
    for step in steps:
        if step.opname == "RAISE_VARARGS":
            return not any(start <= step.offset < end for start, end in handled)
        if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs or step.opname.startswith(("RETURN_", "YIELD_")):
            return False
    return False


def _leaves(steps: Sequence[dis.Instruction], handler: int) -> bool:
    """Whether what stands there for an exception is the end of a ``with``."""
    return any(step.opname == "WITH_EXCEPT_START" for step in steps[handler : handler + 2])
