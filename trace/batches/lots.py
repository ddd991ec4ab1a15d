"""Names of lots: canonical URIs, issued lot numbers, short codes, and finding a lot by any code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

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
from trace.problems import Problems

MAX_FACTORY_CODE = 100
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


def issue_lot(ctx: Context, on: date, prefix: str = "", item_key: str = "") -> str:
    """The next free lot number of the actor's organisation for a day: ``261124-01``.

    With ``item_key`` it is free for that item also where a lot was only named so far (an input not yet
    received) or where somebody wrote the next number by hand.
    """
    stem = f"{prefix}{on:%y%m%d}-"
    serial = batches.count_lots_like(ctx.conn, ctx.tenant_id, stem) + 1
    while item_key and journal.identifiers(ctx.conn, [stored_lot_uri(item_key, f"{stem}{serial:02d}")]):
        serial += 1
    return f"{stem}{serial:02d}"


def name_lot(ctx: Context, item_key: str, written: str, on: date, prefix: str = "", at: str = "/lot") -> LotName:
    """Read a lot as written; a Chinese or over-long factory code gets a short lot and stays as its alias.

    InvalidInput under the pointer ``at`` for what not even an alias can be.
    """
    problems = Problems()
    text = problems.text(written, at, "批号", required=False, longest=MAX_FACTORY_CODE)
    problems.raise_if_any()
    if not text:
        return LotName(issue_lot(ctx, on, prefix, item_key))
    if lot_problem(text) is None:
        return LotName(text)
    stem = stored_lot_uri(item_key, "")
    for lot_id in journal.own_lots_of_alias(ctx.conn, ctx.tenant_id, FACTORY, text):
        uri = journal.uri_of(ctx.conn, lot_id) or ""
        if uri.startswith(stem):
            return LotName(unquote(uri.removeprefix(stem)), text)
    return LotName(issue_lot(ctx, on, prefix, item_key), text)


def surrogate(ctx: Context, uri: str) -> int:
    """The identifier id of a stored URI, made if need be."""
    known = journal.identifiers(ctx.conn, [uri]).get(uri)
    if known is not None:
        return known
    made = ctx.new_id()
    journal.insert_identifiers(ctx.conn, [{"id": made, "uri": uri, "kind": "lot", "alias_of": None}])
    return made


def give_short_code(ctx: Context, lot_id: int) -> str:
    """The code that is printed to be typed, issued once: what was printed never changes."""
    issued = journal.short_code_of(ctx.conn, lot_id)
    if issued is not None:
        return issued
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
    named = coded_lot(ctx, value)
    if named is not None and batches.get_batch(ctx.conn, named) is not None:
        return [named]
    by_alias = [
        row.lot_id
        for row in journal.lots_of_alias(ctx.conn, value)
        if row.scheme != FACTORY or row.tenant_id == ctx.tenant_id
    ]
    if by_alias:
        return by_alias
    if named is not None:
        return [named]
    try:
        foreign = recognise(value)
    except InvalidInput:
        return []
    return [row.lot_id for row in journal.lots_of_alias(ctx.conn, foreign.value) if row.scheme != FACTORY]


def coded_lot(ctx: Context, text: str) -> int | None:
    """The lot whose own code this is (GS1, private or short), also where it is only named so far; no aliases."""
    try:
        found = canonical(text.strip(), ctx.public_url)
    except InvalidInput:
        return None
    uri: str | None
    if found.short_code is not None:
        uri = journal.by_short_code(ctx.conn, found.short_code)
    else:
        uri = (found.lot_uri or found.uri).removeprefix(ctx.public_url)
    return None if uri is None else journal.identifiers(ctx.conn, [uri]).get(uri)
