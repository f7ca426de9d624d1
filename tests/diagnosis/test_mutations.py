"""Whatever is written: nothing raises, what is said makes sense, and every fix does what it says."""

import os
import random

import jsonpatch

from service.architecture.problems import UnreadableDocument
from service.core.issues import Operation
from service.diagnosis.patching import patched
from tests.diagnosis.checking import check_issue
from tests.diagnosis.mutations import mutated, originals
from tests.documents import examined

CASES = 10 * int(os.environ.get("PLUMBLINE_TEST_CASES", "20"))


def test_mutated_documents(seed: int) -> None:
    chance, documents, diagnosed = random.Random(seed), originals(), 0
    for _ in range(CASES):
        raw = mutated(chance.choice(documents), chance)
        try:
            examination = examined(raw)
        except UnreadableDocument:
            continue
        assert examination.analysis.refused == (not examination.valid)
        for issue in examination.issues:
            check_issue(issue, raw, examination)
        diagnosed += bool(examination.issues)
    assert diagnosed > CASES / 4


def test_patches_are_applied_as_rfc_6902_has_it(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        document = random_value(chance, 4)
        operation = random_operation(document, chance)
        if operation is None:
            continue
        before = repr(document)
        assert patched(document, [operation]) == jsonpatch.apply_patch(document, [operation.as_json()])
        assert repr(document) == before


def random_value(chance: random.Random, depth: int) -> object:
    kind = chance.choice(("dict", "list")) if depth else "number"
    keys = chance.sample(("a", "b/c", "d~e", "", "0", "-"), chance.randrange(1, 4))
    if kind == "dict":
        return {key: random_value(chance, depth - chance.randrange(1, depth + 1)) for key in keys}
    if kind == "list":
        return [random_value(chance, depth - chance.randrange(1, depth + 1)) for _ in keys]
    return chance.randrange(10)


def random_operation(document: object, chance: random.Random) -> Operation | None:
    path, value = "", document
    while True:
        if not isinstance(value, (dict, list)) or not value:
            return None
        steps = list(value) if isinstance(value, dict) else range(len(value))
        step = chance.choice(steps)
        inner = value[step]
        path += "/" + str(step).replace("~", "~0").replace("/", "~1")
        if not isinstance(inner, (dict, list)) or not inner or chance.random() < 0.4:
            return Operation(chance.choice(("add", "remove", "replace")), path, 42)
        value = inner
