"""The two ways that lead to a layer which joins them."""

from typing import NamedTuple

from service.analysis.reading import LayerReading
from service.core.faults import ShapesDisagree
from service.core.sizes import Shape, written
from service.core.tensors import Tensor
from service.diagnosis.place import Place, origin


class Pair(NamedTuple):
    """Two inputs of a layer that disagree."""

    first: Place
    second: Place
    a: Shape
    b: Shape

    def swapped(self) -> "Pair":
        """The second before the first."""
        return Pair(self.second, self.first, self.b, self.a)


def pair_of(place: Place, fault: ShapesDisagree) -> Pair | None:
    """The first two inputs with the shapes that disagree."""
    if len(fault.shapes) != 2:
        return None
    shapes = [value.shape if isinstance(value, Tensor) else None for value in place.reading.inputs]
    a, b = fault.shapes
    if a not in shapes or b not in shapes:
        return None
    first = shapes.index(a)
    second = next((at for at, shape in enumerate(shapes) if shape == b and at != first), None)
    if second is None:
        return None
    return Pair(place._replace(input=first), place._replace(input=second), a, b)


def apart(place: Place) -> list[list[LayerReading]]:
    """For each way to a layer the layers that are on this one only, nearest first."""
    ways = [list(place._replace(input=position).nodes_before()) for position in range(len(place.reading.node.wires))]
    shared = [{node for other in ways if other is not way for node in other} for way in ways]
    return [
        [place.analysis.readings[node] for node in way if node not in elsewhere]
        for way, elsewhere in zip(ways, shared, strict=True)
    ]


def position(place: Place) -> int:
    """Where in the document an input comes from."""
    return -1 if place.source is None else place.source.node


def described(place: Place) -> str:
    """An input as an object of a sentence: ``what conv1 returns``, ``the input``."""
    source = place.source
    return origin(place) if source is None or source.node < 0 else f"what {origin(place)} returns"


def stated(place: Place, shape: Shape) -> str:
    """``conv1 returns [1, 16, 30, 30]``"""
    source = place.source
    verb = "is" if source is None or source.node < 0 else "returns"
    return f"{origin(place)} {verb} {written(shape)}"
