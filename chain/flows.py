"""What the record knows of the chain: batches seen at each link, and the organisations registered for it.

The only module of ``chain`` that reads ``trace``. Three statements, each grouped by the database, whatever the
number of batches. A batch counts at the link of its trade item; where the item names none, at its maker's link
if that maker has declared exactly one; else nowhere. Counted are made batches (kind ``product``) that are not
voided and have a production date: a reserved lot has produced nothing yet, and a receipt shows what arrived at
the buyer, not who made it.

Only counts, dates and shares leave this module as flows. Partners and amounts leave it as ``ObservedSupply`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, case, func, or_, select
from sqlmodel import SQLModel

from chain.models import Flow, ObservedSupply, Presence, Thresholds
from trace.batches.tables import Batch
from trace.context import SHANGHAI, local_datetime
from trace.genealogy.tables import Handover
from trace.items.tables import TradeItem
from trace.journal.tables import Event, EventField
from trace.parties.tables import Organisation
from trace.quantity import MICRO

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_handover: Table = SQLModel.metadata.tables[Handover.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_event: Table = SQLModel.metadata.tables[Event.__tablename__]
_field: Table = SQLModel.metadata.tables[EventField.__tablename__]

REGISTERED, OBSERVED = "平台主体登记", "本平台批次记录"
REPORTING_DAYS = 30
SUPPLY_DAYS = 365
STOP_DAYS = Thresholds().stop_days
_MAKERS = ("enterprise", "base")
_SEPARATOR = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """The chain as the record shows it on a day: flows by link, and who is registered or seen there."""

    flows: tuple[Flow, ...]
    presences: tuple[Presence, ...]


@dataclass(slots=True)
class _Seen:
    """Batches of one organisation at one link."""

    recent: int
    last: date | None


def read_record(
    conn: Connection,
    as_of: date,
    *,
    include_demo: bool = True,
    home: str = "",
    known_codes: Mapping[str, str] | None = None,
    owners: Mapping[str, str] | None = None,
    stop_days: int = STOP_DAYS,
) -> ChainRecord:
    """Flows and presences on ``as_of``: one Flow per link that the record can speak about, in the order of link ids.

    ``batches_90d``, ``enterprises`` and ``top_share`` count production dates less than ``stop_days`` old, so that
    none is exactly what gaps.py calls 断流. ``observed_since`` is the day on which the first of the link's
    enterprises sent its first batch of any kind: an enterprise with an account that never reported anything says
    nothing by its silence.

    An organisation is present, declared, at each link it registered for, and observed at a link it did not
    register for but made a batch at within ``stop_days``. Its code is the unified social credit code, so that it
    merges with the same organisation's declarations from elsewhere; ``known_codes`` (platform code to credit code)
    helps where it registered without one. It counts as inside the district unless it states a district that does
    not contain ``home``. Capacity stays unknown: the record has none. ``owners`` (code to who controls it): firms of
    one owner are one where a flow says how many enterprises are behind it and what the largest share is.
    """
    organisations = list(conn.execute(_organisations(include_demo)))
    links = {row.id: _links(row.link_codes) for row in organisations}
    seen: dict[tuple[int, str], _Seen] = {}
    first: dict[int, date] = {}
    for row in conn.execute(_batches(as_of, stop_days)):
        declared = links.get(row.tenant_id)
        if declared is None:
            continue
        day = local_datetime(row.first).date()
        first[row.tenant_id] = min(first.get(row.tenant_id, day), day)
        link = row.link_code or (declared[0] if len(declared) == 1 else "")
        if not link:
            continue
        last = date.fromisoformat(row.last) if row.last else None
        known = seen.setdefault((row.tenant_id, link), _Seen(0, None))
        known.recent += row.recent
        known.last = max((d for d in (known.last, last) if d is not None), default=None)
    elsewhere: dict[int, list[tuple[str, date]]] = {}
    for (tenant, link), what in seen.items():
        if link not in links[tenant] and what.recent and what.last is not None:
            elsewhere.setdefault(tenant, []).append((link, what.last))
    presences: list[Presence] = []
    behind: dict[int, str] = {}
    for row in organisations:
        day = local_datetime(row.created_at).date()
        code = row.uscc or (known_codes or {}).get(row.code) or f"org:{row.code}"
        behind[row.id] = (owners or {}).get(code, code)
        inside = not row.district or home in row.district
        presences.extend(_presence(row, code, link, day, inside, REGISTERED) for link in links[row.id])
        presences.extend(_presence(row, code, link, last, inside, OBSERVED) for link, last in elsewhere.get(row.id, ()))
    return ChainRecord(tuple(_flows(links, seen, first, behind)), tuple(presences))


def with_samples(observed: Iterable[Flow], samples: Iterable[Flow]) -> tuple[Flow, ...]:
    """The demo district's sample flows, each replaced by what the record has really seen at that link.

    Per link, and only once a batch was seen there: the first batch a visitor registers takes the link over, while
    a link nobody has used yet keeps its sample instead of falling to 未知. Links without a sample keep what was
    observed.
    """
    chosen = {flow.link_id: flow for flow in samples}
    for flow in observed:
        if flow.last_flow_date is not None or flow.link_id not in chosen:
            chosen[flow.link_id] = flow
    return tuple(chosen[link] for link in sorted(chosen))


def reporting_enterprises(conn: Connection, now: int, *, include_demo: bool = True) -> int:
    """Enterprises that registered a batch in the last 30 days before ``now`` (µs UTC): the plan's 有效接入.

    By the time of registration, not of production, since what is counted is reporting. Bases do not count.
    """
    since = now - REPORTING_DAYS * 86_400_000_000
    query = (
        select(func.count(_batch.c.tenant_id.distinct()))
        .select_from(_batch.join(_org, _org.c.id == _batch.c.tenant_id))
        .where(_made(), _org.c.kind == "enterprise", _batch.c.registered_at > since, _batch.c.registered_at <= now)
    )
    if not include_demo:
        query = query.where(_org.c.is_demo.is_(False))
    return int(conn.execute(query).scalar_one())


def reported_batches(conn: Connection, now: int, *, include_demo: bool = True) -> int:
    """Batches registered in the last 30 days before ``now`` (µs UTC), by enterprises and bases."""
    since = now - REPORTING_DAYS * 86_400_000_000
    query = (
        select(func.count())
        .select_from(_batch.join(_org, _org.c.id == _batch.c.tenant_id))
        .where(_made(), _org.c.kind.in_(_MAKERS), _batch.c.registered_at > since, _batch.c.registered_at <= now)
    )
    if not include_demo:
        query = query.where(_org.c.is_demo.is_(False))
    return int(conn.execute(query).scalar_one())


def reporting_devices(
    conn: Connection, devices: Iterable[str], now: int, *, include_demo: bool = True
) -> dict[str, int]:
    """Device id (deviceID of a sensor event) → µs UTC at which the record last took in a report of it.

    Only of devices asked for, only up to ``now``. By the time of recording, since what is counted is reporting; an
    event that was declared an error is no report.
    """
    wanted = sorted(set(devices))
    denied = _event.alias("denied")
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        query = (
            select(_field.c.value, func.max(_event.c.record_time).label("last"))
            .select_from(
                _field.join(_event, _event.c.id == _field.c.event_id).join(_org, _org.c.id == _event.c.tenant_id)
            )
            .where(
                _field.c.name == "sensor_deviceID",
                _field.c.value.in_(wanted[start : start + 500]),
                _event.c.record_time <= now,
                _event.c.declaration_time == "",
                ~select(denied.c.id)
                .where(
                    denied.c.tenant_id == _event.c.tenant_id,
                    denied.c.event_id == _event.c.event_id,
                    denied.c.declaration_time != "",
                    denied.c.record_time <= now,
                )
                .exists(),
            )
            .group_by(_field.c.value)
        )
        if not include_demo:
            query = query.where(_org.c.is_demo.is_(False))
        found |= {row.value: int(row.last) for row in conn.execute(query)}
    return found


def observed_supplies(
    conn: Connection, as_of: date, *, include_demo: bool = True, known_codes: Mapping[str, str] | None = None
) -> list[ObservedSupply]:
    """Who delivered what a link makes to whom in the 365 days up to ``as_of``: one grouped statement over hand-overs.

    Only deliveries the giver itself recorded, between organisations with an account. A lot counts at its item's link,
    else at its giver's only declared one; else it is left out. Codes as in ``read_record``. These name partners and
    amounts: for whoever may see them, everybody else gets ``chain.register.observed.cells``.
    """
    giver, taker = _org.alias("giver"), _org.alias("taker")
    until = int(datetime.combine(as_of + timedelta(days=1), time(), SHANGHAI).timestamp()) * 1_000_000
    query = (
        select(
            giver.c.code.label("giver"), giver.c.uscc.label("giver_uscc"), giver.c.name.label("giver_name"),
            giver.c.link_codes, taker.c.code.label("taker"), taker.c.uscc.label("taker_uscc"),
            taker.c.name.label("taker_name"), _item.c.link_code, _handover.c.unit,
            func.sum(_handover.c.quantity).label("quantity"), func.max(_handover.c.at).label("last"),
            func.count().label("times"),
        )
        .select_from(
            _handover.join(giver, giver.c.id == _handover.c.from_id)
            .join(taker, taker.c.id == _handover.c.to_id)
            .join(_batch, _batch.c.id == _handover.c.lot_id)
            .join(_item, _item.c.id == _batch.c.item_id)
        )
        .where(
            _handover.c.shipped_event.is_not(None),
            _handover.c.from_id != _handover.c.to_id,
            _handover.c.at >= until - SUPPLY_DAYS * 86_400_000_000,
            _handover.c.at < until,
        )
        .group_by(
            giver.c.code, giver.c.uscc, giver.c.name, giver.c.link_codes, taker.c.code, taker.c.uscc, taker.c.name,
            _item.c.link_code, _handover.c.unit,
        )
        .order_by(giver.c.code, taker.c.code, _item.c.link_code, _handover.c.unit)
    )  # fmt: skip
    if not include_demo:
        query = query.where(giver.c.is_demo.is_(False), taker.c.is_demo.is_(False))
    codes = known_codes or {}
    found = []
    for row in conn.execute(query):
        declared = _links(row.link_codes)
        link = row.link_code or (declared[0] if len(declared) == 1 else "")
        if link:
            found.append(
                ObservedSupply(
                    giver=row.giver_uscc or codes.get(row.giver) or f"org:{row.giver}",
                    giver_name=row.giver_name,
                    taker=row.taker_uscc or codes.get(row.taker) or f"org:{row.taker}",
                    taker_name=row.taker_name,
                    link_id=link,
                    volume=Decimal(int(row.quantity)) / MICRO,
                    unit=row.unit,
                    last=local_datetime(row.last).date(),
                    deliveries=row.times,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """One batch of an enterprise: for whoever has its written consent."""

    owner: int
    product: str
    link: str
    produced_on: str
    state: str


@dataclass(frozen=True, slots=True)
class EnterpriseBatches:
    """How much the record has seen of one enterprise; ``newest`` only where it was asked for."""

    count: int
    recent: int
    last: date | None
    newest: tuple[BatchSeen, ...] = ()


def enterprise_batches(
    conn: Connection,
    code: str,
    as_of: date,
    *,
    include_demo: bool = True,
    known_codes: Mapping[str, str] | None = None,
    newest: int = 0,
    stop_days: int = STOP_DAYS,
) -> EnterpriseBatches | None:
    """Batches that one enterprise, known by its code as in ``read_record``, had made by ``as_of``; None without an
    account here. ``newest`` is how many are told one by one."""
    ids = _accounts(conn, [code], include_demo, known_codes or {})
    if not ids:
        return None
    told = _counted(conn, ids, as_of, stop_days)[code]
    if not newest:
        return told
    query = (
        select(_batch.c.tenant_id, _item.c.name, _item.c.link_code, _batch.c.produced_on, _batch.c.state)
        .select_from(_batch.join(_item, _item.c.id == _batch.c.item_id))
        .where(_batch.c.tenant_id.in_(list(ids)), _there(as_of))
        .order_by(_batch.c.produced_on.desc(), _batch.c.id.desc())
        .limit(newest)
    )
    return replace(told, newest=tuple(BatchSeen(*row) for row in conn.execute(query)))


def batches_by_code(
    conn: Connection,
    codes: Iterable[str],
    as_of: date,
    *,
    include_demo: bool = True,
    known_codes: Mapping[str, str] | None = None,
    stop_days: int = STOP_DAYS,
) -> dict[str, EnterpriseBatches]:
    """The same of several enterprises, two statements for every 500; those without an account here are absent."""
    found: dict[str, EnterpriseBatches] = {}
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), 500):
        ids = _accounts(conn, wanted[start : start + 500], include_demo, known_codes or {})
        if ids:
            found |= _counted(conn, ids, as_of, stop_days)
    return found


def _accounts(
    conn: Connection, codes: Sequence[str], include_demo: bool, known_codes: Mapping[str, str]
) -> dict[int, str]:
    """Account number → the one of ``codes`` that it goes by."""
    wanted = set(codes)
    mine = {own: code for own, code in known_codes.items() if code in wanted}
    mine |= {code.removeprefix("org:"): code for code in codes if code.startswith("org:")}
    query = select(_org.c.id, _org.c.code, _org.c.uscc).where(
        _org.c.kind.in_(_MAKERS), or_(_org.c.uscc.in_(list(codes)), _org.c.code.in_(list(mine)))
    )
    if not include_demo:
        query = query.where(_org.c.is_demo.is_(False))
    return {row.id: row.uscc if row.uscc in wanted else mine[row.code] for row in conn.execute(query)}


def _there(as_of: date) -> ColumnElement[bool]:
    """Batches that were made and registered by the end of ``as_of``."""
    midnight = int(datetime.combine(as_of + timedelta(days=1), time(), SHANGHAI).timestamp()) * 1_000_000
    return and_(_made(), _batch.c.produced_on <= as_of.isoformat(), _batch.c.registered_at < midnight)


def _counted(conn: Connection, ids: Mapping[int, str], as_of: date, stop_days: int) -> dict[str, EnterpriseBatches]:
    """How many batches, how many of them lately and the last production date, by the enterprises' codes."""
    made, since = _batch.c.produced_on, (as_of - timedelta(days=stop_days)).isoformat()
    found = dict.fromkeys(ids.values(), EnterpriseBatches(0, 0, None))
    query = (
        select(_batch.c.tenant_id, func.count(), func.count(case((made > since, 1))), func.max(made))
        .where(_batch.c.tenant_id.in_(list(ids)), _there(as_of))
        .group_by(_batch.c.tenant_id)
    )
    for tenant, count, recent, last in conn.execute(query):
        before = found[ids[tenant]]
        days = [day for day in (before.last, date.fromisoformat(last) if last else None) if day is not None]
        found[ids[tenant]] = EnterpriseBatches(before.count + count, before.recent + recent, max(days, default=None))
    return found


@dataclass(frozen=True, slots=True)
class Released:
    """The first batch of an enterprise that it released: its lot number and the day."""

    lot: str
    released_on: date


def first_released(conn: Connection, code: str) -> Released | None:
    """The first released batch of the enterprise with a credit code; None where it has none, or is not on the platform.

    Batches that were voided or that are held do not count.
    """
    query = (
        select(_batch.c.lot, _batch.c.released_at)
        .select_from(_batch.join(_org, _org.c.id == _batch.c.tenant_id))
        .where(
            _org.c.uscc == code,
            _batch.c.kind == "product",
            _batch.c.state.in_(("released", "shipped")),
            _batch.c.released_at.is_not(None),
        )
        .order_by(_batch.c.released_at, _batch.c.id)
        .limit(1)
    )
    row = conn.execute(query).first()
    return None if row is None else Released(row.lot, local_datetime(row.released_at).date())


def _made() -> Any:
    return and_(_batch.c.kind == "product", _batch.c.state != "voided")


def _organisations(include_demo: bool) -> Any:
    query = select(
        _org.c.id, _org.c.code, _org.c.uscc, _org.c.name, _org.c.district, _org.c.link_codes, _org.c.is_demo,
        _org.c.created_at,
    ).where(_org.c.kind.in_(_MAKERS))  # fmt: skip
    if not include_demo:
        query = query.where(_org.c.is_demo.is_(False))
    return query.order_by(_org.c.id)


def _batches(as_of: date, stop_days: int) -> Any:
    """Per organisation and link of the item: last production date, batches in the window, first registration."""
    until, since = as_of.isoformat(), (as_of - timedelta(days=stop_days)).isoformat()
    midnight = datetime.combine(as_of + timedelta(days=1), time(), SHANGHAI)
    made = _batch.c.produced_on
    return (
        select(
            _batch.c.tenant_id,
            _item.c.link_code,
            func.max(case((made <= until, made))).label("last"),
            func.count(case((and_(made > since, made <= until), 1))).label("recent"),
            func.min(_batch.c.registered_at).label("first"),
        )
        .select_from(_batch.join(_item, _item.c.id == _batch.c.item_id))
        .where(_made(), _batch.c.registered_at < int(midnight.timestamp()) * 1_000_000)
        .group_by(_batch.c.tenant_id, _item.c.link_code)
        .order_by(_batch.c.tenant_id, _item.c.link_code)
    )


def _links(text: str) -> list[str]:
    return list(dict.fromkeys(code for code in _SEPARATOR.split(text) if code))


def _presence(row: Row[Any], code: str, link: str, day: date, inside: bool, source: str) -> Presence:
    return Presence(
        org_code=code,
        name=row.name,
        link_id=link,
        capacity=None,
        unit="",
        data_date=day,
        source=source,
        inside_district=inside,
        demo=row.is_demo,
        controller=None,
        basis="observed" if source == OBSERVED else "declared",
    )


def _flows(
    links: Mapping[int, Sequence[str]],
    seen: Mapping[tuple[int, str], _Seen],
    first: Mapping[int, date],
    behind: Mapping[int, str],
) -> list[Flow]:
    """``behind``: who owns each organisation."""
    known = {link for declared in links.values() for link in declared} | {link for _, link in seen}
    flows = []
    for link in sorted(known):
        here = {tenant: what for (tenant, at), what in seen.items() if at == link}
        reporters = {tenant for tenant, at in seen if at == link} | {t for t, codes in links.items() if link in codes}
        since = min((first[tenant] for tenant in reporters if tenant in first), default=None)
        counts: dict[str, int] = {}
        for tenant, what in here.items():
            if what.recent:
                counts[behind[tenant]] = counts.get(behind[tenant], 0) + what.recent
        flows.append(
            Flow(
                link_id=link,
                last_flow_date=max((what.last for what in here.values() if what.last is not None), default=None),
                batches_90d=sum(counts.values()) if since is not None else None,
                observed_since=since,
                enterprises=len(counts),
                top_share=Decimal(max(counts.values())) / Decimal(sum(counts.values())) if counts else None,
            )
        )
    return flows
