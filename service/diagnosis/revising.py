"""A patched document read again without validating anew what the patch leaves alone.

The outcome is that of reading the patched document from scratch; a test holds it to that.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from service.analysis.revision import Revision, consumers
from service.architecture.document import Document
from service.architecture.graph import Graph, Node, Source, Wire
from service.architecture.problems import UnreadableDocument
from service.architecture.unrolling import unrolled
from service.layers.base import Layer
from service.layers.structure import Sequential

Raw = dict[str, Any]
Layers = tuple[Layer, ...]


def reread_document(document: Document, raw: Raw, patched: Raw) -> Document:
    """The document that ``patched`` describes; ``raw``, of which it shares all it can, describes ``document``.

    Raises :class:`UnreadableDocument`.
    """
    try:
        if any(patched.get(key) is not raw.get(key) for key in {*raw, *patched} - {"layers"}):
            shell = Document.model_validate({**patched, "layers": []})
        else:
            shell = document
        layers = _relayered(document.layers, raw["layers"], patched["layers"])
    except ValidationError:
        raise UnreadableDocument([]) from None
    return shell.with_layers(layers)


def validated(layer: Raw) -> Layer:
    """A layer as it is read; raises ``ValidationError``."""
    return all_validated([layer])[0]


def all_validated(layers: list[Raw]) -> Layers:
    """Layers as they are read; raises ``ValidationError``."""
    return Sequential.model_validate({"type": "Sequential", "layers": layers}).layers


def revised(document: Document, before: Graph, raw: Raw, patched: Raw) -> Revision:
    """The graph of ``document``, which ``patched`` describes, beside the one before, which ``raw`` does."""
    graph = unrolled(document)
    was = _matched(before.nodes, graph.nodes, dict(_places(raw["layers"])), dict(_places(patched["layers"])))
    changed = tuple(
        index
        for index, (old, node) in enumerate(zip(was, graph.nodes, strict=True))
        if old is None or not _same(before.nodes[old], node, was)
    )
    return Revision(graph, changed, consumers(graph), was)


def _relayered(layers: Layers, before: list[Raw], after: list[Raw]) -> Layers:
    if before is after:
        return layers
    known = {id(raw): layer for raw, layer in zip(before, layers, strict=True)}
    kept = {id(raw) for raw in after}
    blocks = [
        (layer, raw)
        for raw, layer in zip(before, layers, strict=True)
        if isinstance(layer, Sequential) and id(raw) not in kept
    ]
    return tuple(known.get(id(raw)) or _changed(raw, blocks) for raw in after)


def _changed(raw: Raw, blocks: list[tuple[Sequential, Raw]]) -> Layer:
    """A layer that the patch touched; of a block only the layers it touched are validated."""
    if raw.get("type") != "Sequential" or not blocks:
        return validated(raw)
    layer, before = blocks.pop(0)
    shell = Sequential.model_validate({**raw, "layers": []})
    return shell.model_copy(update={"layers": _relayered(layer.layers, before["layers"], raw["layers"])})


def _places(layers: list[Raw], parent: str = "/layers") -> Iterator[tuple[str, int]]:
    """What stands at each pointer, by its identity, which a patch leaves to what it does not touch."""
    for index, raw in enumerate(layers):
        pointer = f"{parent}/{index}"
        yield pointer, id(raw)
        if raw["type"] == "Sequential":
            yield from _places(raw["layers"], f"{pointer}/layers")


def _matched(
    before: tuple[Node, ...], after: tuple[Node, ...], places: dict[str, int], places_after: dict[str, int]
) -> list[int | None]:
    """For each node the one it was before: that of the same place, or in the same order among those that changed."""
    by_place: dict[int, list[int]] = defaultdict(list)
    for index in range(len(before) - 1, -1, -1):
        by_place[places[before[index].pointer]].append(index)
    was = [waiting.pop() if (waiting := by_place.get(places_after[node.pointer])) else None for node in after]
    old = sorted(index for waiting in by_place.values() for index in waiting)
    new = [index for index, match in enumerate(was) if match is None]
    if len(old) == len(new):
        for index, match in zip(new, old, strict=True):
            was[index] = match
        return was
    # Layers are put before the one that changes, so the pairs are found from the end.
    for index in reversed(new):
        if old and before[old[-1]].layer.type == after[index].layer.type:
            was[index] = old.pop()
    return was


def _same(old: Node, new: Node, was: list[int | None]) -> bool:
    """Whether a node has the layer and the sources it had."""
    if old.layer is not new.layer or len(old.wires) != len(new.wires) or len(old.keywords) != len(new.keywords):
        return False
    shares = None if new.shares is None else was[new.shares]
    return (
        shares == old.shares
        and (new.shares is None) == (old.shares is None)
        and all(map(_leads_to_same, old.wires, new.wires, [was] * len(new.wires)))
        and all(
            name == new_name and _leads_to_same(wire, new_wire, was)
            for (name, wire), (new_name, new_wire) in zip(old.keywords, new.keywords, strict=True)
        )
    )


def _leads_to_same(old: Wire, new: Wire, was: list[int | None]) -> bool:
    if isinstance(new, Source):
        before = new.node if new.node < 0 else was[new.node]
        return isinstance(old, Source) and old.path == new.path and old.node == before
    return (
        not isinstance(old, Source)
        and len(old) == len(new)
        and all(_leads_to_same(a, b, was) for a, b in zip(old, new, strict=True))
    )
