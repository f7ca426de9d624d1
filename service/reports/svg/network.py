"""The layered drawing of a whole model: what goes in, its blocks, and what comes out."""

from typing import Final

from service.architecture.graph import sources_in
from service.reports.abridged.marks import Mark
from service.reports.abridged.outline import Part
from service.reports.abridged.words import shape_of
from service.reports.svg.boxes import TextBox
from service.reports.svg.frames import Scene, Surroundings, named
from service.reports.svg.levels import Level, Thing, arranged_level
from service.reports.svg.traffic import Traffic, Wish

MOST_INPUTS: Final = 8
MOST_OUTPUTS: Final = 6


def network(scene: Scene, part: Part, room: float, of_model: tuple[Mark, ...]) -> Level:
    """Everything in its place."""
    graph, maker = scene.analysis.graph, scene.maker
    inputs = graph.inputs
    together = len(inputs) > MOST_INPUTS

    def outside(node: int) -> int:
        return -1 if together else node

    traffic = Traffic(scene.wiring, part, outside)
    labels = {inner.first: named(inner, scene) for inner in part.parts}

    def names(key: int) -> str:
        return labels[key] if key in labels else inputs[-1 - key][0]

    things: list[Thing] = []
    if together:
        things.append(Thing(-1, -1, maker.of_terminal(f"{len(inputs)} inputs", ", ".join(name for name, _ in inputs))))
    else:
        things += [
            Thing(-1 - place, place - len(inputs), maker.of_terminal(name, shape_of(tensor)), floats=place > 0)
            for place, (name, tensor) in enumerate(inputs)
        ]
    here = Surroundings(names, traffic.key_of, room)
    things += [scene.thing(inner, 0, here) for inner in part.parts]
    wishes = list(traffic.wishes)
    behind = len(graph.nodes)
    for place, (box, sources) in enumerate(_outputs(scene, of_model)):
        key = behind + place
        things.append(Thing(key, behind + place, box, "last"))
        tails = {traffic.key_of(node): node for node in sources}
        wishes += [Wish(tail, key, 2, node) for tail, node in tails.items()]
    return arranged_level(things, wishes, room, names)


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
