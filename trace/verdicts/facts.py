"""Assemble what a batch is judged on, for many batches in a few statements: product, maker, inputs, reports, papers.

The result is the body of an evaluation request (design section 5) as plain JSON, so that a verdict can be
explained and given again later; some keys are ours and taken out before the rulebook reads it: ``rapid``
(results of rapid tests, judged apart), ``overruled`` (a named person's classification), ``derived`` (kinds of records
that the record itself gives, and from where) and ``unread`` (what was filed and cannot be compared, as sentences).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.context import local_datetime
from trace.evidence.models import DOCUMENT_KINDS
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.items.models import PROCESSING, STORAGE
from trace.journal import store as journal
from trace.journal.canonical import dumps_sorted, loads
from trace.papers import store as paper_store
from trace.papers.deriving import SOURCES, Known, completed, derived
from trace.papers.models import BATCH_ACTS, ITEM_ACTS, RECORD
from trace.papers.sensors import series_in, within_limits
from trace.papers.standing import members
from trace.parties import store as parties
from trace.quantity import show

MAKER_KINDS = {
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
OWN_KEYS = ("rapid", "overruled", "derived", "unread")
_REPORTS = ("report", "report.withdrawn")


@dataclass(frozen=True, slots=True)
class Case:
    """A batch's state row and the facts it is judged on."""

    row: Row[Any]
    facts: Mapping[str, Any]


def canonical(facts: Mapping[str, Any]) -> str:
    """The facts as canonical JSON: they hold text, true and false only, for which sorted keys are RFC 8785."""
    return dumps_sorted(facts)


def digest(text: str) -> str:
    """How canonical facts are named."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def gather(conn: Connection, batch_ids: Iterable[int]) -> dict[int, Case]:
    """Facts of every product batch among ``batch_ids`` that was made; raw, reserved and voided lots are left out."""
    rows = {
        row.id: row
        for row in batches.get_batches(conn, batch_ids).values()
        if row.kind == "product" and row.produced_on is not None and row.state not in ("reserved", "voided")
    }
    if not rows:
        return {}
    around = _Around(conn, rows)
    return {batch_id: Case(row, around.facts(row)) for batch_id, row in rows.items()}


def derivable(conn: Connection, batch_id: int) -> dict[str, list[dict[str, str]]]:
    """Fields of records that the record itself gives for a batch, by kind; {} for a batch that is not judged."""
    row = batches.get_batch(conn, batch_id)
    if row is None or row.kind != "product" or row.produced_on is None:
        return {}
    around = _Around(conn, {batch_id: row}, sales=True)
    facts = around.facts(row)
    return derived(around.known(row, around.items[row.item_id], facts), facts["stage"])


class _Around:
    """Everything that the batches of one call refer to, read once; ``sales`` also of batches without filed records."""

    def __init__(self, conn: Connection, rows: Mapping[int, Row[Any]], *, sales: bool = False) -> None:
        owners = {row.tenant_id for row in rows.values()}
        self.items = items.items_by_id(conn, sorted({row.item_id for row in rows.values()}))
        self.credentials = parties.credentials_of_many(conn, owners)
        self.reports = journal.acts_of_many(conn, rows, (*_REPORTS, *BATCH_ACTS))
        self.of_items = journal.acts_of_many(conn, self.items, ("report", "item.classified", *ITEM_ACTS))
        self.sensors = paper_store.sensor_events(conn, {row.id: row.tenant_id for row in rows.values()})
        recorded = [lot for lot in rows if sales or any(act.kind == RECORD for act in self.reports.get(lot, ()))]
        self.shipments = paper_store.shipments_of_many(conn, recorded)
        buyers = {one.to_id for sales in self.shipments.values() for one in sales if one.to_id is not None}
        self.buyers = paper_store.parties_of(conn, buyers)
        self.edges = genealogy.inputs_of_many(conn, rows)
        used = sorted({edge.input_id for edges in self.edges.values() for edge in edges})
        self.lots = batches.batches_by_id(conn, used)
        self.received = genealogy.first_received_by(conn, used)
        others = [
            lot.id for lot in self.lots.values() if lot.kind == "product" or {lot.tenant_id} != owners
        ]  # whose papers may be those of their maker and of the one who took them over
        self.papers = journal.acts_of_many(conn, others, ("receipt", *_REPORTS))
        self.uris = journal.uris_of(conn, [lot_id for lot_id in used if lot_id not in self.lots])
        self._told: dict[tuple[int, int], dict[str, Any]] = {}

    def facts(self, row: Row[Any]) -> dict[str, Any]:
        reports = [report | {"lot": row.lot} for report in standing_reports(self.reports.get(row.id, []))]
        of_item = self.of_items.get(row.item_id, [])
        reports += [loads(act.body) | {"lot": ""} for act in of_item if act.kind == "report"]
        overruled = classified(of_item)
        item = self.items[row.item_id]
        facts: dict[str, Any] = {
            "product": self._product(item, self.credentials.get(row.tenant_id, []), overruled),
            "produced_on": row.produced_on,
            "stage": "餐" if item.link_code in CATERING else "加",
            "lot": row.lot,
            "maker": [_licence(one) for one in self.credentials.get(row.tenant_id, [])],
            "inputs": [self._input(row, edge) for edge in self.edges.get(row.id, [])],
            "reports": [_report(report) for report in reports],
            "measurements": _results(reports, rapid=False),
        }
        if quick := _results(reports, rapid=True):
            facts["rapid"] = quick
        if overruled:
            facts["overruled"] = overruled
        return facts | self._papers(row, item, of_item, facts)

    def _papers(
        self, row: Row[Any], item: Row[Any], of_item: Sequence[Row[Any]], facts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Label, records, documents, times and temperatures; {} for a batch for which nothing of them was filed."""
        told = [one for event in self.sensors.get(row.id, []) for one in series_in(loads(event.document))]
        series, unread = within_limits(told)
        found = members(of_item, self.reports.get(row.id, []), series, row.produced_on)
        if "records" in found:
            known = derived(self.known(row, item, facts), facts["stage"])
            found["records"], used = completed(found["records"], known)
            if used:
                found["derived"] = {kind: SOURCES[kind] for kind in used}
        if found.keys() - {"label"}:
            found["any_stage"] = True
        return found | ({"unread": unread} if unread else {})

    def known(self, row: Row[Any], item: Row[Any], facts: Mapping[str, Any]) -> Known:
        """What the record holds of a batch, as its records' fields would show it."""
        product = {
            "名称": item.name,
            "规格": item.spec,
            "数量": show(row.quantity, row.unit) if row.quantity is not None else "",
            "生产日期": row.produced_on,
            "批号": row.lot,
            "保质期": f"{item.shelf_life_days} 天" if item.shelf_life_days else "",
        }
        inputs = []
        for edge, told in zip(self.edges.get(row.id, []), facts["inputs"], strict=True):
            lot = self.lots.get(edge.input_id)
            own = lot is not None and lot.tenant_id == row.tenant_id and lot.quantity is not None
            inputs.append(
                {
                    "名称": told["name"],
                    "数量": show(lot.quantity, lot.unit) if lot is not None and own else "",
                    "批号": told.get("lot_or_date", ""),
                    "保质期": (lot.best_before or "") if lot is not None else "",
                    "进货日期": told.get("received_on", ""),
                    "供货者名称": told.get("supplier", ""),
                }
            )
        shipments = []
        for one in self.shipments.get(row.id, []):
            if one.from_id != row.tenant_id:
                continue
            buyer = self.buyers.get(one.to_id) if one.to_id is not None else None
            shipments.append(
                {
                    "数量": show(one.quantity, one.unit),
                    "销售日期": local_datetime(one.at).date().isoformat(),
                    "购货者名称": buyer.name if buyer is not None else one.to_name,
                    "购货者地址": buyer.address if buyer is not None else "",
                }
            )
        return Known(product, inputs, facts["reports"], shipments)

    def _product(self, item: Row[Any], credentials: Sequence[Row[Any]], overruled: Mapping[str, Any]) -> dict[str, Any]:
        words = [w.strip() for w in item.ingredients.replace("，", "、").replace(",", "、").split("、") if w.strip()]
        product = {
            "name": item.name,
            "category": overruled.get("category") or item.food_category,
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
        return {k: v for k, v in product.items() if v is not None and v != ""}

    def _input(self, row: Row[Any], edge: Row[Any]) -> dict[str, Any]:
        """The incoming-inspection record of one input, as its receipt and its maker's reports have it."""
        if edge.input_id not in self.lots:
            name = self.uris.get(edge.input_id, "").rsplit("/", 1)[-1]
            return {"name": f"未登记原料 {name}", "quantity": show(edge.quantity, edge.unit), "documents": []}
        key = (edge.input_id, row.tenant_id)
        if key not in self._told:
            self._told[key] = self._lot(self.lots[edge.input_id], row.tenant_id)
        return self._told[key] | {"quantity": show(edge.quantity, edge.unit)}

    def _lot(self, lot: Row[Any], holder: int) -> dict[str, Any]:
        receipt = loads(lot.receipt)
        papers = list(receipt.get("documents") or [])
        supplier = _supplier_text(receipt, lot.maker_name if lot.tenant_id != holder else "")
        received = receipt.get("received_on") or ""
        if lot.tenant_id != holder or lot.kind == "product":
            acts = self.papers.get(lot.id, [])
            papers += [{"kind": "test_report", "number": report["number"]} for report in standing_reports(acts)]
            for act in acts:
                if act.kind == "receipt" and act.tenant_id == holder:
                    papers += loads(act.body).get("documents") or []
            at = self.received.get((lot.id, holder))
            received = local_datetime(at).date().isoformat() if at is not None else (received or lot.produced_on or "")
            supplier = supplier or lot.maker_name
            papers.append({"kind": "purchase_slip", "number": lot.short_code or lot.lot})
        return {
            "name": lot.item_name,
            "lot_or_date": lot.lot,
            "supplier": supplier or ("自产" if receipt.get("source") == "own" else ""),
            "received_on": received,
            "documents": [
                {
                    "kind": _PAPER.get(paper["kind"], "其他"),
                    "number": paper.get("number") or "",
                    "valid_to": paper.get("valid_to") or "",
                }
                for paper in papers
            ],
        }


def standing_reports(acts: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """The reports among a lot's acts that nobody has withdrawn, oldest first."""
    withdrawn = {loads(act.body)["report_id"] for act in acts if act.kind == "report.withdrawn"}
    return [loads(act.body) for act in acts if act.kind == "report" and str(act.id) not in withdrawn]


def classified(acts: Sequence[Row[Any]]) -> dict[str, Any]:
    """What a named person last said a product is; {} where nobody did or it was taken back."""
    last = next((act for act in reversed(acts) if act.kind == "item.classified"), None)
    if last is None:
        return {}
    body: dict[str, Any] = loads(last.body)
    if not body.get("category") and not body.get("premade"):
        return {}
    return body | {"basis": last.reason, "account_id": str(last.actor_id), "at": str(last.at)}


def _licence(one: Row[Any]) -> dict[str, str]:
    return {
        "kind": MAKER_KINDS[one.kind],
        "number": one.number,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to or "2099-12-31",
    }


def _report(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": _REPORT[report["kind"]],
        "number": report["number"],
        "laboratory": report["laboratory"],
        "cma": report["cma"],
        "issued_on": report["issued_on"] or "",
        "sampled_on": report.get("sampled_on") or "",
        "valid_to": report["valid_to"] or "",
        "lot": report["lot"],
        "conclusion": report["conclusion"],
        "parameters": [m["parameter"] for m in report["measurements"]],
    }


def _results(reports: Sequence[Mapping[str, Any]], *, rapid: bool) -> list[dict[str, Any]]:
    """All measurements of batch reports; type tests name their parameters but are not this batch's results."""
    return [
        {k: v for k, v in m.items() if v}
        for report in reports
        if report["kind"] != "type" and (report["kind"] == "rapid") == rapid
        for m in report["measurements"]
    ]


def _supplier_text(receipt: Mapping[str, Any], fallback: str) -> str:
    """That a supplier is recorded; a person stays an opaque number here."""
    told = receipt.get("supplier") or {}
    if told.get("person"):
        return f"登记人员 {told['person']}"
    return str(told.get("name") or (f"单位 {told['organisation']}" if told.get("organisation") else fallback))
