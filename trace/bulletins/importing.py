"""Keep uploads, import announcements, and judge what was imported again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row

from trace.bulletins import store
from trace.bulletins.judging import Judgement, judge_facts
from trace.bulletins.models import Failure, Reading, RowError, Sample
from trace.bulletins.words import load_words
from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal.canonical import dumps
from trace.journal.commands import record_act
from trace.standards import Rulebook

KEEP_UPLOADS_US = 7 * 86_400_000_000
JUDGE_CHUNK = 500


def keep_upload(ctx: Context, name: str, content: bytes) -> int:
    """Keep an uploaded file until it is imported; the same file again is the same upload. Gives its id."""
    sha256 = hashlib.sha256(content).hexdigest()
    plain = "".join(sign if sign.isprintable() else " " for sign in name)
    shown = plain.replace("\\", "/").rsplit("/", 1)[-1][-120:]
    known = store.file_of(ctx.conn, ctx.tenant_id, sha256, shown)
    if known is not None:
        return known
    store.forget_files(ctx.conn, ctx.tenant_id, ctx.now - KEEP_UPLOADS_US)
    made = ctx.new_id()
    row = {
        "id": made,
        "tenant_id": ctx.tenant_id,
        "actor_id": ctx.actor_id,
        "name": shown,
        "sha256": sha256,
        "content": content,
        "uploaded_at": ctx.now,
        "imported_at": 0,
    }
    store.insert_file(ctx.conn, row)
    return made


def upload_of(conn: Connection, tenant_id: int, file_id: int) -> Row[Any]:
    """An organisation's own upload; NotFound for everyone else's."""
    row = store.get_file(conn, file_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound("没有这个上传的文件，或已过期（未导入的保留 7 天），请重新上传", "No such upload")
    return row


# import ---------------------------------------------------------------------------------------------


@dataclass
class Imported:
    """What an import did, by bulletin; ``unchanged`` samples were there already, word for word."""

    imported: int = 0
    unchanged: int = 0
    bulletins: list[dict[str, Any]] = field(default_factory=list)


def against_record(conn: Connection, reading: Reading) -> tuple[Reading, frozenset[int]]:
    """Set a reading beside what is imported already.

    A sample number that is known with other content is an error (an imported sample is never edited);
    also gives the rows that are there already, word for word.
    """
    errors: list[RowError] = []
    kept: list[Sample] = []
    unchanged: set[int] = set()
    for samples in _by_bulletin(reading.samples).values():
        known_as = store.bulletin_named(conn, samples[0].issuer, samples[0].bulletin)
        known = store.known_samples(conn, known_as.id, [s.key for s in samples]) if known_as is not None else {}
        for one in samples:
            before = known.get(one.key)
            if before is not None and before != one.digest:
                header = reading.mapping.get("number", "抽样编号")
                detail = f"抽样编号“{one.number}”已导入而内容不同；已导入的样品不改，请核对编号，或走复检、异议"
                errors.append(RowError(one.row_number, header, one.number, "imported_differently", detail))
                continue
            if before is not None:
                unchanged.add(one.row_number)
            kept.append(one)
    kept.sort(key=lambda one: one.row_number)
    both = tuple(sorted((*reading.errors, *errors), key=lambda error: error.row))
    return replace(reading, samples=tuple(kept), errors=both), frozenset(unchanged)


def _by_bulletin(samples: Sequence[Sample]) -> dict[tuple[str, str], list[Sample]]:
    found: dict[tuple[str, str], list[Sample]] = {}
    for one in samples:
        found.setdefault((one.issuer, one.bulletin), []).append(one)
    return found


def import_samples(
    ctx: Context, samples: Sequence[Sample], judgements: Mapping[int, Judgement], *, sha256: str = "", file_id: int = 0
) -> Imported:
    """Write the samples that are not there yet with their judgements (by row number).

    Judging is done before the transaction, because it takes time. Importing the same again changes nothing.
    """
    words = load_words()
    done = Imported()
    for (issuer, number), several in _by_bulletin(samples).items():
        row = store.bulletin_named(ctx.conn, issuer, number)
        bulletin_id = int(row.id) if row is not None else ctx.new_id()
        known = store.known_samples(ctx.conn, bulletin_id, [s.key for s in several]) if row is not None else {}
        fresh: dict[str, Sample] = {}
        for one in several:
            if known.get(one.key, one.digest) != one.digest:
                raise Conflict(
                    f"抽样编号“{one.number}”刚刚由别人导入而内容不同，请重新预览", "Imported differently meanwhile",
                    code="imported_differently",
                )  # fmt: skip
            if one.key not in known:
                fresh.setdefault(one.key, one)
        if row is None:
            store.insert_bulletin(ctx.conn, _bulletin_row(ctx, bulletin_id, several))
        rows = [_sample_row(ctx, bulletin_id, one, words.is_microbial) for one in fresh.values()]
        store.insert_samples(ctx.conn, rows)
        store.insert_judgements(
            ctx.conn,
            [
                _judgement_row(ctx, made["id"], judgements[one.row_number])
                for made, one in zip(rows, fresh.values(), strict=True)
            ],
        )
        told = {"id": str(bulletin_id), "number": number, "imported": len(rows), "unchanged": len(several) - len(rows)}
        done.bulletins.append(told)
        done.imported += len(rows)
        done.unchanged += len(several) - len(rows)
        if rows:
            body = {"imported": len(rows), "sha256": sha256}
            record_act(ctx, "bulletin.imported", "bulletin", bulletin_id, body)
    if file_id:
        store.mark_imported(ctx.conn, file_id, ctx.now)
    return done


def _bulletin_row(ctx: Context, bulletin_id: int, samples: Sequence[Sample]) -> dict[str, Any]:
    days = [one.issued_on for one in samples if one.issued_on is not None]
    first = samples[0]
    return {
        "id": bulletin_id,
        "tenant_id": ctx.tenant_id,
        "issuer": first.issuer,
        "number": first.bulletin,
        "issued_on": min(days).isoformat() if days else None,
        "is_demo": "演示" in first.bulletin or "演示" in first.issuer,
        "created_at": ctx.now,
    }


def _sample_row(ctx: Context, bulletin_id: int, one: Sample, is_microbial: Any) -> dict[str, Any]:
    failures = [{"item": f.item, "result": f.result, "limit": f.limit} for f in one.failures]
    texts = ("number", "task", "food", "category", "produced", "lot", "maker", "maker_code", "sampled_from", "spec")
    return {name: getattr(one, name) for name in texts} | {
        "id": ctx.new_id(),
        "bulletin_id": bulletin_id,
        "tenant_id": ctx.tenant_id,
        "sample_key": one.key,
        "digest": one.digest,
        "produced_on": one.produced_on.isoformat() if one.produced_on is not None else None,
        "brand": one.brand,
        "remark": one.remark,
        "failures": dumps(failures),
        "microbial": sum(1 for f in one.failures if is_microbial(f.item)),
        "row": dumps(dict(one.row)),
        "imported_at": ctx.now,
    }


def _judgement_row(ctx: Context, sample_id: int, made: Judgement) -> dict[str, Any]:
    return {
        "id": ctx.new_id(),
        "sample_id": sample_id,
        "at": ctx.now,
        "rulebook": made.rulebook,
        "outcome": made.outcome,
        "judgement": dumps(made.told()),
        "request_id": ctx.request_id,
    }


def failures_of(row: Row[Any]) -> list[Failure]:
    """A stored sample's failed items."""
    return [Failure(one["item"], one["result"], one["limit"]) for one in json.loads(row.failures)]


def judge_again(ctx: Context, bulletin_id: int, book: Rulebook, after: int = 0) -> tuple[int, int, int | None]:
    """Judge the next samples of a bulletin under ``book``: (looked at, changed, id to go on after or None).

    At most ``JUDGE_CHUNK`` at a time, so that nobody waits behind a large bulletin. A judgement that says the
    same is not written twice.
    """
    if store.get_bulletin(ctx.conn, bulletin_id) is None:
        raise NotFound("没有这个公告", "No such bulletin")
    rows = store.plain_samples(ctx.conn, bulletin_id, after, JUDGE_CHUNK)
    fresh = []
    for row in rows:
        made = judge_facts(row.food, row.category, row.produced_on, failures_of(row), book)
        if dumps(made.told()) != row.judgement:
            fresh.append(_judgement_row(ctx, row.id, made))
    store.insert_judgements(ctx.conn, fresh)
    return len(rows), len(fresh), int(rows[-1].id) if len(rows) == JUDGE_CHUNK else None
