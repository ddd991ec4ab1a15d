"""The printable report of a verdict, from what the explanation says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.batches.reading import BatchRecord
from service.batches.words import VERDICTS
from service.verdicts.explaining import gathered
from trace.codes.verdict_report import Line, VerdictReport
from trace.verdicts.findings import ORDER

SIGNS = {"good": "√", "bad": "×", "warn": "⚠", "info": "ⓘ", "quiet": "·"}
"""As on the pages, but of signs that the embedded font has."""


def signed(status: str) -> str:
    """A status with its sign: colour alone is never enough, and paper may have none."""
    kind, text = VERDICTS.get(status, VERDICTS[""])
    return f"{SIGNS[kind]} {text}"


def report_of(told: Mapping[str, Any], record: BatchRecord, url: str, printed: str) -> VerdictReport:
    """``told`` is ``explaining.explained``; ``url`` what the code says; ``printed`` when."""
    row = record.row
    tally = {status: sum(1 for f in told["findings"] if f["status"] == status) for status in ORDER}
    facts = [
        ("批号", row.lot),
        ("企业", row.maker_name),
        ("生产日期", row.produced_on or ""),
        ("保质期至", row.best_before or ""),
        ("短码", row.short_code or ""),
        ("比对时间", f"{told['evaluated_at'][:16].replace('T', ' ')}，规则库 {told['rulebook']}"),
    ]
    marks = [
        f"上游存疑（待核）：{one['text']}；{' → '.join((p['name'] + ' ' + p['lot']).strip() for p in one['path'])}；"
        f"占比 {one['share']}；{_concluded(one)}"
        for one in told["suspicions"]
        if one["open"]
    ]
    return VerdictReport(
        uri=url,
        title=row.item_name,
        verdict=signed(told["verdict"]),
        facts=[(name, value) for name, value in facts if value],
        findings=[_line(finding) for finding in told["findings"]],
        marks=marks[:3] + ([f"另有 {len(marks) - 3} 条上游存疑见系统"] if len(marks) > 3 else []),
        tally="　".join(f"{signed(status)} {count}" for status, count in tally.items() if count),
        notes=_notes(told["notes"]),
        footer=f"打印于 {printed}，扫码可核对本批的公开信息；比对结果仅供企业与监管人员使用。",
        demo=bool(row.is_demo),
    )


MOST_NOTES = 5


def _notes(notes: Sequence[str]) -> list[str]:
    """What was not compared comes first; beyond five lines the rest is counted."""
    ranked = sorted(gathered(notes), key=lambda note: "未比对" not in note)
    return ranked[:MOST_NOTES] + ([f"另有 {len(ranked) - MOST_NOTES} 条说明见系统"] if len(ranked) > MOST_NOTES else [])


def _concluded(suspicion: Mapping[str, Any]) -> str:
    made = suspicion["conclusions"]
    return f"企业结论：{made[0]['text']}" if made else f"请在 {suspicion['due']} 前写明结论"


def _line(finding: Mapping[str, Any]) -> Line:
    beside = [f"食品安全员裁定：{one['text']}（{one['basis']}）" for one in finding["rulings"][:1]]
    beside += [f"监管核查意见：{one['text']}（{one['remark']}）" for one in finding["reviews"][:1]]
    return Line(
        status=signed(finding["status"]),
        standard=f"{finding['standard']} {finding['clause']}".strip() or "—",
        parameter=finding["parameter"],
        value=finding["value"],
        limit=finding["limit"],
        sentence=finding["sentence"],
        beside=beside,
    )
