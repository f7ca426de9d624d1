"""``python deploy/audit.py``: known vulnerabilities of what the images hold, as the package index tells them.

Exits with 0 if none is known, with 1 if some are, and with 3 where it cannot be told, since the index that is reached
has no data on vulnerabilities or not on every package: that is neither a finding nor a pass.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from supply import pins

VULNERABLE: Final = 1
UNKNOWN: Final = 3


def asked(lines: list[str]) -> Mapping[str, Any] | str:
    """What pip-audit found out of these pins, or what it said instead."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join(lines))
        listed.flush()
        command = [Path(sys.executable).with_name("pip-audit"), "--disable-pip", "--no-deps", "--format", "json",
                   "--progress-spinner", "off", "-r", listed.name]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        found: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        return done.stderr.strip().rpartition("\n")[2]
    return found


def judged(found: Mapping[str, Any] | str) -> tuple[int, list[str]]:
    """The exit status, and what to say."""
    if isinstance(found, str):
        return UNKNOWN, [f"NOT AUDITED: the package index could not be asked: {found}"]
    packages = found["dependencies"]
    known = [each for each in packages if "vulns" in each]
    skipped = [each["name"] for each in packages if "vulns" not in each]
    findings = [
        f"VULNERABLE: {each['name']} {each['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for each in known for fault in each["vulns"]
    ]  # fmt: skip
    lines = [*findings]
    if known:
        lines.append(
            f"{len(known)} of {len(packages)} packages were audited, and {len(findings)} vulnerabilities found."
        )
    if skipped:
        named = ", ".join(skipped[:5]) + (", …" if len(skipped) > 5 else "")
        lines.append(f"NOT AUDITED: {len(skipped)}, since the index that is reached has no data on them: {named}")
    status = VULNERABLE if findings else UNKNOWN if skipped or not known else 0
    return status, lines


def main() -> int:
    """Says what is known."""
    status, lines = judged(asked(pins()))
    sys.stdout.write("\n".join([*lines, ""]))
    return status


if __name__ == "__main__":
    sys.exit(main())
