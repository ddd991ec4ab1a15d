"""The demo's inspection (模拟): two findings, a drawn photo, a sample with its custody, an order whose deadline comes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trace.batches import store as batches
from trace.inspections import commands, ordering, sampling
from trace.inspections.models import Answered, Closing, NewLink, NewOrder, NewPhoto, NewSample, Signature

if TYPE_CHECKING:
    from service.demo.story import Story

MAKER, OFFICE = "demo-maker", "demo-bureau"


def tell_inspection(story: Story) -> None:
    """An officer inspects the batch that its maker holds back."""
    told: Mapping[str, Any] = story.told["inspection"]
    ago = told["ago"]
    with story.db.read() as conn:
        rows = batches.list_batches(conn, tenant_id=story.ids[MAKER], before=None, limit=200, kind="product")
    lot = next(row.id for row in rows if row.state == "held")

    def do(fn: Any) -> Any:
        return story.do(OFFICE, ago, fn, "regulator")

    made = do(lambda c: commands.begin(c, lot_id=lot, party_id=None, place=told["place"]))
    answers = [Answered(key, "violates", remark) for key, remark in told["violations"].items()]
    answers += [Answered(key, "conforms") for key in told["conforms"]]
    do(lambda c: commands.answer(c, made, answers))
    taken = f"{story.day(ago + 1)} {told['taken']}"
    key = next(iter(told["violations"]))
    do(lambda c: commands.add_photo(c, made, NewPhoto("demo.png", drawing(), told["place"], taken, item=key)))
    new = NewSample(taken_at=taken, **told["sample"])
    sample = do(lambda c: sampling.take_sample(c, made, new))
    for one in told["custody"]:
        link = NewLink(**one | {"at": f"{story.day(ago + 1)} {one['at']}"})
        do(lambda c, link=link: sampling.hand_on(c, sample, link))
    order = NewOrder(
        told["demands"],
        story.day(-told["deadline_in"]),
        story.day(-told["recheck_in"]),
        told["contact"],
        told["phone"],
        told["order_number"],
    )
    do(lambda c: ordering.issue(c, made, order))
    officers = [Signature(**one) for one in told["officers"]]
    names = ("statement", "situation", "contact", "phone", "number")
    closing = Closing(officers, **{name: told[name] for name in names})
    do(lambda c: commands.finish(c, made, closing))


def drawing(width: int = 320, height: int = 240) -> bytes:
    """A PNG of shelves with cartons, drawn here: no photo of any real place."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            shelf, carton = y % 60 > 52, x % 54 < 44 and 12 < y % 60 <= 52
            shade = (96, 112, 120) if shelf else (196, 168, 120) if carton else (222, 232, 236)
            rows += bytes(shade)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
