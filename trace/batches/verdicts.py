"""Judge a stored batch by the rulebook and remember what it said (system comparison, not an inspection)."""

from __future__ import annotations

from trace.context import Context


def judge(ctx: Context, batch_id: int, cause: str) -> str:
    """Evaluate the batch as it now stands; gives the verdict's status."""
    return ""
