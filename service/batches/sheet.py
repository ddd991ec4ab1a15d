"""A batch as its page shows it: every part cut by what the actor may see, ready for a template."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts import store as accounts
from service.accounts.permissions import FIELDS, Actor, Subject, View, decide, visibility
from service.batches import reading
from service.batches.api import stage_of
from service.batches.reading import BatchRecord
from service.batches.words import ACTS, EVENTS, FINDING_ORDER, SCHEMES
from service.measures.offering import Offers, measures_of, offers_of
from service.scan.public import clock
from service.verdicts.explaining import findings_of, gathered, note_json, suspicions_of
from trace.batches.models import BASES, HALTS, SOURCES, STATES
from trace.batches.public import PublicLine, public_line
from trace.batches.rules import TRANSITIONS
from trace.context import local_datetime
from trace.evidence.models import DOCUMENT_KINDS, REPORT_KINDS
from trace.journal import store as journal
from trace.measures.models import MEASURES
from trace.quantity import show
from trace.suspicion.models import CONCLUSIONS
from trace.verdicts.findings import OPEN
from trace.verdicts.rulings import RULINGS, STANCES, by_finding, unruled

MAX_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the template draws. ``fields`` are the parts this view has; the others are left empty."""

    row: Row[Any]
    item: Row[Any]
    view: View
    fields: frozenset[str]
    line: PublicLine
    state: str
    halt: str
    verdict: Row[Any] | None
    findings: Sequence[Mapping[str, Any]]
    tally: Mapping[str, int]
    notes: Sequence[Any]
    pending: Sequence[Mapping[str, str]]
    warnings: Sequence[Mapping[str, str]]
    receipt: Mapping[str, Any]
    inputs: Sequence[Mapping[str, Any]]
    outputs: Sequence[Mapping[str, Any]]
    hidden_outputs: int
    handovers: Sequence[Mapping[str, Any]]
    stock: Sequence[Mapping[str, Any]]
    reports: Sequence[Mapping[str, Any]]
    aliases: Sequence[tuple[str, str]]
    unruled: Sequence[Mapping[str, Any]]
    """Those of ``findings`` that keep the batch from being released until they are ruled 符合."""
    suspicions: Sequence[Mapping[str, Any]]
    spread: Mapping[str, Any] | None
    reviews: Sequence[Mapping[str, Any]]
    product: Mapping[str, Any]
    measures: Sequence[Mapping[str, Any]]
    """Official measures on the batch, newest first, each as ``service.measures.views.measure_json``."""
    offers: Offers | None
    """What an officer may begin here; None for everybody else."""
    may: frozenset[str]
    amounts: bool

    @property
    def open_findings(self) -> list[Mapping[str, Any]]:
        """What the one who signs a release must look at: everything that is neither pass nor without weight."""
        return [f for f in self.findings if f.get("status") in OPEN]

    @property
    def to_rule(self) -> list[Mapping[str, Any]]:
        """Findings of 需人工核对; the first of a finding's ``rulings`` stands."""
        return [f for f in self.findings if f.get("status") == "needs_review"]

    @property
    def open_suspicions(self) -> list[Mapping[str, Any]]:
        return [one for one in self.suspicions if one["open"]]


def sheet_of(record: BatchRecord, actor: Actor, now: int) -> Sheet:
    """Cut ``record`` to the actor; the one function ``visibility`` decides, ``FIELDS`` says what that contains."""
    view = reading.view_of(actor, record)
    fields = FIELDS[view]
    row = record.row
    today = local_datetime(now).date()
    told = json.loads(record.verdict.findings) if record.verdict is not None and "findings" in fields else []
    found = findings_of(record.acts, told)
    tally = {status: sum(1 for f in found if f.get("status") == status) for status in FINDING_ORDER}
    outputs = _outputs(record, actor) if "customers" in fields else []
    may = _may(record, actor, today.isoformat())
    return Sheet(
        row=row,
        item=record.item,
        view=view,
        fields=fields,
        line=public_line(row.state, row.halt, row.halt_text, row.best_before, today, clock(now)),
        state=STATES[row.state],
        halt=HALTS.get(row.halt, ""),
        verdict=record.verdict if "verdict" in fields else None,
        findings=found,
        tally=tally,
        notes=gathered(json.loads(record.verdict.notes)) if record.verdict is not None and "findings" in fields else [],
        pending=json.loads(row.pending) if "completeness" in fields else [],
        warnings=json.loads(row.warnings) if "completeness" in fields else [],
        receipt=_receipt(record) if "suppliers" in fields else {},
        inputs=_inputs(record) if "inputs" in fields else [],
        outputs=[o for o in outputs if o],
        hidden_outputs=sum(1 for o in outputs if not o),
        handovers=_handovers(record, view, actor) if "handover_at" in fields else [],
        stock=_stock(record, view, actor),
        reports=_reports(record) if "reports" in fields else [],
        aliases=[(SCHEMES.get(a.scheme, a.scheme), a.value) for a in record.aliases] if "aliases" in fields else [],
        unruled=unruled(found, record.acts),
        suspicions=suspicions_of(record, actor),
        spread=reading.spread_json(record.spread) if "spread" in fields else None,
        reviews=[note_json(a, None) for a in by_finding(record.acts, "review.noted").get("", [])]
        if "findings" in fields
        else [],
        product=json.loads(record.verdict.product) if record.verdict is not None and "findings" in fields else {},
        measures=measures_of(record, now) if "enforcement" in fields else [],
        offers=offers_of(record, actor, found, now) if "measure" in may else None,
        may=may,
        amounts=view is View.OWN,
    )


def _may(record: BatchRecord, actor: Actor, today: str) -> frozenset[str]:
    """The acts that permission and state allow now; the command decides again when it is asked."""
    row = record.row
    subject = Subject(owner_id=row.tenant_id, stage=stage_of(row.link_code))
    product, alive = row.kind == "product", row.state != "voided"
    possible = {
        "release": ("batch.release", product and row.state in TRANSITIONS["release"]),
        "hold": ("batch.hold", row.state in TRANSITIONS["hold"]),
        "unhold": ("batch.hold", row.state in TRANSITIONS["unhold"]),
        "stop": ("batch.stop", alive and row.state != "reserved" and row.halt == ""),
        "resume": ("batch.stop", row.halt == "own_stop"),
        "void": ("batch.correct", row.state in TRANSITIONS["void"]),
        "complete": ("batch.complete", alive and row.pending != "[]"),
        "correct": ("batch.correct", product and alive and row.event_id is not None),
        "report": ("batch.register", alive),
        "ruling": ("batch.ruling", product and alive),
        "review": ("review.note", product and alive),
        "recall": ("recall.start", product and row.state not in ("reserved", "voided") and row.halt != "recall"),
        "measure": ("enforcement.propose", alive),
    }
    found = {name for name, (action, fits) in possible.items() if fits and decide(actor, action, subject).allowed}
    holds = any(s.holder_id == actor.org_id and s.quantity > 0 for s in record.stock)
    sellable = row.halt == "" and (row.best_before is None or row.best_before >= today)
    maker_ready = row.tenant_id != actor.org_id or row.state in TRANSITIONS["ship"]
    if holds and sellable and maker_ready and decide(actor, "batch.ship").allowed:
        found.add("ship")
    if decide(actor, "batch.label", subject).allowed and alive:
        found.add("label")
    if decide(actor, "recipe.open").allowed and actor.org_id != row.tenant_id and product:
        found.add("recipe")
    owns = row.tenant_id == actor.org_id
    if alive and (owns or holds) and decide(actor, "suspicion.conclude", Subject(owner_id=actor.org_id)).allowed:
        found.add("conclude")
    return frozenset(found)


def _inputs(record: BatchRecord) -> list[dict[str, Any]]:
    found = []
    for edge in record.inputs:
        lot = record.lots.get(edge.input_id)
        found.append(
            {
                "id": edge.input_id,
                "lot": lot,
                "quantity": show(edge.quantity, edge.unit),
                "plain": show(edge.quantity).replace("未知", "") if edge.quantity is not None else "",
                "unit": edge.unit,
                "basis": BASES.get(edge.basis, ""),
                "basis_code": edge.basis or "weighed",
            }
        )
    return found


def _outputs(record: BatchRecord, actor: Actor) -> list[dict[str, Any]]:
    """What was made of the lot; {} for what belongs to others: counted, not shown."""
    found: list[dict[str, Any]] = []
    for edge in record.outputs:
        lot = record.lots.get(edge.output_id)
        seen = lot is not None and visibility(actor, lot.tenant_id) is not View.PUBLIC
        found.append({"id": edge.output_id, "lot": lot, "quantity": show(edge.quantity, edge.unit)} if seen else {})
    return found


def _handovers(record: BatchRecord, view: View, actor: Actor) -> list[dict[str, Any]]:
    found = []
    for h in record.handovers:
        if view is View.PARTNER and actor.org_id not in (h.from_id, h.to_id):
            continue
        person = record.people.get(h.from_person) if h.from_person is not None else None
        reported = [s for s, e in (("发方", h.shipped_event), ("收方", h.received_event)) if e is not None]
        found.append(
            {
                "from": record.names.get(h.from_id, "") or (person.name if person else h.from_name) or "未登记",
                "to": record.names.get(h.to_id, "") or h.to_name or "未登记",
                "at": h.at,
                "quantity": show(h.quantity, h.unit),
                "reported": "双方已登记" if len(reported) == 2 else f"仅{''.join(reported)}登记",
                "both": len(reported) == 2,
            }
        )
    return found


def _stock(record: BatchRecord, view: View, actor: Actor) -> list[dict[str, Any]]:
    everyone = view is View.REGULATOR
    return [
        {"holder": record.names.get(s.holder_id, ""), "quantity": show(s.quantity, s.unit), "short": s.quantity < 0}
        for s in record.stock
        if everyone or s.holder_id == actor.org_id
    ]


def _reports(record: BatchRecord) -> list[dict[str, Any]]:
    withdrawn = {json.loads(a.body)["report_id"]: a for a in record.acts if a.kind == "report.withdrawn"}
    found = []
    for act in record.acts:
        if act.kind != "report":
            continue
        body = json.loads(act.body)
        gone = withdrawn.get(str(act.id))
        found.append(
            body
            | {
                "id": act.id,
                "at": act.at,
                "kind_text": REPORT_KINDS.get(body["kind"], body["kind"]),
                "withdrawn": gone.reason if gone is not None else "",
            }
        )
    return found


def _receipt(record: BatchRecord) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(record.row.receipt)
    if not told:
        return {}
    supplier = told.get("supplier") or {}
    first = next((h for h in record.handovers if h.received_event is not None), None)
    person = record.people.get(first.from_person) if first is not None and first.from_person is not None else None
    name = supplier.get("name") or (person.name if person is not None else "")
    if supplier.get("organisation"):
        name = record.names.get(int(supplier["organisation"]), "")
    papers = [p | {"kind_text": DOCUMENT_KINDS.get(p["kind"], p["kind"])} for p in told.get("documents") or []]
    return told | {
        "source_text": SOURCES.get(told.get("source", ""), ""),
        "supplier_text": name or ("个人（信息已删除）" if supplier.get("person") else ""),
        "papers": papers,
    }


def history(conn: Connection, record: BatchRecord, actor: Actor) -> list[dict[str, Any]]:
    """Every act and event of the batch, newest first: who, when, why, under which request.

    Log-ins are told inside the own organisation and to regulators; of others only the organisation.
    """
    regulator = actor.org_kind == "regulator"
    lines: list[dict[str, Any]] = []
    for act in record.acts:
        if act.tenant_id in (actor.org_id, record.row.tenant_id) or regulator or act.kind in reading.IN_EFFECT:
            lines.append(_line(record, act.id, act.tenant_id, act.actor_id, act.at, act.request_id) | _act_text(act))
    for event in journal.events_of(conn, int(record.row.id), MAX_EVENTS):
        if event.tenant_id != actor.org_id and not regulator:
            continue
        name = EVENTS.get((event.event_type, event.biz_step.rsplit("-", 1)[-1]), "EPCIS 事件")
        if event.declaration_time:
            name += "（更正声明）"
        line = _line(record, event.id, event.tenant_id, event.actor_id, event.record_time, event.request_id)
        lines.append(line | {"text": name, "reason": "", "detail": event.event_id, "happened": event.event_time})
    known: dict[int, str] = {}
    for line in lines:
        who = line["actor_id"]
        if who not in known:
            account = accounts.account_by_id(conn, who) if who else None
            known[who] = str(account["login"]) if account is not None else ""
        near = line["tenant_id"] == actor.org_id or regulator
        line["who"] = line["organisation"] + (f" · {known[who]}" if near and known[who] else "")
    return sorted(lines, key=lambda x: -int(x["id"]))


def _line(record: BatchRecord, id_: int, tenant: int, actor_id: int, at: int, request_id: str) -> dict[str, Any]:
    return {
        "id": id_,
        "tenant_id": tenant,
        "organisation": record.names.get(tenant, ""),
        "actor_id": actor_id,
        "at": at,
        "request_id": request_id,
        "happened": None,
    }


def _act_text(act: Row[Any]) -> dict[str, Any]:
    body = json.loads(act.body)
    detail = ""
    if act.kind in ("order.proposed", "order.confirmed", "order.lifted"):
        detail = f"文书号 {body.get('document_no', '')}"
        if act.kind == "order.proposed":
            detail = f"{MEASURES.get(body.get('measure', 'stop'), '')}，{detail}"
    elif act.kind.startswith("measure."):
        number = f"文书号 {body['document_no']}" if body.get("document_no") else ""
        detail = "，".join(one for one in (MEASURES.get(body.get("measure", ""), ""), number) if one)
    elif act.kind == "report":
        detail = f"{REPORT_KINDS.get(body['kind'], '')} {body['number']}"
    elif act.kind in ("batch.record", "batch.document"):
        detail = body["stated"]["kind"]
    elif act.kind == "batch.times":
        detail = "、".join(dict.fromkeys(one["what"] for one in (*body["events"], *body["intervals"])))
    elif act.kind == "batch.printed":
        detail = "，".join(body["printed"].values())
    elif act.kind == "alias":
        detail = f"{SCHEMES.get(body['scheme'], body['scheme'])} {body['value']}"
    elif act.kind == "ruling":
        about = "，".join(one for one in (body["clause"], body.get("parameter", ""), body.get("value", "")) if one)
        detail = f"{about or '归类'}：{RULINGS.get(body['conclusion'], '')}"
    elif act.kind == "review.noted":
        about = "，".join(one for one in (body.get("clause", ""), body.get("parameter", "")) if one)
        detail = f"{about + '：' if about else ''}{STANCES.get(body['stance'], '')}"
    elif act.kind == "suspicion.concluded":
        detail = f"{CONCLUSIONS.get(body['conclusion'], '')}，证据 {body['evidence']}"
    elif act.kind == "recall.announced":
        detail = f"公告：{body['notice']}；退货方式：{body['returns']}"
    elif act.kind == "batch.stopped" and body.get("public_text"):
        detail = f"对外说明：{body['public_text']}"
    elif act.kind in ("batch.registered", "batch.completed") and body.get("pending"):
        detail = "待补录：" + "；".join(p["detail"] for p in body["pending"])
    return {"text": ACTS.get(act.kind, act.kind), "reason": act.reason, "detail": detail}
