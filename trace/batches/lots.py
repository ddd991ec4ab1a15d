"""Names of lots: canonical URIs, issued lot numbers, short codes, and finding a lot by any code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.batches import store as batches
from trace.context import Context
from trace.errors import InvalidInput
from trace.identifiers import models
from trace.identifiers.canonical import canonical
from trace.identifiers.foreign import recognise
from trace.identifiers.gs1 import lot_problem
from trace.identifiers.private_key import short_code
from trace.journal import store as journal
from trace.journal.commands import record_act

FACTORY = "factory"
"""Alias scheme of a maker's own lot code that GS1's character set or length does not allow."""


def stored_lot_uri(item_key: str, lot: str) -> str:
    """The URI under which a lot is filed; private keys without host."""
    root = models.GS1_ROOT + "/" if item_key.startswith("01/") else "/"
    return f"{root}{item_key}/10/{models.encode(lot)}"


def absolute(uri: str, public_url: str) -> str:
    """A stored URI as others see it."""
    return public_url + uri if uri.startswith("/") else uri


@dataclass(frozen=True, slots=True)
class LotName:
    """A lot number fit for a code, and the factory's own writing where that is another."""

    lot: str
    factory_code: str = ""


def issue_lot(ctx: Context, on: date, prefix: str = "") -> str:
    """The next free lot number of the actor's organisation for a day: ``261124-01``."""
    stem = f"{prefix}{on:%y%m%d}-"
    return f"{stem}{batches.count_lots_like(ctx.conn, ctx.tenant_id, stem) + 1:02d}"


def name_lot(ctx: Context, item_id: int, written: str, on: date, prefix: str = "") -> LotName:
    """Read a lot as written; a Chinese or over-long factory code gets a short lot and stays as its alias."""
    text = written.strip()
    if not text:
        return LotName(issue_lot(ctx, on, prefix))
    if lot_problem(text) is None:
        return LotName(text)
    for row in journal.lots_of_alias(ctx.conn, text):
        if row.scheme == FACTORY and row.tenant_id == ctx.tenant_id:
            known = batches.lot_of(ctx.conn, row.lot_id)
            if known is not None and known.item_id == item_id:
                return LotName(known.lot, text)
    return LotName(issue_lot(ctx, on, prefix), text)


def surrogate(ctx: Context, uri: str) -> int:
    """The identifier id of a stored URI, made if need be."""
    known = journal.identifiers(ctx.conn, [uri]).get(uri)
    if known is not None:
        return known
    made = ctx.new_id()
    journal.insert_identifiers(ctx.conn, [{"id": made, "uri": uri, "kind": "lot", "alias_of": None}])
    return made


def give_short_code(ctx: Context, lot_id: int) -> str:
    """Issue the code that is printed to be typed."""
    attempt = 0
    while journal.short_code_taken(ctx.conn, code := short_code(lot_id, attempt)):
        attempt += 1
    journal.set_short_code(ctx.conn, lot_id, code)
    return code


def file_alias(ctx: Context, lot_id: int, scheme: str, value: str) -> None:
    """Record that a foreign or factory code also names a lot."""
    record_act(ctx, "alias", "batch", lot_id, {"scheme": scheme, "value": value})


def find_lots(ctx: Context, text: str) -> list[int]:
    """Lots that a scanned, typed or pasted code names: GS1, private, short, factory or foreign code.

    A factory code only counts inside the actor's organisation; the same foreign certificate may
    name several lots. Empty where nothing is known under it.
    """
    value = text.strip()
    try:
        found = canonical(value, ctx.public_url)
    except InvalidInput:
        found = None
    if found is not None:
        uri: str | None
        if found.short_code is not None:
            uri = journal.by_short_code(ctx.conn, found.short_code)
        else:
            uri = (found.lot_uri or found.uri).removeprefix(ctx.public_url)
        if uri is not None:
            known = journal.identifiers(ctx.conn, [uri]).get(uri)
            if known is not None:
                return [known]
    by_alias = [
        row.lot_id
        for row in journal.lots_of_alias(ctx.conn, value)
        if row.scheme != FACTORY or row.tenant_id == ctx.tenant_id
    ]
    if by_alias:
        return by_alias
    try:
        foreign = recognise(value)
    except InvalidInput:
        return []
    return [row.lot_id for row in journal.lots_of_alias(ctx.conn, foreign.value) if row.scheme != FACTORY]
