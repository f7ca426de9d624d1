"""``python -m tests.export``: the table of all models; with words, of those whose names contain one."""

import sys
from collections.abc import Sequence

from benchmarks.measuring import table
from tests.export.comparing import Sample, analysing, compared, cost
from tests.export.models import chosen

HEAD = ("model", "layers", "parameters", "MACs", "equal", "seconds", "× build and run", "analysed in ms")


def main(words: Sequence[str]) -> int:
    rows = [_row(sample) for sample in chosen(words)]
    print(table(HEAD, [row for row, _ in rows]))
    for row, difference in rows:
        if difference:
            print(f"{row[0]}: {difference}")
    equal = sum(not difference for _, difference in rows)
    print(f"{equal} of {len(rows)} are equal.")
    return int(equal < len(rows))


def _row(sample: Sample) -> tuple[tuple[str, ...], str]:
    """A row of the table, and what is wrong."""
    try:
        found = compared(sample)
    except Exception as error:
        return (sample.name, "", "", "", "no", "", "", ""), f"{type(error).__name__}: {error}"
    numbers = (f"{found.layers:,}", f"{found.parameters:,}", f"{found.macs:,}")
    verdict = "no" if found.differences else "yes"
    costs = cost(sample)
    times = f"{costs.exporting:.2f}", str(costs), f"{analysing(found.document) * 1e3:.1f}"
    return (sample.name, *numbers, verdict, *times), "; ".join(found.differences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
