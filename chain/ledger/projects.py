"""Investment projects by stage, as the ledger reads them from the project funnel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

STAGES = ("线索", "签约", "落地", "投产")
LANDED = ("落地", "投产")
"""Stages that count as a landed project (row 38)."""


def project_counts(conn: Connection, day: date) -> Mapping[str, int] | None:
    """Stage → projects that stand at it on ``day``; None (未知) as long as no funnel keeps them."""
    return None
