"""``python -m tests.verification [--documents N] [--seed S] [--verify JSON]``: random documents verified over HTTP, and
every one of which PyTorch says something else, with what reproduces it."""

import argparse
import json
import random
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.api.server import running
from tests.oracle.random_documents import random_document
from tests.verification.asking import asked, disagreement


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.verification", description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--verify", type=json.loads, default={}, help='such as {"backward": true, "batch": 3}')
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.documents} documents, {options.verify}", flush=True)
    statuses: Counter[str] = Counter()
    differing = 0
    with running("--verify-seconds", "300", "--log-level", "error") as address, ThreadPoolExecutor(4) as pool:
        documents = [random_document(random.Random(f"{options.seed} {case}")) for case in range(options.documents)]
        answers = pool.map(lambda document: asked(address, {**document, "verify": options.verify}), documents)
        for document, answer in zip(documents, answers, strict=True):
            statuses[answer["verification"]["status"]] += 1
            why = disagreement(answer, options.verify)
            if why is not None:
                differing += 1
                print(f"{why}\n  {json.dumps(document)}", flush=True)
    print(f"{options.documents} documents: {dict(statuses)}, {differing} disagreements")
    return min(differing, 1)


if __name__ == "__main__":
    sys.exit(main())
