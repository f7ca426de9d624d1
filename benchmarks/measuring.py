"""Times that mean something on a shared machine: two things in turn, each at its best."""

import time
from collections.abc import Callable, Sequence


def best_of(
    rounds: int, *contenders: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The shortest time of each in seconds, measured in turn, after one run that does not count."""
    best = [float("inf")] * len(contenders)
    for turn in range(rounds + 1):
        for index, contender in enumerate(contenders):
            start = clock()
            contender()
            taken = clock() - start
            if turn:
                best[index] = min(best[index], taken)
    return best


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table whose columns line up."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join(
        [f"| {lines[0]} |", f"|{'|'.join('-' * (width + 2) for width in widths)}|"]
        + [f"| {line} |" for line in lines[1:]]
    )
