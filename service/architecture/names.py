"""What a layer may be called: what PyTorch lets a part of a model be called."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from service.architecture.problems import DocumentFault, shortened
from service.architecture.scopes import Scope
from service.layers.base import Layer
from service.layers.operation import Operation
from service.layers.structure import Reuse

MODULE_ATTRIBUTES: Final = frozenset(dir(type("Class", (), {}))) | frozenset(
    """
    T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules
    mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule
    share_memory state_dict to to_empty train training type xpu zero_grad
    _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _forward_hooks
    _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs
    _get_backward_hooks _get_backward_pre_hooks _get_name _is_full_backward_hook _load_from_state_dict
    _load_state_dict_post_hooks _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _modules _named_members
    _non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook _register_state_dict_hook
    _replicate_for_data_parallel _save_to_state_dict _slow_forward _state_dict_hooks _state_dict_pre_hooks _version
    _wrapped_call_impl __annotations__ __call__ __getattr__ __setstate__
    """.split()  # noqa: SIM905 (a list of so many names)
)
"""What ``torch.nn.Module`` has itself, so that no module, parameter or buffer can be registered as it."""

_NAME: Final = re.compile(r"^[^.\[\]=]+$")


@lru_cache(maxsize=4096)
def is_plain(name: str) -> bool:
    """Whether a name is one for whatever is called so."""
    return name not in MODULE_ATTRIBUTES and _NAME.match(name) is not None


def name_faults(name: str, layer: Layer, scope: Scope, pointer: str) -> Iterator[DocumentFault]:
    """Why a layer of a scope, at ``pointer``, may not be called ``name``, if so."""
    if layer.name is not None and _NAME.match(name) is None:
        detail = f"{shortened(name)} cannot be a name: names have no dots, brackets or equals signs, as in PyTorch."
        yield DocumentFault("bad-name", f"{pointer}/name", detail)
    if name in MODULE_ATTRIBUTES and _is_part(layer):
        detail = f"No part of a model can be called {name}: torch.nn.Module has an attribute of that name itself."
        yield DocumentFault("bad-name", f"{pointer}/name", detail, did_you_mean=f"{name}_")
    if name in scope.names and not scope.may_hide(name):
        detail = f"The name {shortened(name)} is taken" + (
            ": it is what arrives here." if name == "input" else "; names in one list are unique, and an unnamed "
            "layer is called by its index."
        )  # fmt: skip
        yield DocumentFault("duplicate-name", pointer if layer.name is None else f"{pointer}/name", detail)


def _is_part(layer: Layer) -> bool:
    """Whether a layer is registered under its name; what an operation returns is called so in the document alone."""
    return layer.is_owned if isinstance(layer, Operation) else not isinstance(layer, Reuse)
