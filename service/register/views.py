"""The register as JSON and for templates: each figure with its source and date, and who recorded what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from chain.gaps import number
from chain.register import store
from chain.register.folding import Register, end_of, state_of
from chain.register.likeness import Suspicion
from chain.register.models import (
    DATUMS,
    KINDS,
    REFERENCE_NAMES,
    STATE_NAMES,
    SUBJECT_KINDS,
    BaseSize,
    Fact,
    Operates,
    Position,
    Quantified,
    Referred,
    State,
    SubjectFact,
    Supplies,
    Volumed,
)
from chain.sites import NAMES as CONSTRAINTS
from chain.targets.yielding import SITE_KINDS
from service.accounts import store as accounts
from service.batches.reading import iso
from trace.journal.canonical import loads
from trace.parties import store as parties

Json = dict[str, Any]


def amount_text(low: Decimal | None, high: Decimal | None, unit: str) -> str:
    """「1,200 吨」, 「30～80 吨」, or 未知."""
    if low is None:
        return "未知"
    text = number(low) if high is None or high == low else f"{number(low)}～{number(high)}"
    return f"{text} {unit}".strip()


def known_as(fact: Fact) -> Json:
    """Where a fact comes from."""
    return {
        "statement": str(fact.id),
        "source": fact.source,
        "data_date": fact.data_date.isoformat(),
        "basis": fact.basis,
        "import": str(fact.import_id) if fact.import_id is not None else None,
    }


def _amount(fact: Quantified) -> Json:
    return {
        "low": None if fact.low is None else str(fact.low),
        "high": None if fact.high is None else str(fact.high),
        "unit": fact.unit,
        "text": amount_text(fact.low, fact.high, fact.unit),
    }


def _operates(fact: Operates) -> Json:
    ended = fact.ended.isoformat() if fact.ended is not None else None
    return {"link": fact.at, **_amount(fact), "period": fact.period, "ended": ended, **known_as(fact)}


def _size(fact: BaseSize) -> Json:
    return {"what": fact.what, **_amount(fact), **known_as(fact)}


def _supply(register: Register, fact: Supplies) -> Json:
    return {
        "from": called(register, fact.subject),
        "to": called(register, fact.to),
        "link": fact.at,
        "what": fact.what,
        **_amount(fact),
        **known_as(fact),
    }


def position_json(fact: Position) -> Json:
    """Decimal degrees and the coordinate system they are in; 未知 where nobody said."""
    datum = DATUMS.get(fact.datum, "坐标系未知")
    return {
        "lon": str(fact.lon),
        "lat": str(fact.lat),
        "datum": fact.datum or None,
        "datum_name": datum,
        **known_as(fact),
    }


def called(register: Register, subject: str) -> Json:
    """A subject as others point to it; the name is null where nobody describes it any more."""
    known = register.subject(subject)
    return {"id": subject, "name": known.name if known is not None else None}


def brief(register: Register, subject: SubjectFact, suspected: Mapping[str, list[Suspicion]]) -> Json:
    """A subject in a list."""
    links = sorted({fact.at for fact in register.operated_by(subject.subject)})
    return {
        "id": subject.subject,
        "kind": subject.subject_kind,
        "kind_name": SUBJECT_KINDS[subject.subject_kind],
        "name": subject.name,
        "code": subject.code or None,
        "controller": subject.controller,
        "inside": subject.inside,
        "place": subject.place,
        "links": links,
        "candidate_for": sorted(fact.at for fact in register.candidates_of(subject.subject)),
        "counts_as": register.root(subject.subject),
        "suspected_same": bool(suspected.get(subject.subject)),
        "demo": subject.demo,
        **known_as(subject),
    }


def by_subject(suspicions: Iterable[Suspicion]) -> dict[str, list[Suspicion]]:
    found: dict[str, list[Suspicion]] = {}
    for one in suspicions:
        found.setdefault(one.one, []).append(one)
        found.setdefault(one.other, []).append(one)
    return found


def whole(
    register: Register, subject: SubjectFact, suspected: Mapping[str, list[Suspicion]], *, supplies: bool
) -> Json:
    """Everything that holds of a subject on the register's day. Without ``supplies`` who deals with it is None: hidden."""
    key = subject.subject
    park, at = register.located_in(key), register.position(key)
    return brief(register, subject, suspected) | {
        "fields": dict(subject.fields),
        "operates": [_operates(fact) for fact in register.operated_by(key)],
        "base_sizes": [_size(fact) for fact in register.base_sizes(key)],
        "licences": [
            {
                "what": fact.what,
                "number": fact.number,
                "valid_from": fact.valid_from.isoformat() if fact.valid_from else None,
                "valid_to": fact.valid_to.isoformat() if fact.valid_to else None,
                "expired": fact.valid_to is not None and fact.valid_to < register.day,
                **known_as(fact),
            }
            for fact in register.licences(key)
        ],
        "equipment": [{"what": f.what, "count": f.count or None, **known_as(f)} for f in register.equipment(key)],
        "offers": _offers(register, key) if subject.subject_kind in SITE_KINDS else None,
        "located_in": None if park is None else called(register, park.other) | known_as(park),
        "served_by": [called(register, f.other) | {"what": f.what} | known_as(f) for f in register.served_by(key)],
        "position": None if at is None else position_json(at),
        "supplies": [_supply(register, fact) for fact in register.supplied_by(key)] if supplies else None,
        "supplied_by": [_supply(register, fact) for fact in register.supplied_to(key)] if supplies else None,
        "same_as": [
            {
                **called(register, fact.other if fact.subject == key else fact.subject),
                "code": fact.code,
                "statement": str(fact.id),
                "person": fact.person,
            }
            for fact in register.merges(key)
        ],
        "suspects": [
            {**called(register, s.other if s.one == key else s.one), "why": s.why} for s in suspected.get(key, [])
        ],
    }


def _offers(register: Register, site: str) -> list[Json]:
    """Every constraint of a park or plot; ``text`` 未知 and no statement where nobody said what there is."""
    said = {fact.what: fact for fact in register.offers(site)}
    return [
        {"what": what, "name": name, "low": None, "high": None, "unit": "", "text": "未知", "statement": None}
        | ({} if what not in said else _amount(said[what]) | known_as(said[what]))
        for what, name in CONSTRAINTS.items()
    ]


def link_json(register: Register, link: str, *, named: bool) -> Json:
    """A link's state and who stands behind it. Without ``named`` its operators are None: it may hang on one alone."""
    state = state_of(register, link)
    survey, need, told = register.survey(link), register.need(link), register.reference(link)
    return {
        "link": link,
        "state": state,
        "state_name": STATE_NAMES[state],
        "state_reason": _why(register, link, state),
        "names_withheld": not named,
        "operates": [called(register, one.subject) | _operates(one) for one in register.operates(link)]
        if named
        else None,
        "candidates": [called(register, f.subject) | {"note": f.note} | known_as(f) for f in register.candidates(link)],
        "survey": None if survey is None else {"where": survey.where, **known_as(survey)},
        "need": None if need is None else _amount(need) | known_as(need),
        "reference": None if told is None else _referred(told) | known_as(told),
    }


def _why(register: Register, link: str, state: State) -> str:
    """What a link's state rests on, naming nobody."""
    if state == "present":
        return "区内有登记在产的主体"
    if state == "absent":
        return "查过，区内没有"
    facts = register.operates(link)
    here = [
        fact.subject
        for fact in facts
        if fact.basis != "planned" and (one := register.subject(fact.subject)) is not None and one.inside
    ]
    if any(register.lapsed(subject, link) for subject in here):
        return "登记的主体证照已到期，是否在产未知"
    if facts:
        return "登记的主体在区外或还在计划中，区内没有查过；不等于没有"
    return "没有主体登记，也没有查过；不等于没有"


def volume_json(fact: Volumed | None) -> Json | None:
    """A family's yearly volume; null where nobody said anything, an amount of null where somebody said 未知."""
    return None if fact is None else _amount(fact) | known_as(fact)


def _referred(fact: Referred) -> Json:
    numbers = {name: format(getattr(fact, name), "f") for name in REFERENCE_NAMES}
    return numbers | {"unit": fact.unit, "region": fact.region, "year": fact.year}


def people(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Names behind the opaque numbers of those who found subjects to be one; 已删除 where the person was."""
    wanted = {one for one in ids if one.isdigit()}
    there = parties.people(conn, [int(one) for one in wanted])
    return {one: str(there[int(one)].name) if int(one) in there else "（已删除）" for one in wanted}


def mentioned(conn: Connection, rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Subject id → name of everybody whom these statements are about or point to."""
    keys = set()
    for row in rows:
        body = loads(row.body)
        keys |= {row.subject_key, *(body[name] for name in ("to", "other") if name in body)}
    return {key: str(loads(known.body)["name"]) for key, known in store.descriptions(conn, keys).items()}


def statement_json(row: Row[Any], names: Mapping[str, str] | None = None) -> Json:
    """A recorded statement with who recorded it and whether it was withdrawn; ``names`` as from ``mentioned``."""
    body = loads(row.body)
    called = names or {}
    other = str(body.get("to") or body.get("other") or "")
    return {
        "id": str(row.id),
        "subject_kind": row.subject_kind,
        "subject": row.subject_key,
        "kind": row.kind,
        "kind_name": KINDS[row.kind],
        "link": row.link,
        "body": body,
        "text": "，".join(part for part in (called.get(other, ""), said(row.kind, body)) if part),
        "subject_name": called.get(row.subject_key),
        "data_date": row.data_date,
        "source": row.source,
        "basis": row.basis,
        "recorded_at": iso(row.recorded_at),
        "micros": row.recorded_at,
        "recorded_by": str(row.recorded_by),
        "organisation": str(row.organisation),
        "import": str(row.import_id) if row.import_id is not None else None,
        "withdraws": str(row.withdraws) if row.withdraws is not None else None,
        "withdrawn_by": str(row.withdrawn_by) if row.withdrawn_by is not None else None,
        "digest": row.digest,
    }


def _range(body: Mapping[str, Any]) -> str:
    low, high = body.get("low"), body.get("high")
    return amount_text(
        None if low is None else Decimal(low), None if high is None else Decimal(high), str(body.get("unit") or "")
    )


def said(kind: str, body: Mapping[str, Any]) -> str:
    """A statement in one line."""
    if kind == "subject":
        parts = [body["name"], body["code"] or "代码未知", "区内" if body["inside"] else "区外", body["place"]]
        if body["controller"]:
            parts.append(f"控制方 {body['controller']}")
        return "，".join(part for part in parts if part)
    if kind == "operates":
        ended = f"，{body['ended']} 起停产" if body["ended"] else ""
        return f"{body['link']}：{'产能未知' if body['low'] is None else _range(body)}／{body['period']}{ended}"
    if kind in ("base_size", "need", "volume"):
        return f"{body['what'] + '：' if kind == 'base_size' else ''}{_range(body)}"
    if kind == "reference":
        numbers = "，".join(f"{label} {body[name]}" for name, label in REFERENCE_NAMES.items())
        return f"{body['region']} {body['year']} 年（{body['unit']}）：{numbers}"
    if kind == "supplies":
        return f"{body['link']} {body['what']}：{'数量未知' if body['low'] is None else _range(body)}".replace(
            " ：", "："
        )
    if kind == "licence":
        return f"{body['what']} {body['number']}" + (f"，有效期至 {body['valid_to']}" if body["valid_to"] else "")
    if kind == "position":
        return f"经度 {body['lon']}，纬度 {body['lat']}，{DATUMS.get(body['datum'], '坐标系未知')}"
    if kind in ("requires", "offers"):
        return f"{CONSTRAINTS[body['what']]} {_range(body)}"
    if kind == "same_as":
        return f"凭代码 {body['code']}：{body['reason']}"
    if kind == "flow":
        return f"近 90 天 {body['batches']} 批"
    return "，".join(str(body[name]) for name in ("link", "where", "what", "count", "note", "reason") if body.get(name))


def recorders(conn: Connection, rows: Iterable[Row[Any]]) -> dict[str, str]:
    """Account number → 单位 · 登录名 of whoever recorded these."""
    listed = list(rows)
    names = parties.names(conn, sorted({row.organisation for row in listed}))
    found: dict[str, str] = {}
    for row in listed:
        key = str(row.recorded_by)
        if key not in found:
            account = accounts.account_by_id(conn, row.recorded_by)
            login = account["login"] if account is not None else f"账号 {key}"
            found[key] = " · ".join(part for part in (names.get(row.organisation, ""), login) if part)
    return found


def import_json(row: Row[Any]) -> Json:
    """An import in a list."""
    return {
        "id": str(row.id),
        "file_name": row.file_name,
        "rows": row.rows,
        "taken": row.taken,
        "refused": row.refused,
        "statements": row.statements,
        "recorded_at": iso(row.recorded_at),
        "micros": row.recorded_at,
        "recorded_by": str(row.recorded_by),
        "sha256": row.sha256,
        "undone_by": str(row.undone_by) if row.undone_by is not None else None,
    }


def history_of(
    conn: Connection,
    register: Register,
    subject: str,
    before: int | None,
    limit: int,
    *,
    without: Sequence[str],
) -> list[Row[Any]]:
    """Statements about a subject and those it counts as one with up to the register's day, the newest first."""
    return store.history(
        conn,
        subjects=register.same(subject),
        without=without,
        before_seq=before,
        recorded_before=end_of(register.day),
        limit=limit,
    )
