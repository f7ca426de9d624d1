"""What a drawing looks like, read off its SVG: where texts, boxes, volumes and lines are."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import combinations, pairwise, product
from typing import NamedTuple

from service.reports.svg.fonts import width

SVG = "{http://www.w3.org/2000/svg}"
TOLERANCE = 0.6
"""Pixels; coordinates have one decimal."""

Point = tuple[float, float]


class Area(NamedTuple):
    """A rectangle, by its edges."""

    left: float
    top: float
    right: float
    bottom: float
    what: str
    owner: int = 0
    """Of a text in a box, that box; of a box, itself."""

    def overlaps(self, other: "Area") -> bool:
        return (
            self.left < other.right - TOLERANCE and other.left < self.right - TOLERANCE
            and self.top < other.bottom - TOLERANCE and other.top < self.bottom - TOLERANCE
        )  # fmt: skip

    def holds(self, other: "Area") -> bool:
        return (
            self.left <= other.left + TOLERANCE and self.right >= other.right - TOLERANCE
            and self.top <= other.top + TOLERANCE and self.bottom >= other.bottom - TOLERANCE
        )  # fmt: skip

    def has(self, point: Point) -> bool:
        return (
            self.left + TOLERANCE < point[0] < self.right - TOLERANCE
            and self.top + TOLERANCE < point[1] < self.bottom - TOLERANCE
        )

    def corners(self) -> list[Point]:
        return [(self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)]


class Picture:
    """Everything in a drawing, in its coordinates."""

    def __init__(self, svg: bytes) -> None:
        self.root = ET.fromstring(svg)
        self.texts: list[Area] = []
        self.boxes: list[Area] = []
        self.frames: list[Area] = []
        self.solids: list[list[Point]] = []
        self.lines: list[list[Point]] = []
        _, _, right, bottom = map(float, self.root.attrib["viewBox"].split())
        self.page = Area(0, 0, right, bottom, "page")
        self.visit(self.root, 0, 0, 0)

    def visit(self, element: ET.Element, x: float, y: float, owner: int) -> None:
        if element.tag == f"{SVG}g":
            moved = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
            if moved:
                x, y = x + float(moved[1]), y + float(moved[2])
            kind = element.get("class")
            if kind in {"box", "block"}:
                shape = next(each for each in element if "behind" not in each.get("class", ""))
                found = self.boxes if kind == "box" else self.frames
                owner = len(self.boxes) + 1 if kind == "box" else owner
                found.append(_area(shape, x, y, kind, owner))
        self.shape(element, x, y, owner)
        for inner in element:
            self.visit(inner, x, y, owner)

    def shape(self, element: ET.Element, x: float, y: float, owner: int) -> None:
        style = element.get("class", "").split()
        if element.tag == f"{SVG}text":
            self.texts.append(_text(element, x, y, owner))
        elif "solid" in style and element.tag == f"{SVG}polygon":
            points = [tuple(map(float, pair.split(","))) for pair in element.attrib["points"].split()]
            self.solids.append([(right + x, down + y) for right, down in points])
        elif "solid" in style:
            self.solids.append(_area(element, x, y, "solid", 0).corners())
        elif "line" in style:
            self.lines.append([(right + x, down + y) for right, down in points_of(element.attrib["d"])])

    def faults(self) -> Iterator[str]:
        """Whatever overlaps, or lies outside of the page."""
        yield from self.faults_of_texts()
        yield from self.faults_of_areas()
        for points in (*self.solids, *self.lines):
            if any(not (0 <= right <= self.page.right and 0 <= down <= self.page.bottom) for right, down in points):
                yield f"{points} is beyond the page"
        areas = (*self.boxes, *self.texts)
        for line in self.lines:
            around = _around(line)
            for area in areas:
                if area.overlaps(around) and any(area.has(point) for point in line):
                    yield f"a line from {line[0]} to {line[-1]} crosses {area}"

    def faults_of_texts(self) -> Iterator[str]:
        for text, box in product(self.texts, self.boxes):
            if text.owner == box.owner and not box.holds(text):
                yield f"{text} is beyond its box {box}"
            if text.owner != box.owner and text.overlaps(box):
                yield f"{text} lies on {box}"
        for text, solid in product(self.texts, self.solids):
            if _meet(text.corners(), solid):
                yield f"{text} lies on the volume {solid}"
        for one, other in combinations(self.texts, 2):
            if one.overlaps(other):
                yield f"{one} lies on {other}"

    def faults_of_areas(self) -> Iterator[str]:
        for area in (*self.texts, *self.boxes, *self.frames):
            if not self.page.holds(area):
                yield f"{area} is beyond the page"
        for one, other in combinations(self.boxes, 2):
            if one.overlaps(other):
                yield f"{one} lies on {other}"
        for frame, other in product(self.frames, (*self.frames, *self.boxes, *self.texts)):
            if frame.overlaps(other) and not frame.holds(other) and not other.holds(frame):
                yield f"{other} is partly in {frame}"
        for solid, further in combinations(self.solids, 2):
            if _meet(solid, further):
                yield f"the volumes {solid} and {further} overlap"


def _around(line: list[Point]) -> Area:
    """The least area that holds a line; where it does not overlap another, none of its points lies there."""
    across, down = zip(*line, strict=True)
    return Area(min(across), min(down), max(across), max(down), "line")


def _area(element: ET.Element, x: float, y: float, what: str, owner: int) -> Area:
    number = {name: float(value) for name, value in element.attrib.items() if re.fullmatch(r"-?[\d.]+", value)}
    if "r" in number:
        middle, down, radius = x + number["cx"], y + number["cy"], number["r"]
        return Area(middle - radius, down - radius, middle + radius, down + radius, what, owner)
    left, top = x + number["x"], y + number["y"]
    return Area(left, top, left + number["width"], top + number["height"], what, owner)


def _text(element: ET.Element, x: float, y: float, owner: int) -> Area:
    size = float(element.attrib["font-size"])
    wide = 0.0
    for span in element:
        text = span.text or ""
        fitted = span.get("textLength")
        wide += float(fitted) if fitted else width(text, size, bold=span.get("font-weight") == "bold")
    x, y = x + float(element.attrib["x"]), y + float(element.attrib["y"])
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[element.get("text-anchor", "start")]
    return Area(left, y - 0.78 * size, left + wide, y + 0.2 * size, "".join(element.itertext()), owner)


def points_of(data: str) -> Iterator[Point]:
    """Points along a path, close to each other."""
    x = y = 0.0
    for command, rest in re.findall(r"([MHVCQ])([^MHVCQ]*)", data):
        numbers = [float(each) for each in rest.split()]
        if command == "M":
            x, y = numbers
            yield x, y
            continue
        if command in "HV":
            numbers = [numbers[0], y] if command == "H" else [x, numbers[0]]
        controls = [(x, y), *zip(numbers[::2], numbers[1::2], strict=True)]
        steps = 4 + int(sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(controls)) / 4)
        for step in range(1, steps + 1):
            yield _along(controls, step / steps)
        x, y = controls[-1]


def _along(controls: list[Point], part: float) -> Point:
    """The point of a Bézier curve, after de Casteljau."""
    while len(controls) > 1:
        controls = [(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in pairwise(controls)]
    return controls[0]


def _meet(one: list[Point], other: list[Point]) -> bool:
    """Whether two convex shapes overlap: no line parallel to an edge is between them."""
    for shape in (one, other):
        for (ax, ay), (bx, by) in zip(shape, [*shape[1:], shape[0]], strict=True):
            across = (ay - by, bx - ax)
            length = (across[0] ** 2 + across[1] ** 2) ** 0.5
            if not length:
                continue
            first = [(px * across[0] + py * across[1]) / length for px, py in one]
            second = [(px * across[0] + py * across[1]) / length for px, py in other]
            if max(first) <= min(second) + TOLERANCE or max(second) <= min(first) + TOLERANCE:
                return False
    return True
