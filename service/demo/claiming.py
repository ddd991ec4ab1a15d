"""The demo's two claims (他方申报, 模拟): what a contract cutter says the maker's batches were made from; one was
confirmed, one waits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trace.batches.models import Registered
from trace.claims.commands import answer
from trace.context import Context, local_datetime
from trace.epcis.commands import check, record

if TYPE_CHECKING:
    from service.demo.story import Story

CUTTER, MAKER = "demo-slaughter", "demo-maker"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def tell_claims(story: Story) -> None:
    """After the maker's batches: the one of the confirmed claim gets an input, the other stays what it is."""
    told: Mapping[str, Any] = story.told["claims"]
    confirmed, waiting = told["confirmed"], told["waiting"]
    neck = story.marked["neck"]
    row = _claim(story, neck, confirmed)
    why = confirmed["basis"]
    story.do(MAKER, confirmed["answered_ago"], lambda c: answer(c, neck.batch_id, row, True, why), "enterprise")
    _claim(story, story.marked["newest"], waiting)


def _claim(story: Story, batch: Registered, told: Mapping[str, Any]) -> int:
    """The cutter's own event whose output is a lot of the maker; gives the event's row."""

    def capture(ctx: Context) -> int:
        event = {
            "@context": [CONTEXT],
            "type": "TransformationEvent",
            "eventID": f"urn:uuid:{uuid.UUID(int=ctx.new_id(), version=4)}",
            "eventTime": local_datetime(ctx.now).isoformat(timespec="milliseconds"),
            "eventTimeZoneOffset": "+08:00",
            "bizStep": "creating_class_instance",
            "inputQuantityList": [
                {"epcClass": story.marked["carcass"].uri, "quantity": told["kilograms"], "uom": "KGM"}
            ],
            "outputQuantityList": [{"epcClass": batch.uri, "quantity": told["pieces"]}],
        }
        done = record(ctx, check([event], ctx.now, ctx.new_id), "rollback")
        assert not done.faults, done.faults
        return done.rows[0]

    return story.do(CUTTER, told["ago"], capture)
