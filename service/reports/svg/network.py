"""The layered drawing of a whole model: what goes in, its blocks, and what comes out."""

from functools import partial
from typing import Final

from service.architecture.graph import sources_in
from service.reports.abridged.marks import Mark
from service.reports.abridged.outline import Part
from service.reports.abridged.words import shape_of
from service.reports.svg.boxes import TextBox
from service.reports.svg.frames import TALLEST, Scene, Surroundings, named
from service.reports.svg.levels import Level, Plan, Thing, arranged_level
from service.reports.svg.traffic import Traffic, Wish

MOST_INPUTS: Final = 8
MOST_OUTPUTS: Final = 6


def network(scene: Scene, part: Part, room: float, of_model: tuple[Mark, ...]) -> Level:
    """Everything in its place."""
    graph = scene.analysis.graph
    inputs = graph.inputs
    together = len(inputs) > MOST_INPUTS

    def outside(node: int) -> int:
        return -1 if together else node

    traffic = Traffic(scene.wiring, part, outside)
    labels = {inner.first: named(inner, scene) for inner in part.parts}

    def names(key: int) -> str:
        return labels[key] if key in labels else inputs[-1 - key][0]

    behind = len(graph.nodes)
    outputs = _outputs(scene, of_model)
    wishes = list(traffic.wishes)
    for key, (_, sources) in enumerate(outputs, behind):
        tails = {traffic.key_of(node): node for node in sources}
        wishes += [Wish(tail, key, node) for tail, node in tails.items()]

    def things(chosen: Scene) -> list[Thing]:
        here = Surroundings(names, traffic.key_of, room, 0)
        return [
            *_inputs(scene, together=together),
            *(chosen.thing(inner, 0, here) for inner in part.parts),
            *(Thing(key, key, box, "last") for key, (box, _) in enumerate(outputs, behind)),
        ]

    return arranged_level(
        Plan(partial(things, scene), partial(things, scene.narrowed()), wishes, names, room, TALLEST[0])
    )


def _inputs(scene: Scene, *, together: bool) -> list[Thing]:
    """What goes in; in one box, if that is too much."""
    inputs, maker = scene.analysis.graph.inputs, scene.maker
    if together:
        box = maker.of_terminal(f"{len(inputs)} inputs", ", ".join(name for name, _ in inputs))
        return [Thing(-1, -1, box)]
    return [
        Thing(-1 - place, place - len(inputs), maker.of_terminal(name, shape_of(tensor)), floats=place > 0)
        for place, (name, tensor) in enumerate(inputs)
    ]


def _outputs(scene: Scene, of_model: tuple[Mark, ...]) -> list[tuple[TextBox, list[int]]]:
    """What comes out, each with the nodes that return it."""
    graph, maker = scene.analysis.graph, scene.maker
    found: list[tuple[TextBox, list[int]]] = []
    outputs = list(zip(graph.outputs, scene.analysis.outputs, strict=True))
    if len(outputs) > MOST_OUTPUTS:
        nodes = [source.node for output in graph.outputs for source in sources_in(output.wire)]
        names = ", ".join(name for _, (name, _) in outputs)
        return [(maker.of_terminal(f"{len(outputs)} outputs", names, of_model), nodes)]
    for output, (name, value) in outputs:
        title = "output" if len(outputs) == 1 else f"output {name}"
        box = maker.of_terminal(title, shape_of(value), of_model if not found else ())
        found.append((box, [source.node for source in sources_in(output.wire)]))
    return found
