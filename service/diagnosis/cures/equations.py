"""An einsum whose letters stand for axes of different sizes: two letters exchanged, of one operand or of all, or an
operand of another size."""

from collections.abc import Iterator
from itertools import combinations

from service.core.sizes import Shape, differ
from service.core.tensors import Tensor
from service.diagnosis.cures.producers import feeding_size, producing
from service.diagnosis.edits import setting
from service.diagnosis.place import Place, Proposal


def propose(place: Place) -> Iterator[Proposal]:
    """The equation with two letters the other way round, of the last operand first."""
    equation = getattr(place.reading.node.layer, "equation", None)
    shapes = [value.shape for value in place.reading.inputs if isinstance(value, Tensor)]
    if not isinstance(equation, str) or "." in equation or len(shapes) < len(place.reading.inputs):
        return
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if [len(term) for term in terms] != [len(shape) for shape in shapes]:
        return
    for which in (*([at] for at in range(len(terms) - 1, -1, -1)), range(len(terms))):
        for first, second in combinations(range(min(len(terms[at]) for at in which)), 2):
            exchanged = [_exchanged(term, first, second) if at in which else term for at, term in enumerate(terms)]
            if _agree(exchanged, shapes):
                value = f"{','.join(exchanged)}{arrow}{right}"
                change = setting(place.ground, place.pointer, "equation", value)
                yield Proposal(f'Set equation of {place.name} to "{value}".', (change,))
    yield from _resized(place, terms, shapes)


def _resized(place: Place, terms: list[str], shapes: list[Shape]) -> Iterator[Proposal]:
    """An operand with as many entries along an axis as the letter stands for in the others, of the last one first."""
    for at in range(len(terms) - 1, -1, -1):
        for axis, letter in enumerate(terms[at]):
            sizes = {
                size
                for other, (term, shape) in enumerate(zip(terms, shapes, strict=True))
                for own, size in zip(term, shape, strict=True)
                if own == letter and other != at
            }
            if len(sizes) == 1 and differ(shapes[at][axis], wanted := sizes.pop()):
                operand = place._replace(input=at)
                yield from producing(operand, wanted, axis)
                yield from feeding_size(operand, axis, wanted)


def _exchanged(term: str, first: int, second: int) -> str:
    letters = list(term)
    letters[first], letters[second] = letters[second], letters[first]
    return "".join(letters)


def _agree(terms: list[str], shapes: list[Shape]) -> bool:
    """Whether every letter stands for one size."""
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, size in zip(term, shape, strict=True):
            if differ(sizes.setdefault(letter, size), size):
                return False
    return True
