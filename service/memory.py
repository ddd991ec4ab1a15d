"""What a long-running process tells Python's garbage collector (bench/rejudge: a fifth less CPU)."""

from __future__ import annotations

import gc

from trace.standards import load_book

THRESHOLDS = (20_000, 20, 50)
"""Young objects come by the thousand with every judged batch; hardly any of them is part of a cycle."""


def settle() -> None:
    """Compile the rulebook, then never look through it and the program again; look at young objects less often."""
    load_book()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
