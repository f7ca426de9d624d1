"""What may be worked out at once, where others wait meanwhile; found out before most of the work is done."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from service.architecture.document import Document
from service.architecture.kinds import stacked
from service.layers.base import Layer
from service.layers.structure import Reuse, Sequential


class Allowance(NamedTuple):
    """How much a document may be for it."""

    bytes: int
    """Of JSON."""
    unreadable_bytes: int
    """Of JSON that can't be read as it stands, so that every fault has to be told."""
    layers: int
    """After unrolling."""
    mistakes: int
    """Layers that are refused, for each of which fixes are tried."""

    def divided(self, times: int) -> "Allowance":
        """That for documents each of whose layers is so many times the work."""
        return self._replace(layers=self.layers // times)


AT_ONCE: Final = Allowance(bytes=128 * 2**10, unreadable_bytes=16 * 2**10, layers=500, mistakes=12)


class BeyondAllowanceError(Exception):
    """It is more than may be worked out at once."""


_ENTRY: Final = b'"type"'
_SPREADING: Final = (b'"repeat"', b'"reuse"', b"_layers", b"\\")
"""What the JSON of a document has if it is more layers than it has entries; a backslash can write any key."""


def expect_layers(body: bytes, document: Document, most: int) -> None:
    """Raises :class:`BeyondAllowanceError` if a document is more layers than ``most``."""
    spreads = any(word in body for word in _SPREADING)
    if (_copies(document.layers, most) if spreads else body.count(_ENTRY)) > most:
        raise BeyondAllowanceError


def _copies(layers: Iterable[Layer], most: int, before: int = 0) -> int:
    """An upper bound of the layers there are after unrolling, or any number above ``most``.

    ``before`` are those in front of these; what is applied again is no more than all of them.
    """
    total = 0
    for layer in layers:
        copies = 1 + sum(getattr(layer, name) for name in stacked(type(layer)))
        if isinstance(layer, Sequential):
            copies += _copies(layer.layers, most, before + total)
        elif isinstance(layer, Reuse):
            copies += before + total
        total += copies * (layer.repeat if "repeat" in layer.model_fields_set else 1)
        if total > most:
            break
    return total
