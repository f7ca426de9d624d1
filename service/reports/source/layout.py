"""Expressions laid out as ruff lays them out: in a line where they fit, else an argument a line."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

WIDTH: Final = 88
"""Columns, ruff's own default."""
INDENT: Final = "    "


_KEYED: Final = re.compile(
    r"""(?P<owner>[^"'\[]*\._(?:modules|parameters|buffers)\[)(?P<key>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?P<rest>\].*)"""
)
"""A name that is no attribute's, before anything else that may be broken."""


class Bracketed(NamedTuple):
    """Something in brackets behind a head: a call, a list, a subscript."""

    head: str
    parts: tuple["Expression", ...]
    brackets: str = "()"
    notes: tuple[str, ...] = ()
    """Comments above it."""
    clause: str = ""
    """What makes a list of its only part in a loop."""

    @property
    def is_noted(self) -> bool:
        """Whether something is said of one of its parts, so that it cannot stand in one line."""
        return any(isinstance(part, Bracketed) and (part.notes or part.is_noted) for part in self.parts)

    @property
    def is_sequence(self) -> bool:
        """Whether it is a tuple or a list, rather than a call or a subscript."""
        return not self.head or self.head.endswith("=")

    @property
    def opening(self) -> str:
        """What it begins with, up to its bracket."""
        return f"{self.head}{self.brackets[:1]}"

    @property
    def inside(self) -> str:
        """What stands between its brackets, in one line."""
        return " ".join([", ".join(flat(part) for part in self.parts), *([self.clause] if self.clause else [])])

    @property
    def flat(self) -> str:
        """In one line."""
        if not self.brackets:
            return self.head
        lonely = "," if self.is_sequence and self.brackets == "()" and len(self.parts) == 1 else ""
        return f"{self.head}{self.brackets[0]}{self.inside}{lonely}{self.brackets[1]}"


Expression: TypeAlias = str | Bracketed


def repeated(made: Expression, count: int, head: str = "") -> Bracketed:
    """A list of so many of the same, each made anew."""
    return Bracketed(head, (made,), "[]", clause=f"for _ in range({count})")


def in_loops(made: Sequence[Expression]) -> Iterator[Expression]:
    """What stands in a row, in loops where it is the same several times."""
    for each, copies in groupby(made):
        count = len(list(copies))
        if count > 2 or 1 < count == len(made):
            yield repeated(each, count, "*")
        else:
            yield from [each] * count


def flat(expression: Expression) -> str:
    """An expression in one line."""
    return expression if isinstance(expression, str) else expression.flat


def laid_out(expression: Expression, before: str, behind: str = "", depth: int = 0) -> list[str]:
    """The lines of an expression with something before it, and something behind it, at a depth of indentation."""
    indent = INDENT * depth
    line = f"{indent}{before}{flat(expression)}{behind}"
    if isinstance(expression, str):
        expression = Bracketed(expression, (), "")
    notes = [f"{indent}# {note}" for note in expression.notes]
    first = f"{indent}{before}{expression.opening}"
    is_too_long = len(line) > WIDTH and (len(first) > WIDTH or not expression.parts)
    widest = max(len(f"{indent}{before}("), len(f"{indent}{INDENT}{expression.opening}"))
    if is_too_long and before.endswith(" = ") and widest <= WIDTH:
        inner = laid_out(expression._replace(notes=()), "", "", depth + 1)
        return [*notes, f"{indent}{before}(", *inner, f"{indent}){behind}"]
    keyed = _KEYED.match(f"{before}{expression.head}")
    if is_too_long and keyed:
        rest = expression._replace(head=keyed["rest"], notes=())
        key = [f"{indent}{keyed['owner']}", f"{indent}{INDENT}{keyed['key']}"]
        return [*notes, *key, *laid_out(rest, "", behind, depth)]
    if not expression.parts or (len(line) <= WIDTH and not expression.is_noted):
        return [*notes, line]
    foot = f"{indent}{expression.brackets[1]}{behind}"
    together = f"{indent}{INDENT}{expression.inside}"
    may_be_together = bool(expression.clause) or not expression.is_sequence
    if len(together) <= WIDTH and may_be_together and not expression.is_noted:
        return [*notes, first, together, foot]
    if expression.clause:
        lines = [*laid_out(expression.parts[0], "", "", depth + 1), f"{indent}{INDENT}{expression.clause}"]
        return [*notes, first, *lines, foot]
    comma = "," if expression.is_sequence or len(expression.parts) > 1 else ""
    lines = [line for part in expression.parts for line in laid_out(part, "", comma, depth + 1)]
    return [*notes, first, *lines, foot]
