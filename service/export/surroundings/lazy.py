"""Modules that learn from their first input how many weights they need."""

import copy
from typing import Any

from torch.nn import Module
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import UninitializedParameter, is_lazy

from service.export.problems import ExportError


def to_be_run(model: Module) -> Module:
    """The model itself, or a copy with the same weights in which those that it does not have yet come to be on
    ``meta``."""
    weights = (*model.parameters(), *model.buffers())
    if not any(map(is_lazy, weights)):
        return model
    return copy.deepcopy(model, {id(weight): _on_meta(weight) if is_lazy(weight) else weight for weight in weights})


def is_waiting(module: Module) -> bool:
    """Whether a module has not seen an input yet and needs one."""
    return isinstance(module, LazyModuleMixin) and module.has_uninitialized_params()


def initialize(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Gives a module the weights that its first input asks for."""
    module._infer_parameters(module, args, kwargs)  # noqa: SLF001


def expect_weights(model: Module) -> None:
    """Refuses a model of which a run has left weights as they were: nobody knows how many there are."""
    left = [name for name, tensor in (*model.named_parameters(), *model.named_buffers()) if is_lazy(tensor)]
    if left:
        raise ExportError(
            f"The model is lazy, and its run did not come to {', '.join(left)}, of which nobody knows the shape; call "
            "those modules, or give them their sizes."
        )


def _on_meta(weight: Any) -> Any:
    # Their constructors take more than their annotations say.
    kind: Any = type(weight)
    trained = {"requires_grad": weight.requires_grad} if isinstance(weight, UninitializedParameter) else {}
    return kind(**trained, device="meta", dtype=weight.dtype)
