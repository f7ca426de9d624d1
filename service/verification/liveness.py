"""Which results are still to be taken while a model runs, as Python frees the others."""

from service.architecture.graph import Graph, sources_in, sources_of


def freed(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """For each place in the graph's order, the nodes whose results nobody takes any more behind it."""
    last: dict[int, int] = {}
    for place, index in enumerate(graph.order):
        last[index] = place
        for source in sources_of(graph.nodes[index]):
            last[source.node] = place
    returned = {source.node for output in graph.outputs for source in sources_in(output.wire)}
    result: list[list[int]] = [[] for _ in graph.order]
    for node, place in last.items():
        if node >= 0 and node not in returned:
            result[place].append(node)
    return tuple(map(tuple, result))
