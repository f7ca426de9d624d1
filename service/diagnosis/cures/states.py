"""A state that does not fit the recurrent layer it starts, as between an encoder and a decoder."""

from collections.abc import Iterator

from service.core.faults import ShapesDisagree
from service.core.sizes import Size, differ, is_known
from service.diagnosis.cures.producers import producing
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal
from service.diagnosis.provenance import provenance
from service.layers.recurrent import Recurrent


def explain(place: Place, fault: ShapesDisagree) -> str:
    """Where the features of the state come from, if it is they that do not fit."""
    layer = place.reading.node.layer
    if not isinstance(layer, Recurrent) or len(fault.shapes) != 1 or not fault.shapes[0]:
        return ""
    shape = fault.shapes[0]
    return provenance(place._replace(input=1), len(shape) - 1) if differ(shape[-1], layer.output_size) else ""


def propose(place: Place, fault: ShapesDisagree) -> Iterator[Proposal]:
    """The features, layers and directions of the one layer or of the other."""
    layer = place.reading.node.layer
    if not isinstance(layer, Recurrent) or len(fault.shapes) != 1:
        return
    shape = fault.shapes[0]
    if len(shape) not in (2, 3) or not all(map(is_known, shape)) or 0 in shape:
        return
    stacked, features = shape[0], shape[-1]
    if features != layer.output_size:
        yield _set(place, "hidden_size", features)
        yield from producing(place._replace(input=1), layer.output_size, len(shape) - 1)
    wanted = layer.num_layers * layer.directions
    if stacked != wanted:
        maker = place.ground.trails.follow(place._replace(input=1).wire, 0).maker
        other = maker.layer if maker is not None and isinstance(maker.layer, Recurrent) else None
        yield from _stacked(place, layer, stacked, other)
        if maker is not None and other is not None:
            yield from _stacked(place.at(maker.node), other, wanted, layer)


def _stacked(place: Place, layer: Recurrent, states: Size, other: Recurrent | None) -> Iterator[Proposal]:
    """As many layers and directions as there are states, first what makes it more like the other layer."""
    found = []
    if states % layer.directions == 0:
        found.append(_set(place, "num_layers", states // layer.directions))
    if states == (3 - layer.directions) * layer.num_layers:
        found.append(_set(place, "bidirectional", not layer.bidirectional))
    yield from found if other is None or other.bidirectional == layer.bidirectional else reversed(found)


def _set(place: Place, argument: str, value: int) -> Proposal:
    shown = str(value).lower()
    return Proposal(
        f"Set {argument} of {place.name} to {shown}.", (setting(place.ground, place.pointer, argument, value),)
    )
