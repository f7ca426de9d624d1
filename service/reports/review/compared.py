"""Two versions as a picture, and as the source of the later one, with what is new, changed and removed in its place."""

from collections.abc import Iterator
from typing import Final

from service.core.tensors import Tensor, Value, tensors_in
from service.reports.abridged.folding import Wiring
from service.reports.abridged.marks import Change, Marks, marks
from service.reports.abridged.subject import Heading, Remark, Subject, few, figures, model_name
from service.reports.review.changes import FIGURES, about_model, changes_of, described, growth, verdict, written
from service.reports.source.program import commented, program
from service.review.difference import Changed, Comparison
from service.review.merging import Merged, merged

MOST_NUMBERS: Final = 20
NOTHING: Final = "nothing changed"
TOLD_ELSEWHERE: Final = frozenset({"output", "MACs"})
"""What follows from something else, or stands at the line that leaves a layer."""


def pictured_changes(comparison: Comparison) -> Subject:
    """The later version, with what was removed beside it."""
    both = merged(comparison)
    analysis = both.analysis
    found = comparison.difference
    style = "sound" if found.valid[1] else "error"
    said = _sentence(NOTHING if found.is_nothing else verdict(found)).removesuffix(".")
    new = [str(number) for number, issue in enumerate(comparison.after.issues, 1) if issue.message in found.gained]
    remarks = [*_remarks(comparison)]
    told = ", ".join([*new[:MOST_NUMBERS], *(["…"] if len(new) > MOST_NUMBERS else [])])
    remarks += [Remark("warning" if found.valid[1] else "error", "new of the issues below:", told)] if new else []
    heading = Heading(model_name(comparison.after), said, style, figures(comparison.after), few(remarks))
    return Subject(heading, analysis, Wiring(analysis, both.taken, both.gone.keys()), _marks(comparison, both))


def annotated(comparison: Comparison) -> bytes:
    """The source of the later version, with comments on what changed where it is made, and what stood there before."""
    both = merged(comparison)
    readings = both.analysis.readings
    later = {place: index for index, place in enumerate(both.places)}
    notes: dict[int, list[str]] = {}
    removed: list[str] = []
    for place, reading in enumerate(readings):
        if place in both.gone:
            former = comparison.before.analysis.readings[both.gone[place]].node.name
            removed += commented(f"Removed: {former}, {described(reading)}.")
            continue
        change = _change(comparison, later[place])
        said = "New." if change.style == "added" else f"Changed: {', '.join(change.words)}." if change.words else ""
        notes[later[place]] = [*removed, *(commented(said) if said else ())]
        removed = []
    if removed and notes:
        notes[max(notes)] += ["Behind it:", *removed]
    heading = [_sentence(verdict(comparison.difference) if not comparison.difference.is_nothing else NOTHING)]
    new = (Remark("", "new issue:", message) for message in comparison.difference.gained)
    heading += [f"{remark.word} {remark.text}".strip() for remark in few([*_remarks(comparison), *new])]
    return program(comparison.after, heading, notes)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _remarks(comparison: Comparison) -> Iterator[Remark]:
    """What is said of the whole: figures, what is about no layer, and the mistakes that are gone."""
    found = comparison.difference
    for name, (one, other) in found.totals.items():
        more = growth(one, other)
        yield Remark("", "", f"{FIGURES[name]}: {written(one)} → {written(other)}{f', {more}' if more else ''}")
    for row in about_model(found):
        yield Remark("changed", f"{row.what}:", f"{written(row.before)} → {written(row.after)}")
    for message in found.cured:
        yield Remark("sound", "cured:", message)


def _marks(comparison: Comparison, both: Merged) -> Marks:
    """What is wrong with the later version, and what changed, by the places in both together."""
    found = marks(comparison.after)
    changes = {place: _change(comparison, index) for index, place in enumerate(both.places)}
    changes |= dict.fromkeys(both.gone, Change("removed", ("removed",), None))
    return found._replace(
        at={both.places[node]: told for node, told in found.at.items()},
        refused=frozenset(both.places[node] for node in found.refused),
        changes={place: change for place, change in changes.items() if any(change)},
    )


def _change(comparison: Comparison, index: int) -> Change:
    """What became of a layer of the later version."""
    former = comparison.kept.get(index)
    if former is None:
        return Change("added", ("new",), None)
    changed = comparison.changed.get(index)
    if changed is None:
        return Change("", (), None)
    before, after = (
        version.analysis.readings[node].outcome.output
        for version, node in ((comparison.before, former), (comparison.after, index))
    )
    words = tuple(_words(changed))
    return Change("changed" if words else "", words, None if _same(before, after) else before)


def _words(changed: Changed) -> Iterator[str]:
    for row in changes_of(changed):
        if row.what == "name":
            yield f"was {row.before}"
        elif row.what not in TOLD_ELSEWHERE:
            yield f"{row.what} {written(row.before)} → {written(row.after)}"


def _same(before: Value, after: Value) -> bool:
    """Whether two values have the same shapes and element types."""
    return [_sort(each) for each in tensors_in(before)] == [_sort(each) for each in tensors_in(after)]


def _sort(value: Value) -> object:
    return value[:2] if isinstance(value, Tensor) else None
