"""The whole model: modules under the names that the document gives them, run in the graph's order."""

from typing import Any

import torch

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Source, Wire
from service.layers.operation import Operation
from service.layers.owned import Parameter
from service.verification.modules import function_of, module_of, real


class DocumentModel(torch.nn.Module):
    """What a document describes, as PyTorch builds it; raises what a constructor raises."""

    def __init__(self, analysis: Analysis) -> None:
        super().__init__()
        self.analysis = analysis
        self.parts: dict[int, torch.nn.Module] = {}
        for index, reading in enumerate(analysis.readings):
            if reading.node.shares is None:
                self._own(index, reading)

    def _own(self, index: int, reading: LayerReading) -> None:
        """Puts what a layer owns where its dotted name says."""
        layer = reading.node.layer
        container, name = self._container(reading.node.name)
        if not isinstance(layer, Operation):
            self.parts[index] = container._modules[name] = module_of(layer, reading.outcome.inferred)  # noqa: SLF001
        elif layer.is_owned:
            arguments, given = layer.called_with()
            made = function_of(layer)(*arguments, **{key: real(value, key) for key, value in given.items()})
            if isinstance(layer, Parameter):
                container._parameters[name] = torch.nn.Parameter(made, layer.requires_grad)  # noqa: SLF001
            else:
                container._buffers[name] = made  # noqa: SLF001

    def _container(self, name: str) -> tuple[torch.nn.Module, str]:
        """The module around a dotted name, and its last part; blocks are made as they are needed."""
        *path, last = name.split(".")
        container: torch.nn.Module = self
        for step in path:
            # Straight into the table: a block may be called what Module has as an attribute.
            container = container._modules.setdefault(step, torch.nn.Module())  # type: ignore[assignment]  # noqa: SLF001
        return container, last

    def forward(self, *inputs: Any) -> list[Any]:
        """What every layer returns, in the order of the document."""
        values: list[Any] = [None] * len(self.analysis.readings) + list(reversed(inputs))
        for index in self.analysis.graph.order:
            values[index] = self.run(index, values)
        return values[: len(self.analysis.readings)]

    def run(self, index: int, values: list[Any]) -> Any:
        """What one layer returns; ``values`` holds what was returned so far, and the inputs at its end."""
        node = self.analysis.readings[index].node
        layer, owner = node.layer, index if node.shares is None else node.shares
        inputs = [self.value(wire, values) for wire in node.wires]
        named = {name: self.value(wire, values) for name, wire in node.keywords}
        if isinstance(layer, Operation):
            if layer.is_owned:
                return self._weight(owner, "")
            arguments, given = layer.called_with(*inputs, named=named)
            return function_of(layer)(*arguments, **{key: real(value, key) for key, value in given.items()}, **named)
        chosen = {name: getattr(layer, name) for name in layer.forward_arguments & layer.model_fields_set}
        return self.parts[owner](*layer.grouped(tuple(inputs)), **chosen, **named)

    def value(self, wire: Wire, values: list[Any]) -> Any:
        """What a wire carries, of what was returned so far."""
        if not isinstance(wire, Source):
            return tuple(self.value(part, values) for part in wire)
        value = values[wire.node]
        for step in wire.path:
            value = self._weight(wire.node, step) if isinstance(step, str) else value[step]
        return value

    def _weight(self, node: int, name: str) -> torch.Tensor:
        full = f"{self.analysis.readings[node].node.name}.{name}".rstrip(".")
        *path, last = full.split(".")
        container: torch.nn.Module = self
        for step in path:
            container = container._modules[step]  # type: ignore[assignment]  # noqa: SLF001
        parameters, buffers = container._parameters, container._buffers  # noqa: SLF001
        tensor = parameters.get(last)
        return tensor if tensor is not None else buffers[last]  # type: ignore[return-value]
