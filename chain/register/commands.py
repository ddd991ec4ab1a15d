"""Record statements: describe a subject, say something of it, find two to be one, take something back.

Nothing is ever changed: a correction is a later statement, a mistake is withdrawn by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection

from chain.needs.loading import bills
from chain.register import store
from chain.register.models import KINDS, OF_FAMILY, OF_LINK, SUBJECT_KINDS
from chain.register.rules import Checked, Checker, NewStatement, credit_code
from chain.seeds import load_links
from chain.units import same_base
from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal.canonical import ALGORITHM, dumps_sorted, loads
from trace.problems import Problems, reason_of

OWN_SOURCE = "招商人员登记"
"""Source of what staff decide themselves: a merge, a withdrawal."""


@cache
def known_links() -> frozenset[str]:
    """The links of the dictionary."""
    return frozenset(link.id for link in load_links())


@cache
def known_families() -> dict[str, str]:
    """The product families by id with their names."""
    return {family.id: family.name for family in bills().families}


def statement_row(
    ctx: Context, checked: Checked, *, import_id: int | None = None, withdraws: int | None = None, at: int | None = None
) -> dict[str, Any]:
    """A row of the table, with its id and the digest of what it says (RFC 8785: the values are texts and flags)."""
    row: dict[str, Any] = {
        "id": ctx.new_id(),
        "subject_kind": checked.subject_kind,
        "subject_key": checked.subject,
        "kind": checked.kind,
        "body": dumps_sorted(checked.body),
        "data_date": checked.data_date.isoformat(),
        "source": checked.source,
        "basis": checked.basis,
        "recorded_at": ctx.now if at is None else at,
        "recorded_by": ctx.actor_id,
        "organisation": ctx.tenant_id,
        "import_id": import_id,
        "withdraws": withdraws,
    }
    said = {name: None if value is None else str(value) for name, value in row.items() if name != "body"}
    text = dumps_sorted(said | {"body": checked.body})
    digest = hashlib.sha256(text.encode()).hexdigest()
    return row | {"link": checked.link, "code": checked.code, "digest": digest, "digest_algorithm": ALGORITHM}


def name_of(conn: Connection, key: str) -> str:
    """How a subject is called now; its number where nobody describes it."""
    row = store.descriptions(conn, [key]).get(key)
    return str(loads(row.body)["name"]) if row is not None else f"主体 {key}"


def refuse_taken_code(problems: Problems, conn: Connection, code: str, key: str, name: str, pointer: str) -> None:
    """Two enterprises cannot have one credit code: name both."""
    for row in store.holders_of_codes(conn, [code]).get(code, []):
        now = store.descriptions(conn, [row.subject_key]).get(row.subject_key)
        if row.subject_key != key and now is not None and now.code == code:
            problems.add(
                pointer, "code_taken",
                f"统一社会信用代码 {code} 已属于“{loads(now.body)['name']}”，不能再给“{name}”；"
                "请核对两家的代码，若是同一主体请用“认定为同一主体”",
                "This credit code belongs to another subject",
            )  # fmt: skip
            return


def group_of(conn: Connection, key: str) -> set[str]:
    """Everybody who counts as one with a subject, itself included."""
    pairs, group = store.merges(conn), {key}
    while fresh := {end for pair in pairs if group & set(pair) for end in pair} - group:
        group |= fresh
    return group


def _refuse_second_code(problems: Problems, conn: Connection, checked: Checked) -> None:
    """Who counts as one has one credit code, also when somebody is described anew after the finding."""
    others = store.descriptions(conn, group_of(conn, checked.subject) - {checked.subject})
    for row in others.values():
        if row.code and row.code != checked.code:
            problems.add(
                "/code", "other_code", second_code(str(loads(row.body)["name"]), row.code, checked.code or ""),
                "it was found to be the same as one with another code",
            )  # fmt: skip
            return


def second_code(name: str, code: str, given: str) -> str:
    """Why somebody who was found to be the same as another cannot get another code."""
    return f"本主体已认定与“{name}”（代码 {code}）为同一个，不能再写代码 {given}：请先撤销认定，再更正代码"


def _refuse_other_base(problems: Problems, conn: Connection, checked: Checked) -> None:
    if checked.kind != "operates" or checked.body["low"] is None or checked.link is None:
        return
    known = store.first_units(conn, [checked.link]).get(checked.link)
    if known is not None and not same_base(known[0], checked.body["unit"]):
        problems.add(
            "/unit", "other_unit", other_unit(checked.link, known[0], name_of(conn, known[1]), checked.body["unit"]),
            "Another capacity of this link is counted in something else",
        )  # fmt: skip


def other_unit(link: str, unit: str, name: str, given: str) -> str:
    """Why two units of one link cannot stand beside each other."""
    return f"环节 {link} 的产能按“{unit}”计（“{name}”），不能再按“{given}”计：两者不能相加，请换算，或先更正那一条"


def _checked(ctx: Context, problems: Problems, new: NewStatement) -> Checked | None:
    checked = Checker(problems, known_links(), ctx.today, families=known_families()).check(new)
    if checked is None:
        return None
    mentioned = [checked.body[name] for name in ("to", "other") if name in checked.body]
    there = store.descriptions(ctx.conn, [*mentioned, checked.subject])
    for name in ("to", "other"):
        if name in checked.body and checked.body[name] not in there:
            problems.add(f"/{name}", "no_such_subject", "没有这个主体，请从主体列表里选", "no such subject")
    if checked.kind == "offers" and checked.subject_kind not in ("park", "site"):
        problems.add(
            "/subject", "not_a_site", "只有园区和地块能登记场地条件；企业对场地的要求请登记为“要求”", "not a site"
        )
    if checked.kind == "supplies" and checked.body["to"] == checked.subject:
        problems.add("/to", "same", "供给对象不能是主体自己", "cannot supply itself")
    if checked.kind == "subject" and checked.code is not None:
        refuse_taken_code(problems, ctx.conn, checked.code, checked.subject, checked.body["name"], "/code")
        _refuse_second_code(problems, ctx.conn, checked)
    _refuse_other_base(problems, ctx.conn, checked)
    return checked


def add_subject(ctx: Context, kind: str, new: NewStatement) -> int:
    """Describe somebody new. Gives the subject's id. Raises InvalidInput."""
    problems = Problems()
    problems.choice(kind, SUBJECT_KINDS, "/subject_kind", "主体类型")
    problems.raise_if_any()
    made = ctx.new_id()
    checked = _checked(
        ctx, problems, NewStatement(kind, str(made), "subject", new.body, new.data_date, new.source, new.basis)
    )
    problems.raise_if_any()
    assert checked is not None
    store.insert_subjects(ctx.conn, [subject_row(ctx, made, kind)])
    store.append(ctx.conn, [statement_row(ctx, checked)])
    return made


def subject_row(ctx: Context, made: int, kind: str) -> dict[str, Any]:
    return {
        "id": made,
        "kind": kind,
        "created_at": ctx.now,
        "created_by": ctx.actor_id,
        "organisation": ctx.tenant_id,
    }


def record(ctx: Context, new: NewStatement) -> int:
    """Record one statement about a subject that is there, a link or a family. Gives its id. Raises InvalidInput, NotFound."""
    problems = Problems()
    if new.kind == "withdraw" or new.kind == "same_as":
        problems.add("/kind", "own_command", f"“{KINDS[new.kind]}”请用专门的操作", "has a command of its own")
        problems.raise_if_any()
    invented = False
    if new.kind not in OF_LINK | OF_FAMILY:
        described = store.descriptions(ctx.conn, [new.subject]).get(new.subject)
        if described is None:
            raise NotFound("没有这个主体，或登记已撤回", "No such subject")
        known = loads(described.body)
        invented = bool(known.get("demo"))
        kept = {"fields": known["fields"]} if new.kind == "subject" else {}
        body = kept | dict(new.body)
        new = NewStatement(described.subject_kind, new.subject, new.kind, body, new.data_date, new.source, new.basis)
    checked = _checked(ctx, problems, new)
    problems.raise_if_any()
    assert checked is not None
    if invented and checked.kind == "subject":
        checked.body["demo"] = True
    row = statement_row(ctx, checked)
    store.append(ctx.conn, [row])
    return int(row["id"])


def settle(ctx: Context, subject: str, source: str) -> int | None:
    """Somebody who was a candidate or outside is now an enterprise inside. Gives the statement's id, None where that
    is on record already. The subject must be described."""
    row = store.descriptions(ctx.conn, [subject])[subject]
    body = loads(row.body)
    if body["inside"] and row.subject_kind != "candidate":
        return None
    kind = "enterprise" if row.subject_kind == "candidate" else row.subject_kind
    settled = Checked(kind, subject, "subject", body | {"inside": True}, ctx.today, source, "declared", None, row.code)
    made = statement_row(ctx, settled)
    store.append(ctx.conn, [made])
    return int(made["id"])


def merge(ctx: Context, subject: str, other: str, code: str, person: int | None, reason: str) -> int:
    """Find two subjects to be one, by a valid credit code, in a named person's name. Gives the statement's id.

    ``person`` is the opaque number under which the edge filed that person's name; None when none was given. At least
    one of the two must carry the code in its description, neither may carry another.
    """
    problems = Problems()
    there = store.descriptions(ctx.conn, [subject, other])
    if subject not in there:
        raise NotFound("没有这个主体，或登记已撤回", "No such subject")
    if other not in there or other == subject:
        problems.add("/other", "no_such_subject", "请选择另一个已登记的主体", "choose another subject")
    proven = credit_code(problems, code, "/code")
    if proven is None and not problems.errors:
        problems.add("/code", "required", "认定为同一主体须有统一社会信用代码", "a credit code is needed")
    if person is None:
        problems.add("/person", "required", "认定为同一主体须写明由谁认定（姓名）", "a named person is needed")
    with problems.caught():
        said = reason_of(reason, "认定依据")
    problems.raise_if_any()
    group = group_of(ctx.conn, subject)
    if other in group:
        raise Conflict("这两个主体已经认定为同一个，不用再认定", "Found to be one already", code="same_already")
    there |= store.descriptions(ctx.conn, group | group_of(ctx.conn, other))
    codes = {key: row.code for key, row in there.items()}
    for key, has in codes.items():
        if has and has != proven:
            problems.add(
                "/code", "other_code",
                f"“{loads(there[key].body)['name']}”登记的代码是 {has}，与 {proven} 不同：两个代码就是两个主体，请先核对",
                "one of them has another code",
            )  # fmt: skip
    if not any(codes.values()) and proven is not None:
        refuse_taken_code(problems, ctx.conn, proven, subject, loads(there[subject].body)["name"], "/code")
    problems.raise_if_any()
    body = {"other": other, "code": proven, "person": str(person), "reason": said}
    row = statement_row(ctx, _own(ctx, there[subject].subject_kind, subject, "same_as", body))
    store.append(ctx.conn, [row])
    return int(row["id"])


def _own(
    ctx: Context, subject_kind: str, subject: str, kind: str, body: Mapping[str, Any], link: str | None = None
) -> Checked:
    return Checked(subject_kind, subject, kind, dict(body), ctx.today, OWN_SOURCE, "declared", link)


def withdraw(ctx: Context, statement_id: int, reason: str) -> int:
    """Take one statement back, with a reason; it stays on record. Gives the id of the withdrawal."""
    row = store.get_statement(ctx.conn, statement_id)
    if row is None:
        raise NotFound("没有这条登记", "No such statement")
    if row.kind == "withdraw":
        raise Conflict("撤回不能再撤回；要恢复请重新登记", "A withdrawal stands", code="withdrawal")
    if row.withdrawn_by is not None:
        raise Conflict("这条登记已经撤回", "Already withdrawn", code="withdrawn")
    said = reason_of(reason, "撤回理由")
    made = statement_row(
        ctx,
        _own(ctx, row.subject_kind, row.subject_key, "withdraw", {"reason": said}, row.link),
        withdraws=statement_id,
    )
    store.append(ctx.conn, [made])
    return int(made["id"])


def undo_import(ctx: Context, import_id: int, reason: str) -> int:
    """Take a whole import back by one act, as if it had never come. Gives the id of the withdrawal."""
    known = store.get_import(ctx.conn, import_id)
    if known is None:
        raise NotFound("没有这次导入", "No such import")
    if store.withdrawal_of(ctx.conn, import_id) is not None:
        raise Conflict("这次导入已经撤销", "Already undone", code="withdrawn")
    said = reason_of(reason, "撤销理由")
    made = statement_row(ctx, _own(ctx, "import", str(import_id), "withdraw", {"reason": said}), withdraws=import_id)
    store.append(ctx.conn, [made])
    return int(made["id"])


def bring_in(
    ctx: Context,
    statements: Iterable[Checked],
    subjects: Sequence[tuple[int, str]],
    *,
    import_id: int,
    file_name: str,
    sha256: str,
    mapping: Mapping[str, str],
    rows: int,
    taken: int,
    refused: int,
) -> int:
    """Write a checked file in one transaction: new subjects (id, kind) and statements. Gives how many statements."""
    made = [statement_row(ctx, one, import_id=import_id) for one in statements]
    store.insert_subjects(ctx.conn, [subject_row(ctx, key, kind) for key, kind in subjects])
    store.append(ctx.conn, made)
    store.insert_import(
        ctx.conn,
        {
            "id": import_id,
            "file_name": file_name,
            "sha256": sha256,
            "mapping": dumps_sorted(dict(mapping)),
            "rows": rows,
            "taken": taken,
            "refused": refused,
            "statements": len(made),
            "recorded_at": ctx.now,
            "recorded_by": ctx.actor_id,
            "organisation": ctx.tenant_id,
        },
    )  # fmt: skip
    return len(made)
