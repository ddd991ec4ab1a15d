"""What the record knows of the chain: batches seen at each link, and the organisations registered for it.

A batch counts at the link of its trade item; where the item names none, at its maker's link
if that maker has declared exactly one; else nowhere. Counted are made batches (kind ``product``) that are not
voided and have a production date: a reserved lot has produced nothing yet, and a receipt shows what arrived at
the buyer, not who made it.

Only counts, dates and shares leave this module as flows. Partners and amounts leave it as ``ObservedSupply`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from chain import flowstore
from chain.models import Flow, ObservedSupply, Presence, Thresholds
from trace.context import local_datetime
from trace.quantity import MICRO

REGISTERED, OBSERVED = "平台主体登记", "本平台批次记录"
REPORTING_DAYS = 30
SUPPLY_DAYS = 365
STOP_DAYS = Thresholds().stop_days
_SEPARATOR = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True)
class Account:
    """An organisation of the record: ``subject`` is how it is known across sources, ``code`` its credit code, '' where none
    is known, ``subject_kind`` enterprise or base."""

    subject: str
    subject_kind: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class ChainRecord:
    """The chain as the record shows it on a day: flows by link, and who is registered or seen there."""

    flows: tuple[Flow, ...]
    presences: tuple[Presence, ...]
    accounts: tuple[Account, ...] = ()


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
    one owner are one where a flow says how many enterprises are behind it and what the largest share is. An owner that
    only the record knows goes by its name.
    """
    organisations = flowstore.organisations(conn, include_demo=include_demo)
    links = {row.id: _links(row.link_codes) for row in organisations}
    seen: dict[tuple[int, str], _Seen] = {}
    first: dict[int, date] = {}
    for row in flowstore.batches(conn, as_of, stop_days):
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
    accounts: list[Account] = []
    for row in organisations:
        day = local_datetime(row.created_at).date()
        code = row.uscc or (known_codes or {}).get(row.code) or f"org:{row.code}"
        accounts.append(Account(code, row.kind, row.name, "" if code == f"org:{row.code}" else code))
        behind[row.id] = (owners or {}).get(code, code)
        inside = not row.district or home in row.district
        presences.extend(_presence(row, code, link, day, inside, REGISTERED) for link in links[row.id])
        presences.extend(_presence(row, code, link, last, inside, OBSERVED) for link, last in elsewhere.get(row.id, ()))
    named = by_name(accounts)
    behind = {tenant: named.get(owner, owner) for tenant, owner in behind.items()}
    return ChainRecord(tuple(_flows(links, seen, first, behind)), tuple(presences), tuple(accounts))


def by_name(accounts: Iterable[Account]) -> dict[str, str]:
    """The code behind each name of the record; of several with one name the oldest."""
    found: dict[str, str] = {}
    for one in accounts:
        found.setdefault(one.name, one.subject)
    return found


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
    return flowstore.count_reporting(conn, since, now, include_demo=include_demo)


def reported_batches(conn: Connection, now: int, *, include_demo: bool = True) -> int:
    """Batches registered in the last 30 days before ``now`` (µs UTC), by enterprises and bases."""
    since = now - REPORTING_DAYS * 86_400_000_000
    return flowstore.count_batches(conn, since, now, include_demo=include_demo)


def reporting_devices(
    conn: Connection, devices: Iterable[str], now: int, *, include_demo: bool = True
) -> dict[str, int]:
    """Device id (deviceID of a sensor event) → µs UTC at which the record last took in a report of it.

    Only of devices asked for, only up to ``now``. By the time of recording, since what is counted is reporting; an
    event that was declared an error is no report.
    """
    found = flowstore.device_reports(conn, sorted(set(devices)), now, include_demo=include_demo)
    return {row.value: int(row.last) for row in found}


def observed_supplies(
    conn: Connection, as_of: date, *, include_demo: bool = True, known_codes: Mapping[str, str] | None = None
) -> list[ObservedSupply]:
    """Who delivered what a link makes to whom in the 365 days up to ``as_of``: one grouped statement over hand-overs.

    Only deliveries the giver itself recorded, between organisations with an account. A lot counts at its item's link,
    else at its giver's only declared one; else it is left out. Codes as in ``read_record``. These name partners and
    amounts: for whoever may see them, everybody else gets ``chain.register.observed.cells``.
    """
    codes = known_codes or {}
    found = []
    for row in flowstore.supplies(conn, as_of, SUPPLY_DAYS, include_demo=include_demo):
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
    rows = flowstore.newest_batches(conn, ids, as_of, newest)
    return replace(
        told, newest=tuple(BatchSeen(r.tenant_id, r.name, r.link_code, r.produced_on, r.state) for r in rows)
    )


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
    rows = flowstore.accounts(conn, codes, mine, include_demo=include_demo)
    return {row.id: row.uscc if row.uscc in wanted else mine[row.code] for row in rows}


def _counted(conn: Connection, ids: Mapping[int, str], as_of: date, stop_days: int) -> dict[str, EnterpriseBatches]:
    """How many batches, how many of them lately and the last production date, by the enterprises' codes."""
    found = dict.fromkeys(ids.values(), EnterpriseBatches(0, 0, None))
    for row in flowstore.batch_counts(conn, list(ids), as_of, stop_days):
        before = found[ids[row.tenant_id]]
        days = [day for day in (before.last, date.fromisoformat(row.last) if row.last else None) if day is not None]
        found[ids[row.tenant_id]] = EnterpriseBatches(
            before.count + row.batches, before.recent + row.recent, max(days, default=None)
        )
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
    row = flowstore.first_released(conn, code)
    return None if row is None else Released(row.lot, local_datetime(row.released_at).date())


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
