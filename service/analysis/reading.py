"""What the analysis of an architecture says: a reading a layer, and totals."""

from typing import NamedTuple

from service.analysis.fields import Field
from service.architecture.graph import Graph, Node
from service.core.faults import BadIndex
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

    @property
    def refused(self) -> bool:
        """Whether PyTorch would refuse the model."""
        return bool(self.output_faults) or any(reading.outcome.faults for reading in self.readings)
