"""From a request's bytes to the answer's, in one go."""

import gc
from typing import Final

from service.architecture.allowance import Allowance
from service.diagnosis.examination import Examination, Memories, examine
from service.layers.catalogue import CATALOGUE
from service.reports.formats import JSON, Format
from service.reports.json import Accounts, as_json


class _CollectionPaused:
    """Keeps the cycle collector from running meanwhile.

    An analysis allocates a great many small values and frees them all by reference counts; for the collector they
    are only more and more to look through in vain, which took half of the time of a large document.
    """

    def __enter__(self) -> None:
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()


COLLECTION_PAUSED: Final = _CollectionPaused()


def get_ready() -> None:
    """Loads the catalogue, and has the cycle collector leave alone what is there by now.

    To import a family takes up to 30 ms, and to look through all of this in vain some 70 ms, in which a process
    answers nobody.
    """
    CATALOGUE.load()
    gc.collect()
    gc.freeze()


class Responder:
    """Answers requests, and remembers what it worked out of single layers from one to the next.

    An outcome follows from a layer and its inputs alone, so that nobody can tell whether it was remembered, but by the
    time it took.
    """

    def __init__(self, size: int = 2048) -> None:
        """Remembers about ``size`` outcomes, and what was read and said of them."""
        self.memories = Memories(size)
        self.accounts = Accounts(size)

    def respond(self, body: bytes, format: Format = JSON) -> bytes:
        """The answer to ``POST /analyze``; raises :class:`UnreadableDocument`."""
        with COLLECTION_PAUSED:
            return self.written(self.examined(body), format)

    def examined(self, body: bytes, allowance: Allowance | None = None) -> Examination:
        """Everything that is known about a document; raises as :func:`examine` does."""
        return examine(body, self.memories, allowance)

    def written(self, examination: Examination, format: Format) -> bytes:
        """An examination in one of its forms."""
        return as_json(examination, self.accounts) if format is JSON else format.render(examination)
