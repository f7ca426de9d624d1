"""The edits a cure is made of, as JSON Patches that keep every reference true."""

from typing import Any

from service.core.issues import Operation, Patch
from service.diagnosis.ground import Ground
from service.diagnosis.patching import value_at
from service.diagnosis.place import Place
from service.diagnosis.references import name_of

RawLayer = dict[str, Any]


def setting(ground: Ground, pointer: str, argument: str, value: Any) -> Operation:
    """Gives an argument of what stands at ``pointer`` another value."""
    present = argument in value_at(ground.raw, pointer)
    return Operation("replace" if present else "add", f"{pointer}/{argument}", value)


def feeding(place: Place, reference: str) -> Patch | None:
    """The input concerned taken from elsewhere."""
    found = place.reference()
    return None if found is None else (_redirected(place, found[0], reference),)


def with_inputs(place: Place, references: list[str]) -> Patch:
    """All inputs taken from elsewhere."""
    return (setting(place.ground, place.reading.node.pointer, "inputs", references),)


def inserting(place: Place, *layers: RawLayer) -> Patch | None:
    """Layers put between the layer and its input concerned."""
    pointer = place.reading.node.pointer
    parent, position = _split(pointer)
    shifts = _shifts(place.ground, parent, position, len(layers))
    if value_at(place.raw, pointer).get("inputs") is None and len(place.reading.node.wires) == 1:
        chain = tuple(Operation("add", f"{parent}/{position + n}", layer) for n, layer in enumerate(layers))
        return (*shifts, *chain)
    found = place.reference()
    if found is None:
        return None
    at, reference = found
    named = []
    for layer in layers:
        name = place.ground.free_name(str(layer["type"]).lower())
        named.append({**layer, "name": name, "inputs": [reference]})
        reference = name
    # The layer is rewired where it stands before the others push it on, and not by the shifts.
    shifts = tuple(shift for shift in shifts if shift.path != f"{pointer}/inputs/{at}")
    insertions = (Operation("add", f"{parent}/{position + n}", layer) for n, layer in enumerate(named))
    return (*shifts, _redirected(place, at, reference), *insertions)


def removing(ground: Ground, pointer: str) -> Patch | None:
    """A layer taken away: what took its output takes that of the one before; none where this is not so simple."""
    parent, position = _split(pointer)
    layers = value_at(ground.raw, parent)
    if layers[position].get("inputs") is not None or len(layers) == 1:
        return None
    before = name_of(layers[position - 1], position - 1) if position else None
    rewired = []
    for reference in ground.references:
        for step in reference.steps:
            if (step.layers, step.position) == (parent, position):
                if before is None or step is not reference.steps[-1] or "[" in reference.text:
                    return None
                rewired.append(reference.renamed(step.part, before))
    return (*rewired, *_shifts(ground, parent, position + 1, -1), Operation("remove", pointer))


def retyping(ground: Ground, pointer: str, type: str) -> Operation:
    """Another class with the same arguments."""
    return setting(ground, pointer, "type", type)


def _redirected(place: Place, at: int, reference: str) -> Operation:
    pointer, keyword = place.reading.node.pointer, place.keyword
    written = reference if keyword is None else f"{keyword}={reference}"
    if value_at(place.raw, pointer).get("inputs") is not None:
        return Operation("replace", f"{pointer}/inputs/{at}", written)
    references = list(place.references() or ())
    references[at] = written
    return setting(place.ground, pointer, "inputs", references)


def _shifts(ground: Ground, parent: str, position: int, by: int) -> Patch:
    """The references by index to the layers from ``position`` on, which ``by`` more stand before from now on."""
    operations = []
    for reference in ground.references:
        for step in reference.steps:
            if step.layers == parent and step.position >= position:
                layer = value_at(ground.raw, f"{parent}/{step.position}")
                if layer.get("name") is None:
                    operations.append(reference.renamed(step.part, str(step.position + by)))
    return tuple(operations)


def _split(pointer: str) -> tuple[str, int]:
    parent, _, position = pointer.rpartition("/")
    return parent, int(position)
