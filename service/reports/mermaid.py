"""The answer as a Mermaid flowchart: blocks as subgraphs, what repeats drawn once, mistakes in red."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from service.architecture.graph import Source, sources_in
from service.diagnosis.examination import Examination
from service.reports.abridged.bounding import pictured
from service.reports.abridged.marks import Mark
from service.reports.abridged.names import cleaned
from service.reports.abridged.outline import Part
from service.reports.abridged.subject import Subject, subject_of
from service.reports.abridged.words import details, shape_of, shapes_of

LONGEST_LINE: Final = 60
MOST_MARKS: Final = 3
"""Mistakes that are told in one box."""
MOST_LINES: Final = 6
"""Of one remark."""
STYLES: Final = {
    "error": "fill:#fde8e8,stroke:#c81e1e,stroke-width:3px,color:#771d1d",
    "warning": "fill:#fdf6b2,stroke:#c27803,stroke-width:2px,color:#633112",
    "sound": "fill:#d7f5dd,stroke:#1a7f37,color:#116329",
    "added": "fill:#d7f5dd,stroke:#1a7f37,stroke-width:2px,color:#116329",
    "changed": "fill:#fff1d1,stroke:#b06f00,stroke-width:2px,color:#633112",
    "removed": "fill:#eef1f4,stroke:#6e7781,stroke-width:2px,stroke-dasharray:5 3,color:#59636e",
}


def as_mermaid(examination: Examination) -> bytes:
    """The chart, from top to bottom, with a newline at its end."""
    return chart(subject_of(examination))


def chart(subject: Subject) -> bytes:
    """The chart; what is said above a picture stands in a frame of its own."""
    return ("\n".join(_Chart(subject).lines()) + "\n").encode()


class _Chart:
    def __init__(self, subject: Subject) -> None:
        self.heading, self.analysis, self.wiring, self.marks = subject
        self.whole = pictured(subject)
        self.boxes: dict[int, str] = {}
        """The box that each node is drawn in."""
        self.copies: dict[int, dict[int, int]] = {}
        """Which copy each node belongs to, of every run around it."""
        for part in self.whole.parts:
            self.place(part)
        self.classes: dict[str, list[str]] = {style: [] for style in STYLES}

    def place(self, part: Part) -> None:
        """Finds the box of each node of a part: of what repeats, that of the first time."""
        if not part.parts:
            self.boxes.update(dict.fromkeys(range(part.first, part.end), f"n{part.first}"))
            return
        for inner in part.parts:
            self.place(inner)
        for node in range(part.first, part.end) if part.count > 1 else ():
            copy, shown = divmod(node - part.first, part.period)
            self.boxes[node] = self.boxes[part.first + shown]
            self.copies.setdefault(node, {})[part.first] = copy

    def lines(self) -> Iterator[str]:
        """The chart line by line."""
        yield "flowchart TD"
        yield from self.remarks()
        for position, (name, tensor) in enumerate(self.analysis.graph.inputs):
            yield f"  i{position}([{_label(name, shape_of(tensor))}])"
        for part in self.whole.parts:
            yield from self.part(part, "  ")
        for position, (name, value) in enumerate(self.analysis.outputs):
            yield f"  o{position}([{_label(name or 'output', shape_of(value))}])"
        links: dict[tuple[str, str], str] = {}
        for start, end, arrow in self.links():
            if start != end and links.get((start, end)) != "-->":
                links[start, end] = arrow
        yield from (f"  {start} {arrow} {end}" for (start, end), arrow in links.items())
        yield from (f"  classDef {style} {looks}" for style, looks in STYLES.items() if self.classes[style])
        yield from (f"  class {','.join(boxes)} {style}" for style, boxes in self.classes.items() if boxes)

    def remarks(self) -> Iterator[str]:
        """What is said of the whole, a box a line."""
        if not self.heading.remarks:
            return
        yield f"  subgraph remarks[{_label(self.heading.verdict)}]"
        for place, remark in enumerate(self.heading.remarks):
            lines = wrap(cleaned(f"{remark.word} {remark.text}"), LONGEST_LINE)
            yield f"    r{place}[{_label(*lines[:MOST_LINES])}]"
            if remark.style:
                self.classes[remark.style].append(f"r{place}")
        yield "  end"

    def part(self, part: Part, indent: str) -> Iterator[str]:
        """A box, or a frame with boxes in it."""
        if not part.parts:
            yield f"{indent}n{part.first}[{self.label(part)}]"
            return
        yield f"{indent}subgraph s{part.first}_{len(indent)}[{_label(_titled(part))}]"
        for inner in part.parts:
            yield from self.part(inner, f"{indent}  ")
        yield f"{indent}end"

    def label(self, part: Part) -> str:
        """What stands in a box; gives it the colour of its mistakes."""
        readings = self.analysis.readings[part.first : part.first + part.period]
        if part.kind in ("block", "rest"):
            told = f"{part.end - part.first:,} layers"
        else:
            first, *after = (reading.node.layer.type for reading in readings)
            told = " + ".join((f"{first} {', '.join(details(readings[0]))}".rstrip(), *after))
        nodes = range(part.first, part.end)
        found = [mark for node in nodes for mark in self.marks.at.get(node, ())]
        style = self.style(nodes, found)
        if style:
            self.classes[style].append(f"n{part.first}")
        said = [f"{mark.number}. {', '.join(mark.words)}" for mark in found[:MOST_MARKS]]
        if part.kind == "layer":
            said = [*self.marks.change(part.first).words, *said]
        former = self.marks.change(part.first + part.period - 1).former
        output = readings[-1].outcome.output
        shape = shape_of(output) if former is None else shapes_of(former, output, "→")
        return _label(_titled(part), told, shape, *said)

    def style(self, nodes: range, found: list[Mark]) -> str:
        """The class of a box."""
        if any(mark.issue.severity == "error" for mark in found) or (
            not found and not self.marks.refused.isdisjoint(nodes)
        ):
            return "error"
        if self.marks.changes is None:
            return "warning" if found else ""
        return self.marks.became(nodes)

    def links(self) -> Iterator[tuple[str, str, str]]:
        """What takes what, in the boxes that are drawn, and with which arrow."""
        gone = self.wiring.gone
        for index, sources in enumerate(self.wiring.sources):
            for source in sources:
                if source.node < 0 or not self.between_copies(source.node, index):
                    arrow = "-.->" if index in gone or source.node in gone else "-->"
                    yield self.start(source), self.boxes[index], arrow
        for position, output in enumerate(self.analysis.graph.outputs):
            for source in sources_in(output.wire):
                yield self.start(source), f"o{position}", "-->"

    def start(self, source: Source) -> str:
        """Where a link begins."""
        return f"i{-source.node - 1}" if source.node < 0 else self.boxes[source.node]

    def between_copies(self, one: int, other: int) -> bool:
        """Whether two nodes stand in different copies of one run, which is drawn once."""
        copies = self.copies.get(one, {})
        return any(copies.get(run, copy) != copy for run, copy in self.copies.get(other, {}).items())


def _titled(part: Part) -> str:
    return f"{part.label} ×{part.count}" if part.count > 1 else part.label


def _label(*lines: str) -> str:
    """Lines of text as a quoted label: whatever has a meaning in Mermaid or HTML is written as an entity."""
    return f'"{"<br/>".join(_escaped(line) for line in lines if line)}"'


def _escaped(text: str) -> str:
    text = cleaned(text)
    if len(text) > LONGEST_LINE:
        text = f"{text[: LONGEST_LINE // 2]}…{text[-LONGEST_LINE // 2 :]}"
    return "".join(
        character if character.isalnum() or character in " .,:+-_/×→…()≈" else f"#{ord(character)};"
        for character in text
    )
