"""What the analysis of an architecture says: a reading a layer, and totals."""

from typing import Final, NamedTuple

from service.analysis.fields import Field
from service.architecture.graph import Copies, Graph, Node
from service.core.faults import BadIndex
from service.core.records import maker
from service.core.sizes import Size
from service.core.tensors import Value
from service.layers.applying import Outcome


class LayerReading(NamedTuple):
    """One layer in its place."""

    node: Node
    inputs: tuple[Value, ...]
    outcome: Outcome
    field: tuple[Field, ...] | None
    """What one output sees of the model's input, per trailing axis."""
    assumed: bool
    """Whether it stands on something that was refused, so that its figures go by what was declared."""


a_reading: Final = maker(LayerReading)


class Totals(NamedTuple):
    """Sums over the model. A weight that is used twice is counted once, multiply-accumulates once a call."""

    parameters: Size
    trainable_parameters: Size
    buffers: Size
    macs: Size
    weight_bytes: Size
    activation_bytes: Size


class Analysis(NamedTuple):
    """The whole architecture, read."""

    graph: Graph
    readings: tuple[LayerReading, ...]
    """In the order of the document."""
    outputs: tuple[tuple[str, Value], ...]
    output_faults: tuple[BadIndex, ...]
    """What is wrong with the references in ``outputs``."""
    totals: Totals
    alike: tuple[Copies, ...] = ()
    """The copies in the graph that came out alike: but for the node, each layer's reading is that of its namesake in
    the first one. None of them lies within another."""

    def of(self, graph: Graph, readings: tuple[LayerReading, ...]) -> "Analysis":
        """The same of another graph, of which nobody has said that any layers are copies."""
        return self._replace(graph=graph, readings=readings, alike=())

    @property
    def refused(self) -> bool:
        """Whether PyTorch would refuse the model."""
        return bool(self.output_faults) or any(reading.outcome.faults for reading in self.readings)


def totals(readings: tuple[LayerReading, ...]) -> Totals:
    """Sums over all layers."""
    parameters: Size = 0
    trainable: Size = 0
    buffers: Size = 0
    macs: Size = 0
    weight_bytes: Size = 0
    activation_bytes: Size = 0
    for node, _, outcome, _, _ in readings:
        own, own_trainable, own_buffers, own_bytes, output_bytes = outcome.counts
        macs = macs + outcome.macs
        activation_bytes = activation_bytes + output_bytes
        if own_bytes != 0 and node.shares is None:
            parameters = parameters + own
            trainable = trainable + own_trainable
            buffers = buffers + own_buffers
            weight_bytes = weight_bytes + own_bytes
    return Totals(parameters, trainable, buffers, macs, weight_bytes, activation_bytes)
