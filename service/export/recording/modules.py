"""From a live module to the layer of the catalogue that it is, if it is one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch.nn import Module

from service.export.problems import InexpressibleError
from service.export.recording.expressing import made, written
from service.layers.base import COMMON_KEYS, Layer
from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation
from service.layers.structure import Structure
from service.verification.modules import module_of

LAYERS: Final = {
    getattr(torch.nn, name): entry
    for name, entry in CATALOGUE.items()
    if not issubclass(entry, (Operation, Structure)) and not name.startswith("Lazy")
}

_HARMLESS: Final = frozenset({"__init__", "reset_parameters", "extra_repr", "__repr__", "_reset_parameters"})
"""What a subclass may define and still compute as its base does."""

_PER_AXIS: Final = frozenset({"kernel_size", "stride", "padding", "dilation", "output_padding"})

Reader = Callable[[Any], Any]

_ATTENTION: Final[Mapping[str, Reader]] = {
    "bias": lambda m: m.in_proj_bias is not None,
    "add_bias_kv": lambda m: m.bias_k is not None,
}
_ONE_LAYER: Final[Mapping[str, Reader]] = {
    "d_model": lambda m: m.self_attn.embed_dim,
    "nhead": lambda m: m.self_attn.num_heads,
    "dim_feedforward": lambda m: m.linear1.out_features,
    "dropout": lambda m: m.dropout.p,
    "activation": lambda m: _name_of_activation(m.activation),
    "layer_norm_eps": lambda m: m.norm1.eps,
    "batch_first": lambda m: m.self_attn.batch_first,
    "bias": lambda m: m.linear1.bias is not None,
}


def _of_some_layer(name: str) -> Reader:
    return lambda module: _ONE_LAYER[name](_some_layer(module))


_WHOLE: Final[Mapping[str, Reader]] = {
    "num_encoder_layers": lambda m: m.encoder.num_layers,
    "num_decoder_layers": lambda m: m.decoder.num_layers,
    "custom_encoder": lambda _: None,
    "custom_decoder": lambda _: None,
    "norm_first": lambda m: _some_layer(m).norm_first,
    **{name: _of_some_layer(name) for name in ("dim_feedforward", "dropout", "activation", "layer_norm_eps", "bias")},
}
_ELSEWHERE: Final[Mapping[type[Module], Mapping[str, Reader]]] = {
    torch.nn.Hardtanh: {"min_value": lambda _: None, "max_value": lambda _: None},
    torch.nn.MultiheadAttention: _ATTENTION,
    torch.nn.PairwiseDistance: {"p": lambda m: m.norm},
    torch.nn.Transformer: _WHOLE,
    torch.nn.TransformerDecoder: {"decoder_layer": lambda m: _nested(m.layers[0])},
    torch.nn.TransformerDecoderLayer: _ONE_LAYER,
    torch.nn.TransformerEncoder: {"encoder_layer": lambda m: _nested(m.layers[0])},
    torch.nn.TransformerEncoderLayer: _ONE_LAYER,
}
"""Arguments of constructors that the module does not keep under their names."""


def layer_of(module: Module) -> Layer | None:
    """The layer that a module is; none if it is another one or its arguments cannot be said."""
    base = _computes_as(type(module))
    return None if base is None or "forward" in vars(module) else _layer_by_arguments(module, base)


def inherited(module: Module) -> tuple[type[Module], Layer] | None:
    """The layer that a module with a forward pass of its own would be without it, and that layer's class."""
    base = next((base for base in type(module).__mro__ if base in LAYERS), None)
    layer = None if base is None or any(module.children()) else _layer_by_arguments(module, base)
    return None if base is None or layer is None else (base, layer)


def _layer_by_arguments(module: Module, base: type[Module]) -> Layer | None:
    entry = LAYERS[base]
    try:
        layer: Layer = made(entry, _arguments(module, base, entry))
    except (InexpressibleError, AttributeError, IndexError):
        return None
    if any(module.children()) and not _is_like(module, module_of(layer)):
        return None
    return layer if _owns(layer) == _owned(module) else None


def _computes_as(kind: type[Module]) -> type[Module] | None:
    """The class of the catalogue whose forward pass a class has."""
    for base in kind.__mro__:
        if base in LAYERS:
            return base
        if any(callable(value) or isinstance(value, property) for name, value in vars(base).items() if _matters(name)):
            return None
    return None


def _matters(name: str) -> bool:
    return name not in _HARMLESS and not (name.startswith("__") and name != "__call__")


def _arguments(module: Module, base: type[Module], entry: type[Layer]) -> dict[str, Any]:
    readers = _ELSEWHERE.get(base, {})
    found: dict[str, Any] = {}
    for name in entry.model_fields:
        if name in COMMON_KEYS or name == "device" or name in entry.forward_arguments:
            continue
        value = readers[name](module) if name in readers else _read(module, name)
        if name == "dtype":
            value = None if value == torch.get_default_dtype() else value
        found[name] = _short(written(value)) if name in _PER_AXIS else written(value)
    if found.get("stride") is not None and found.get("stride") == found.get("kernel_size"):
        default = entry.model_fields["stride"].default
        found["stride"] = default if default is None else found["stride"]
    return found


def _read(module: Module, name: str) -> Any:
    if name == "dtype":
        return next((parameter.dtype for parameter in module.parameters()), None)
    value = getattr(module, name)
    if name == "bias" and not isinstance(value, bool):
        return value is not None
    return _nested(value) if isinstance(value, Module) else value


def _short(value: Any) -> Any:
    """One number where it is the same along all axes."""
    if isinstance(value, tuple) and value and all(type(v) is int and v == value[0] for v in value):
        return value[0]
    return value


def _nested(module: Module | None) -> Any:
    """A layer that is an argument of another."""
    if module is None:
        return None
    layer = layer_of(module)
    if layer is None:
        raise InexpressibleError(f"{type(module).__name__} is no layer of the catalogue")
    return layer


def _some_layer(transformer: Any) -> Any:
    return (transformer.encoder.layers or transformer.decoder.layers)[0]


def _name_of_activation(activation: Any) -> str:
    name = getattr(activation, "__name__", type(activation).__name__).lower()
    if getattr(torch.nn.functional, name, None) is not activation and not isinstance(
        activation, (torch.nn.ReLU, torch.nn.GELU)
    ):
        raise InexpressibleError(f"its activation is {activation!r}")
    return name


def _is_like(module: Module, other: Module) -> bool:
    """Whether two modules consist of parts that compute the same with the same arguments."""
    return repr(module) == repr(other) and all(
        (type(a) is type(b) or _computes_as(type(a)) is type(b))
        and "forward" not in vars(a)
        and getattr(a, "batch_first", None) == getattr(b, "batch_first", None)
        for a, b in zip(module.modules(), other.modules(), strict=True)
    )


def _owns(layer: Layer) -> dict[str, Any]:
    return {
        weight.name: (tuple(weight.shape), weight.dtype, weight.trainable and not weight.buffer, weight.buffer)
        for weight in layer.weights()
    }


def _owned(module: Module) -> dict[str, Any]:
    parameters = {
        name: (tuple(p.shape), written(p.dtype), p.requires_grad, False)
        for name, p in module.named_parameters(remove_duplicate=False)
    }
    buffers = {
        name: (tuple(b.shape), written(b.dtype), False, True)
        for name, b in module.named_buffers(remove_duplicate=False)
    }
    return parameters | buffers
