"""Two versions of an architecture: which layers came, went and changed, and what that does to the figures."""

from difflib import SequenceMatcher
from typing import Any, NamedTuple

from service.analysis.reading import LayerReading
from service.core.sizes import Size, is_known
from service.core.tensors import Tensor, tensors_in
from service.diagnosis.examination import Examination

FIGURES = ("parameters", "trainable_parameters", "buffers", "macs", "weight_bytes", "activation_bytes")


class Changed(NamedTuple):
    """A layer that is there before and after."""

    layer: str
    renamed_from: str | None
    type: tuple[str, str] | None
    arguments: dict[str, tuple[Any, Any]]
    """Before and after; none where it was not given."""
    output_shape: tuple[Any, Any] | None
    parameters: tuple[Any, Any] | None
    macs: tuple[Any, Any] | None


class Difference(NamedTuple):
    """What changed from one version to the next."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Changed, ...]
    totals: dict[str, tuple[Any, Any]]
    valid: tuple[bool, bool]
    gained: tuple[str, ...]
    """Issues that were not there before, in their words."""
    cured: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether both are the same."""
        return not (self.added or self.removed or self.changed or self.totals or self.gained or self.cured)


def difference(before: Examination, after: Examination) -> Difference:
    """What changed from ``before`` to ``after``; layers are known by their names, or by what they are."""
    old, new = before.analysis.readings, after.analysis.readings
    pairs = _paired(old, new)
    changed = tuple(found for one, other in pairs if (found := _changed(old[one], new[other])) is not None)
    kept_old, kept_new = {one for one, _ in pairs}, {other for _, other in pairs}
    sums, sums_after = before.analysis.totals._asdict(), after.analysis.totals._asdict()
    messages, messages_after = ([issue.message for issue in each.issues] for each in (before, after))
    return Difference(
        tuple(reading.node.name for index, reading in enumerate(new) if index not in kept_new),
        tuple(reading.node.name for index, reading in enumerate(old) if index not in kept_old),
        changed,
        {name: (_plain(sums[name]), _plain(sums_after[name])) for name in FIGURES if sums[name] != sums_after[name]},
        (before.valid, after.valid),
        tuple(message for message in messages_after if message not in messages),
        tuple(message for message in messages if message not in messages_after),
    )


def _paired(old: tuple[LayerReading, ...], new: tuple[LayerReading, ...]) -> list[tuple[int, int]]:
    """Which layers are the same: those between which the least else changes, then those of the same name."""
    matcher = SequenceMatcher(None, [_sign(each) for each in old], [_sign(each) for each in new], autojunk=False)
    pairs: list[tuple[int, int]] = []
    left_old, left_new = list[int](), list[int]()
    for kind, start, end, start_new, end_new in matcher.get_opcodes():
        if kind == "equal":
            pairs += zip(range(start, end), range(start_new, end_new), strict=True)
        else:
            left_old += range(start, end)
            left_new += range(start_new, end_new)
    names = {new[index].node.name: index for index in left_new}
    for index in left_old:
        other = names.get(old[index].node.name)
        if other is not None and _is_named(old[index]):
            pairs.append((index, other))
    done_old, done_new = {one for one, _ in pairs}, {other for _, other in pairs}
    rest_new = [index for index in left_new if index not in done_new]
    for index in (index for index in left_old if index not in done_old):
        # One that has no name of its own is known by its type, in order.
        match = next((other for other in rest_new if _alike(old[index], new[other])), None)
        if match is not None:
            pairs.append((index, match))
            rest_new.remove(match)
    return sorted(pairs)


def _sign(reading: LayerReading) -> tuple[Any, ...]:
    """What makes a layer itself wherever it stands: its given name, its type and its arguments."""
    name = reading.node.name if _is_named(reading) else ""
    return name, reading.node.layer.type, repr(sorted(reading.node.layer.given().items()))


def _is_named(reading: LayerReading) -> bool:
    return reading.node.layer.name is not None


def _alike(one: LayerReading, other: LayerReading) -> bool:
    same = one.node.layer.type == other.node.layer.type
    return same and (not _is_named(one) or not _is_named(other) or one.node.layer.given() == other.node.layer.given())


def _changed(one: LayerReading, other: LayerReading) -> Changed | None:
    arguments = {
        name: (before, after)
        for name in (*one.node.layer.given(), *other.node.layer.given())
        if (before := one.node.layer.given().get(name)) != (after := other.node.layer.given().get(name))
    }
    types = one.node.layer.type, other.node.layer.type
    named = _is_named(one) or _is_named(other)
    found = Changed(
        other.node.name,
        one.node.name if named and one.node.name != other.node.name else None,
        types if types[0] != types[1] else None,
        arguments,
        *(None if before == after else (before, after) for before, after in (
            (_shape(one), _shape(other)),
            (_plain(one.outcome.counts.parameters), _plain(other.outcome.counts.parameters)),
            (_plain(one.outcome.macs), _plain(other.outcome.macs)),
        )),
    )  # fmt: skip
    return found if any(part for part in found[1:]) else None


def _shape(reading: LayerReading) -> Any:
    tensors = tensors_in(reading.outcome.output)
    return [_plain(size) for size in tensors[0].shape] if tensors and isinstance(tensors[0], Tensor) else None


def _plain(size: Size) -> int | None:
    return size if is_known(size) else None
