"""Our own rules asked once more, with the sizes that only values tell as they came."""

from typing import Any

from service.architecture.graph import sources_of
from service.core.sizes import is_known, is_unknown
from service.core.tensors import Tensor, Value, tensors_in
from service.layers.applying import apply
from service.layers.base import inferable
from service.verification.model import DocumentModel, described


def refuses(model: DocumentModel, index: int, values: list[Any]) -> bool:
    """Whether a layer takes what has sizes that no shape told, and our rules refuse it by what they turned out to be.

    ``values`` holds what was returned when PyTorch refused the layer.
    """
    readings = model.analysis.readings
    node, layer = readings[index].node, readings[index].node.layer
    if not any(_is_open(readings[source.node].outcome.output) for source in sources_of(node) if source.node >= 0):
        return False
    try:
        inputs, named = model.taken(node, values)
    except IndexError:  # There are fewer parts than it takes, of what may have any number.
        return True
    # Attention goes by whether what arrives twice is one tensor.
    once = {id(value): described(value) for value in (*inputs, *named.values())}
    part = model.parts.get(index if node.shares is None else node.shares)
    inferred = [name for name in inferable(type(layer)) if is_unknown(getattr(layer, name)) and hasattr(part, name)]
    complete = layer.model_copy(update={name: getattr(part, name) for name in inferred})
    keywords = {name: once[id(value)] for name, value in named.items()}
    outcome = apply(complete, tuple(once[id(value)] for value in inputs), keywords, model.training)
    return bool(outcome.faults)


def _is_open(value: Value) -> bool:
    """Whether something of it is not known."""
    return any(not isinstance(tensor, Tensor) or not all(map(is_known, tensor.shape)) for tensor in tensors_in(value))
