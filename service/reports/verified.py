"""What PyTorch said, joined to an answer that was written before it was asked."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic_core import to_json

from service.reports.abridged.names import escaped
from service.reports.formats import Format
from service.reports.text import wrapped

Json = dict[str, Any]

MOST_DISCREPANCIES: Final = 10
"""Discrepancies that are told one by one."""


def joined(answer: bytes, written: Format, found: Json) -> bytes:
    """The answer with what PyTorch said; forms that are tables, pictures or programs have no place for it."""
    join = JOINING.get(written.name)
    return answer if join is None else join(answer, found)


def _in_json(answer: bytes, found: Json) -> bytes:
    return b'%b,"verification":%b}' % (answer[:-1], to_json(found))


def _in_text(answer: bytes, found: Json) -> bytes:
    first, *more = _sentences(found)
    lines = ["", *wrapped(first, ""), *(line for each in more for line in wrapped(each, "  "))]
    return answer + ("\n".join(lines) + "\n").encode()


def _in_markdown(answer: bytes, found: Json) -> bytes:
    first, *more = _sentences(found)
    sign = {"verified": "✅", "rejected": "❌", "discrepancy": "⚠️"}.get(found["status"], "❔")
    lines = ["", f"{sign} {escaped(first)}", *(["", *(f"- {escaped(each)}" for each in more)] if more else [])]
    return answer + ("\n".join(lines) + "\n").encode()


JOINING: Final[Mapping[str, Callable[[bytes, Json], bytes]]] = MappingProxyType(
    {"json": _in_json, "text": _in_text, "markdown": _in_markdown}
)
"""By the name of the format."""


def _sentences(found: Json) -> Iterator[str]:
    """What PyTorch said, in a sentence, and whatever else there is to know."""
    status, device = found["status"], found["device"]
    if status == "verified":
        yield f"PyTorch agrees: {', '.join(_told(found))}."
    elif status == "rejected":
        place = f", at layer {found['layer']}" if found.get("layer") else ""
        yield f"PyTorch refuses it, too{place} ({device}): {found.get('error')}"
    elif status == "discrepancy":
        yield f"PyTorch differs from what is said above, which is a defect of Plumbline's: {', '.join(_told(found))}."
    else:
        yield f"PyTorch has nothing to say ({status.replace('_', ' ')}, {device}): {found.get('error')}"
    for each in found["discrepancies"][:MOST_DISCREPANCIES]:
        place = f" of {each['layer']}" if each.get("layer") else ""
        yield f"{each['what']}{place}: {each['ours']} here, {each['pytorch']} in PyTorch."
    count = found.get("discrepancy_count") or len(found["discrepancies"])
    if count > MOST_DISCREPANCIES:
        yield f"… and {count - MOST_DISCREPANCIES:,} more."
    if status == "discrepancy" and found.get("error"):
        yield f"PyTorch says: {found['error']}"
    if found.get("backward_error"):
        yield f"There is no backward pass: {found['backward_error']}"
    if found.get("not_checked"):
        yield f"Not checked: {found['not_checked']}."
    yield from _of_fixes(found.get("fixes") or [])


def _told(found: Json) -> Iterator[str]:
    if found.get("layers_compared"):
        yield f"{_several(found['layers_compared'], 'layer')} compared"
    yield f"PyTorch {found['torch_version']} on {found['device']}" if found.get("torch_version") else found["device"]
    if found.get("latency_ms") is not None:
        milliseconds = found["latency_ms"]
        yield f"forward {milliseconds:,.1f} ms" if milliseconds >= 1 else f"forward {milliseconds:.2g} ms"


def _of_fixes(fixes: list[Json]) -> Iterator[str]:
    if not fixes:
        return
    wrong = sum(fix["status"] == "discrepancy" for fix in fixes)
    yield f"{_several(len(fixes), 'fix', 'fixes')} tried, {f'{wrong:,} not' if wrong else 'all'} as said above."


def _several(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
