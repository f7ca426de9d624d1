"""Formulas that are written once, and both evaluated and shown.

A formula is text as a person would write it::

    Formula("floor((input + 2·padding − dilation·(kernel_size − 1) − 1) / stride + 1)")

- ``·`` and ``×`` multiply, ``−`` subtracts, ``/`` divides exactly, ``floor(…)`` and ``ceil(…)`` round,
  ``min(…)`` and ``max(…)`` choose.
- ``kernel_size…`` stands for a tuple: its product, shown written out as ``5 × 5``.
- ``[filters]`` is a word for the reader and worth nothing: ``16 filters × (3 × 5 × 5)``. One that repeats the name
  before it stands behind the number only: ``heads [heads]`` is ``heads``, and ``8 heads``.

Each text is compiled once, at import, into integer arithmetic without any rounding: a quotient is kept as
numerator and denominator until a ``floor`` or ``ceil`` settles it, so results are exact at any size.
"""

import ast
import math
import re
from collections.abc import Callable
from typing import Any, Final

from service.core.sizes import Size, largest, multiplied_out, product, smallest

_MULTIPLICATION: Final = str.maketrans({"·": "*", "×": "*", "−": "-"})
_LABEL: Final = re.compile(r"\s*\[([^]]+)\]")
_REPEATED: Final = re.compile(r"\b(\w+)(…?) \[\1\]")
_NAME: Final = re.compile(r"([A-Za-z_]\w*)(…?)(?!\w*\()")


class Formula:
    """A formula's text together with what evaluates it and what fills numbers into it."""

    __slots__ = ("_evaluate", "_fill", "text")

    def __init__(self, source: str) -> None:
        self.text: str = _LABEL.sub(r" \1", _REPEATED.sub(r"\1", source)).replace("…", "")
        """As it is shown before any number is put in."""
        self._evaluate = _evaluator(source)
        self._fill = _filler(source)

    def __call__(self, **values: Any) -> Size:
        """The value for these numbers."""
        return self._evaluate(**values)

    def worked(self, values: dict[str, Any], result: Size) -> str:
        """The text with the numbers in it and the result behind it: ``floor(32 / 2) = 16``."""
        return f"{self._fill(values)} = {result:,}" if isinstance(result, int) else self._fill(values)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"


def _evaluator(source: str) -> Callable[..., Size]:
    text = _LABEL.sub("", source).translate(_MULTIPLICATION)
    expanded = _NAME.sub(lambda match: f"product({match[1]})" if match[2] else match[1], text)
    tree = ast.parse(expanded, mode="eval").body
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(_FUNCTIONS))
    numerator, denominator = _rational(tree)
    value = numerator if denominator is None else f"({numerator}) // ({denominator})"
    code = compile(f"lambda {', '.join(names)}: {value}", f"<formula {source}>", "eval")
    evaluate: Callable[..., Size] = eval(code, dict(_FUNCTIONS))  # noqa: S307 (the catalogue's own text)
    return evaluate


def _rational(node: ast.expr) -> tuple[str, str | None]:
    """Python source for numerator and denominator of an expression; no denominator means 1."""
    match node:
        case ast.Constant(value=int()) | ast.Name():
            return ast.unparse(node), None
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            top, bottom = _rational(operand)
            return f"-({top})", bottom
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(_rational(left), operator, _rational(right))
        case ast.Call(func=ast.Name(id="floor"), args=[inner]):
            top, bottom = _rational(inner)
            return (f"floor({top})" if bottom is None else f"(({top}) // ({bottom}))"), None
        case ast.Call(func=ast.Name(id="ceil"), args=[inner]):
            top, bottom = _rational(inner)
            return (f"ceil({top})" if bottom is None else f"(-(-({top}) // ({bottom})))"), None
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return f"{name}({', '.join(_integral(argument) for argument in arguments)})", None
    raise SyntaxError(f"a formula cannot contain {ast.unparse(node)}")


def _combined(
    left: tuple[str, str | None], operator: ast.operator, right: tuple[str, str | None]
) -> tuple[str, str | None]:
    (a, b), (c, d) = left, right
    match operator:
        case ast.Mult():
            return f"({a}) * ({c})", _times(b, d)
        case ast.Div():
            return (a if d is None else f"({a}) * ({d})"), _times(b, c)
        case ast.Add() | ast.Sub():
            sign = "+" if isinstance(operator, ast.Add) else "-"
            scaled_a = a if d is None else f"({a}) * ({d})"
            scaled_c = c if b is None else f"({c}) * ({b})"
            return f"({scaled_a}) {sign} ({scaled_c})", _times(b, d)
    raise SyntaxError(f"a formula cannot use {type(operator).__name__}")


def _times(a: str | None, b: str | None) -> str | None:
    return a if b is None else b if a is None else f"({a}) * ({b})"


def _integral(node: ast.expr) -> str:
    top, bottom = _rational(node)
    return top if bottom is None else f"(({top}) // ({bottom}))"


def _filler(source: str) -> Callable[[dict[str, Any]], str]:
    """A function that writes numbers into the text."""
    tuples = {match[1] for match in _NAME.finditer(source) if match[2]}

    def placeholder(match: re.Match[str]) -> str:
        return match[1] if match[1] in _FUNCTIONS else f"%({match[1]})s"

    # Split by labels, every second piece is one.
    pieces = _LABEL.split(source)
    template = "".join(
        f" {piece}" if position % 2 else _NAME.sub(placeholder, piece) for position, piece in enumerate(pieces)
    )

    def fill(values: dict[str, Any]) -> str:
        if tuples:
            values = {**values, **{name: multiplied_out(values[name]) or "1" for name in tuples}}
        return template % values

    return fill


def _floor(value: Any) -> Size:
    return math.floor(value) if isinstance(value, float) else value


def _ceil(value: Any) -> Size:
    return math.ceil(value) if isinstance(value, float) else value


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "floor": _floor,
    "ceil": _ceil,
    "min": smallest,
    "max": largest,
    "product": product,
}
