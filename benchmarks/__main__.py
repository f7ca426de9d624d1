"""``make bench``: every benchmark, printed and kept in ``benchmarks/last.md``."""

from pathlib import Path

from benchmarks import engine, server, verification

SECTIONS = (
    ("From request bytes to answer bytes", engine.against_torchinfo),
    ("Growth", engine.growth),
    ("Fifty mistakes", engine.mistakes),
    ("Requests a second", server.throughput),
    ("Starting", server.start),
    ("Verification", verification.jobs),
)


def main() -> None:
    parts = [
        "# Benchmarks\n\nPrinted by `make bench`; the ratios mean something on any machine, the times only on one.\n"
    ]
    for title, measure in SECTIONS:
        parts.append(f"## {title}\n\n{measure.__doc__}\n\n{measure()}\n")
        print(parts[-1], flush=True)
    Path(__file__).with_name("last.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
