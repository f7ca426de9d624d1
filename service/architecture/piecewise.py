"""A document read layer by layer: what is written as a layer or block before it was is not read again."""

from typing import Final, TypeVar

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

from service.architecture.allowance import Allowance, BeyondAllowanceError
from service.architecture.document import Document
from service.architecture.problems import UnreadableDocument
from service.architecture.reading import parse, read
from service.core.memory import Memory
from service.layers.base import Layer
from service.layers.catalogue import read_layer
from service.layers.structure import Sequential

Read = TypeVar("Read")

LONGEST_REMEMBERED: Final = 8192
"""Bytes; of a block that takes more to say, only what is within is looked up."""

_MEMBERS: Final = Decoder(dict[str, Raw])
_LISTED: Final = Decoder(list[Raw])
_KEY: Final = b'"layers"'
_MOST_KEYS: Final = 8
"""Places that look like the key of the list; it is not looked for any further."""


class _Texts(Memory[bytes, Read]):
    def weight(self, key: bytes) -> int:
        """The bytes of JSON."""
        return len(key)


class Spellings(_Texts[Layer]):
    """Layers by the JSON that says them, as much of it as there is room for: an object takes some 20 times its text."""

    def __init__(self, size: int) -> None:
        """``size`` is in bytes of JSON."""
        super().__init__(size)
        self.shells: _Texts[Document] = _Texts(size // 4)
        """Documents by what they say besides their layers."""


class _IrregularError(Exception):
    """Something is out of the ordinary, so that the document is better read as a whole."""


def read_document(body: bytes, spellings: Spellings, allowance: Allowance | None = None) -> Document:
    """The document in ``body``; raises :class:`UnreadableDocument` with every fault.

    With an ``allowance``, raises :class:`BeyondAllowanceError` where there is more to read, or to tell, than it says.

    Layers are looked up by their bytes, which is as strict as reading them, since the same bytes were read before.
    """
    if allowance is not None and len(body) > allowance.bytes:
        raise BeyondAllowanceError
    try:
        shell, pieces = _opened(body)
        document = spellings.shells.get(shell) or _shell(shell, spellings)
        return document.with_layers(_layers(pieces, spellings))
    except (_IrregularError, DecodeError, UnreadableDocument, ValueError, RecursionError):
        raw = parse(body)
        if allowance is not None and len(body) > allowance.unreadable_bytes:
            raise BeyondAllowanceError from None
        return read(raw)


def _shell(text: bytes, spellings: Spellings) -> Document:
    """What a document says besides its layers."""
    document = Document.model_validate(parse(text))
    _expect_empty(document.layers)
    if len(text) <= LONGEST_REMEMBERED:
        spellings.shells[text] = document
    return document


def _opened(text: bytes) -> tuple[bytes, list[bytes]]:
    """What holds a list of layers, with an empty list in its place, and the layers."""
    listed = _MEMBERS.decode(text).get("layers")
    if listed is None:
        raise _IrregularError
    layers = bytes(listed)
    start = _place(text, layers)
    return b"%b[]%b" % (text[:start], text[start + len(layers) :]), list(map(bytes, _LISTED.decode(layers)))


def _place(text: bytes, layers: bytes) -> int:
    """Where the list starts."""
    key = -1
    for _ in range(_MOST_KEYS):
        key = text.find(_KEY, key + 1)
        if key < 0:
            break
        start = text.find(b"[", key)
        if text[key + len(_KEY) : start].strip() == b":" and text.startswith(layers, start):
            return start
    raise _IrregularError


def _expect_empty(layers: tuple[Layer, ...]) -> None:
    """If the list is still there, the same text stood elsewhere first."""
    if layers:
        raise _IrregularError


def _layers(pieces: list[bytes], spellings: Spellings) -> tuple[Layer, ...]:
    found = spellings.get
    return tuple([found(piece) or _layer(piece, spellings) for piece in pieces])


def _layer(piece: bytes, spellings: Spellings) -> Layer:
    """A layer that was not read before."""
    if _KEY not in piece or _MEMBERS.decode(piece).get("layers") is None:
        layer = read_layer(parse(piece))
    else:
        shell, pieces = _opened(piece)
        layer = found if (found := spellings.get(shell)) is not None else read_layer(parse(shell))
        if not isinstance(layer, Sequential):
            raise _IrregularError
        _expect_empty(layer.layers)
        layer = layer.model_copy(update={"layers": _layers(pieces, spellings)})
    if len(piece) <= LONGEST_REMEMBERED:
        spellings[piece] = layer
    return layer
