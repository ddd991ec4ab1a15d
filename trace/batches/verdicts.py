"""Judge a stored batch by the rulebook and remember what it said (system comparison, not an inspection)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.evidence.models import DOCUMENT_KINDS
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.items.models import PROCESSING, STORAGE
from trace.journal import store as journal
from trace.journal.canonical import dumps
from trace.parties import store as parties
from trace.quantity import show
from trace.standards import evaluate, evaluation_to_json, facts_from_request, load_book
from trace.standards.models import VERDICT_ORDER

_MAKER = {
    "sc": "sc",
    "small_workshop": "workshop",
    "food_business_central_kitchen": "catering",
    "food_business_group_catering": "catering",
    "food_business": "catering",
    "prepackaged_filing": "filing",
    "farm": "farm",
}
_REPORT = {
    "release": "出厂自检",
    "commissioned": "委托",
    "type": "型式",
    "surveillance": "监督抽检",
    "rapid": "快检",
}
_PAPER = DOCUMENT_KINDS | {"rapid_test": "快检记录", "market_ticket": "购货凭证"}
CATERING = frozenset({"M23", "D12", "D13", "D14", "D15"})


def judge(ctx: Context, batch_id: int, cause: str) -> str:
    """Evaluate a product batch as it now stands and keep the verdict; gives its status.

    Raw lots are evidence, not products, and have no verdict (''). A verdict that says the same under
    the same rulebook is not written twice.
    """
    row = batches.get_batch(ctx.conn, batch_id)
    if row is None or row.kind != "product" or row.produced_on is None:
        return ""
    book = load_book()
    reports = _reports(ctx, row)
    facts = _facts(ctx, row, reports)
    tests = [r for r in reports if r["kind"] != "rapid"]
    answer = evaluation_to_json(evaluate(book, facts_from_request(facts | {"measurements": _tests(tests)}, book)))
    quick = _tests([r for r in reports if r["kind"] == "rapid"])
    if quick:
        _add_rapid_failures(
            answer, evaluation_to_json(evaluate(book, facts_from_request(facts | {"measurements": quick}, book)))
        )
    last = batches.latest_verdict(ctx.conn, batch_id)
    findings, notes = dumps(answer["findings"]), dumps(answer.get("notes") or [])
    same = (answer["verdict"], answer["rulebook"], findings, notes)
    if last is not None and (last.status, last.rulebook, last.findings, last.notes) == same:
        return str(last.status)
    verdict_id = ctx.new_id()
    batches.insert_verdict(
        ctx.conn,
        {
            "id": verdict_id,
            "tenant_id": row.tenant_id,
            "batch_id": batch_id,
            "at": ctx.now,
            "rulebook": answer["rulebook"],
            "status": answer["verdict"],
            "findings": findings,
            "notes": notes,
            "cause": cause,
            "request_id": ctx.request_id,
        },
    )
    batches.update_batch(ctx.conn, batch_id, {"verdict": answer["verdict"], "verdict_id": verdict_id})
    return str(answer["verdict"])


def _add_rapid_failures(answer: dict[str, Any], quick: Mapping[str, Any]) -> None:
    """A rapid test can raise an alarm but never stands for a release test: only its failures count."""
    worse = [f for f in quick["findings"] if f["status"] == "fail" and f.get("measurement") is not None]
    for finding in worse:
        told = dict(finding) | {"reason": f"快检结果：{finding['reason']}（快检不能代替检验，须另行送检确认）"}
        told["status"] = "needs_review"
        told.pop("measurement", None)
        answer["findings"].append(told)
    if worse and VERDICT_ORDER.index("needs_review") < _rank(answer["verdict"]):
        answer["verdict"] = "needs_review"


def _rank(status: str) -> int:
    return VERDICT_ORDER.index(status) if status in VERDICT_ORDER else len(VERDICT_ORDER)


def _reports(ctx: Context, row: Row[Any]) -> list[dict[str, Any]]:
    """Reports of the batch and type tests of its product; withdrawn ones are left out, not deleted."""
    acts = journal.acts_of(ctx.conn, row.id, ("report", "report.withdrawn"))
    withdrawn = {json.loads(a.body)["report_id"] for a in acts if a.kind == "report.withdrawn"}
    found = [json.loads(a.body) | {"lot": row.lot} for a in acts if a.kind == "report" and str(a.id) not in withdrawn]
    return found + [json.loads(a.body) | {"lot": ""} for a in journal.acts_of(ctx.conn, row.item_id, ("report",))]


def _tests(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All measurements of batch reports; type tests name their parameters but are not this batch's results."""
    return [{k: v for k, v in m.items() if v} for r in reports if r["kind"] != "type" for m in r["measurements"]]


def _facts(ctx: Context, row: Row[Any], reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    item = items.items_by_id(ctx.conn, [row.item_id])[row.item_id]
    credentials = parties.credentials_of(ctx.conn, row.tenant_id)
    words = [w.strip() for w in item.ingredients.replace("，", "、").replace(",", "、").split("、") if w.strip()]
    product = {
        "name": item.name,
        "category": item.food_category,
        "processing": PROCESSING.get(item.processing, ""),
        "ready_to_eat": item.ready_to_eat,
        "storage": STORAGE.get(item.storage, ""),
        "prepackaged": item.prepackaged,
        "sc_category": item.sc_category,
        "executed_standard": item.executed_standard,
        "shelf_life_days": item.shelf_life_days,
        "ingredients": words or None,
        "heating": item.heating,
        "central_kitchen": any(c.kind == "food_business_central_kitchen" for c in credentials) or None,
    }
    return {
        "product": {k: v for k, v in product.items() if v is not None and v != ""},
        "produced_on": row.produced_on,
        "stage": "餐" if item.link_code in CATERING else "加",
        "lot": row.lot,
        "maker": [
            {
                "kind": _MAKER[c.kind],
                "number": c.number,
                "valid_from": c.valid_from,
                "valid_to": c.valid_to or "2099-12-31",
            }
            for c in credentials
        ],
        "inputs": _inputs(ctx, row),
        "reports": [
            {
                "kind": _REPORT[r["kind"]],
                "number": r["number"],
                "laboratory": r["laboratory"],
                "cma": r["cma"],
                "issued_on": r["issued_on"] or "",
                "sampled_on": r.get("sampled_on") or "",
                "valid_to": r["valid_to"] or "",
                "lot": r["lot"],
                "conclusion": r["conclusion"],
                "parameters": [m["parameter"] for m in r["measurements"]],
            }
            for r in reports
        ],
    }


def _inputs(ctx: Context, row: Row[Any]) -> list[dict[str, Any]]:
    """The incoming-inspection record of every input, as its receipt and its maker's reports have it."""
    edges = genealogy.inputs_of(ctx.conn, row.id)
    ids = list(dict.fromkeys(e.input_id for e in edges))
    known = batches.batches_by_id(ctx.conn, ids)
    taken_over = genealogy.first_received(ctx.conn, ids, row.tenant_id)
    found: list[dict[str, Any]] = []
    for edge in edges:
        lot = known.get(edge.input_id)
        if lot is None:
            name = str(journal.uri_of(ctx.conn, edge.input_id)).rsplit("/", 1)[-1]
            found.append({"name": f"未登记原料 {name}", "quantity": show(edge.quantity, edge.unit), "documents": []})
            continue
        receipt = json.loads(lot.receipt)
        papers = list(receipt.get("documents") or [])
        supplier = _supplier_text(receipt, lot.maker_name if lot.tenant_id != row.tenant_id else "")
        received = receipt.get("received_on") or ""
        if lot.tenant_id != row.tenant_id or lot.kind == "product":
            acts = journal.acts_of(ctx.conn, lot.id, ("receipt", "report"))
            papers += [
                {"kind": "test_report", "number": json.loads(a.body)["number"]} for a in acts if a.kind == "report"
            ]
            for act in acts:
                if act.kind == "receipt" and act.tenant_id == row.tenant_id:
                    papers += json.loads(act.body).get("documents") or []
            at = taken_over.get(lot.id)
            received = local_datetime(at).date().isoformat() if at is not None else (received or lot.produced_on or "")
            supplier = supplier or lot.maker_name
            papers.append({"kind": "purchase_slip", "number": lot.short_code or lot.lot})
        found.append(
            {
                "name": lot.item_name,
                "quantity": show(edge.quantity, edge.unit),
                "lot_or_date": lot.lot,
                "supplier": supplier or ("自产" if receipt.get("source") == "own" else ""),
                "received_on": received,
                "documents": [
                    {
                        "kind": _PAPER.get(p["kind"], "其他"),
                        "number": p.get("number") or "",
                        "valid_to": p.get("valid_to") or "",
                    }
                    for p in papers
                ],
            }
        )
    return found


def _supplier_text(receipt: Mapping[str, Any], fallback: str) -> str:
    """That a supplier is recorded; a person stays an opaque number here."""
    told = receipt.get("supplier") or {}
    if told.get("person"):
        return f"登记人员 {told['person']}"
    return str(told.get("name") or (f"单位 {told['organisation']}" if told.get("organisation") else fallback))
