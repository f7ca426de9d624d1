"""The edits a cure is made of, as JSON Patches that keep every reference true."""

from collections.abc import Iterator
from typing import Any, Final

from service.core.issues import Operation, Patch
from service.diagnosis.ground import Ground
from service.diagnosis.patching import value_at
from service.diagnosis.place import Edit, Graft, Place, Proposal
from service.diagnosis.references import name_of
from service.diagnosis.wording import named, with_article
from service.layers.base import COMMON_KEYS
from service.layers.catalogue import CATALOGUE

RawLayer = dict[str, Any]
Outcome = tuple[tuple[str, Any], ...]
"""What stands at each place that a patch changes."""

_LISTS: Final = frozenset({"dim", "dims", "inputs", "normalized_shape", "pad", "shape", "size"})
"""Arguments that say something else as a list of equal numbers than as a number."""


def setting(ground: Ground, pointer: str, argument: str, value: Any) -> Operation:
    """Gives an argument of what stands at ``pointer`` another value."""
    present = argument in value_at(ground.raw, pointer)
    return Operation("replace" if present else "add", f"{pointer}/{argument}", value)


def feeding(place: Place, reference: str, path: tuple[int, ...] | None = None) -> Edit | None:
    """The input concerned taken from elsewhere; ``path`` where that is a part of what it takes now."""
    found = place.reference()
    if found is None:
        return None
    simple = path is not None and place.source is not None and _can_be_grafted(place)
    graft = Graft(place.node, place.input, (), path or ()) if simple else None
    return Edit((_redirected(place, found[0], reference),), graft)


def with_inputs(place: Place, references: list[str]) -> Patch:
    """All inputs taken from elsewhere."""
    return (setting(place.ground, place.reading.node.pointer, "inputs", references),)


def inserted(place: Place, description: str, *layers: RawLayer, everywhere: bool = False) -> Iterator[Proposal]:
    """The proposal to put layers between the layer and its input concerned, where that can be written; ``everywhere``
    if the layer takes the same tensor as other inputs, too, and is to take them from there as well."""
    edit = inserting(place, *layers, everywhere=everywhere)
    if edit is not None:
        names = [place.name, *(other.name for other in _sharing(place))]
        yield Proposal(description.replace(f"before {place.name}", f"before {named(names)}"), *edit)


def inserting(place: Place, *layers: RawLayer, everywhere: bool = False) -> Edit | None:
    """Layers put between the layer and its input concerned, or that of all layers refused for the same tensor."""
    pointer, others = place.reading.node.pointer, list(_sharing(place))
    parent, position = _split(pointer)
    shifts = _shifts(place.ground, parent, position, len(layers))
    graft = Graft(place.node, place.input, layers) if not shifts and not others and _can_be_grafted(place) else None
    if value_at(place.raw, pointer).get("inputs") is None and len(place.reading.node.wires) == 1 and not others:
        chain = tuple(Operation("add", f"{parent}/{position + n}", layer) for n, layer in enumerate(layers))
        return Edit((*shifts, *chain), None if place.ground.has_numbered_names else graft)
    found = place.reference()
    if found is None:
        return None
    at, reference = found
    chained: list[RawLayer] = []
    for layer in layers:
        name = place.ground.free_name(str(layer["type"]).lower(), *(str(other["name"]) for other in chained))
        chained.append({**layer, "name": name, "inputs": [reference]})
        reference = name
    insertions = (Operation("add", f"{parent}/{position + n}", layer) for n, layer in enumerate(chained))
    rewired = [_redirected(place, at, reference)]
    rewired += [_renamed(place, other, reference) for other in (_alike(place, at) if everywhere else [])]
    rewired += [_redirected(other, found[0], reference) for other in others if (found := other.reference()) is not None]
    # The layers are rewired where they stand before the others push them on, and not by the shifts.
    paths = {operation.path for operation in rewired}
    shifts = tuple(shift for shift in shifts if shift.path not in paths)
    return Edit((*shifts, *rewired, *insertions), graft if len(rewired) == 1 else None)


def _sharing(place: Place) -> Iterator[Place]:
    """The same input of the other layers of the same list that are refused for the same tensor."""
    pointers = {place.reading.node.pointer}
    for node in place.copies:
        other = place.at(node, place.input)
        pointer = other.reading.node.pointer
        if pointer not in pointers and _split(pointer)[0] == _split(place.reading.node.pointer)[0]:
            pointers.add(pointer)
            if other.source is not None and other.source == place.source:
                yield other


def _alike(place: Place, at: int) -> list[int]:
    """The other inputs of a layer, among those it lists, that are the same tensor."""
    given = value_at(place.raw, place.reading.node.pointer).get("inputs") or ()
    names = [reference.rpartition("=")[2] for reference in given]
    return [other for other, name in enumerate(names) if other != at and name == names[at]]


def _renamed(place: Place, at: int, reference: str) -> Operation:
    """One of the inputs that a layer lists taken from elsewhere, under the keyword it has."""
    pointer = place.reading.node.pointer
    keyword, equals, _ = value_at(place.raw, pointer)["inputs"][at].rpartition("=")
    return Operation("replace", f"{pointer}/inputs/{at}", f"{keyword}{equals}{reference}")


def merging(place: Place, layer: RawLayer) -> Patch:
    """A layer put before the layer concerned, which takes its result alone."""
    pointer = place.reading.node.pointer
    parent, position = _split(pointer)
    name = place.ground.free_name(str(layer["type"]).lower())
    shifts = _shifts(place.ground, parent, position, 1)
    change = setting(place.ground, pointer, "inputs", [name])
    return (*shifts, change, Operation("add", f"{parent}/{position}", {**layer, "name": name}))


def surrounded(place: Place, description: str, before: RawLayer, behind: RawLayer) -> Iterator[Proposal]:
    """The proposal to put one layer before the layer concerned and another behind it, where that can be written."""
    pointer, ground = place.reading.node.pointer, place.ground
    parent, position = _split(pointer)
    if len(place.reading.node.wires) != 1 or place.reading.node.keywords or place.reading.node.shares is not None:
        return
    renamed: list[Operation] = []
    name = ground.free_name(str(behind["type"]).lower())
    for reference in ground.references:
        for step in reference.steps:
            if (step.layers, step.position) == (parent, position):
                # One of its weights, or its use elsewhere, is another thing than what it returns.
                if step is not reference.steps[-1] or not reference.ends_at(step) or reference.applies_again:
                    return
                if not step.by_index:
                    renamed.append(reference.renamed(step.part, name))
    shifts = _shifts(ground, parent, position, 2)
    first, operations = before, list(renamed)
    if value_at(place.raw, pointer).get("inputs") is not None:
        found = place.reference()
        if found is None:
            return
        own = ground.free_name(str(before["type"]).lower(), name)
        first = {**before, "name": own, "inputs": [found[1]]}
        shifts = tuple(shift for shift in shifts if shift.path != f"{pointer}/inputs/{found[0]}")
        operations.append(_redirected(place, found[0], own))
    last = {**behind, "name": name} if renamed else behind
    insertions = (Operation("add", f"{parent}/{position}", first), Operation("add", f"{parent}/{position + 2}", last))
    yield Proposal(description, (*shifts, *operations, *insertions))


def _can_be_grafted(place: Place) -> bool:
    """Whether the layer's one wire is all that an edit before it changes in the graph."""
    node = place.reading.node
    single = "repeat" not in value_at(place.raw, node.pointer) and place.input < len(node.wires)
    return single and not place.ground.shares_weights


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


def remade(place: Place, kind: str, **arguments: Any) -> Proposal:
    """The proposal of another class, with such arguments as it has in common with the layer's own."""
    kept = CATALOGUE[kind].model_fields.keys() | COMMON_KEYS
    gone = (Operation("remove", f"{place.pointer}/{argument}") for argument in place.given if argument not in kept)
    made = (setting(place.ground, place.pointer, argument, value) for argument, value in arguments.items())
    told = " and ".join(f"{argument} = {value}" for argument, value in arguments.items())
    description = f"Make {place.name} {with_article(kind)}{told and f' with {told}'}."
    return Proposal(description, (retyping(place.ground, place.pointer, kind), *gone, *made))


def outcome(ground: Ground, patch: Patch) -> Outcome:
    """What a patch leaves, the same for patches that leave the same: a default said or left out, ``[2, 2]`` or 2."""
    return tuple(_left(ground, operation) for operation in patch if not _idle(ground, operation))


def _idle(ground: Ground, operation: Operation) -> bool:
    """Whether the value is there already."""
    if operation.op != "replace" or operation.path.rpartition("/")[2].isdigit():
        return False
    return bool(value_at(ground.raw, operation.path) == operation.value)


def _left(ground: Ground, operation: Operation) -> tuple[str, Any]:
    pointer, _, key = operation.path.rpartition("/")
    try:
        layer = CATALOGUE.get(value_at(ground.raw, pointer)["type"])
    except (LookupError, TypeError):
        layer = None
    field = layer.model_fields.get(key) if layer is not None else None
    if field is None or key in COMMON_KEYS:
        return operation.path, operation
    value = field.get_default(call_default_factory=True) if operation.op == "remove" else operation.value
    if isinstance(value, list) and value == value[:1] * len(value) and key not in _LISTS:
        value = value[0] if value else value
    return operation.path, value


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
    return tuple(
        reference.renamed(step.part, str(step.position + by))
        for reference, step in ground.index_references.get(parent, ())
        if step.position >= position
    )


def _split(pointer: str) -> tuple[str, int]:
    parent, _, position = pointer.rpartition("/")
    return parent, int(position)
