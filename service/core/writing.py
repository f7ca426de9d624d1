"""JSON for people to read."""

import json
from typing import Any, Final

WIDTH: Final = 120


def formatted(value: Any, indent: str = "") -> str:
    """JSON in lines that are as long as is easy to read."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {formatted(part, inner)}" for key, part in value.items()]
        opening, closing = "{}"
    else:
        parts = [formatted(part, inner) for part in value]
        opening, closing = "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"
