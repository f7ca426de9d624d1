"""Two versions of an architecture: which layers came, went and changed, and what that does to the figures."""

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from service.analysis.reading import LayerReading
from service.core.issues import Issue
from service.core.sizes import Size, Unknown, is_known
from service.core.tensors import Tensor, tensors_in
from service.diagnosis.examination import Examination
from service.review.pairing import is_named, paired
from service.review.wiring import Origins


class Changed(NamedTuple):
    """A layer that is there before and after."""

    layer: str
    renamed_from: str | None
    type: tuple[str, str] | None
    arguments: dict[str, tuple[Any, Any]]
    """Before and after; none where it was not given."""
    inputs: tuple[list[str], list[str]] | None
    """What it takes, if that is something else."""
    output_shape: tuple[Any, Any] | None
    parameters: tuple[Any, Any] | None
    macs: tuple[Any, Any] | None


class Difference(NamedTuple):
    """What changed from one version to the next."""

    document: dict[str, tuple[Any, Any]]
    """What the documents say of the whole model: its name, its mode."""
    inputs: dict[str, tuple[Any, Any]]
    """What goes in, by name; none where it is not there."""
    outputs: tuple[list[Any], list[Any]] | None
    """What comes out, if that is something else."""
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
        return not any(part for name, part in self._asdict().items() if name != "valid")


class Comparison(NamedTuple):
    """Two versions, side by side."""

    before: Examination
    after: Examination
    kept: dict[int, int]
    """The layers of the later version that the former has, too: which ones those are there."""
    changed: dict[int, Changed]
    """By the layer of the later version."""
    difference: Difference


def compared(before: Examination, after: Examination) -> Comparison:
    """What changed from ``before`` to ``after``; layers are known by their names, or by what they are."""
    old, new = before.analysis.readings, after.analysis.readings
    pairs = paired(old, new)
    origins = Origins(before.analysis, {one: one for one, _ in pairs})
    origins_after = Origins(after.analysis, {other: one for one, other in pairs})
    changed: dict[int, Changed] = {}
    for one, other in pairs:
        same = origins.reaching(one) == origins_after.reaching(other)
        inputs = None if same else (origins.named(one), origins_after.named(other))
        found = _changed(old[one], new[other], inputs)
        changed |= {} if found is None else {other: found}
    same = origins.returned() == origins_after.returned()
    outputs = _returned(before), _returned(after)
    kept_old, kept = {one for one, _ in pairs}, {other: one for one, other in pairs}
    sums, sums_after = before.analysis.totals._asdict(), after.analysis.totals._asdict()
    names: dict[str | None, str | None] = dict.fromkeys(reading.node.name for reading in old)
    names |= {old[one].node.name: new[other].node.name for one, other in pairs}
    issues = [(_mistake(issue, names.get(issue.layer, issue.layer)), issue.message) for issue in before.issues]
    issues_after = [(_mistake(issue, issue.layer), issue.message) for issue in after.issues]
    told = Difference(
        _differing({name: getattr(each.document, name) for name in ("name", "mode")} for each in (before, after)),
        _differing({name: _tensor(tensor) for name, tensor in each.analysis.graph.inputs} for each in (before, after)),
        None if outputs[0] == outputs[1] or (same and _sorts(outputs[0]) == _sorts(outputs[1])) else outputs,
        tuple(reading.node.name for index, reading in enumerate(new) if index not in kept),
        tuple(reading.node.name for index, reading in enumerate(old) if index not in kept_old),
        tuple(changed.values()),
        {name: (_plain(size), _plain(sums_after[name])) for name, size in sums.items() if size != sums_after[name]},
        (before.valid, after.valid),
        _only_there(issues_after, issues),
        _only_there(issues, issues_after),
    )
    return Comparison(before, after, kept, changed, told)


def _mistake(issue: Issue, layer: str | None) -> Hashable:
    """What makes an issue the same in both versions, whatever its layer is called in either: ``layer`` is the name that
    it has in the later one. Only words tell apart what is about the whole model, or about a layer that is gone."""
    argument = issue.pointer.rpartition("/")[2]
    place = issue.message if layer is None else (layer, "" if argument.isdecimal() else argument)
    return issue.code, place, repr(issue.expected), repr(issue.received)


def _only_there(issues: list[tuple[Hashable, str]], others: list[tuple[Hashable, str]]) -> tuple[str, ...]:
    """The messages of those that the others have not, or not as often."""
    left = Counter(mistake for mistake, _ in others)
    found: list[str] = []
    for mistake, message in issues:
        if left[mistake]:
            left[mistake] -= 1
        else:
            found.append(message)
    return tuple(found)


def _differing(versions: Iterable[dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """What stands under the same name in both, or in one only, and is not the same."""
    one, other = versions
    return {name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)}


def _returned(version: Examination) -> list[dict[str, Any]]:
    """What a model returns, tensor by tensor, as its answer has it."""
    return [{"ref": ref, **_tensor(tensor)} for ref, value in version.analysis.outputs for tensor in tensors_in(value)]


def _tensor(tensor: Tensor | Unknown) -> dict[str, Any]:
    if not isinstance(tensor, Tensor):
        return {"shape": None, "dtype": None}
    return {"shape": [_plain(size) for size in tensor.shape], "dtype": tensor.dtype}


def _sorts(outputs: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Outputs but for their names: without a name of its own, a layer is called by its place."""
    return [(each["shape"], each["dtype"]) for each in outputs]


def _changed(one: LayerReading, other: LayerReading, inputs: tuple[list[str], list[str]] | None) -> Changed | None:
    arguments = {
        name: (before, after)
        for name in (*one.node.layer.given(), *other.node.layer.given())
        if (before := one.node.layer.given().get(name)) != (after := other.node.layer.given().get(name))
    }
    types = one.node.layer.type, other.node.layer.type
    named = is_named(one) or is_named(other)
    found = Changed(
        other.node.name,
        one.node.name if named and one.node.name != other.node.name else None,
        types if types[0] != types[1] else None,
        arguments,
        inputs,
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
