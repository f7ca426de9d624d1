"""Values as Python writes them. Nothing that a user wrote is ever taken for code."""

import keyword
import re
from typing import Any, Final

from service.core.sizes import is_unknown
from service.core.tensors import Value, is_tuple
from service.reports.source.layout import Bracketed, Expression

SEQUENTIAL_ATTRIBUTES: Final = frozenset({"append", "extend", "insert", "pop"})
"""What ``torch.nn.Sequential`` has beside what every module has, so that no part of one is called so."""
USED: Final = frozenset({"self", "torch", "nn", "float", "print", "range", "slice", "sum", "super", "tuple"})
"""What the source itself means something by, so that no variable may be called so."""
USED_BY_CLASSES: Final = frozenset({"None", "True", "False", "F", "OrderedDict"})

LONGEST_NAME: Final = 24


class Code(str):
    """A piece of source that stands for a value, as a variable does."""

    __slots__ = ()


def literal(value: Any, name: str = "") -> Expression:
    """A value as source; ``name`` is the argument it is given to."""
    if isinstance(value, Code):
        return str(value)
    if name == "dtype" and isinstance(value, str):
        return f"torch.{value}"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return Bracketed("", tuple(literal(part) for part in value))
    if isinstance(value, list):
        return Bracketed("", tuple(literal(part) for part in value), "[]")
    if value is Ellipsis or is_unknown(value):
        # A size behind a mistake: something that Python reads, and PyTorch refuses.
        return "..."
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(value).replace("e+", "e") if isinstance(value, float) else repr(value)


def item(value: Any) -> Expression:
    """A value as it stands in square brackets, where a slice has colons."""
    if not isinstance(value, slice):
        return literal(value)
    bounds = ["" if bound is None else repr(bound) for bound in (value.start, value.stop)]
    return ":".join(bounds if value.step is None else [*bounds, repr(value.step)])


def quoted(text: str) -> str:
    """A string in double quotes, unless single ones save escapes."""
    written = ascii(text)
    return f'"{written[1:-1]}"' if written.startswith("'") and '"' not in text else written


def attributes(weight: str) -> str:
    """Where a weight of a module stands in it: ``layers[0].linear1.bias`` for one of a stack."""
    return re.sub(r"\.(\d+)(?=\.)", r"[\1]", weight)


def identifier(text: str) -> str:
    """The text as a name for a variable: what no name may contain is an underscore."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")[:LONGEST_NAME].strip("_").lower() or "value"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in USED else name


def is_attribute(name: str) -> bool:
    """Whether a part of a model may be an attribute of this name."""
    return (
        name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
        and not name.startswith("_")
    )  # fmt: skip


def is_child(name: str) -> bool:
    """Whether ``torch.nn.Sequential`` takes a part of this name: it may not be an attribute that there is already."""
    return name not in SEQUENTIAL_ATTRIBUTES and not name.startswith("_")


def class_name(text: str) -> str:
    """The text as a name for a class."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[0].upper() + word[1:] for word in words)[:LONGEST_NAME]
    return f"Model{name}" if not name or name[0].isdigit() or name in USED_BY_CLASSES else name


def shape(value: Value) -> str:
    """A shape, or several, for a comment."""
    if is_tuple(value):
        return f"({', '.join(shape(part) for part in value)})"
    return str(value)
