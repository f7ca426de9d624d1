"""What stands in the boxes of layers, closed blocks, inputs and outputs."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from service.analysis.reading import Analysis, LayerReading
from service.architecture.graph import Node
from service.core.sizes import Size
from service.core.tensors import Tensor, Value
from service.reports.abridged.marks import Mark, Marks
from service.reports.abridged.names import cleaned
from service.reports.abridged.outline import Part
from service.reports.abridged.words import abbreviated, counted, details, plural, shapes_of
from service.reports.svg.boxes import BADGE_ROOM, ROOM, Sign, TextBox
from service.reports.svg.canvas import Span
from service.reports.svg.captions import SMALL, Line, small, titled
from service.reports.svg.fonts import shortened, width

MOST_WORDS_HERE: Final = 3
"""Issues whose words stand in the box itself; the list below the drawing has them all."""
LABEL_ROOM: Final = 172.0
"""The width of what is written beside a line, or a sign."""
NARROW_ROOM: Final = 156.0
"""The width of text in a narrow box, at most."""
ARROW_ROOM: Final = 16.0
WORDS: Final = {"": "", "added": "new", "changed": "changed", "removed": "removed"}
"""What is said of layers by what became of them."""
SIGNS: Final = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}


class BoxMaker:
    """Makes the boxes of an analysis."""

    def __init__(self, analysis: Analysis, marks: Marks, *, narrow: bool = False) -> None:
        """``narrow`` boxes have more and shorter lines, and nothing beside the line that leaves them."""
        self.analysis = analysis
        self.marks = marks
        self.narrow = narrow
        self.room = NARROW_ROOM if narrow else ROOM

    def narrowed(self) -> "BoxMaker":
        """The same for narrow boxes."""
        return BoxMaker(self.analysis, self.marks, narrow=True)

    def of_part(self, part: Part, lag: int) -> TextBox | Sign:
        """The box of a part in which nothing more is drawn; ``lag`` nodes later it stands the last time."""
        return self.of_layer(part, lag) if part.kind == "layer" else self.of_closed(part, lag)

    def of_layer(self, part: Part, lag: int) -> TextBox | Sign:
        """The box of a layer and those that follow it without changing the shape."""
        reading = self.analysis.readings[part.first]
        node = reading.node
        found = self.marks_in(part)
        label = self.label(part, lag)
        followers = [self.analysis.readings[index].node.layer.type for index in part.shown[1:]]
        name = self.name(part, node)
        became = self.became(part)
        plain = not found and part.count == 1 and part.first not in self.marks.refused and not became
        if plain and node.layer.type in SIGNS and len(node.wires) > 1:
            behind = shortened(" · ".join(followers), LABEL_ROOM, SMALL)
            called = Span(shortened(name, LABEL_ROOM, SMALL), "muted")
            words = (Span(behind), Span("  "), called) if behind and name else (Span(behind),) if behind else (called,)
            return Sign(SIGNS[node.layer.type], words, label, f"plain{self.dashes(part)}")
        lines = titled(node.layer.type + _times(part), details(reading), self.beside_badges(found), self.room)
        counts = list(filter(None, [self.parameter_words(part)]))
        owner = None if node.shares is None else cleaned(self.analysis.graph.nodes[node.shares].name)
        shares = [] if owner is None else [f"weights of {owner}"]
        known = [*([name] if name else []), *counts, *shares]
        for told in known if self.narrow else [" · ".join(known)]:
            lines += small(told, "muted", room=self.room)
        lines += small(" · ".join(followers), room=self.room, most=2)
        for change in self.marks.change(part.first).words if became else ():
            lines += small(change, became, room=self.room, bold=True, most=3)
        lines += self.words_of(found)
        if not found and part.first in self.marks.refused:
            lines += small("refused, too", "error", room=self.room, bold=True)
        if became == "removed":
            lines[0] = _struck(lines[0])
        style = self.style(part, kind_of(reading), found)
        return self.box(lines, style, label, found, part.count)

    def of_closed(self, part: Part, lag: int) -> TextBox:
        """The box of a block that is not drawn open, or of what was left out."""
        found = self.marks_in(part)
        nodes = self.analysis.graph.nodes[part.first : part.end]
        title = f"… {len(nodes):,} layers more" if part.kind == "rest" else cleaned(part.label) + _times(part)
        lines = titled(title, (), self.beside_badges(found), self.room)
        each = part.period
        of_each = " each" if part.count > 1 else ""
        counts = plural(each, "layer") + of_each if part.kind != "rest" else ""
        parameters = self.parameters(part)
        if parameters:
            counts += f"{' · ' if counts else ''}{abbreviated(parameters)} params"
        lines += small(counts, "muted", room=self.room)
        types = Counter(node.layer.type for node in nodes[:each])
        usual = ", ".join(f"{kind} ×{count:,}" if count > 1 else kind for kind, count in types.most_common(6))
        lines += small(usual + (", …" if len(types) > 6 else ""), room=self.room, most=2)
        inside = Counter(self.marks.change(node).style for node in range(part.first, part.end))
        for became, count in sorted(inside.items()):
            told = WORDS[became] if len(inside) == 1 else f"{count:,} {WORDS[became]}"
            lines += small(told if became else "", became, room=self.room, bold=True)
        if self.became(part) == "removed":
            lines[0] = _struck(lines[0])
        lines += self.words_of(found)
        return TextBox(tuple(lines), self.style(part, part.kind if part.kind == "rest" else "closed", found),
                       self.label(part, lag), found, count=part.count)  # fmt: skip

    def box(
        self, lines: list[Line], style: str, label: tuple[Span, ...], found: tuple[Mark, ...], count: int
    ) -> TextBox:
        """A box with the shape beside its line or, if it is narrow, as its last line."""
        if self.narrow and label:
            lines = [*lines, ((Span("→ "), *label), SMALL)]
        return TextBox(tuple(lines), style, () if self.narrow else label, found, count=count)

    def of_terminal(self, name: str, shape: str, found: Sequence[Mark] = (), *, style: str = "terminal") -> TextBox:
        """The box of an input or output of the model."""
        lines = [
            *titled(cleaned(name), (), self.beside_badges(found), self.room),
            *small(shape, room=self.room),
            *self.words_of(found),
        ]
        chosen = found[0].style if found else style
        return TextBox(tuple(lines), chosen, (), tuple(found), radius=14)

    def marks_in(self, part: Part) -> tuple[Mark, ...]:
        """The issues about any of its layers, errors first."""
        if part.end - part.first == 1:
            return self.marks.at.get(part.first, ())
        found = [mark for node, here in self.marks.at.items() if part.first <= node < part.end for mark in here]
        return tuple(sorted(found, key=lambda mark: (mark.style, mark.number)))

    def beside_badges(self, found: Sequence[Mark]) -> float:
        """The width of a title between the numbers of issues."""
        return self.room - 2 * BADGE_ROOM * len(found[:2])

    def words_of(self, found: Sequence[Mark]) -> list[Line]:
        """What was expected and received, as far as there is room."""
        lines: list[Line] = []
        for mark in found[:MOST_WORDS_HERE]:
            for words in mark.words:
                lines += small(words, mark.style, room=self.room, bold=True, most=2)
        if len(found) > MOST_WORDS_HERE:
            lines += small(f"and {len(found) - MOST_WORDS_HERE} more, see below", found[0].style, room=self.room)
        return lines

    def style(self, part: Part, kind: str, found: Sequence[Mark]) -> str:
        """The classes of the style sheet. Where versions are compared, colours tell what changed, and what is wrong."""
        compares = self.marks.changes is not None
        if found and (found[0].style == "error" or not compares):
            kind = found[0].style
        elif part.kind == "layer" and part.first in self.marks.refused:
            kind = "error"
        elif compares:
            kind = self.became(part) or ("plain" if part.kind == "layer" else kind)
        return kind + self.dashes(part)

    def became(self, part: Part) -> str:
        """What became of a part."""
        return self.marks.became(range(part.first, part.end))

    def dashes(self, part: Part) -> str:
        """The class of what stands on something that was refused."""
        return " assumed" if self.analysis.readings[part.shown[-1]].assumed else ""

    def name(self, part: Part, node: Node) -> str:
        """What the document calls a layer; nothing where it does not."""
        if node.layer.name is None and part.label.replace(".", "").isdecimal():
            return "" if part.count == 1 else cleaned(part.label)
        return cleaned(part.label)

    def label(self, part: Part, lag: int) -> tuple[Span, ...]:
        """The shape that leaves a part, where it is another than arrived; over repetitions, from the first's on."""
        readings = self.analysis.readings
        last = part.shown[-1]
        reading = readings[last]
        before = readings[part.first].inputs
        output = reading.outcome.output
        former = self.marks.change(last).former
        if before and _same(before[0], output) and not reading.assumed and former is None:
            return ()
        text = shapes_of(output, readings[min(part.end - 1 + lag, len(readings) - 1)].outcome.output)
        text = text if former is None else shapes_of(former, output, "→")
        assumed = (Span("  assumed", "muted"),) if reading.assumed else ()
        room = NARROW_ROOM - ARROW_ROOM if self.narrow else LABEL_ROOM
        if width(text, SMALL) > room:
            text = text.replace(" ", "")
        return (Span(shortened(text, room, SMALL), "" if former is None else "changed"), *assumed)

    def parameter_words(self, part: Part) -> str:
        """What its layers own, in words; nothing where that is nothing."""
        parameters = self.parameters(part)
        return f"{counted(parameters)} params{' each' if part.count > 1 else ''}" if parameters != 0 else ""

    def parameters(self, part: Part) -> Size:
        """What its layers own, once where it stands several times in a row."""
        readings = self.analysis.readings[part.first : part.first + part.period]
        total: Size = 0
        for reading in readings:
            if reading.node.shares is None:
                total = total + reading.outcome.counts.parameters
        return total


def _struck(line: Line) -> Line:
    spans, size = line
    return tuple(span._replace(style="struck") for span in spans), size


def _times(part: Part) -> str:
    """How often it stands in a row, behind its name."""
    return f" ×{part.count:,}" if part.count > 1 else ""


def _same(before: Value, after: Value) -> bool:
    """Whether a layer returns what it took, going by shape and element type."""
    return isinstance(before, Tensor) and isinstance(after, Tensor) and before[:2] == after[:2]


def kind_of(reading: LayerReading) -> str:
    """The class of the style sheet for what a layer does: convolve, pool, multiply, own weights or none of it."""
    layer, outcome = reading.node.layer, reading.outcome
    if layer.family.startswith("conv"):
        return "conv"
    if "pool" in layer.family:
        return "pool"
    if outcome.macs != 0:
        return "dense"
    return "weights" if outcome.weights and not outcome.field else "plain"
