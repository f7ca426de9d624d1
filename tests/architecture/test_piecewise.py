"""A document read layer by layer is the document read as a whole, whatever was read before."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from service.architecture.document import Document
from service.architecture.piecewise import LONGEST_REMEMBERED, Spellings, read_document
from service.architecture.problems import DocumentFault, UnreadableDocument
from service.architecture.reading import parse, read
from service.reference.shelf import REFERENCES

BODIES = {name: json.dumps(reference.document()).encode() for name, reference in REFERENCES.items()}
ROOM = 1 << 19
MUTATIONS = 400


def outcome(reading: Callable[[], Document]) -> Document | tuple[DocumentFault, ...]:
    try:
        return reading()
    except UnreadableDocument as error:
        return error.faults


def assert_same(body: bytes, spellings: Spellings) -> None:
    whole = outcome(lambda: read(parse(body)))
    for _ in range(2):
        assert outcome(lambda: read_document(body, spellings)) == whole, body


@pytest.mark.parametrize("name", BODIES)
def test_reference_documents(name: str) -> None:
    assert_same(BODIES[name], Spellings(ROOM))


def test_whatever_was_read_before() -> None:
    spellings = Spellings(ROOM)
    for body in (*BODIES.values(), *BODIES.values()):
        assert_same(body, spellings)


def test_what_is_written_alike_is_one_layer() -> None:
    body = json.dumps({"input": [1, 8], "layers": [{"type": "ReLU"}, {"type": "ReLU"}]}).encode()
    spellings = Spellings(ROOM)
    first, second = read_document(body, spellings).layers
    assert first is second
    assert read_document(body, spellings).layers[0] is first


LIST = '[{"type": "ReLU"}]'
BLOCK = f'{{"type": "Sequential", "layers": {LIST}}}'


@pytest.mark.parametrize(
    "body",
    [
        f'{{"name": {json.dumps(LIST)}, "input": [1], "layers": {LIST}}}',
        f'{{"name": "\\"layers\\": {LIST[:1]}", "input": [1], "layers": {LIST}}}',
        f'{{"about": {{"layers": {LIST}}}, "input": [1], "layers": {LIST}}}',
        f'{{"about": {{"layers": {LIST}}}, "layers": {LIST}, "input": [1]}}',
        f'{{"input": [1], "layers": {LIST}, "layers": {LIST}}}',
        f'{{"input": [1], "layers": [], "layers": {LIST}}}',
        f'{{"input": [1], "layers": {LIST}, "layers": []}}',
        f'{{"input": [1], "l\\u0061yers": {LIST}}}',
        f'{{"input": [1], "layers": {LIST}, "l\\u0061yers": {LIST}}}',
        f'{{"input": [1], "layers": [{{"type": "Sequential", "l\\u0061yers": {LIST}}}]}}',
        f'{{"input": [1], "layers": [{{"type": "ReLU", "layers": {LIST}}}]}}',
        f'{{"input": [1], "layers": [{{"layers": {LIST}}}]}}',
        f'{{"input": [1], "layers": [{BLOCK}, {BLOCK}, {{"type": "ReLU", "name": "layers"}}]}}',
        f'{{"input": [1], "layers": [{{"type": "Sequential", "name": {json.dumps(LIST)}, "layers": {LIST}}}]}}',
        '{"input": [1], "layers": [{"type": "Softmax", "dim": 1}, {"type": "Softmax", "dim": true}]}',
        '{"input": [1], "layers": [{"type": "Softmax", "dim": 1}, {"type": "Softmax", "dim": 1.0}]}',
        '{"input": [1], "layers": [{"type": "ReLU"}, {"type": "ReLU", "type": "ReLU"}]}',
        '{"input": [1], "layers": {"type": "ReLU"}}',
        '{"input": [1], "layers": [null]}',
        '{"input": [1], "layers": [{"type": "Sequential", "layers": null}]}',
        '{"input": [1], "layers": [{"type": "Sequential", "layers": []}, {"type": "Sequential", "layers": []}]}',
        '{"input": [1], "layers": [{"type": "Sequential", "repeat": 0, "layers": [{"type": "ReLU"}]}]}',
        '{"input": [1], "layers": [{"type": "Threshold", "threshold": 1e400, "value": 0}]}',
        '\ufeff{"input": [1], "layers": [{"type": "ReLU"}]}',
        '{"input": [1], "layers": [{"type": "ReLU"}]} ',
        '{"input": [1], "layers": [{"type": "ReLU"}]} x',
        '{"input": [1], "layers": ' + '[{"type": "Sequential", "layers": ' * 150 + "[]" + "}]" * 150 + "}",
        '{"input": [1], "layers": ' + '[{"type": "Sequential", "layers": ' * 20_000 + "[]" + "}]" * 20_000 + "}",
    ],
    ids=lambda value: value[:60],
)
def test_out_of_the_ordinary(body: str) -> None:
    assert_same(body.encode(), Spellings(ROOM))


def test_documents_with_something_changed_at_random(seed: int) -> None:
    """Bytes that go, come twice, change or move, with everything remembered that was read before."""
    numbers, spellings = random.Random(seed), Spellings(ROOM)
    bodies = [BODIES[name] for name in ("lenet-5", "vgg-16-bn", "u-net", "vit-b-16")]
    for _ in range(MUTATIONS):
        assert_same(mutated(numbers.choice(bodies), numbers), spellings)


def mutated(body: bytes, numbers: random.Random) -> bytes:
    start = numbers.randrange(len(body))
    end = min(start + numbers.choice((1, 1, 2, 8, 40, 200)), len(body))
    piece = body[start:end]
    other = numbers.randrange(len(body))
    return numbers.choice(
        (
            body[:start] + body[end:],
            body[:end] + piece + body[end:],
            body[:start] + bytes([numbers.choice(b'[]{},:"0123456789.truefalsenull ')]) + body[start + 1 :],
            body[:other] + piece + body[other:],
        )
    )


def test_memory_is_bounded() -> None:
    spellings = Spellings(size=1 << 12)
    for width in range(3_000):
        document: dict[str, Any] = {"input": [1, 8], "layers": [{"type": "Linear", "out_features": width}] * 2}
        read_document(json.dumps(document).encode(), spellings)
    assert sum(map(len, [*spellings._young, *spellings._old])) <= 2 * ((1 << 12) + LONGEST_REMEMBERED)  # noqa: SLF001
