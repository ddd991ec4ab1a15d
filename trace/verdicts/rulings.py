"""Rulings (裁定) by the enterprise's 食品安全员 on findings of 需人工核对, and supervisors' 核查意见 beside them.

Both are acts. A ruling is tied to a finding's content (``findings.key_of``): when value, limit or clause change it
lapses; a new one replaces it. Neither changes the verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from trace.context import Context
from trace.errors import Conflict, InvalidInput
from trace.journal import store as journal
from trace.journal.commands import record_act
from trace.problems import Problems
from trace.verdicts import store
from trace.verdicts.findings import key_of

RULINGS = {"conforms": "符合", "not_conforming": "不符合"}
STANCES = {"agree": "同意企业裁定", "doubt": "存疑，请企业补充"}
MIN_BASIS = 4
MAX_AT_ONCE = 50


def latest_findings(ctx: Context, batch_id: int) -> list[dict[str, Any]]:
    """Findings of a batch's newest verdict."""
    row = store.latest_verdict(ctx.conn, batch_id)
    return json.loads(row.findings) if row is not None else []


def named(findings: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The 需人工核对 finding that a key, a clause id or a clause as cited (``GB 2726 微生物限量``) names.

    Raises InvalidInput where it names none or several.
    """
    open_ = {key_of(f): f for f in findings if f["status"] == "needs_review"}
    if name in open_:
        return open_[name]
    wanted = name.strip()
    fits = [f for f in open_.values() if wanted and wanted in (f["clause_id"], cited(f))]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise InvalidInput.of(
            "/finding",
            "several_findings",
            f"“{wanted[:60]}”对应 {len(fits)} 条需人工核对的结果，请逐条选择",
            "several findings under this clause",
        )
    raise InvalidInput.of(
        "/finding",
        "unknown_finding",
        f"本批没有需人工核对的结果“{wanted[:60]}”：数值可能已更正，请刷新页面后重新选择",
        "no such finding needs review",
    )


def cited(finding: Mapping[str, Any]) -> str:
    """How a person cites a finding's clause."""
    return f"{finding['standard']} {finding['clause']}".strip()


def rule(ctx: Context, batch_id: int, names: Sequence[str], conclusion: str, basis: str) -> list[int]:
    """Rule on one or more findings with one basis; gives the acts' ids. The caller has checked whose batch it is."""
    problems = Problems()
    what = problems.choice(conclusion, RULINGS, "/conclusion", "裁定")
    why = problems.text(basis, "/basis", "裁定依据", longest=500)
    if why and len(why) < MIN_BASIS:
        problems.add("/basis", "too_short", f"裁定依据“{why}”太短，请写明依据（至少 {MIN_BASIS} 个字）", "say why")
    if not names:
        problems.add("/finding", "required", "请选择要裁定的结果", "which finding?")
    if len(names) > MAX_AT_ONCE:
        problems.add("/finding", "too_many", f"一次最多裁定 {MAX_AT_ONCE} 条", "too many findings")
    problems.raise_if_any()
    findings = latest_findings(ctx, batch_id)
    chosen = {key_of(f): f for f in (named(findings, name) for name in names)}
    return [
        record_act(ctx, "ruling", "batch", batch_id, _told(key, finding) | {"conclusion": what}, why)
        for key, finding in chosen.items()
    ]


def _told(key: str, finding: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "finding": key,
        "clause_id": finding["clause_id"],
        "clause": cited(finding),
        "parameter": finding["parameter"],
        "value": finding["value"],
        "limit": finding["limit"],
    }
    if finding.get("measurement") is not None:
        told["measurement"] = str(finding["measurement"])
    return told


def by_finding(acts: Iterable[Row[Any]], kind: str) -> dict[str, list[Row[Any]]]:
    """Acts of a kind (``ruling``, ``review.noted``) by the finding they name, newest last; '' is the whole batch."""
    found: dict[str, list[Row[Any]]] = {}
    for act in acts:
        if act.kind == kind:
            found.setdefault(str(json.loads(act.body).get("finding") or ""), []).append(act)
    return found


def unruled(findings: Iterable[Mapping[str, Any]], acts: Sequence[Row[Any]]) -> list[Mapping[str, Any]]:
    """需人工核对 findings whose standing ruling is not 符合."""
    rulings = by_finding(acts, "ruling")
    return [
        f
        for f in findings
        if f["status"] == "needs_review"
        and (not (made := rulings.get(key_of(f))) or json.loads(made[-1].body)["conclusion"] != "conforms")
    ]


def require_rulings(ctx: Context, batch_id: int) -> None:
    """Refuse a release while a finding of 需人工核对 is not ruled 符合. Raises Conflict naming them."""
    open_ = unruled(latest_findings(ctx, batch_id), journal.acts_of(ctx.conn, batch_id, ("ruling",)))
    if open_:
        listed = "、".join(dict.fromkeys(f["parameter"] or cited(f) or "归类" for f in open_[:5]))
        raise Conflict(
            f"还有 {len(open_)} 条需人工核对的结果没有裁定为符合，请先逐条裁定：{listed}",
            "A finding that needs review is not ruled",
            code="needs_ruling",
        )


def note(ctx: Context, batch_id: int, stance: str, remark: str, finding: str = "") -> int:
    """A supervisor's 核查意见 on a finding or on the whole: agree or doubt. Not a conclusion on the product."""
    problems = Problems()
    what = problems.choice(stance, STANCES, "/stance", "意见")
    said = problems.text(remark, "/remark", "核查意见", longest=500)
    if said and len(said) < MIN_BASIS:
        problems.add("/remark", "too_short", f"核查意见“{said}”太短，请写明核查了什么", "say what was checked")
    problems.raise_if_any()
    body: dict[str, Any] = {"stance": what}
    if finding.strip():
        known = {key_of(f): f for f in latest_findings(ctx, batch_id)}
        if finding not in known:
            raise InvalidInput.of(
                "/finding", "unknown_finding", "本批没有这条比对结果，请刷新页面后重新选择", "no such finding"
            )
        body |= _told(finding, known[finding])
    return record_act(ctx, "review.noted", "batch", batch_id, body, said)
