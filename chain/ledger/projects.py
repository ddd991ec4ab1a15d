"""Investment projects by stage, as the ledger reads them from the project funnel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from chain.projects import commands
from chain.projects.models import STAGES as FUNNEL

STAGES = tuple(FUNNEL.values())
LANDED = (FUNNEL["landed"], FUNNEL["producing"])
"""Stages that count as a landed project (row 38)."""


def project_counts(conn: Connection, day: date) -> Mapping[str, int] | None:
    """Stage → projects that stand at it on ``day``, invented ones left out; None (未知) while none was ever recorded."""
    if not commands.projects_on(conn, demo=False):
        return None
    counts = commands.read_counts(conn, day)
    return {FUNNEL[stage]: count for stage, count in counts.at.items()}
