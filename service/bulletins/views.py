"""Announcements, samples and cases as JSON and for templates: the words, and what stands beside what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts import store as accounts
from service.batches.reading import iso
from trace.bulletins import caserules, commands, rules, store
from trace.bulletins.cases import case_of, settled_steps
from trace.bulletins.judging import status_text
from trace.bulletins.matching import WEIGHT_NAMES, WEIGHTS, Candidate
from trace.bulletins.models import AGREE, DIFFERS, OUTCOMES, REVIEW
from trace.journal import store as journal
from trace.parties import store as parties
from trace.standards.models import NOTICE

OUTCOME_BADGES: Mapping[str, str] = {AGREE: "good", REVIEW: "info", DIFFERS: "bad"}
MATCHES: Mapping[str, str] = {"": "未核对", "confirmed": "已配批次", "none": "非本平台批次"}
RESULTS: Mapping[str, str] = {"failed": "不合格", "overturned": "不合格结论已推翻"}
PENDING: Mapping[str, str] = {"retest": "复检中", "objection": "异议审核中"}


def logins(conn: Connection, lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Account number → log-in of everybody in a history, for officers and operators."""
    found: dict[str, str] = {}
    for number in {str(line["account_id"]) for line in lines}:
        account = accounts.account_by_id(conn, int(number))
        found[number] = str(account["login"]) if account is not None else f"账号 {number}"
    return found


def bulletin_json(row: Row[Any], tally: Mapping[str, int]) -> dict[str, Any]:
    """A bulletin with its counts."""
    told = {
        "id": str(row.id),
        "number": row.number,
        "issuer": row.issuer,
        "issued_on": row.issued_on,
        "is_demo": row.is_demo,
        "imported_at": iso(row.created_at),
        "outcomes": {key: tally.get(key, 0) for key in OUTCOMES},
        "matched": tally.get("matched", 0),
        "open_cases": tally.get("cases", 0),
    }
    if hasattr(row, "samples"):
        told["samples"] = row.samples
    return told


def judged(row: Row[Any]) -> dict[str, Any]:
    """The newest judgement with each item's status in words and its badge."""
    told: dict[str, Any] = json.loads(row.judgement)
    for item in told["items"]:
        item["text"] = status_text(item["status"])
        item["badge"] = OUTCOME_BADGES[item["outcome"]]
        item["outcome_text"] = OUTCOMES[item["outcome"]]
    return told


def sample_json(row: Row[Any], *, whole: bool = False) -> dict[str, Any]:
    """A sample beside its judgement; ``whole`` adds the verbatim row."""
    plain = (
        "number", "task", "food", "category", "produced", "produced_on", "lot", "maker", "maker_code", "sampled_from",
        "spec", "brand", "remark", "status", "result", "pending", "matched",
    )  # fmt: skip
    told = {name: getattr(row, name) for name in plain} | {
        "id": str(row.id),
        "bulletin_id": str(row.bulletin_id),
        "bulletin": row.bulletin_number,
        "authenticity_doubted": bool(row.doubted),
        "final": bool(row.final),
        "batch_id": str(row.batch_id) if row.batch_id is not None else None,
        "case_id": str(row.case_id) if row.case_id is not None else None,
        "failures": json.loads(row.failures),
        "judgement": json.loads(row.judgement),
        "judged_at": iso(row.judged_at),
        "notice": NOTICE,
    }
    if whole:
        told["row"] = json.loads(row.row)
    return told


def judgement_json(row: Row[Any]) -> dict[str, Any]:
    """One judgement of a sample's history."""
    told: dict[str, Any] = json.loads(row.judgement)
    return told | {"id": str(row.id), "at": iso(row.at)}


def candidate_json(one: Candidate) -> dict[str, Any]:
    return {
        "batch_id": str(one.lot.batch_id),
        "points": one.points,
        "maker": one.lot.maker,
        "product": one.lot.product,
        "lot": one.lot.lot,
        "produced_on": one.lot.produced_on.isoformat() if one.lot.produced_on else None,
        "reasons": list(one.reasons),
    }


def weights() -> list[tuple[str, int]]:
    """The published weights of matching."""
    return [(WEIGHT_NAMES[key], points) for key, points in WEIGHTS.items()]


def case_json(row: Row[Any]) -> dict[str, Any]:
    """A case in a list."""
    return {
        "id": str(row.id),
        "state": row.state,
        "cleared": row.cleared,
        "opened_at": iso(row.opened_at),
        "closed_at": iso(row.closed_at),
        "sample_id": str(row.sample_id),
        "batch_id": str(row.batch_id),
        "product": row.item_name,
        "maker": row.maker_name,
        "lot": row.lot,
        "bulletin": row.bulletin_number,
        "halt": row.halt,
        "failed": [one["item"] for one in json.loads(row.failures)],
    }


def whole_case(conn: Connection, case_id: int) -> dict[str, Any]:
    """A case with its steps, its sample, and why it cannot be closed yet."""
    row = case_of(conn, case_id)
    sample = commands.sample_of(conn, row.sample_id)
    listed = store.list_cases(conn, state="", before=case_id + 1, limit=1)[0]
    steps = store.steps_of(conn, case_id)
    names = parties.names(conn, list({row.tenant_id, *(one.tenant_id for one in steps)}))
    told = case_json(listed) | {
        "reason": row.reason,
        "opened_by": names.get(row.tenant_id, ""),
        "opened_account": str(row.opened_by),
        "sample": sample_json(sample),
        "steps": [
            {
                "id": str(one.id),
                "step": one.step,
                "text": caserules.STEPS[one.step],
                "state": one.state,
                "state_text": caserules.STATES.get(one.state, one.state),
                "level": one.level,
                "at": iso(one.at),
                "micros": one.at,
                "by": names.get(one.tenant_id, ""),
                "account_id": str(one.actor_id),
                "reason": one.reason,
            }
            for one in steps
        ],
    }
    told["not_closable"] = (
        "" if row.state == "closed" else caserules.close_refusal(settled_steps(steps), sample.pending, sample.result)
    )
    return told


def sample_history(conn: Connection, sample_id: int) -> list[dict[str, Any]]:
    """What people did about a sample, newest first: who (organisation and account number), when, why."""
    acts = journal.acts_of(conn, sample_id, ("sample.matched", "sample.status"))
    names = parties.names(conn, list({act.tenant_id for act in acts}))
    found = []
    for act in reversed(acts):
        body = json.loads(act.body)
        if act.kind == "sample.matched":
            text = "确认批次" if body["batch_id"] else "登记为非本平台批次"
        else:
            text = rules.CHANGES[body["change"]]
            facts = body["facts"]
            if body["change"] == "retest_concluded":
                text += "：符合" if facts["conforms"] else "：仍不符合"
            elif body["change"] == "objection_decided":
                text += "：认可" if facts["upheld"] else "：不认可，维持原结论"
            elif facts["ground"] in rules.GROUNDS:
                text += f"（{rules.GROUNDS[facts['ground']]}）"
        found.append(
            {
                "id": str(act.id),
                "text": text,
                "at": iso(act.at),
                "micros": act.at,
                "by": names.get(act.tenant_id, ""),
                "account_id": str(act.actor_id),
                "reason": act.reason,
                "request_id": act.request_id,
            }
        )
    return found
