"""What staff enter in the ledger from a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.ledger.commands import row_of, withdraw
from chain.ledger.kinds import KINDS, OF_ROW
from chain.ledger.models import LISTS
from chain.ledger.rules import NewEntry
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import failed
from service.context import command
from service.ledger import asking, reading
from service.ledger.api import No
from service.ledger.pages import list_page, register_page, row_page
from service.ledger.schemas import ListKind, RegisterKind
from service.params import IdPath
from service.routing import Router
from service.web import trees
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal

router = Router(prefix="/plan", include_in_schema=False)
Form = Depends(form_data)


def entry_of(form: FormData, kind: str, no: int | None = None, **more: Any) -> NewEntry:
    """A form as an entry; its field names are the entry's."""
    body = {name: text(form, name) for name in KINDS[kind].specs if name in form}
    return NewEntry(kind, body | more, text(form, "data_date"), text(form, "source"), no)


def _back(
    request: Request, write: Callable[[Context], Any], address: str, shown: Callable[[Refusal], Response]
) -> Response:
    try:
        command(request, write)
    except NotFound:
        raise
    except Refusal as refusal:
        return shown(refusal)
    return RedirectResponse(address, 303)


@router.post("/registers/{kind}")
def add_to_register(
    request: Request, kind: RegisterKind, form: FormData = Form, actor: Actor = require("ledger.edit")
) -> Response:
    """An entry of a register."""
    new = entry_of(form, kind)
    return _back(
        request, lambda ctx: asking.write_entry(request, ctx, new), f"/plan/registers/{kind}?done=entry",
        lambda refusal: register_page(request, actor, kind, failed=failed(kind, refusal, form)),
    )  # fmt: skip


@router.post("/lists/{kind}")
def add_to_list(
    request: Request, kind: ListKind, form: FormData = Form, actor: Actor = require("ledger.edit")
) -> Response:
    """A matter of a yearly list."""
    new = entry_of(form, "listed", list=LISTS[kind])
    return _back(
        request, lambda ctx: asking.write_entry(request, ctx, new), f"/plan/lists/{kind}?done=entry",
        lambda refusal: list_page(request, actor, kind, failed=failed("listed", refusal, form)),
    )  # fmt: skip


@router.post("/entries/{entry_id}/withdraw")
def take_back(
    request: Request, entry_id: IdPath, form: FormData = Form, actor: Actor = require("ledger.edit")
) -> Response:
    """Take an entry back with a reason; the page it was on comes again."""
    no, kind = trees.number(text(form, "of_row")), text(form, "of_register")
    origin = reading.origin_of(request)
    back = f"/plan/{no}" if no is not None else f"/plan/registers/{kind[:20]}"

    def shown(refusal: Refusal) -> Response:
        told = failed(f"withdraw-{entry_id}", refusal, form)
        if no is not None:
            return row_page(request, actor, no, failed=told)
        return register_page(request, actor, kind, failed=told)

    return _back(
        request, lambda ctx: withdraw(ctx, entry_id, text(form, "reason"), origin), f"{back}?done=withdrawn", shown
    )


@router.post("/{no}")
def add_to_row(request: Request, no: No, form: FormData = Form, actor: Actor = require("ledger.edit")) -> Response:
    """A figure, an owner, a step of a report, a problem or a site: the form's ``act`` is the kind."""
    kind, row = text(form, "act"), row_of(no)

    def write(ctx: Context) -> int:
        if kind not in OF_ROW:
            raise InvalidInput.of("/act", "not_a_choice", "请从页面上的表单提交", "use the page's forms")
        more: dict[str, Any] = {}
        if kind == "figure":
            given = text(form, "measure") or (row.measures[0].key if len(row.measures) == 1 else "")
            units = {measure.key: measure.unit for measure in row.measures}
            more = {"measure": given, "unit": units.get(given, "")}
        return asking.write_entry(request, ctx, entry_of(form, kind, no, **more))

    return _back(
        request, write, f"/plan/{no}?done={kind}",
        lambda refusal: row_page(request, actor, no, failed=failed(kind, refusal, form)),
    )  # fmt: skip
