"""Where a size comes from: the layer upstream that set it last, in a sentence."""

from service.core.sizes import multiplied_out, product
from service.core.tensors import Tensor
from service.diagnosis.place import Place, called


def provenance(place: Place, axis: int) -> str:
    """Why axis ``axis`` of the arriving tensor has its size; empty where there is nothing to add."""
    before = list(place.upstream())
    for reading in before:
        output = reading.outcome.output
        given = reading.inputs[0] if reading.inputs else None
        if not isinstance(output, Tensor) or not isinstance(given, Tensor):
            return ""
        if output.shape == given.shape:
            continue
        if output.rank < given.rank and output.elements == given.elements:
            return _flattened(called_short(reading), given, output)
        declared = _declared(reading, output.shape[axis])
        if declared:
            return f"{called(reading)} has {declared}"
        if output.rank == given.rank and output.shape[axis] == given.shape[axis]:
            continue
        return f"{called(reading)} turns {given} into {output}"
    model_input = place.model_input()
    if model_input is None:
        return ""
    _, name, tensor = model_input
    return f"{'the input' if name == 'input' else name} is {tensor}"


def called_short(reading: object) -> str:
    """A layer's given name, or its type."""
    node = reading.node  # type: ignore[attr-defined]
    return str(node.name if node.layer.name is not None else node.layer.type)


def _flattened(name: str, given: Tensor, output: Tensor) -> str:
    """``Flatten turns [1, 32, 7, 7] into 32 × 7 × 7 = 1568``"""
    for start in range(given.rank):
        for end in range(given.rank, start + 1, -1):
            merged = given.shape[start:end]
            if (*given.shape[:start], product(merged), *given.shape[end:]) == output.shape:
                return f"{name} turns {given} into {multiplied_out(merged)} = {product(merged)}"
    return f"{name} turns {given} into {output}"


def _declared(reading: object, size: int) -> str:
    layer = reading.node.layer  # type: ignore[attr-defined]
    for argument in ("out_channels", "out_features", "hidden_size", "embedding_dim", "embed_dim", "d_model"):
        if getattr(layer, argument, None) == size:
            return f"{argument} = {size}"
    return ""
