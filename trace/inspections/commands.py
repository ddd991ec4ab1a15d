"""What officers do in an inspection: begin, answer, photograph, sign off, number, correct."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.evidence.commands import hand_in
from trace.inspections import checklist, store
from trace.inspections.exif import taken_at
from trace.inspections.models import (
    ANSWERS,
    BEGUN,
    FINISHED,
    FROM_EXIF,
    ORDER,
    RECORD,
    SAMPLING,
    STATED,
    STATES,
    VIOLATES,
    Answered,
    Closing,
    Item,
    NewPhoto,
    Signature,
)
from trace.inspections.rules import degrees, is_certificate, is_photo
from trace.journal.canonical import loads
from trace.journal.commands import record_act
from trace.parties import store as parties
from trace.parties.commands import file_person
from trace.problems import Problems, reason_of
from trace.recalls.moments import read_moment
from trace.rulebooks.books import current_book
from trace.verdicts import store as verdicts
from trace.verdicts.facts import gather

MAX_PHOTOS = 60
LEAST = 2
"""Characters below which a remark says nothing."""
ABROAD = "没有这次检查，或不属于本单位"


def inspection_of(conn: Connection, inspection_id: int) -> Row[Any]:
    """An inspection. Raises NotFound."""
    row = store.get_inspection(conn, inspection_id)
    if row is None:
        raise NotFound(ABROAD, "No such inspection")
    return row


def own_inspection(ctx: Context, inspection_id: int, *states: str) -> Row[Any]:
    """The actor's office's inspection at one of ``states``. NotFound for other offices', Conflict for another state."""
    row = inspection_of(ctx.conn, inspection_id)
    if row.tenant_id != ctx.tenant_id:
        raise NotFound(ABROAD, "No such inspection of your office")
    if states and row.state not in states:
        if row.state == FINISHED:
            raise Conflict(
                "检查已结束，笔录不再改动；有误请登记更正说明", "The inspection is finished", code="finished"
            )
        raise Conflict(f"检查现在是“{STATES[row.state]}”，结束后才能这样做", "Not finished yet", code="state")
    return row


def begin(ctx: Context, *, lot_id: int | None, party_id: int | None, place: str, latitude: str = "",
          longitude: str = "") -> int:  # fmt: skip
    """Begin to inspect a lot (of its maker, or at ``party_id`` that holds it) or an enterprise at a place.

    The check-list is what the rulebook in force asks of it now, with what the record shows now; it stays as it is.
    """
    problems = Problems()
    where = problems.text(place, "/place", "检查地点", longest=120)
    north, east = _position(problems, latitude, longitude)
    problems.raise_if_any()
    owner: int | None = None
    if lot_id is not None:
        batch = batches.get_batch(ctx.conn, lot_id)
        if batch is None:
            raise NotFound("没有这个批次", "No such batch")
        owner = int(batch.tenant_id)
    checked = party_id if party_id is not None else owner
    if checked is None:
        raise InvalidInput.of("/party_id", "required", "请选择被检查单位，或从批次页开始检查", "which enterprise")
    party = parties.get_organisation(ctx.conn, checked)
    if party is None or party.kind not in ("enterprise", "base"):
        raise InvalidInput.of("/party_id", "no_such_party", "没有这个企业或基地，请从列表中选择", "no such enterprise")
    items, version = _checklist(ctx, lot_id, party)
    inspection_id = ctx.new_id()
    body = {
        "party_id": str(checked),
        "lot_id": None if lot_id is None else str(lot_id),
        "owner_id": None if owner is None else str(owner),
        "place": where,
        "latitude": north,
        "longitude": east,
        "rulebook": version,
        "items": [asdict(one) for one in items],
    }
    record_act(ctx, "inspection.begun", "inspection", inspection_id, body)
    return inspection_id


def _checklist(ctx: Context, lot_id: int | None, party: Row[Any]) -> tuple[Sequence[Item], str]:
    book = current_book(ctx.conn)
    case = gather(ctx.conn, [lot_id]).get(lot_id) if lot_id is not None else None
    if case is None:
        return checklist.of_place(book, ctx.today, party.stages or "加"), book.version
    newest = verdicts.latest_verdict(ctx.conn, case.row.id)
    findings = loads(newest.findings) if newest is not None else []
    return checklist.of_batch(book, case.facts, findings), book.version


def _position(problems: Problems, latitude: str, longitude: str) -> tuple[str, str]:
    north, east = degrees(latitude, 90), degrees(longitude, 180)
    if north is None:
        problems.add("/latitude", "not_degrees", f"纬度“{latitude[:20]}”不是 -90 到 90 之间的数，可不填", "degrees")
    if east is None:
        problems.add("/longitude", "not_degrees", f"经度“{longitude[:20]}”不是 -180 到 180 之间的数，可不填", "degrees")
    if north is not None and east is not None and bool(north) != bool(east):
        problems.add("/latitude", "pair", "经度和纬度要填都填，不填都不填", "both or neither")
    return north or "", east or ""


def answer(ctx: Context, inspection_id: int, answers: Sequence[Answered]) -> int:
    """Answer items; said again, it replaces, and 未查 takes an answer back. 不符合 needs a remark. Gives the act's id."""
    own_inspection(ctx, inspection_id, BEGUN)
    problems = Problems()
    known = {one.key: one for one in store.items_of(ctx.conn, inspection_id)}
    ordered = store.ordered_keys(ctx.conn, inspection_id)
    if not answers:
        problems.add("/answers", "required", "请至少答一项", "at least one answer")
    rows = []
    for one in answers:
        at = f"/answers/{one.key}"
        if one.key not in known:
            problems.add(at, "no_such_item", f"检查表里没有“{one.key[:40]}”这一项", "no such item")
            continue
        said = problems.choice(one.answer, dict(ANSWERS), at, f"“{known[one.key].owed[:20]}”的检查结果")
        remark = problems.text(one.remark, f"{at}/remark", "说明", required=said == VIOLATES, longest=500)
        if said == VIOLATES and remark and len(remark) < LEAST:
            problems.add(f"{at}/remark", "too_short", "请写明哪里不符合", "say what violates it")
        if one.key in ordered and said != VIOLATES:
            problems.add(
                at, "ordered", f"“{known[one.key].owed[:20]}”已责令改正，不能再改结果", "it was ordered already"
            )
        rows.append({"key": one.key, "answer": said, "remark": remark})
    problems.raise_if_any()
    return record_act(ctx, "inspection.answered", "inspection", inspection_id, {"answers": rows})


def add_photo(ctx: Context, inspection_id: int, new: NewPhoto) -> int:
    """Keep a photo with its hash, place and times. Gives its id."""
    own_inspection(ctx, inspection_id, BEGUN)
    if new.item and new.item not in {one.key for one in store.items_of(ctx.conn, inspection_id)}:
        raise InvalidInput.of("/item", "no_such_item", "检查表里没有这一项", "no such item")
    return keep_photo(ctx, inspection_id, new, None)


def keep_photo(ctx: Context, inspection_id: int, new: NewPhoto, order_id: int | None) -> int:
    """The same for a party's report; whose the inspection is was decided before."""
    problems = Problems()
    place = problems.text(new.place, "/place", "拍摄地点", longest=120)
    north, east = _position(problems, new.latitude, new.longitude)
    stated = read_moment(problems, new.taken, "/taken", "拍摄时间")
    if stated is not None and stated > ctx.now:
        problems.add("/taken", "in_future", f"拍摄时间 {new.taken} 晚于现在，请核对", "in the future")
    if not is_photo(new.content):
        problems.add("/file", "not_a_photo", "照片须是 JPEG、PNG 或 WebP，请重新选择", "JPEG, PNG or WebP")
    if len(store.photos_of(ctx.conn, inspection_id)) >= MAX_PHOTOS:
        problems.add("/file", "too_many", f"一次检查最多 {MAX_PHOTOS} 张照片", "too many photos")
    problems.raise_if_any()
    own = taken_at(new.content)
    body = {
        "attachment_id": str(hand_in(ctx, new.name, new.content)),
        "sha256": hashlib.sha256(new.content).hexdigest(),
        "taken": new.taken.strip().replace("T", " ") if stated is not None else own,
        "taken_from": STATED if stated is not None else FROM_EXIF if own else "",
        "place": place,
        "latitude": north,
        "longitude": east,
        "item": new.item,
        "order_id": None if order_id is None else str(order_id),
    }
    return record_act(ctx, "inspection.photo", "inspection", inspection_id, body)


def finish(ctx: Context, inspection_id: int, closing: Closing) -> int:
    """Two officers sign off; nothing of the record changes afterwards. Gives the act's id."""
    own_inspection(ctx, inspection_id, BEGUN)
    problems = Problems()
    officers = _officers(problems, closing.officers)
    statement = problems.text(closing.statement, "/statement", "当事人意见", required=not closing.refused, longest=500)
    refused = problems.text(closing.refused, "/refused", "拒绝签字情况", required=False, longest=300)
    if refused and len(refused) < LEAST:
        problems.add("/refused", "too_short", "请写明当事人拒签的理由和在场见证", "why the party did not sign")
    situation = problems.text(closing.situation, "/situation", "其他现场情况", required=False, longest=2000)
    contact = problems.text(closing.contact, "/contact", "现场负责人", required=False, longest=40)
    phone = problems.text(closing.phone, "/phone", "电话", required=False, longest=30)
    number = problems.text(closing.number, "/number", "文书编号", required=False, longest=60)
    problems.raise_if_any()
    body = {
        "officers": [{"person": str(file_person(ctx, name, "")), "certificate": cert} for name, cert in officers],
        "statement": statement,
        "refused": refused,
        "situation": situation,
        "contact_id": str(file_person(ctx, contact, phone)) if contact else None,
        "number": number,
    }
    return record_act(ctx, "inspection.finished", "inspection", inspection_id, body)


def _officers(problems: Problems, given: Sequence[Signature]) -> list[tuple[str, str]]:
    """Exactly two officers, different people with different certificates."""
    found = []
    for place in range(2):
        one = given[place] if place < len(given) else Signature("", "")
        at = f"/officers/{place}"
        name = problems.text(one.name, f"{at}/name", f"执法人员{'一二'[place]}姓名", longest=40)
        number = problems.text(one.certificate, f"{at}/certificate", f"执法人员{'一二'[place]}执法证号", longest=30)
        if number and not is_certificate(number):
            detail = f"执法证号“{number}”须是 4 到 30 位字母、数字或汉字，请照证件填写"
            problems.add(f"{at}/certificate", "not_a_certificate", detail, "4 to 30 letters or digits")
        found.append((name, number))
    if len(given) > 2:
        problems.add("/officers", "too_many", "笔录由两名执法人员签署", "two officers sign")
    if found[0][1] and found[0][1] == found[1][1]:
        problems.add("/officers/1/certificate", "same", "两名执法人员的执法证号相同，请核对", "two different officers")
    if found[0][0] and found[0][0] == found[1][0]:
        problems.add("/officers/1/name", "same", "两名执法人员姓名相同，须由两人签署", "two different officers")
    return found


def set_number(ctx: Context, inspection_id: int, document: str, of: int, number: str) -> int:
    """Give a document its number, once; until then it prints 草稿."""
    row = own_inspection(ctx, inspection_id)
    problems = Problems()
    text = problems.text(number, "/number", "文书编号", longest=60)
    problems.raise_if_any()
    known: Mapping[str, str | None] = {
        RECORD: row.number if of == inspection_id else None,
        ORDER: next((one.number for one in store.orders_of(ctx.conn, inspection_id) if one.id == of), None),
        SAMPLING: next((one.form_number for one in store.samples_of(ctx.conn, inspection_id) if one.id == of), None),
    }
    present = known.get(document)
    if present is None:
        raise NotFound("这次检查没有这份文书", "No such document")
    if present:
        raise Conflict(f"这份文书已编号 {present}", "It has a number already", code="numbered")
    if document == RECORD and row.state != FINISHED:
        raise Conflict("检查结束后笔录才能编号", "Finish first", code="state")
    body = {"document": document, "of": str(of), "number": text}
    return record_act(ctx, "inspection.numbered", "inspection", inspection_id, body)


def correct(ctx: Context, inspection_id: int, text: str) -> int:
    """A correction after the end: said beside the record, which stays as it was signed."""
    own_inspection(ctx, inspection_id, FINISHED)
    said = reason_of(text, "更正说明", longest=1000)
    return record_act(ctx, "inspection.corrected", "inspection", inspection_id, {}, said)
