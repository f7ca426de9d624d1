"""Names that try to be more than names."""

from typing import Any, Final

NAMES: Final = (
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a\nb", "a|b", "`x`", "<script>alert(1)</script>",
    "'; DROP TABLE x; --", "\x1b[31mred", "\u202egnirts", "שלום", "\U0001f600\U0001f600", "漢字" * 30, "x" * 250, "*b*",
    "__init__", "class", "#1", "@all", "https://example.org", "www:x", "![x](y)", "$x$", ":tada:", '"', "\\", "end",
    "%s", "{0}", "~~x~~", "\u0301" * 20, "a" + "\u200b" * 50, "&amp;", "-->", "\U0010ffff", "\x00",
)  # fmt: skip


def document(name: str) -> dict[str, Any]:
    """A model in which everything that can carry a name carries this one, with a mistake in it."""
    return {
        "name": name,
        "inputs": {name: [2, 8]},
        "layers": [
            {"type": "Sequential", "name": "block", "repeat": 2, "inputs": [name], "layers": [
                {"type": "Linear", "name": name, "out_features": 8},
            ]},
            {"type": "Linear", "name": f"{name} ", "in_features": 9, "out_features": 3},
        ],
    }  # fmt: skip
