"""The document as a graph of single layers: what each takes, from where, and in which order they run."""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple, TypeAlias, Union

from service.architecture.problems import DocumentFault, UnreadableDocument
from service.core.sizes import is_known
from service.core.tensors import Tensor
from service.layers.applying import declared_weights
from service.layers.base import Layer


class Source(NamedTuple):
    """Where a value comes from: what node ``node`` returns, then indexed by ``path``.

    Model inputs are the nodes -1, -2, …; a string in ``path`` names one of the node's weights.
    """

    node: int
    path: tuple[int | str, ...] = ()


Wire: TypeAlias = Union[Source, "tuple[Wire, ...]"]
"""A source, or a tuple of them where a block returns several values."""


class Node(NamedTuple):
    """A single layer in its place."""

    name: str
    """Its full dotted name, which its weights carry in the ``state_dict``."""
    pointer: str
    """Where it stands in the document (JSON Pointer)."""
    layer: Layer
    wires: tuple[Wire, ...]
    keywords: tuple[tuple[str, Wire], ...]
    shares: int | None
    """The node whose weights it uses, if it has none of its own."""


class Output(NamedTuple):
    """Something the model returns, by the name the document uses."""

    ref: str
    wire: Wire


class Copies(NamedTuple):
    """Where the graph, read in order, goes on as it went: each copy takes of the one before it, or of itself, what the
    first one does, and besides that the same."""

    name: str
    """What is repeated, whose copies are ``name.0``, ``name.1``, …"""
    number: int
    """That of the first one here, which has another before it."""
    start: int
    """Its first node."""
    size: int
    """Nodes in each."""
    further: int
    """Copies behind the first one."""

    @property
    def first(self) -> str:
        """What the first copy is called."""
        return f"{self.name}.{self.number}"

    @property
    def origin(self) -> int:
        """The first node of ``name.0``."""
        return self.start - self.size * self.number

    @property
    def behind(self) -> int:
        """The first node behind the first copy."""
        return self.start + self.size

    @property
    def end(self) -> int:
        """The first node behind all of them."""
        return self.behind + self.size * self.further

    def rest(self) -> "Copies":
        """Those behind the first one."""
        return self._replace(number=self.number + 1, start=self.behind, further=self.further - 1)


class Graph(NamedTuple):
    """The whole architecture."""

    inputs: tuple[tuple[str, Tensor], ...]
    nodes: tuple[Node, ...]
    order: tuple[int, ...]
    """The nodes so that each comes after what it takes."""
    outputs: tuple[Output, ...]
    copies: tuple[Copies, ...] = ()
    """By where the first of each ends; copies within copies are among them only where those begin."""

    def with_nodes(self, nodes: tuple[Node, ...]) -> "Graph":
        """The graph of other nodes, of which nobody has said that any are copies."""
        return self._replace(nodes=nodes, copies=())

    def name_of(self, source: Source) -> str:
        """What a user calls a source: ``lstm[1][0]``."""
        name = self.inputs[-source.node - 1][0] if source.node < 0 else self.nodes[source.node].name
        return name + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in source.path)


def sources_in(wire: Wire) -> tuple[Source, ...]:
    """Every source of a wire, left to right."""
    if isinstance(wire, Source):
        return (wire,)
    return tuple(source for part in wire for source in sources_in(part))


def sources_of(node: Node) -> tuple[Source, ...]:
    """Everything that a node takes, by place and then by keyword."""
    return tuple(source for wire in (*node.wires, *(wire for _, wire in node.keywords)) for source in sources_in(wire))


def ordered(nodes: list[Node], unsure: Iterable[int]) -> tuple[int, ...]:
    """The nodes in an order in which they can be computed; the document's own where that is one.

    All but those ``unsure`` are known to take nothing but what stands before them.
    """
    if all(need < index for index in unsure for need in _needs(nodes[index])):
        return tuple(range(len(nodes)))
    try:
        return _sorted([_needs(node) for node in nodes])
    except CycleError:
        pass
    try:
        return _sorted([_needs(node, nodes) for node in nodes])
    except CycleError as error:
        circle = [nodes[index] for index in reversed(error.args[1])]
        names = " → ".join(node.name for node in circle)
        fault = DocumentFault("cycle", circle[0].pointer, f"The layers take each other's results in a circle: {names}.")
        raise UnreadableDocument([fault]) from None


def _sorted(needs: list[set[int]]) -> tuple[int, ...]:
    return tuple(TopologicalSorter(dict(enumerate(needs))).static_order())


def _needs(node: Node, declaring: Sequence[Node] = ()) -> set[int]:
    """The nodes that have to be computed before; not those of ``declaring`` of which it takes a weight that is there
    whatever arrives."""
    needs = {
        source.node
        for source in sources_of(node)
        if source.node >= 0 and not (declaring and _is_declared(source, declaring))
    }
    return needs if node.shares is None else needs | {node.shares}


def _is_declared(source: Source, nodes: Sequence[Node]) -> bool:
    if not source.path or not isinstance(source.path[0], str):
        return False
    shapes = [weight.shape for weight in declared_weights(nodes[source.node].layer) if weight.name == source.path[0]]
    return bool(shapes) and all(map(is_known, shapes[0]))
