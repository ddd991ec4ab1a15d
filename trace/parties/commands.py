"""Register parties' credentials; find or file a person without an account."""

from __future__ import annotations

from dataclasses import dataclass

from trace.context import Context
from trace.journal.commands import record_act
from trace.parties import store
from trace.problems import Problems
from trace.verdicts.waiting import judge_organisation

CREDENTIAL_KINDS = {
    "sc": "食品生产许可（SC）",
    "small_workshop": "食品加工小作坊登记",
    "food_business_central_kitchen": "食品经营许可（中央厨房）",
    "food_business_group_catering": "食品经营许可（集体用餐配送）",
    "food_business": "食品经营许可",
    "prepackaged_filing": "仅销售预包装食品备案",
    "farm": "种植养殖主体",
}


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A licence as a person types it; dates ISO text, ``valid_to`` empty for 长期."""

    kind: str
    number: str
    valid_from: str
    valid_to: str = ""
    scope: str = ""


def add_credential(ctx: Context, new: NewCredential) -> int:
    """File a credential of the actor's organisation; a renewal is filed beside the old one. Gives its id."""
    problems = Problems()
    kind = problems.choice(new.kind, CREDENTIAL_KINDS, "/kind", "证照种类")
    number = problems.text(new.number, "/number", "证照编号", longest=60)
    scope = problems.text(new.scope, "/scope", "许可范围", required=False, longest=300)
    start = problems.day(new.valid_from, "/valid_from", "有效期起", required=True)
    end = problems.day(new.valid_to, "/valid_to", "有效期止")
    if start and end and end < start:
        problems.add(
            "/valid_to", "before_start", f"有效期止 {end} 早于有效期起 {start}，请核对证照", "ends before it begins"
        )
    problems.raise_if_any()
    assert start is not None
    credential_id = ctx.new_id()
    facts = {
        "id": str(credential_id),
        "kind": kind,
        "number": number,
        "scope": scope,
        "valid_from": start.isoformat(),
        "valid_to": end.isoformat() if end else None,
    }
    act_id = record_act(ctx, "credential.filed", "organisation", ctx.tenant_id, facts)
    store.insert_credential(ctx.conn, facts | {"id": credential_id, "organisation_id": ctx.tenant_id, "act_id": act_id})
    judge_organisation(ctx, "credential")
    return credential_id


def file_person(ctx: Context, name: str, phone: str) -> int:
    """The opaque number under which the actor's organisation knows a smallholder or collector."""
    known = store.person_named(ctx.conn, ctx.tenant_id, name, phone)
    if known is not None:
        return int(known.id)
    person_id = ctx.new_id()
    store.insert_person(
        ctx.conn,
        {"id": person_id, "tenant_id": ctx.tenant_id, "name": name, "phone": phone, "created_at": ctx.now},
    )
    return person_id
