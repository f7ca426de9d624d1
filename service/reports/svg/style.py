"""Colours and strokes, light and dark. Classes rather than variables, which not every program that shows SVG knows."""

from typing import Final

from service.reports.svg.fonts import FAMILY

_LIGHT: Final = """
text{fill:#1f2328;font-family:FAMILY;direction:ltr}
.page{fill:#ffffff}
.muted{fill:#59636e}
.line{fill:none;stroke:#6e7781;stroke-width:1.3}
.head{fill:#6e7781}
.line-error{stroke:#c9252d;stroke-width:2}
.head-error{fill:#c9252d}
.line-warning{stroke:#b06f00;stroke-width:2}
.head-warning{fill:#b06f00}
.frame{fill:#f6f8fa;stroke:#c4ccd4}
.sheet{fill:#eef1f4;stroke:#c4ccd4}
.plain{fill:#ffffff;stroke:#8c959f}
.conv{fill:#dbeafe;stroke:#4a86c8}
.pool{fill:#d3f1e8;stroke:#2c9a80}
.dense{fill:#e9e1fb;stroke:#8663c4}
.weights{fill:#fce4ef;stroke:#c0588a}
.terminal{fill:#e7ebef;stroke:#59636e}
.closed{fill:#eef1f4;stroke:#6e7781;stroke-width:1.6}
.rest{fill:none;stroke:#8c959f;stroke-dasharray:2 3}
.error{fill:#ffe3e0;stroke:#c9252d;stroke-width:2}
.warning{fill:#fff1d1;stroke:#b06f00;stroke-width:2}
.added{fill:#d7f5dd;stroke:#1a7f37;stroke-width:2}
.changed{fill:#fff1d1;stroke:#b06f00;stroke-width:2}
.removed{fill:#ffffff;stroke:#6e7781;stroke-width:1.6;stroke-dasharray:5 3}
.line-gone{stroke-dasharray:5 3}
.assumed{stroke-dasharray:5 3}
text .error,text.error{fill:#b31d28;stroke:none}
text .warning,text.warning{fill:#8a5300;stroke:none}
text .added{fill:#116329;stroke:none}
text .changed{fill:#8a5300;stroke:none}
text .removed{fill:#59636e;stroke:none}
text .struck{fill:#59636e;text-decoration:line-through}
text .muted{fill:#59636e}
text .badge{fill:#ffffff}
.badge-error{fill:#c9252d}
.badge-warning,.badge-changed{fill:#b06f00}
.sound{fill:#1a7f37}
text .sound{fill:#1a7f37}
.lit{fill:#ffffff;fill-opacity:.45;stroke:none}
.shade{fill:#000000;fill-opacity:.10;stroke:none}
.edge{fill:none}
.bracket{fill:none;stroke:#8c959f}
"""

_DARK: Final = """
text{fill:#e6edf3}
.page{fill:#0d1117}
.muted,text .muted{fill:#9aa5b1}
.line{stroke:#8b949e}
.head{fill:#8b949e}
.line-error{stroke:#ff6a69}
.head-error{fill:#ff6a69}
.line-warning{stroke:#e0a020}
.head-warning{fill:#e0a020}
.frame{fill:#141a22;stroke:#3a434d}
.sheet{fill:#1b222b;stroke:#3a434d}
.plain{fill:#1c232c;stroke:#6e7781}
.conv{fill:#15304f;stroke:#5a9be0}
.pool{fill:#0f3a33;stroke:#3fb89a}
.dense{fill:#2f2550;stroke:#a587e6}
.weights{fill:#452036;stroke:#e07fb0}
.terminal{fill:#252c35;stroke:#9aa5b1}
.closed{fill:#1b222b;stroke:#8b949e}
.rest{fill:none;stroke:#6e7781}
.error{fill:#4a1518;stroke:#ff6a69}
.warning{fill:#3d2c06;stroke:#e0a020}
.added{fill:#0f3a1d;stroke:#57c46f}
.changed{fill:#3d2c06;stroke:#e0a020}
.removed{fill:#0d1117;stroke:#8b949e}
text .added{fill:#7ee29a}
text .changed{fill:#f0bb50}
text .removed,text .struck{fill:#9aa5b1}
text .error,text.error{fill:#ff8f8c}
text .warning,text.warning{fill:#f0bb50}
text .badge{fill:#0d1117}
.badge-error{fill:#ff6a69}
.badge-warning,.badge-changed{fill:#e0a020}
.sound,text .sound{fill:#57c46f}
.lit{fill-opacity:.10}
.shade{fill-opacity:.28}
.edge{fill:none}
.bracket{stroke:#6e7781}
"""

SHEET: Final = f"{_LIGHT.replace('FAMILY', FAMILY)}@media (prefers-color-scheme:dark){{{_DARK}}}"
