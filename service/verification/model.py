"""The whole model: modules under the names that the document gives them, run in the graph's order."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Final, Self

import torch

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Node, Source, Wire
from service.core.sizes import is_known
from service.core.tensors import NOTHING, Value, strided
from service.layers.base import Layer, inferable
from service.layers.call import Call
from service.layers.notebook import Rejection
from service.layers.operation import Operation
from service.layers.owned import Parameter
from service.verification.liveness import freed
from service.verification.modules import function_of, module_of, real

_DIVISORS: Final = ("groups", "num_groups", "num_heads", "nhead")
"""Arguments that divide those which may be left out."""


class DocumentModel(torch.nn.Module):
    """What a document describes, as PyTorch builds it; raises what a constructor raises.

    ``building`` is told the name of each layer before it is built. Only what makes tensors is run where ``device`` is
    the default: modules are not, as they take slower paths of their own there.
    """

    def __init__(
        self, analysis: Analysis, building: Callable[[str], None] = lambda _: None, device: str = "cpu"
    ) -> None:
        super().__init__()
        self.analysis = analysis
        self.device = torch.device(device)
        self.parts: dict[int, torch.nn.Module] = {}
        with self._here():
            for index, reading in enumerate(analysis.readings):
                if reading.node.shares is None:
                    building(reading.node.name)
                    self._own(index, reading)

    def _here(self) -> AbstractContextManager[object]:
        """Where tensors that are made are the device's."""
        return nullcontext() if self.device.type == "cpu" else self.device

    def moved(self, device: str) -> Self:
        """The same model, from now on elsewhere."""
        self.device = torch.device(device)
        return self.to(self.device)

    def _own(self, index: int, reading: LayerReading) -> None:
        """Puts what a layer owns where its dotted name says."""
        layer = reading.node.layer
        container, name = self._container(reading.node.name)
        if not isinstance(layer, Operation):
            if _waits(reading):
                return
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
            container = container._modules.setdefault(step, torch.nn.Module())  # type: ignore[assignment]  # noqa: SLF001
        return container, last

    def forward(self, *inputs: Any) -> list[Any]:
        """What every layer returns, in the order of the document."""
        found = dict(self.walk(self.beginning(*inputs)))
        return [found[index] for index in range(len(found))]

    def beginning(self, *inputs: Any) -> list[Any]:
        """Room for what the layers return, and the inputs at its end, last to first, as sources count them."""
        return [None] * len(self.analysis.readings) + list(reversed(inputs))

    def walk(self, values: list[Any]) -> Iterator[tuple[int, Any]]:
        """Runs the layers one after the other, and keeps no result longer than somebody is to take it."""
        for index, gone in zip(self.analysis.graph.order, freed(self.analysis.graph), strict=True):
            values[index] = self.run(index, values)
            yield index, values[index]
            for node in gone:
                values[node] = None

    def returned(self, values: list[Any]) -> list[Any]:
        """What the model returns, once all layers have run."""
        return [self.value(output.wire, values) for output in self.analysis.graph.outputs]

    def run(self, index: int, values: list[Any]) -> Any:
        """What one layer returns; ``values`` holds what was returned so far, and the inputs at its end."""
        node = self.analysis.readings[index].node
        layer, owner = node.layer, index if node.shares is None else node.shares
        inputs, named = self.taken(node, values)
        if isinstance(layer, Operation):
            if layer.is_owned:
                return self.weight(owner, "")
            arguments, given = layer.called_with(*inputs, named=named)
            options = {key: real(value, key) for key, value in given.items()}
            with self._here():
                return function_of(layer)(*arguments, **options, **named)
        chosen = {name: getattr(layer, name) for name in layer.forward_arguments & layer.model_fields_set}
        if owner not in self.parts:
            self._complete(owner, inputs, named)
        return self.parts[owner](*layer.grouped(tuple(inputs)), **chosen, **named)

    def taken(self, node: Node, values: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        """What a layer takes by position, and what by keyword."""
        named = {name: self.value(wire, values) for name, wire in node.keywords}
        return [self.value(wire, values) for wire in node.wires], named

    def _complete(self, index: int, inputs: list[Any], named: dict[str, Any]) -> None:
        """Builds a layer whose arguments only what arrives can tell."""
        reading = self.analysis.readings[index]
        layer = reading.node.layer
        found = {**_least(layer), **self._inferred(layer, inputs, named)}
        inferred = {name: size for name, size in found.items() if not is_known(getattr(layer, name))}
        with self._here():
            module = module_of(layer, inferred).train(self.training)
        container, name = self._container(reading.node.name)
        self.parts[index] = container._modules[name] = module  # noqa: SLF001

    def _inferred(self, layer: Layer, inputs: list[Any], named: dict[str, Any]) -> Mapping[str, Any]:
        """The arguments that what arrives tells; none if the layer cannot take it."""
        call = Call(layer.type, layer.family, self.training)
        keywords = {name: described(value) for name, value in named.items()}
        with suppress(Rejection):
            arriving = layer.grouped(tuple(map(described, inputs)))
            return layer.infer(*layer.signature().bind(call, arriving, keywords, ()))
        return {}

    def value(self, wire: Wire, values: list[Any]) -> Any:
        """What a wire carries, of what was returned so far."""
        if not isinstance(wire, Source):
            return tuple(self.value(part, values) for part in wire)
        value = values[wire.node]
        for step in wire.path:
            value = self.weight(wire.node, step) if isinstance(step, str) else value[step]
        return value

    def weight(self, node: int, name: str) -> torch.Tensor:
        """A weight of a layer by its name, or what a layer without a name for it owns."""
        full = f"{self.analysis.readings[node].node.name}.{name}".rstrip(".")
        *path, last = full.split(".")
        container: torch.nn.Module = self
        for step in path:
            container = container._modules[step]  # type: ignore[assignment]  # noqa: SLF001
        parameters, buffers = container._parameters, container._buffers  # noqa: SLF001
        tensor = parameters.get(last)
        return tensor if tensor is not None else buffers[last]  # type: ignore[return-value]


def _waits(reading: LayerReading) -> bool:
    """Whether an argument that was left out is known only once something has arrived."""
    layer, inferred = reading.node.layer, reading.outcome.inferred
    return not layer.type.startswith("Lazy") and not all(
        is_known(getattr(layer, name)) or is_known(inferred.get(name, getattr(layer, name)))
        for name in inferable(type(layer))
    )


def _least(layer: Layer) -> dict[str, int]:
    """The least that arguments may be which nothing tells, for PyTorch to be asked about what arrives."""
    divisors = (getattr(layer, name, 1) for name in _DIVISORS)
    least = math.lcm(*(divisor for divisor in divisors if divisor > 0))
    return dict.fromkeys(inferable(type(layer)), least)


def described(value: Any) -> Value:
    """What we say of a real value, with how it lies in memory."""
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        return strided(tuple(value.shape), dtype, value.stride())  # type: ignore[arg-type]
    return tuple(map(described, value)) if isinstance(value, (tuple, list)) else NOTHING
