"""Nobody can tell from an answer what was remembered for it, so that all replicas answer alike."""

import json
import random
from collections.abc import Iterator

from service.api.responding import Responder
from service.reference.shelf import REFERENCES
from tests.diagnosis.broken import BROKEN
from tests.diagnosis.suspicious import INNOCENT
from tests.oracle.random_documents import random_document

RANDOM_DOCUMENTS = 150


def documents(seed: int) -> Iterator[dict[str, object]]:
    yield from (reference.document() for reference in REFERENCES.values())
    yield from (case.document for case in BROKEN.values())
    yield from INNOCENT.values()
    for number in range(RANDOM_DOCUMENTS):
        yield random_document(random.Random(f"{seed} {number}"))


def test_answers_do_not_depend_on_what_was_asked_before(seed: int) -> None:
    bodies = [
        json.dumps({**document, "mode": mode}).encode() for document in documents(seed) for mode in ("eval", "train")
    ]
    # One that keeps nearly everything, and one that forgets all the time.
    lived, forgetful = Responder(), Responder(16)
    random.Random(seed).shuffle(bodies)
    for body in bodies:
        fresh = Responder().respond(body)
        for responder in (lived, lived, forgetful):
            assert responder.respond(body) == fresh, body.decode()
    for body in bodies[:50]:
        assert lived.respond(body) == Responder().respond(body), body.decode()
