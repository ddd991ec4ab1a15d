"""``make soak``: what takes too long for every run. Kill the server again and again, fuzz every role, import
long lists that are half wrong, mutate the book, trace in 9M edges."""

from __future__ import annotations

import os
import subprocess
import sys

KILLS = 50
FUZZ_CASES = 5_000
"""Requests of nonsense for each role, ours and schemathesis'."""


IMPORT_ROWS = 50_000


def run(name: str, arguments: list[str], **environment: str) -> bool:
    """Run one part and say how it ended."""
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-m", *arguments], env=os.environ | environment)  # noqa: S603 - our own modules
    return done.returncode == 0


def main() -> int:
    """Run every part, also after one failed; the exit code says whether all held."""
    parts = [
        run(f"{KILLS} kills during registrations, captures and recalls", ["pytest", "-q", "tests/service/test_kill.py"], LIANGPIN_KILLS=str(KILLS)),
        run(f"{FUZZ_CASES} fuzz cases a role", ["pytest", "-q", "tests/service/test_fuzz.py"], LIANGPIN_FUZZ=str(FUZZ_CASES)),
        run(f"{FUZZ_CASES} schemathesis cases a role", ["pytest", "-q", "tests/service/test_schemathesis.py"], LIANGPIN_SCHEMATHESIS=str(FUZZ_CASES)),
        run("every page three links deep, as each role", ["pytest", "-q", "tests/browser/test_every_page.py"], LIANGPIN_CRAWL="3"),
        run("a link deleted, 20 districts", ["pytest", "-q", "tests/chain/test_assessment.py"], LIANGPIN_DELETIONS="20"),
        run(f"{IMPORT_ROWS} rows imported into the register, half of them wrong", ["pytest", "-q", "tests/register/test_importing.py", "-k", "many_rows"], LIANGPIN_IMPORT_ROWS=str(IMPORT_ROWS)),
        run("limits deleted and loosened", ["bench.mutation"]),
        run("traces of 367k lots in 9M edges", ["bench.trace"], LIANGPIN_BENCH_EDGES="9M"),
    ]  # fmt: skip
    return 0 if all(parts) else 1


if __name__ == "__main__":
    raise SystemExit(main())
