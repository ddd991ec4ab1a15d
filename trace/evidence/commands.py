"""Hand in files; check reports and documents and turn them into act bodies."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from trace.context import Context
from trace.errors import InvalidInput
from trace.evidence import store
from trace.evidence.models import DOCUMENT_KINDS, REPORT_KINDS, THIRD_PARTY, NewDocument, NewReport
from trace.problems import Problems
from trace.standards import facts_from_request

MAX_BYTES = 8 * 1024 * 1024
MAX_MEASUREMENTS = 1000
MAX_VALUES = 100
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


def hand_in(ctx: Context, name: str, content: bytes) -> int:
    """Keep a PDF or photo; the same bytes are kept once. Gives the attachment id."""
    media_type = next((kind for start, kind in _SIGNATURES if content.startswith(start)), None)
    if media_type is None and content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        media_type = "image/webp"
    if media_type is None:
        raise InvalidInput.of(
            "/file", "not_a_document", "文件须是 PDF 或照片（PNG、JPEG、WebP），请重新选择", "a PDF or a photo"
        )
    if len(content) > MAX_BYTES:
        raise InvalidInput.of("/file", "too_large", "文件超过 8 MB，请压缩或分页上传", "at most 8 MB")
    digest = hashlib.sha256(content).hexdigest()
    known = store.same_bytes(ctx.conn, ctx.tenant_id, digest)
    if known is not None:
        return known
    attachment_id = ctx.new_id()
    store.insert_attachment(
        ctx.conn,
        {
            "id": attachment_id,
            "tenant_id": ctx.tenant_id,
            "name": name[-120:] or "file",
            "media_type": media_type,
            "size": len(content),
            "sha256": digest,
            "content": content,
            "created_at": ctx.now,
        },
    )
    return attachment_id


def checked_report(ctx: Context, new: NewReport, problems: Problems, at: str) -> dict[str, Any]:
    """A report as an act body; what is wrong goes to ``problems`` under the pointer ``at``."""
    kind = problems.choice(new.kind, REPORT_KINDS, f"{at}/kind", "报告类型")
    issued = problems.day(new.issued_on, f"{at}/issued_on", "报告日期", required=True)
    sampled = problems.day(new.sampled_on, f"{at}/sampled_on", "抽（采）样日期")
    until = problems.day(new.valid_to, f"{at}/valid_to", "报告有效期止")
    cma = problems.text(new.cma, f"{at}/cma", "CMA 编号", required=kind in THIRD_PARTY, longest=40)
    laboratory = problems.text(new.laboratory, f"{at}/laboratory", "检验机构", required=kind in THIRD_PARTY, longest=80)
    if issued and issued > ctx.today:
        problems.add(f"{at}/issued_on", "in_future", f"报告日期 {issued} 晚于今天，请核对", "in the future")
    if issued and sampled and sampled > issued:
        problems.add(f"{at}/sampled_on", "after_report", f"抽样日期 {sampled} 晚于报告日期 {issued}，请核对", "after")
    if len(new.measurements) > MAX_MEASUREMENTS:
        problems.add(f"{at}/measurements", "too_many", f"检验项目最多 {MAX_MEASUREMENTS} 个", "too many")
    measurements = []
    for index, m in enumerate(new.measurements[:MAX_MEASUREMENTS]):
        here = f"{at}/measurements/{index}"
        values = [v.strip()[:60] for v in m.values if v.strip()]
        if not values:
            problems.add(f"{here}/values", "required", f"“{m.parameter[:30]}”没有填结果，请填写或删去此行", "no value")
        if len(values) > MAX_VALUES:
            problems.add(f"{here}/values", "too_many", f"同一项目最多 {MAX_VALUES} 个结果", "too many values")
        measurements.append(
            {
                "parameter": problems.text(m.parameter, f"{here}/parameter", "检验项目", longest=80),
                "values": values[:MAX_VALUES],
                "unit": problems.text(m.unit, f"{here}/unit", "单位", required=False, longest=40),
                "lod": problems.text(m.lod, f"{here}/lod", "检出限", required=False, longest=40),
                "method": problems.text(m.method, f"{here}/method", "检验方法", required=False, longest=80),
            }
        )
    _understood(measurements, at, problems)
    return {
        "kind": kind,
        "number": problems.text(new.number, f"{at}/number", "报告编号", longest=60),
        "laboratory": laboratory,
        "cma": cma if kind in THIRD_PARTY else "",
        "issued_on": _iso(issued),
        "sampled_on": _iso(sampled),
        "valid_to": _iso(until),
        "conclusion": problems.text(new.conclusion, f"{at}/conclusion", "报告结论", required=False, longest=200),
        "attachment_id": _own_file(ctx, new.attachment_id, problems, f"{at}/attachment_id"),
        "measurements": measurements,
    }


def _understood(measurements: list[dict[str, Any]], at: str, problems: Problems) -> None:
    """Refuse results the rulebook cannot read, in its own words: unknown units, text for a number, pH 15."""
    if not measurements or problems.errors:
        return
    asked = [{k: v for k, v in m.items() if v} for m in measurements]
    try:
        facts_from_request({"product": {"name": "-"}, "produced_on": "2026-01-01", "measurements": asked})
    except InvalidInput as wrong:
        for error in wrong.errors:
            problems.add(at + error.pointer, error.code, error.detail, error.detail_en)


def checked_document(ctx: Context, new: NewDocument, problems: Problems, at: str) -> dict[str, Any]:
    """A certificate or ticket as part of an act body."""
    issued = problems.day(new.issued_on, f"{at}/issued_on", "开具日期")
    if issued and issued > ctx.today:
        problems.add(f"{at}/issued_on", "in_future", f"开具日期 {issued} 晚于今天，请核对", "in the future")
    return {
        "kind": problems.choice(new.kind, DOCUMENT_KINDS, f"{at}/kind", "凭证种类"),
        "number": problems.text(new.number, f"{at}/number", "凭证编号", required=False, longest=60),
        "issued_on": _iso(issued),
        "valid_to": _iso(problems.day(new.valid_to, f"{at}/valid_to", "有效期止")),
        "attachment_id": _own_file(ctx, new.attachment_id, problems, f"{at}/attachment_id"),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _own_file(ctx: Context, attachment_id: int | None, problems: Problems, at: str) -> str | None:
    if attachment_id is None:
        return None
    if store.owner_of(ctx.conn, attachment_id) != ctx.tenant_id:
        problems.add(at, "unknown_file", "没有这个附件，请重新上传", "no such attachment")
        return None
    return str(attachment_id)
