"""The tensors a layer owns: a table of named shapes, from which every count follows."""

from collections.abc import Iterable
from typing import NamedTuple

from service.core.dtypes import BYTES, DType
from service.core.sizes import Shape, Size, is_known, product


class Weight(NamedTuple):
    """A parameter or buffer, by the name that ``named_parameters()`` or ``named_buffers()`` gives it."""

    name: str
    shape: Shape
    words: tuple[str, ...] = ()
    """What the leading axes count, for the reader: ``("filters",)``."""
    dtype: DType = "float32"
    trainable: bool = True
    buffer: bool = False

    @property
    def elements(self) -> Size:
        """How many numbers it holds."""
        return product(self.shape)

    @property
    def bytes(self) -> Size:
        """Elements times their width."""
        return self.elements * BYTES[self.dtype]


Weights = Iterable[Weight]


def prefixed(prefix: str, weights: Weights) -> Weights:
    """The weights of a part, under the part's name: ``prefixed("self_attn.", …)``."""
    return (weight._replace(name=prefix + weight.name) for weight in weights)


def counted(weights: Weights) -> str:
    """Where the number comes from: ``16 filters × (3 × 5 × 5) + 16 biases = 1,216``; empty for none.

    Buffers are not parameters and are left out.
    """
    terms: dict[str, int] = {}
    total: Size = 0
    for weight in weights:
        if not weight.buffer:
            term = _term(weight)
            terms[term] = terms.get(term, 0) + 1
            total = total + weight.elements
    if not terms:
        return ""
    sum_of_terms = " + ".join(term if count == 1 else f"{count} × ({term})" for term, count in terms.items())
    return f"{sum_of_terms} = {total:,}" if is_known(total) else sum_of_terms


def _term(weight: Weight) -> str:
    shape, words = weight.shape, weight.words
    if not shape:
        return f"1 {words[0]}" if words else "1"
    if not words:
        return " × ".join(map(str, shape))
    named = [f"{size} {word}" for size, word in zip(shape, words, strict=False)]
    rest = [str(size) for size in shape[len(words) :]]
    if len(rest) > 1:
        return f"{' × '.join(named)} × ({' × '.join(rest)})"
    return " × ".join(named + rest)
