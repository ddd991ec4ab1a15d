"""SQL of announcements: files, bulletins, samples, judgements, and the projections of samples and cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, delete, func, insert, or_, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.bulletins.tables import (
    Bulletin,
    BulletinFile,
    BulletinJudgement,
    BulletinSample,
    CaseFile,
    CaseStep,
    SampleState,
)
from trace.items.tables import TradeItem
from trace.journal.tables import Alias
from trace.parties.tables import Credential, Organisation

file: Table = SQLModel.metadata.tables[BulletinFile.__tablename__]
bulletin: Table = SQLModel.metadata.tables[Bulletin.__tablename__]
sample: Table = SQLModel.metadata.tables[BulletinSample.__tablename__]
judgement: Table = SQLModel.metadata.tables[BulletinJudgement.__tablename__]
sample_state: Table = SQLModel.metadata.tables[SampleState.__tablename__]
case_file: Table = SQLModel.metadata.tables[CaseFile.__tablename__]
case_step: Table = SQLModel.metadata.tables[CaseStep.__tablename__]
_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_credential: Table = SQLModel.metadata.tables[Credential.__tablename__]
_alias: Table = SQLModel.metadata.tables[Alias.__tablename__]

PROJECTIONS: tuple[Table, ...] = (sample_state, case_file, case_step)
_CHUNK = 500


# files ----------------------------------------------------------------------------------------------


def insert_file(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(file), row)


def get_file(conn: Connection, file_id: int) -> Row[Any] | None:
    return conn.execute(select(file).where(file.c.id == file_id)).first()


def file_of(conn: Connection, tenant_id: int, sha256: str, name: str) -> int | None:
    """The same upload of the same organisation, so that sending it twice keeps it once."""
    found = conn.execute(
        select(file.c.id).where(file.c.tenant_id == tenant_id, file.c.sha256 == sha256, file.c.name == name)
    ).scalar()
    return None if found is None else int(found)


def forget_files(conn: Connection, tenant_id: int, before: int) -> None:
    """Throw away uploads that were never imported."""
    conn.execute(
        delete(file).where(file.c.tenant_id == tenant_id, file.c.imported_at == 0, file.c.uploaded_at < before)
    )


def mark_imported(conn: Connection, file_id: int, at: int) -> None:
    conn.execute(update(file).where(file.c.id == file_id).values(imported_at=at))


# bulletins and samples ------------------------------------------------------------------------------


def insert_bulletin(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(bulletin), row)


def insert_samples(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(sample), list(rows))


def insert_judgements(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(judgement), list(rows))


def bulletin_named(conn: Connection, issuer: str, number: str) -> Row[Any] | None:
    return conn.execute(select(bulletin).where(bulletin.c.issuer == issuer, bulletin.c.number == number)).first()


def namesakes(conn: Connection, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """(issuer, number) of every bulletin under these numbers."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(numbers), _CHUNK):
        rows = conn.execute(
            select(bulletin.c.issuer, bulletin.c.number).where(bulletin.c.number.in_(numbers[start : start + _CHUNK]))
        )
        found += [(row.issuer, row.number) for row in rows]
    return found


def get_bulletin(conn: Connection, bulletin_id: int) -> Row[Any] | None:
    return conn.execute(select(bulletin).where(bulletin.c.id == bulletin_id)).first()


def known_samples(conn: Connection, bulletin_id: int, keys: Sequence[str]) -> dict[str, str]:
    """Sample key → digest of its row, for the keys that a bulletin has already."""
    found: dict[str, str] = {}
    for start in range(0, len(keys), _CHUNK):
        rows = conn.execute(
            select(sample.c.sample_key, sample.c.digest).where(
                sample.c.bulletin_id == bulletin_id, sample.c.sample_key.in_(keys[start : start + _CHUNK])
            )
        )
        found |= {row.sample_key: row.digest for row in rows}
    return found


def list_bulletins(conn: Connection, *, before: int | None, limit: int) -> list[Row[Any]]:
    """Newest import first, with how many samples each has."""
    counted = (
        select(sample.c.bulletin_id, func.count().label("samples")).group_by(sample.c.bulletin_id).subquery("counted")
    )
    query = (
        select(bulletin, func.coalesce(counted.c.samples, 0).label("samples"))
        .outerjoin(counted, counted.c.bulletin_id == bulletin.c.id)
        .order_by(bulletin.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(bulletin.c.id < before)
    return list(conn.execute(query))


def tallies(conn: Connection, bulletin_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """By bulletin: samples by outcome of their newest judgement, and how many are matched or in a case."""
    newest = _newest()
    found: dict[int, dict[str, int]] = {one: {} for one in bulletin_ids}
    rows = conn.execute(
        select(sample.c.bulletin_id, judgement.c.outcome, func.count().label("samples"))
        .select_from(sample)
        .join(judgement, judgement.c.id == newest)
        .where(sample.c.bulletin_id.in_(bulletin_ids))
        .group_by(sample.c.bulletin_id, judgement.c.outcome)
    )
    for row in rows:
        found[row.bulletin_id][row.outcome] = row.samples
    for name, table, condition in (
        ("matched", sample_state, sample_state.c.matched == "confirmed"),
        ("cases", case_file, case_file.c.state == "open"),
    ):
        rows = conn.execute(
            select(sample.c.bulletin_id, func.count().label("samples"))
            .select_from(sample)
            .join(table, table.c.sample_id == sample.c.id)
            .where(sample.c.bulletin_id.in_(bulletin_ids), condition)
            .group_by(sample.c.bulletin_id)
        )
        for row in rows:
            found[row.bulletin_id][name] = row.samples
    return found


def _newest() -> Any:
    inner = judgement.alias("newer")
    return select(func.max(inner.c.id)).where(inner.c.sample_id == sample.c.id).correlate(sample).scalar_subquery()


def _listed() -> Select[Any]:
    return (
        select(
            sample,
            bulletin.c.number.label("bulletin_number"),
            bulletin.c.issuer,
            bulletin.c.issued_on,
            bulletin.c.is_demo,
            judgement.c.outcome,
            judgement.c.rulebook,
            judgement.c.judgement,
            judgement.c.at.label("judged_at"),
            func.coalesce(sample_state.c.status, "初检").label("status"),
            func.coalesce(sample_state.c.result, "failed").label("result"),
            func.coalesce(sample_state.c.pending, "").label("pending"),
            func.coalesce(sample_state.c.ground, "").label("ground"),
            func.coalesce(sample_state.c.matched, "").label("matched"),
            sample_state.c.doubted,
            sample_state.c.final,
            sample_state.c.batch_id,
            case_file.c.id.label("case_id"),
        )
        .select_from(sample)
        .join(bulletin, bulletin.c.id == sample.c.bulletin_id)
        .join(judgement, judgement.c.id == _newest())
        .outerjoin(sample_state, sample_state.c.sample_id == sample.c.id)
        .outerjoin(case_file, case_file.c.sample_id == sample.c.id)
    )


def list_samples(
    conn: Connection,
    bulletin_id: int,
    *,
    after: int | None,
    limit: int,
    outcome: str = "",
    text: str = "",
) -> list[Row[Any]]:
    """A bulletin's samples in file order by keyset, with the newest judgement and where each stands."""
    query = _listed().where(sample.c.bulletin_id == bulletin_id).order_by(sample.c.id).limit(limit)
    if after is not None:
        query = query.where(sample.c.id > after)
    if outcome:
        query = query.where(judgement.c.outcome == outcome)
    if text:
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            or_(*(column.ilike(pattern, escape="\\") for column in (sample.c.food, sample.c.maker, sample.c.failures)))
        )
    return list(conn.execute(query))


def get_sample(conn: Connection, sample_id: int) -> Row[Any] | None:
    return conn.execute(_listed().where(sample.c.id == sample_id)).first()


def plain_samples(conn: Connection, bulletin_id: int, after: int, limit: int) -> list[Row[Any]]:
    """What judging again needs, in id order, with the newest judgement's outcome, rulebook and text."""
    query = (
        select(
            sample.c.id, sample.c.food, sample.c.category, sample.c.produced_on, sample.c.failures,
            judgement.c.outcome, judgement.c.judgement,
        )
        .select_from(sample)
        .join(judgement, judgement.c.id == _newest())
        .where(sample.c.bulletin_id == bulletin_id, sample.c.id > after)
        .order_by(sample.c.id)
        .limit(limit)
    )  # fmt: skip
    return list(conn.execute(query))


def judgements_of(conn: Connection, sample_id: int) -> list[Row[Any]]:
    """Every judgement of a sample, oldest first."""
    return list(conn.execute(select(judgement).where(judgement.c.sample_id == sample_id).order_by(judgement.c.id)))


def seen_failures(conn: Connection, tasks: Sequence[str]) -> list[Row[Any]]:
    """Category, failures and the bulletin's day of every sample of these tasks whose result stands."""
    query = (
        select(sample.c.category, sample.c.failures, bulletin.c.issued_on, bulletin.c.issuer, bulletin.c.is_demo)
        .select_from(sample)
        .join(bulletin, bulletin.c.id == sample.c.bulletin_id)
        .outerjoin(sample_state, sample_state.c.sample_id == sample.c.id)
        .where(
            sample.c.task.in_(tasks),
            func.coalesce(sample_state.c.result, "failed") == "failed",
            or_(sample_state.c.doubted.is_(None), sample_state.c.doubted.is_(False)),
        )
    )
    return list(conn.execute(query))


def newest_change(conn: Connection) -> tuple[int, int]:
    """Newest sample and newest act about samples: what is learnt from them is stale when either grows."""
    last_sample = conn.execute(select(func.coalesce(func.max(sample.c.id), 0))).scalar_one()
    last_act = conn.execute(select(func.coalesce(func.max(sample_state.c.act_id), 0))).scalar_one()
    return int(last_sample), int(last_act)


# candidates -----------------------------------------------------------------------------------------


def makers(conn: Connection) -> list[Row[Any]]:
    """Organisations that register batches: id, name, credit code."""
    kinds = ("enterprise", "base")
    return list(conn.execute(select(_org.c.id, _org.c.name, _org.c.uscc).where(_org.c.kind.in_(kinds))))


def licence_numbers(conn: Connection, organisation_ids: Sequence[int]) -> dict[int, list[str]]:
    """Every licence number ever filed by these organisations."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(organisation_ids), _CHUNK):
        rows = conn.execute(
            select(_credential.c.organisation_id, _credential.c.number).where(
                _credential.c.organisation_id.in_(organisation_ids[start : start + _CHUNK])
            )
        )
        for row in rows:
            found.setdefault(row.organisation_id, []).append(row.number)
    return found


def lots_of_makers(
    conn: Connection, organisation_ids: Sequence[int], first_day: str, last_day: str, lot: str, limit: int
) -> list[Row[Any]]:
    """Product batches of these makers: made within the days, or with the lot or an alias of it; else the newest."""
    query = (
        select(
            _batch.c.id, _batch.c.tenant_id, _batch.c.lot, _batch.c.produced_on, _batch.c.state,
            _item.c.name.label("item_name"),
        )
        .join(_item, _item.c.id == _batch.c.item_id)
        .where(
            _batch.c.kind == "product",
            _batch.c.state.notin_(("reserved", "voided")),
            _batch.c.tenant_id.in_(organisation_ids),
        )
        .order_by(_batch.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    narrow = []
    if first_day:
        narrow.append(and_(_batch.c.produced_on >= first_day, _batch.c.produced_on <= last_day))
    if lot:
        narrow.append(_batch.c.lot == lot)
        narrow.append(_batch.c.id.in_(select(_alias.c.lot_id).where(_alias.c.value == lot)))
    return list(conn.execute(query.where(or_(*narrow)) if narrow else query))


def lot_aliases(conn: Connection, lot_ids: Sequence[int]) -> dict[int, list[str]]:
    """Other codes of these lots."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(lot_ids), _CHUNK):
        rows = conn.execute(
            select(_alias.c.lot_id, _alias.c.value).where(_alias.c.lot_id.in_(lot_ids[start : start + _CHUNK]))
        )
        for row in rows:
            found.setdefault(row.lot_id, []).append(row.value)
    return found


# projections ----------------------------------------------------------------------------------------


def put_state(conn: Connection, sample_id: int, values: Mapping[str, Any]) -> None:
    """Set some columns of a sample's state; a sample that had none begins as 初检, unmatched."""
    known = conn.execute(select(sample_state.c.sample_id).where(sample_state.c.sample_id == sample_id)).first()
    if known is not None:
        conn.execute(update(sample_state).where(sample_state.c.sample_id == sample_id).values(dict(values)))
        return
    begin = {
        "sample_id": sample_id, "status": "初检", "result": "failed", "pending": "", "ground": "", "doubted": False,
        "final": False, "matched": "", "batch_id": None,
    }  # fmt: skip
    conn.execute(insert(sample_state), begin | dict(values))


def insert_case(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(case_file), row)


def update_case(conn: Connection, case_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(case_file).where(case_file.c.id == case_id).values(dict(values)))


def insert_step(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(case_step), row)


def get_case(conn: Connection, case_id: int) -> Row[Any] | None:
    return conn.execute(select(case_file).where(case_file.c.id == case_id)).first()


def steps_of(conn: Connection, case_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(case_step).where(case_step.c.case_id == case_id).order_by(case_step.c.id)))


def list_cases(conn: Connection, *, state: str, before: int | None, limit: int) -> list[Row[Any]]:
    """Newest first, with batch, product, maker and announcement."""
    query = (
        select(
            case_file,
            _batch.c.lot,
            _batch.c.halt,
            _batch.c.produced_on,
            _item.c.name.label("item_name"),
            _org.c.name.label("maker_name"),
            sample.c.food,
            sample.c.failures,
            bulletin.c.number.label("bulletin_number"),
            bulletin.c.is_demo,
        )
        .select_from(case_file)
        .join(_batch, _batch.c.id == case_file.c.batch_id)
        .join(_item, _item.c.id == _batch.c.item_id)
        .join(_org, _org.c.id == _batch.c.tenant_id)
        .join(sample, sample.c.id == case_file.c.sample_id)
        .join(bulletin, bulletin.c.id == sample.c.bulletin_id)
        .order_by(case_file.c.id.desc())
        .limit(limit)
    )
    if state:
        query = query.where(case_file.c.state == state)
    if before is not None:
        query = query.where(case_file.c.id < before)
    return list(conn.execute(query))
