"""Tensors larger than PyTorch can count, however much memory there was."""

from collections.abc import Iterator

from service.core.faults import Uncountable
from service.core.sizes import LARGEST_INTEGER, UNKNOWN, multiplied_out
from service.core.tensors import Tensor, Value, is_countable, is_tuple, tensors_in
from service.layers.weights import Weight


def oversized(weights: tuple[Weight, ...], output: Value) -> Iterator[Uncountable]:
    """What the constructor refuses about the size of a weight, and the forward pass about that of a result."""
    for weight in weights:
        tensor = Tensor(weight.shape, weight.dtype)
        if not is_countable(tensor):
            yield _uncountable(f"has a {weight.name or 'tensor'}", tensor)
            return
    for result in tensors_in(output):
        if isinstance(result, Tensor) and not is_countable(result):
            yield _uncountable("would return a tensor", result)
            return


def countable(output: Value) -> Value:
    """The result with nothing known of what cannot be counted."""
    if is_tuple(output):
        return tuple(map(countable, output))
    return UNKNOWN if isinstance(output, Tensor) and not is_countable(output) else output


def _uncountable(what: str, tensor: Tensor) -> Uncountable:
    return Uncountable(
        code="too-large",
        message=f"{{layer}} {what} of {multiplied_out(tensor.shape)} elements of {tensor.dtype}, more than PyTorch can "
        "count in 64 bits",
        expected=f"at most {LARGEST_INTEGER} bytes",
        received=list(tensor.shape),
    )
