"""One layer, once by our rules and once by PyTorch, and where the two differ."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch

from service.core.layouts import in_channels_last
from service.core.sizes import UNKNOWN, is_known, is_unknown
from service.core.tensors import NOTHING, Tensor, Value, strided, strides_of
from service.layers.applying import Outcome, apply
from service.layers.base import Layer
from service.layers.operation import Operation
from service.verification.modules import function_of, module_of, real
from tests.oracle.values import can_fit, fit

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, NotImplementedError, ZeroDivisionError,
            AttributeError, OverflowError, KeyError)  # fmt: skip


@contextmanager
def quiet() -> Iterator[None]:
    """Without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Real(NamedTuple):
    """What PyTorch returned; ``error`` if it refused."""

    output: Any
    parameters: dict[str, tuple[int, ...]]
    buffers: dict[str, tuple[int, ...]]
    error: str | None


def sample(value: Value, integer: int = 0) -> Any:
    """Real values of these shapes; all integers are ``integer``."""
    if isinstance(value, Tensor):
        dtype = getattr(torch, value.dtype)
        if value.strides is not None:
            storage = 1 + sum((n - 1) * s for n, s in zip(value.shape, value.strides, strict=True))
            return torch.full((max(storage, 1),), integer, dtype=dtype).as_strided(value.shape, value.strides)
        if dtype.is_floating_point:
            return torch.randn(value.shape).to(dtype)
        return torch.full(value.shape, integer, dtype=dtype)
    if value is NOTHING:
        return None
    return tuple(sample(part, integer) for part in value)  # type: ignore[union-attr]


def made(
    make: Callable[[Value], Any], inputs: tuple[Value, ...], keywords: Mapping[str, Value]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Real inputs, by ``make``. One value passed several times is one tensor, which attention goes by."""
    by_identity = {id(value): make(value) for value in (*inputs, *keywords.values())}
    named = {name: by_identity[id(value)] for name, value in keywords.items()}
    for name, tensor in named.items():
        if name.endswith("mask") and isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            tensor.zero_()  # What else is added to scores could hide everything, which some layers refuse.
    return tuple(by_identity[id(value)] for value in inputs), named


def run_real(layer: Layer, inputs: tuple[Value, ...], keywords: Mapping[str, Value], training: bool) -> Real:
    """Builds the layer with ``torch`` and runs it on a CPU."""
    module: torch.nn.Module | None = None
    try:
        with torch.no_grad(), quiet():
            tensors, named = made(partial(sample, integer=layer.typical_integer), inputs, keywords)
            fit(layer, (*tensors, *named.values()))
            if isinstance(layer, Operation):
                arguments, given = layer.called_with(*tensors, named=named)
                output = function_of(layer)(
                    *arguments, **{name: real(value, name) for name, value in given.items()}, **named
                )
            else:
                module = module_of(layer)
                module.train(training)
                given = {name: getattr(layer, name) for name in layer.forward_arguments & layer.model_fields_set}
                output = module(*layer.grouped(tensors), **given, **named)
    except REFUSALS as error:
        return Real(None, {}, {}, f"{type(error).__name__}: {error}")
    if isinstance(output, torch.Tensor) and any(size < 0 for size in output.shape):
        return Real(None, {}, {}, "PyTorch does not look at sizes below 0 beside a 0, but no tensor has them")
    parameters = {} if module is None else {n: tuple(p.shape) for n, p in module.named_parameters()}
    buffers = {} if module is None else {n: tuple(b.shape) for n, b in module.named_buffers()}
    return Real(output, parameters, buffers, None)


def describe(output: Any, strides: bool = True) -> Any:
    """A nested result as comparable data: shape, element type, and strides where there are elements."""
    if isinstance(output, torch.Tensor):
        dtype = str(output.dtype).removeprefix("torch.")
        return tuple(output.shape), dtype, _essential(output.shape, output.stride()) if strides else None
    if isinstance(output, Tensor):
        return output.shape, output.dtype, _essential(output.shape, strides_of(output)) if strides else None
    if output is None or output is NOTHING:
        return "None"
    if is_unknown(output):
        return None
    return tuple(describe(part, strides) for part in output)


def _essential(shape: Any, strides: Any) -> Any:
    """Strides that make a difference: those of axes with more than one entry; whether they are ``channels_last``."""
    if not all(map(is_known, (*shape, *strides))):
        return UNKNOWN
    if 0 in shape:
        return ()
    several = tuple(stride for size, stride in zip(shape, strides, strict=True) if size != 1)
    return (*several, "channels_last") if in_channels_last(strided(shape, "bool", tuple(strides))) else several


def agrees(ours: Any, theirs: Any) -> bool:
    """Equality, but an unknown size of ours agrees with any."""
    if isinstance(ours, tuple) and isinstance(theirs, tuple):
        return len(ours) == len(theirs) and all(map(agrees, ours, theirs))
    return ours is None or (not is_known(ours)) or bool(ours == theirs)


def disagreement(
    layer: Layer,
    inputs: tuple[Value, ...],
    keywords: Mapping[str, Value] = {},
    training: bool = False,
    strides: bool = True,
) -> str | None:
    """How our rules and PyTorch differ about a layer, or none if they agree."""
    ours: Outcome = apply(layer, inputs, keywords, training)
    if layer.type.startswith("Lazy") and not ours.faults and ours.inferred:
        pass  # Lazy modules are materialised by PyTorch itself in the forward pass.
    elif ours.inferred:
        layer = layer.model_copy(update=dict(ours.inferred))
        object.__setattr__(layer, "__pydantic_fields_set__", layer.model_fields_set | set(ours.inferred))
    if any(fault.undefined for fault in ours.faults) or not (ours.faults or can_fit(layer, inputs)):
        return None
    theirs = run_real(layer, inputs, keywords, training)
    if ours.faults and theirs.error:
        return None
    if ours.faults:
        return f"we refuse ({ours.faults[0].message}), PyTorch returns {describe(theirs.output, strides)}"
    if theirs.error:
        return f"PyTorch refuses ({theirs.error}), we return {describe(ours.output, strides)}"
    if not agrees(describe(ours.output, strides), describe(theirs.output, strides)):
        return f"we return {describe(ours.output, strides)}, PyTorch {describe(theirs.output, strides)}"
    return None if isinstance(layer, Operation) and layer.is_owned else weights_disagreement(ours, theirs)


def weights_disagreement(ours: Outcome, theirs: Real) -> str | None:
    """How the weights differ, or none if they agree."""
    parameters = {weight.name: weight.shape for weight in ours.weights if not weight.buffer}
    buffers = {weight.name: weight.shape for weight in ours.weights if weight.buffer}
    if parameters != theirs.parameters:
        return f"we own {parameters}, PyTorch {theirs.parameters}"
    if buffers != theirs.buffers:
        return f"our buffers are {buffers}, PyTorch's {theirs.buffers}"
    if list(parameters) != list(theirs.parameters):
        return f"our parameters are in the order {list(parameters)}, PyTorch's in {list(theirs.parameters)}"
    return None
