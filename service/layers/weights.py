"""The tensors a layer owns: a table of named shapes, from which every count follows."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from service.core.dtypes import DType
from service.core.records import maker
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


Weights = Iterable[Weight]

_weight: Final = maker(Weight)


def prefixed(prefix: str, weights: Weights) -> Weights:
    """The weights of a part, under the part's name: ``prefixed("self_attn.", …)``."""
    return [_weight((prefix + weight[0], *weight[1:])) for weight in weights]


def counted(weights: Weights) -> str:
    """Where the number comes from: ``16 filters × (3 × 5 × 5) + 16 biases = 1,216``; empty for none.

    Buffers are not parameters and are left out.
    """
    alike = Counter((weight.shape, weight.words) for weight in weights if not weight.buffer)
    terms: dict[str, int] = {}
    total: Size = 0
    for (shape, words), count in alike.items():
        term = _term(shape, words)
        terms[term] = terms.get(term, 0) + count
        total = total + product(shape) * count
    if not terms:
        return ""
    sum_of_terms = " + ".join(term if count == 1 else f"{count} × ({term})" for term, count in terms.items())
    return f"{sum_of_terms} = {total:,}" if is_known(total) else sum_of_terms


def _term(shape: Shape, words: tuple[str, ...]) -> str:
    if not shape:
        return f"1 {words[0]}" if words else "1"
    if not words:
        return " × ".join(map(str, shape))
    named = [f"{size} {word}" for size, word in zip(shape, words, strict=False)]
    rest = [str(size) for size in shape[len(words) :]]
    if len(rest) > 1:
        return f"{' × '.join(named)} × ({' × '.join(rest)})"
    return " × ".join(named + rest)
