"""Record an entry of the ledger, or take one back. Nothing is ever changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chain.ledger import store
from chain.ledger.kinds import IMPORT, KINDS, OF_ROW, WITHDRAW
from chain.ledger.loading import load_ladder, load_rows
from chain.ledger.models import Origin, Row
from chain.ledger.rules import Checked, Checker, NewEntry, refuse_skipped
from chain.register import store as register
from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal.canonical import ALGORITHM, dumps_sorted
from trace.problems import Problems, reason_of

OWN_SOURCE = "台账人员撤回"
FilePerson = Callable[[Context, str], int]
"""Files a name as a person and gives the opaque number; the edge hands it in."""


def row_of(no: int) -> Row:
    """A row of the plan by its number. Raises NotFound."""
    rows = load_rows()
    if not 1 <= no <= len(rows):
        raise NotFound(f"方案要素没有第 {str(no)[:9]} 条，序号是 1—{len(rows)}", "No such row of the plan")
    return rows[no - 1]


def entry_row(
    ctx: Context, checked: Checked, origin: Origin, *, withdraws: int | None = None, at: int | None = None
) -> dict[str, Any]:
    """A row of the table, with its id and the digest of what it says."""
    row: dict[str, Any] = {
        "id": ctx.new_id(),
        "no": checked.no,
        "kind": checked.kind,
        "body": dumps_sorted(checked.body),
        "data_date": checked.data_date.isoformat(),
        "source": checked.source,
        "origin": origin,
        "recorded_at": ctx.now if at is None else at,
        "recorded_by": ctx.actor_id,
        "organisation": ctx.tenant_id,
        "withdraws": withdraws,
    }
    said = {name: None if value is None else str(value) for name, value in row.items() if name != "body"}
    digest = hashlib.sha256(dumps_sorted(said | {"body": checked.body}).encode()).hexdigest()
    return row | {"digest": digest, "digest_algorithm": ALGORITHM}


def record(ctx: Context, new: NewEntry, origin: Origin, file_person: FilePerson) -> int:
    """Record one entry. Gives its id. Raises InvalidInput, NotFound for a row that is not in the plan."""
    if new.kind not in KINDS:
        raise NotFound(f"台账没有“{new.kind[:20]}”这一类，可用：{'、'.join(KINDS)}", "No such kind of entry")
    row = row_of(new.no or 0) if new.kind in OF_ROW else None
    problems = Problems()
    checked = Checker(problems, row, load_ladder(), ctx.today).check(new)
    if checked is not None:
        _against_what_is_there(ctx, problems, checked)
    problems.raise_if_any()
    assert checked is not None
    _file_person(ctx, checked, file_person)
    made = entry_row(ctx, checked, origin)
    store.append(ctx.conn, [made])
    return int(made["id"])


def _file_person(ctx: Context, checked: Checked, file_person: FilePerson) -> None:
    if checked.kind == "owner":
        checked.body["person"] = str(file_person(ctx, checked.person)) if checked.person else ""


def bring_in(
    ctx: Context, entries: Sequence[Checked], origin: Origin, file_person: FilePerson, *, kind: str, file_name: str,
    sha256: str, rows: int, refused: int,
) -> int:  # fmt: skip
    """Write the checked entries of a file behind an entry that says so. Gives the id of that one. Raises InvalidInput
    where the step before one of a report was withdrawn since the file was read."""
    reached: dict[tuple[int, str], frozenset[str]] = {}
    problems = Problems()
    for one in entries:
        if one.kind == "report" and one.no is not None:
            half, step = one.body["half"], one.body["step"]
            there = reached.get((one.no, half)) or store.steps_of(ctx.conn, one.no, half)
            refuse_skipped(problems, half, step, there)
            reached[one.no, half] = there | {step}
    problems.raise_if_any()
    for one in entries:
        _file_person(ctx, one, file_person)
    body = {"kind": kind, "sha256": sha256, "rows": rows, "taken": len(entries), "refused": refused}
    head = entry_row(ctx, Checked(IMPORT, None, body, ctx.today, file_name), origin)
    store.append(ctx.conn, [head, *(entry_row(ctx, one, origin) for one in entries)])
    return int(head["id"])


def undo_import(ctx: Context, import_id: int, reason: str, origin: Origin) -> int:
    """Withdraw everything that a file brought in and that still stands. Gives the id of the import's own withdrawal."""
    row = store.get_entry(ctx.conn, import_id)
    if row is None or row.kind != IMPORT:
        raise NotFound("没有这次导入", "No such import")
    if row.withdrawn_by is not None:
        raise Conflict("这次导入已经撤销", "Already undone", code="withdrawn")
    said = {"reason": reason_of(reason, "撤销理由")}
    taken = store.read_entry(row).body["taken"]
    gone = [(import_id, None), *((one.id, one.no) for one in store.of_import(ctx.conn, row.seq, taken))]
    rows: list[Mapping[str, Any]] = [
        entry_row(ctx, Checked(WITHDRAW, no, said, ctx.today, OWN_SOURCE), origin, withdraws=one) for one, no in gone
    ]
    store.append(ctx.conn, rows)
    return int(rows[0]["id"])


def _against_what_is_there(ctx: Context, problems: Problems, checked: Checked) -> None:
    if checked.kind == "report" and checked.no is not None:
        half = checked.body["half"]
        refuse_skipped(problems, half, checked.body["step"], store.steps_of(ctx.conn, checked.no, half))
    if checked.kind == "ladder":
        key = checked.body["subject"]
        if key not in register.descriptions(ctx.conn, [key]):
            problems.add("/subject", "no_such_subject", "没有这个主体，请从主体登记里选", "no such subject")


def withdraw(ctx: Context, entry_id: int, reason: str, origin: Origin) -> int:
    """Take one entry back, with a reason; it stays on record. Gives the id of the withdrawal."""
    row = store.get_entry(ctx.conn, entry_id)
    if row is None:
        raise NotFound("没有这条台账记录", "No such entry")
    if row.kind == IMPORT:
        raise Conflict("导入请在导入记录里整次撤销", "Undo an import as a whole", code="import")
    if row.kind == WITHDRAW:
        raise Conflict("撤回不能再撤回；要恢复请重新登记", "A withdrawal stands", code="withdrawal")
    if row.withdrawn_by is not None:
        raise Conflict("这条台账记录已经撤回", "Already withdrawn", code="withdrawn")
    said = reason_of(reason, "撤回理由")
    made = entry_row(
        ctx, Checked(WITHDRAW, row.no, {"reason": said}, ctx.today, OWN_SOURCE), origin, withdraws=entry_id
    )
    store.append(ctx.conn, [made])
    return int(made["id"])
