"""``python -m tests.oracle [--cases N] [--seed S] [TYPE …]``: random cases against PyTorch, and every
disagreement with what reproduces it."""

import argparse
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.oracle.judging import APPLIED, disagreements


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("types", nargs="*", default=APPLIED, help="entries of the catalogue; all if left out")
    parser.add_argument("--cases", type=int, default=200, help="random cases an entry")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--show", type=int, default=3, help="disagreements shown an entry")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.cases} cases for each of {len(options.types)} entries")
    total = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        jobs = [(name, pool.submit(disagreements, name, options.seed, options.cases)) for name in options.types]
        for name, job in jobs:
            found = job.result()
            total += len(found)
            if found:
                print(f"\n{name}: {len(found)} disagreements")
                print("\n".join(f"  {line}" for line in found[: options.show]), flush=True)
    print(f"\n{options.cases * len(options.types)} cases, {total} disagreements")
    return min(total, 1)


if __name__ == "__main__":
    sys.exit(main())
