"""Pages of official measures: the list, and one with what is to be done next."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor, Subject, decide
from service.batches.api import stage_of
from service.batches.failing import Failed
from service.context import question
from service.measures import views
from service.measures.api import download
from service.params import IdPath, cursor_id
from service.routing import Router
from service.web.render import page
from service.web.units import UNITS
from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.measures import rules, store
from trace.measures.models import DOCUMENTS, SEIZURES, SERVICE, URGENT
from trace.quantity import show

router = Router(include_in_schema=False)
PAGE = 30
Word = Annotated[str, Query(max_length=60)]
NOTICES = {
    "drafted": "企业已收到预警，文书草稿已生成。公开页没有变化，批准并送达后才生效。",
    "taken": "紧急措施已生效，公开页已显示。请在 24 小时内登记补办的批准，否则失效。",
    "approved": "批准已登记。送达文书后请登记送达。",
    "served": "措施已生效，公开页已更新。",
    "extended": "期限已延长。",
    "withdrawn": "草稿已撤回，记录保留。",
}


def frame() -> dict[str, Any]:
    """Words that every page of the room needs."""
    return {"badges": views.BADGES, "law_urgent": rules.LAW_URGENT, "law_seizure": rules.LAW_SEIZURE}


@router.get("/measures")
def listing(request: Request, before: Word = "", actor: Actor = require("measure.read")) -> Response:
    """What is to be done, and all measures: an office's, or on one's own batches."""

    def read(ctx: Context) -> dict[str, Any]:
        maker = None if actor.supervises else actor.org_id
        rows = store.list_measures(ctx.conn, maker_id=maker, before=cursor_id(before), limit=PAGE + 1)
        todo = views.office_to_do(ctx, actor.org_id) if actor.supervises else views.maker_to_do(ctx, actor.org_id)
        return {
            "rows": [views.measure_json(row, ctx.now) for row in rows[:PAGE]],
            "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
            "todo": todo,
        }

    return page(request, "measures/list.html", **question(request, read), **frame())


@router.get("/measures/{measure_id}")
def one(request: Request, measure_id: IdPath, done: Word = "", actor: Actor = require("measure.read")) -> Response:
    """One measure."""
    return measure_page(request, actor, measure_id, notice=NOTICES.get(done, ""))


def measure_page(
    request: Request, actor: Actor, measure_id: int, *, notice: str = "", failed: Failed | None = None
) -> Response:
    """The measure with the forms that permission and state allow; after a refusal with what was refused and why."""

    def read(ctx: Context) -> dict[str, Any]:
        row = views.seen(ctx, actor, measure_id)
        batch = batches.batches_by_id(ctx.conn, [row.batch_id])[row.batch_id]
        return {
            "m": views.whole(ctx, actor, measure_id),
            "row": row,
            "address": str(batch.uri).removeprefix("https://id.gs1.org"),
            "forms": _forms(actor, row, ctx.now),
            "goods": show(row.quantity).replace("未知", "") if row.quantity is not None else "",
            "minute": f"{local_datetime(ctx.now):%Y-%m-%dT%H:%M}",
        }

    told = question(request, read)
    return page(
        request,
        "measures/one.html",
        status_code=failed.status if failed is not None else 200,
        notice=notice,
        failed=failed,
        documents=list(DOCUMENTS[told["row"].measure].items()),
        ways=list(SERVICE.items()),
        units=UNITS,
        seizures=SEIZURES,
        **told,
        **frame(),
    )


def _forms(actor: Actor, row: Any, now: int) -> frozenset[str]:
    """The forms on the page; the command decides again when it is asked. ``wait``: a colleague has to go on."""
    stage = stage_of(row.link_code)
    if row.tenant_id != actor.org_id or not decide(actor, "enforcement.propose", Subject(stage=stage)).allowed:
        return frozenset()
    subject = Subject(stage=stage, proposed_by=row.drafted_by, proposed_org=row.tenant_id)
    second = decide(actor, "enforcement.confirm", subject).allowed
    where = rules.standing(row, now)
    found: set[str] = set()
    if where.code == "draft":
        found |= {"withdraw"} | ({"take"} if row.measure in URGENT else set())
    if where.code in ("draft", "taken", "approved"):
        found.add("serve" if second else "wait")
    if where.code == "taken" and second:
        found.add("approve")
    fits = row.measure in SEIZURES and row.state == "served" and row.extended_days is None
    if fits and where.code in ("served", "due"):
        found.add("extend" if second else "wait")
    if where.in_effect:
        found.add("lift")
    return frozenset(found)


@router.get("/measures/{measure_id}/document.docx")
def document(request: Request, measure_id: IdPath, actor: Actor = require("measure.read")) -> Response:
    """The document as a file."""
    return download(request, actor, measure_id)
