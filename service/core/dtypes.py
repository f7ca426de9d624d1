"""Element types by PyTorch's names, and how they promote.

Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from math import isfinite
from typing import Final, Literal, TypeAlias, get_args

DType: TypeAlias = Literal[
    "float32", "float64", "float16", "bfloat16",
    "int64", "int32", "int16", "int8", "uint8", "bool",
    "complex64", "complex128",
]  # fmt: skip

FLOATING: Final = frozenset({"float32", "float64", "float16", "bfloat16"})
COMPLEX: Final = frozenset({"complex64", "complex128"})
INTEGRAL: Final = frozenset({"int64", "int32", "int16", "int8", "uint8"})
BOOLEAN: Final = frozenset({"bool"})
ANY: Final = frozenset(get_args(DType))
NUMERIC: Final = ANY - BOOLEAN
REAL: Final = ANY - COMPLEX
INEXACT: Final = FLOATING | COMPLEX
INDICES: Final = frozenset({"int64", "int32"})

DEFAULT: Final[DType] = "float32"

BYTES: Final[dict[str, int]] = {
    "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
    "complex64": 8, "complex128": 16,
}  # fmt: skip
"""Bytes an element takes."""

_COMPLEX_OF: Final[dict[str, DType]] = {
    "float16": "complex64", "bfloat16": "complex64", "float32": "complex64", "float64": "complex128",
}  # fmt: skip


def category(dtype: str) -> int:
    """0 boolean, 1 integral, 2 floating, 3 complex: the order in which categories win a promotion."""
    return 3 if dtype in COMPLEX else 2 if dtype in FLOATING else 1 if dtype in INTEGRAL else 0


def promote(a: DType, b: DType) -> DType:
    """The smallest type that holds both, as ``torch.promote_types(a, b)``."""
    if a == b:
        return a
    low, high = sorted((a, b), key=category)
    if category(low) < category(high):
        if high in COMPLEX and low in FLOATING:
            return promote(high, _COMPLEX_OF[low])
        return high
    if high in COMPLEX:
        return "complex128"
    if high in FLOATING:
        if {a, b} == {"float16", "bfloat16"}:
            return "float32"
        return max(a, b, key=lambda dtype: BYTES[dtype])
    if "uint8" in (a, b):
        # No signed type of one byte holds a uint8.
        other = a if b == "uint8" else b
        return "int16" if other == "int8" else other
    return max(a, b, key=lambda dtype: BYTES[dtype])


def with_number(dtype: DType, number: complex | bool) -> DType:
    """What a tensor of ``dtype`` becomes beside a Python number: only a higher category promotes it."""
    if isinstance(number, bool) or (isinstance(number, int) and dtype != "bool"):
        return dtype
    if isinstance(number, int):
        return "int64"
    if isinstance(number, float):
        return dtype if category(dtype) >= 2 else DEFAULT
    return dtype if dtype in COMPLEX else _COMPLEX_OF.get(dtype, "complex64")


def real_part(dtype: DType) -> DType:
    """The element type of a magnitude."""
    return "float32" if dtype == "complex64" else "float64" if dtype == "complex128" else dtype


def inexact(dtype: DType) -> DType:
    """What ``exp``, ``sqrt`` or a true division make of ``dtype``: integers become the default float."""
    return dtype if dtype in INEXACT else DEFAULT


_LARGEST: Final[dict[str, float]] = {
    "float16": 65504.0, "bfloat16": (2 - 2**-7) * 2.0**127, "float32": (2 - 2**-23) * 2.0**127,
    "complex64": (2 - 2**-23) * 2.0**127,
}  # fmt: skip


def holds(dtype: DType, number: float) -> bool:
    """Whether ``number`` can be converted to ``dtype`` without an overflow; negative integers wrap in a uint8."""
    if dtype in INTEGRAL:
        top: int = 2 ** (8 * BYTES[dtype] - (dtype != "uint8"))
        if isinstance(number, int):
            return number < top and number >= (1 - top if dtype == "uint8" else -top)
        return number <= float(top - 1) and number >= (0 if dtype == "uint8" else -top)
    return dtype not in _LARGEST or not isfinite(number) or abs(number) <= _LARGEST[dtype]
