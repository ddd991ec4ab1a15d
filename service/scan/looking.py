"""From the raw path of a request to what it names, and from that to the public record in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from sqlalchemy import Connection

from service.scan.public import PublicRecord, public_record
from trace.batches import store as batches
from trace.errors import InvalidInput
from trace.identifiers.digital_link import parse_path
from trace.identifiers.models import Identifier, Kind

PLACES = {Kind.SSCC: "物流单元（SSCC）", Kind.LOCATION: "场所（GLN）", Kind.PARTY: "单位（GLN）"}
"""What the grammar reads and the record does not describe to the public."""

MAX_FACTORY_CODE = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address names. ``factory_code`` is a lot that GS1 characters cannot write, which may be an alias."""

    identifier: Identifier
    factory_code: str = ""

    @property
    def is_place(self) -> bool:
        return self.identifier.kind in PLACES

    def key(self) -> str:
        """The trade item's key, '' for what has none."""
        if self.identifier.gtin is not None:
            return f"01/{self.identifier.gtin}"
        return f"id/{self.identifier.key}" if self.identifier.key is not None else ""


def asked(raw: bytes, public_url: str) -> Asked:
    """Read a raw path; InvalidInput for what cannot be a code."""
    try:
        return Asked(parse_path(raw, public_url))
    except InvalidInput as wrong:
        factory = _factory_code(raw, public_url)
        if factory is None:
            raise
        if not factory.factory_code:
            raise wrong from None
        return factory


def _factory_code(raw: bytes, public_url: str) -> Asked | None:
    """A product with a lot as the factory writes it (Chinese, or longer than 20 characters)."""
    segments = raw.partition(b"?")[0].strip(b"/").split(b"/")
    if len(segments) != 4 or segments[2] != b"10":
        return None
    try:
        code = unquote_to_bytes(segments[3]).decode().strip()
        product = parse_path(b"/" + b"/".join(segments[:2]), public_url)
    except (InvalidInput, UnicodeDecodeError):
        return None
    if not code.isprintable() or len(code) > MAX_FACTORY_CODE:
        return None
    return Asked(product, code)


def scan_row(conn: Connection, what: Asked, public_url: str) -> Any:
    """The one statement behind the page; None when neither lot nor product is known."""
    identifier = what.identifier
    if what.is_place:
        return None
    if identifier.short_code is not None:
        return batches.scan_row(conn, "", "", short_code=identifier.short_code)
    if what.factory_code:
        return batches.scan_row(conn, "", what.key(), factory_code=what.factory_code)
    uri = (identifier.lot_uri or identifier.uri).removeprefix(public_url)
    return batches.scan_row(conn, uri, what.key())


def record_of(what: Asked, row: Any, now: int, public_url: str) -> PublicRecord:
    """The public record of a row that was found."""
    identifier = what.identifier
    printed = what.factory_code
    if row.alias_of is not None:
        printed = identifier.lot or identifier.serial or ""
    return public_record(
        row,
        now,
        public_url,
        printed=printed if row.lot_id is not None else "",
        asked_lot=identifier.lot or what.factory_code or identifier.serial or "",
        serial=identifier.serial or "",
    )
