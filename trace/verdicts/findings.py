"""Findings by name: what a ruling is tied to, and in which order people read them. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

ORDER = ("fail", "needs_review", "insufficient_evidence", "pass", "advisory", "not_applicable")
OPEN = ("fail", "needs_review", "insufficient_evidence")
"""What somebody has to do something about."""
_CONTENT = ("clause_id", "standard", "edition", "clause", "parameter", "value", "limit", "unit")


def key_of(finding: Mapping[str, Any]) -> str:
    """The name of a finding's content: clause, parameter, value and limit, not the words about them.

    The same finding of the next verdict has the same name; a changed value, limit or clause has another,
    so that a ruling on the old one lapses.
    """
    text = json.dumps([str(finding.get(name) or "") for name in _CONTENT], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def gravest_first(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """In the order people should read them; equals stay as the engine gave them."""
    ranks = {status: rank for rank, status in enumerate(ORDER)}
    return sorted(findings, key=lambda finding: ranks.get(str(finding.get("status", "")), len(ranks)))


def deciding(status: str, findings: str) -> list[str]:
    """The clauses whose findings (JSON) are as grave as the verdict; none where the verdict is nothing to act on."""
    if status not in OPEN:
        return []
    told = json.loads(findings)
    return sorted({str(one["clause_id"]) for one in told if one["status"] == status and one.get("clause_id")})
