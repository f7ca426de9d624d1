"""What a function of PyTorch is called and which arguments it takes, read off PyTorch itself."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from types import FunctionType, MappingProxyType
from typing import Any, Final, NamedTuple, cast

import torch
from torch._jit_internal import boolean_dispatched

from service.layers.catalogue import CATALOGUE
from service.layers.operation import Operation

OPERATIONS: Final = {
    name: entry for name, entry in CATALOGUE.items() if issubclass(entry, Operation) and not entry.is_owned
}


class Argument(NamedTuple):
    """A parameter of a function; ``kind`` is its type by the operator's schema, empty where Python has no type."""

    name: str
    kind: str
    default: Any
    keyword_only: bool
    variadic: bool = False


class Function(NamedTuple):
    """A function, whichever of its many names it was called by."""

    name: str
    """What documents call it, if they can."""
    in_place: bool
    implied: Mapping[str, Any]
    """Arguments that the name gives, unless the call does."""
    signatures: tuple[tuple[Argument, ...], ...]
    access: str = ""
    """``get`` or ``set`` for an attribute of a tensor."""
    source: FunctionType | None = None
    """The function as Python code, if it is."""
    self_at: int = 0
    """Where a method's tensor stands among the arguments of the function."""


_OPERATORS: Final = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "div": "div", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "pow", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift", "neg": "neg",
    "invert": "bitwise_not", "abs": "abs", "pos": "positive", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le",
    "gt": "gt", "ge": "ge",
}  # fmt: skip
"""Python's operators by the middle of their methods' names."""
_COMMUTE: Final = frozenset({"add", "mul", "and", "or", "xor"})

_SYNONYMS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        "_max_pool1d": ("max_pool1d", {}), "_max_pool2d": ("max_pool2d", {}), "_max_pool3d": ("max_pool3d", {}),
        "max_pool1d_with_indices": ("max_pool1d", {"return_indices": True}),
        "max_pool2d_with_indices": ("max_pool2d", {"return_indices": True}),
        "max_pool3d_with_indices": ("max_pool3d", {"return_indices": True}),
        "adaptive_max_pool1d_with_indices": ("adaptive_max_pool1d", {"return_indices": True}),
        "adaptive_max_pool2d_with_indices": ("adaptive_max_pool2d", {"return_indices": True}),
        "adaptive_max_pool3d_with_indices": ("adaptive_max_pool3d", {"return_indices": True}),
        "fractional_max_pool2d_with_indices": ("fractional_max_pool2d", {"return_indices": True}),
        "fractional_max_pool3d_with_indices": ("fractional_max_pool3d", {"return_indices": True}),
        "constant_pad_nd": ("pad", {}), "clip": ("clamp", {}), "clamp_min": ("clamp", {}), "clamp_max": ("clamp", {}),
        "split_with_sizes": ("split", {}), "unsafe_split": ("split", {}), "unsafe_chunk": ("chunk", {}),
        "special_expit": ("sigmoid", {}), "special_erf": ("erf", {}), "special_erfc": ("erfc", {}),
        "special_expm1": ("expm1", {}), "special_exp2": ("exp2", {}), "special_log1p": ("log1p", {}),
        "special_softmax": ("softmax", {}), "special_log_softmax": ("log_softmax", {}),
        "special_logit": ("logit", {}), "special_logsumexp": ("logsumexp", {}), "special_sinc": ("sinc", {}),
        "special_xlogy": ("xlogy", {}), "special_round": ("round", {}), "special_digamma": ("digamma", {}),
        "special_i0": ("i0", {}), "special_polygamma": ("polygamma", {}), "special_gammainc": ("igamma", {}),
        "special_gammaincc": ("igammac", {}),
        "linalg_matmul": ("matmul", {}), "linalg_diagonal": ("diagonal", {"dim1": -2, "dim2": -1}),
        "inverse": ("linalg_inv", {}), "pinverse": ("linalg_pinv", {"rcond": 1e-15}),
        "cholesky": ("linalg_cholesky", {}), "linalg_det": ("det", {}), "linalg_slogdet": ("slogdet", {}),
        "linalg_matrix_exp": ("matrix_exp", {}), "_linalg_eigh": ("linalg_eigh", {}),
        "_linalg_svd": ("linalg_svd", {}), "orgqr": ("linalg_householder_product", {}),
        "linalg_vector_norm": ("vector_norm", {}), "linalg_norm": ("linalg_norm", {}),
        "_is_all_true": ("all", {}), "_is_any_true": ("any", {}),
        "_grouped_mm": ("grouped_mm", {}), "grouped_mm_fallback": ("grouped_mm", {}),
        "_unsafe_view": ("reshape", {}), "_reshape_alias": ("reshape", {}), "_to_copy": ("to", {}),
        "__getitem__": ("getitem", {}), "alias": ("detach", {}), "lift_fresh": ("detach", {}),
        "_softmax": ("softmax", {}), "_log_softmax": ("log_softmax", {}), "data": ("detach", {}),
    }
)  # fmt: skip
"""Further names of what the catalogue has, and the arguments that they stand for."""


@cache
def described(called: Callable[..., Any]) -> Function:
    """What is known of a function, by what PyTorch hands to ``__torch_function__``."""
    access = _access(called)
    written = str(called.__self__.__name__) if access else _name(called)  # type: ignore[attr-defined]
    name, in_place = _plain(written)
    name = _catalogued().get(called, name)
    name, implied = _SYNONYMS.get(name, (name, MappingProxyType({})))
    source = inspect.unwrap(called)
    signatures = () if access else tuple(_signatures(called, written))
    source = source if isinstance(source, FunctionType) else None
    return Function(name, in_place, implied, signatures, access, source, _self_at(called, written))


def _self_at(called: Any, written: str) -> int:
    if getattr(called, "__objclass__", None) is not torch._C.TensorBase:  # noqa: SLF001
        return 0
    schemas = torch._C._jit_get_schemas_for_operator(f"aten::{written}")  # noqa: SLF001
    places = ([argument.name for argument in schema.arguments].index("self") for schema in schemas if _has_self(schema))
    return next(places, 0)


def _has_self(schema: Any) -> bool:
    return any(argument.name == "self" for argument in schema.arguments)


@cache
def _catalogued() -> Mapping[Callable[..., Any], str]:
    """What the catalogue's operations call, with the names that they have in documents."""
    return {
        reduce(getattr, entry.function.removeprefix("torch.").split("."), cast("Any", torch)): name
        for name, entry in OPERATIONS.items()
    }


def _access(called: Any) -> str:
    """An attribute's getter and setter are bound methods of its descriptor."""
    return {"__get__": "get", "__set__": "set", "__delete__": "set"}.get(getattr(called, "__name__", ""), "")


def _name(called: Any) -> str:
    if isinstance(called, torch._ops.OpOverload):  # noqa: SLF001
        namespace, _, name = called._schema.name.rpartition("::")  # noqa: SLF001
        return str(name if namespace in ("aten", "prims") else called._schema.name)  # noqa: SLF001
    return str(called.__name__)


def _plain(written: str) -> tuple[str, bool]:
    """A name without what marks operators and functions that work in place, and whether it is one of the latter."""
    if written.startswith("__") and written.endswith("__"):
        middle = written.strip("_")
        if middle in _OPERATORS:
            return _OPERATORS[middle], False
        if middle[:1] == "i" and middle[1:] in _OPERATORS:
            return _OPERATORS[middle[1:]], True
        if middle[:1] == "r" and middle[1:] in _COMMUTE:
            return _OPERATORS[middle[1:]], False
        return written, False
    if written.endswith("_") and not written.startswith("__"):
        return written[:-1], True
    return written, False


def _signatures(called: Any, written: str) -> Iterator[tuple[Argument, ...]]:
    if isinstance(called, torch._ops.OpOverload):  # noqa: SLF001
        # Which of the overloads it is has been decided, numbers in the place of tensors included.
        yield tuple(argument._replace(kind="") for argument in _of_schema(called._schema))  # noqa: SLF001
        return
    called = inspect.unwrap(called)
    while called in boolean_dispatched:
        called = inspect.unwrap(boolean_dispatched[called]["if_true"])
    if isinstance(called, FunctionType):
        yield tuple(map(_of_parameter, inspect.signature(called).parameters.values()))
        return
    for schema in torch._C._jit_get_schemas_for_operator(f"aten::{written}"):  # noqa: SLF001
        yield _of_schema(schema)


def _of_schema(schema: Any) -> tuple[Argument, ...]:
    return tuple(
        Argument(
            "input" if argument.name == "self" else argument.name,
            argument.type.annotation_str,
            argument.default_value if argument.has_default_value() else inspect.Parameter.empty,
            argument.kwarg_only,
        )
        for argument in schema.arguments
    )


def _of_parameter(parameter: inspect.Parameter) -> Argument:
    name = "input" if parameter.name == "self" else parameter.name
    by_name = parameter.kind is parameter.KEYWORD_ONLY
    return Argument(name, "", parameter.default, by_name, parameter.kind is parameter.VAR_POSITIONAL)
