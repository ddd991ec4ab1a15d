"""JSON API of the ledger of the plan. Reading is open to all; persons, texts and single enterprises are for staff."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from chain.ledger import store
from chain.ledger.commands import row_of, withdraw
from chain.ledger.counting import expiring
from chain.ledger.kinds import KINDS, OF_ROW, REGISTERS, Spec
from chain.ledger.lagging import reasons
from chain.ledger.loading import load_ladder
from chain.ledger.models import LISTS
from chain.ledger.rules import NewEntry
from chain.ledger.whole import Whole
from chain.register.folding import end_of
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.idempotency import create
from service.ledger import asking, reading
from service.ledger.schemas import (
    FigureIn,
    ListedIn,
    ListKind,
    MemberIn,
    OwnerIn,
    RegisterIn,
    RegisterKind,
    ReportIn,
    SiteIn,
    Sourced,
    VoiceIn,
    WithdrawIn,
)
from service.ledger.views import (
    Json,
    entry_json,
    half_json,
    history_json,
    person_names,
    plan_row_json,
    present_json,
    state_json,
)
from service.panorama.api import frame_json
from service.panorama.reading import book
from service.params import AsOf, Cursor, IdPath, Limit, cursor_id
from service.routing import Router

router = Router(prefix="/api/v1/plan", tags=["方案台账 ledger"])
No = Annotated[int, Path(description="方案要素序号 1—74")]
Word = Annotated[str, Query(max_length=60)]


@router.get("", summary="方案各行：目标、现状数、来源与日期、责任单位、报送")
def plan(
    request: Request,
    as_of: AsOf = None,
    type: Annotated[str, Query(max_length=20, description="类型")] = "",
    owner: Annotated[str, Query(max_length=60, description="责任单位")] = "",
    state: Annotated[str, Query(max_length=20, description="lagging、reached、known、unknown")] = "",
    q: Word = "",
    actor: Actor = require("chain.read"),
) -> Json:
    """The plan's rows with present figures (``present`` 未知 where there is none), named entities and tags.

    Figures of a demonstration are never laid beside a target: they come apart, under ``demo_figures``.
    """
    chain, whole = reading.current(request, as_of)
    known, by_no = book(), {row.item.no: row for row in whole.plan}
    return frame_json(chain) | {
        "document": known.document,
        "issued": known.issued,
        "issuer": known.issuer,
        "items": [
            plan_row_json(by_no[one.row.no]) | state_json(one) for one in asking.wanted(whole, q, type, owner, state)
        ],
        "entities": [
            {
                "id": entity.id,
                "kind": entity.kind,
                "name": entity.name,
                "mentions": [{"section": m.section, "quote": m.quote, "target": m.target} for m in entity.mentions],
            }
            for entity in known.entities
        ],
        "tags": [
            {
                "id": tag.id,
                "name": tag.name,
                "sections": list(tag.sections),
                "members": list(tag.members),
                "note": tag.note,
            }
            for tag in known.tags
        ],
        "demo_figures": [{"name": name, "value": value, "how": how} for name, value, how in chain.demo_figures],
    }


@router.get("/laggards", summary="建议专题督导：到期未报送，或现状数低于直线")
def laggards(request: Request, as_of: AsOf = None, actor: Actor = require("chain.read")) -> Json:
    """Rows that lag, each with the reasons; what is unknown is not lagging."""
    chain, whole = reading.current(request, as_of)
    return frame_json(chain) | {
        "items": [
            {"no": one.row.no, "name": one.row.item.name, "owner": one.owner, "reasons": list(reasons(one))}
            for one in whole.laggards
        ],
        "unknown": sum(one.state == "unknown" for one in whole.rows),
    }


@router.get("/report", summary="半年报告：各行现状、报送步骤、滞后")
def report(
    request: Request,
    half: Annotated[str, Query(max_length=10, description="2026H1、2026H2，不填为当前半年")] = "",
    actor: Actor = require("chain.read"),
) -> Json:
    """Figures as of the end of the half-year (today while it runs), report steps as known today."""
    told = asking.report_of(request, half)
    staff = reading.sees_staff(actor)
    answer = frame_json(told.chain) | {
        "half": told.half,
        "figures_as_of": told.day.isoformat(),
        "reports_done": told.done,
        "items": [
            {
                "no": one.row.no,
                "name": one.row.item.name,
                "owner": one.owner,
                "measures": [present_json(measure) for measure in one.presents],
                "report": None if (h := told.halves[one.row.no]) is None else half_json(h, staff=staff),
                "reasons": list(reasons(one)),
            }
            for one in told.whole.rows
        ],
    }
    return answer | ({"voices": [entry_json(one, staff=True) for one in told.voices]} if staff else {})


@router.get("/registers", summary="台账登记簿：种类与各栏")
def registers(request: Request, actor: Actor = require("chain.read")) -> Json:
    """Kinds of entries with their fields, for whoever writes a client."""
    return {
        "registers": {
            key: {"name": kind.name, "fields": [_spec(s) for s in kind.fields]} for key, kind in KINDS.items()
        },
        "ladder": {
            "source": load_ladder().source,
            "criteria": [{"id": key, "name": name} for key, name in load_ladder().criteria.items()],
        },
    }


def _spec(spec: Spec) -> Json:
    return {
        "name": spec.name,
        "label": spec.label,
        "type": spec.type,
        "required": spec.required,
        "choices": list(spec.choices),
    }


@router.get("/registers/{kind}", summary="一个登记簿：现行内容")
def one_register(
    request: Request, kind: RegisterKind, as_of: AsOf = None, actor: Actor = require("chain.read")
) -> Json:
    """What stands in a register on a day; of single enterprises' sales and ladder only staff see more than counts."""
    chain, whole = reading.current(request, as_of)
    staff = reading.sees_staff(actor)
    found = whole.ledger.of(kind)
    answer = frame_json(chain) | {"kind": kind, "name": REGISTERS[kind].name, "count": len(found)}
    if kind == "ladder":
        answer |= {
            "ladder_source": load_ladder().source,
            "rungs": [{"rung": name, "enterprises": count} for name, count in asking.ladder_counts(whole.ledger)],
        }
    if REGISTERS[kind].staff and not staff:
        return answer | {"items": []}
    with request.app.state.db.read() as conn:
        if kind == "ladder":
            return answer | {"items": asking.ladder_json(conn, whole.ledger)}
        if kind == "plant":
            return answer | {"items": asking.plants_json(request, conn, whole.ledger, staff=staff)}
    answer["items"] = [entry_json(one, staff=staff) for one in found]
    if kind == "certificate":
        answer["expiring"] = [entry_json(one, staff=staff) for one in expiring(whole.ledger)]
    return answer


@router.post("/registers/{kind}", summary="在登记簿里登记一条", status_code=201)
def add_to_register(
    request: Request, kind: RegisterKind, body: RegisterIn, actor: Actor = require("ledger.edit")
) -> Response:
    """Append one entry; the same thing again is a correction."""
    return _create(request, body, NewEntry(kind, body.fields, body.data_date, body.source))


@router.get("/lists/{kind}", summary="年度清单：项目、政策、改革、平台")
def one_list(
    request: Request,
    kind: ListKind,
    year: Annotated[str, Query(max_length=4)] = "",
    as_of: AsOf = None,
    actor: Actor = require("chain.read"),
) -> Json:
    """Matters of one of the four lists, the newest year first."""
    chain, whole = reading.current(request, as_of)
    found = asking.listed(whole.ledger, kind, year)
    return frame_json(chain) | {
        "kind": kind,
        "name": LISTS[kind],
        "items": [entry_json(one, staff=reading.sees_staff(actor)) for one in found],
    }


@router.post("/lists/{kind}", summary="在年度清单里登记一项", status_code=201)
def add_to_list(request: Request, kind: ListKind, body: ListedIn, actor: Actor = require("ledger.edit")) -> Response:
    """Append one matter; the same name in the same year again is an update."""
    return _create(request, body, NewEntry("listed", {"list": LISTS[kind], **body.body()}, body.data_date, body.source))


@router.post("/entries/{entry_id}/withdraw", summary="撤回一条台账记录", status_code=201)
def take_back(request: Request, entry_id: IdPath, body: WithdrawIn, actor: Actor = require("ledger.edit")) -> Response:
    """Take an entry back with a reason; it stays in the history, and in every earlier as-of answer."""
    origin = reading.origin_of(request)
    return create(request, body, lambda ctx: {"id": str(withdraw(ctx, entry_id, body.reason, origin))})


@router.get("/{no}", summary="一条方案要素：现状、依据、责任、历史、报送")
def one_row(request: Request, no: No, as_of: AsOf = None, actor: Actor = require("chain.read")) -> Json:
    """Everything of one row on a day: measures with what they rest on, owner, sites, half-year reports, history."""
    row_of(no)
    chain, whole = reading.current(request, as_of)
    state, staff = whole.rows[no - 1], reading.sees_staff(actor)
    answer = frame_json(chain) | plan_row_json(whole.plan[no - 1]) | state_json(state)
    answer |= {
        "sites": list(state.row.sites),
        "site_entries": [entry_json(one, staff=staff) for one in whole.ledger.of("site", no)],
        "reports": [half_json(one, staff=staff) for one in state.halves],
        "rests_on": {
            one.measure.key: [entry_json(entry, staff=staff) for entry in (one.counted.rows if one.counted else ())]
            for one in state.presents
            if staff or one.counted is None or not any(KINDS[e.kind].staff for e in one.counted.rows)
        },
        "history": _history(request, whole, no, as_of, staff=staff, before=None, limit=50)["items"],
    }
    if staff:
        answer["voices"] = [entry_json(one, staff=True) for one in whole.ledger.of("voice", no)]
        answer["members"] = [entry_json(one, staff=True) for one in whole.ledger.of("member", no)]
        with request.app.state.db.read() as conn:
            answer["person"] = person_names(conn, [state.person]).get(state.person)
    return answer


def _history(
    request: Request,
    whole: Whole,
    no: int,
    as_of: date | None,
    *,
    staff: bool,
    before: int | None,
    limit: int,
    kinds: tuple[str, ...] = (),
) -> Json:
    live = () if request.app.state.settings.demo else ("entered",)
    until = end_of(as_of) if as_of is not None else None
    shown = kinds or tuple(key for key, kind in OF_ROW.items() if staff or not kind.staff)
    with request.app.state.db.read() as conn:
        rows = store.history(
            conn, no=no, kinds=shown, before_seq=before, recorded_before=until, origins=live, limit=limit + 1
        )
    standing = [one for kind in OF_ROW for one in whole.ledger.of(kind, no)]
    more = len(rows) > limit
    items = history_json(rows[:limit], standing, staff=staff)
    return {"items": items, "next": str(rows[limit - 1].seq) if more else None}


@router.get("/{no}/history", summary="一条方案要素历次的数：自动计数按当天重新算出，录入的写来源")
def past(request: Request, no: No, as_of: AsOf = None, actor: Actor = require("chain.read")) -> Json:
    """Every figure of each measure up to a day, the newest first. A count is worked out again from what was recorded
    by each day's end: on the days on which it changed, or on month ends where others hold what is counted."""
    row_of(no)
    chain, whole = reading.current(request, as_of)
    items = asking.past_json(request, whole.rows[no - 1], whole.day, costly=True)
    return frame_json(chain) | {"no": no, "measures": items}


@router.get("/{no}/figures", summary="一条方案要素录入过的数，新的在前")
def figures(
    request: Request,
    no: No,
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    actor: Actor = require("chain.read"),
) -> Json:
    """Every figure ever entered, corrected and withdrawn ones too; ``next`` is the next page's cursor."""
    row_of(no)
    _, whole = reading.current(request, as_of)
    before = cursor_id(cursor)
    staff = reading.sees_staff(actor)
    return _history(request, whole, no, as_of, staff=staff, before=before, limit=limit, kinds=("figure",))


@router.post("/{no}/figures", summary="录入现状数", status_code=201)
def add_figure(request: Request, no: No, body: FigureIn, actor: Actor = require("ledger.edit")) -> Response:
    """Enter a figure with unit, period, source document and date; a correction is a new one for the same date."""
    given = body.body()
    measures = row_of(no).measures
    if not given["measure"] and len(measures) == 1:
        given["measure"] = measures[0].key
    return _create(request, body, NewEntry("figure", given, body.data_date, body.source, no))


@router.post("/{no}/owner", summary="登记责任单位和责任人", status_code=201)
def add_owner(request: Request, no: No, body: OwnerIn, actor: Actor = require("ledger.edit")) -> Response:
    """Give the task to somebody: from then on its half-year reports are owed."""
    return _create(request, body, NewEntry("owner", body.body(), body.data_date, body.source, no))


@router.post("/{no}/reports", summary="登记半年报送的一步", status_code=201)
def add_report(request: Request, no: No, body: ReportIn, actor: Actor = require("ledger.edit")) -> Response:
    """任务—分办—落实—跟踪—反馈—上报, each after the one before it."""
    return _create(request, body, NewEntry("report", body.body(), body.data_date, body.source, no))


@router.post("/{no}/voices", summary="登记上报的困难问题或政策建议", status_code=201)
def add_voice(request: Request, no: No, body: VoiceIn, actor: Actor = require("ledger.edit")) -> Response:
    """A problem or an advice that goes up."""
    return _create(request, body, NewEntry("voice", body.body(), body.data_date, body.source, no))


@router.post("/{no}/members", summary="登记本条名单里的一项", status_code=201)
def add_member(request: Request, no: No, body: MemberIn, actor: Actor = require("ledger.edit")) -> Response:
    """An enterprise, project, rule or facility that the row counts by its state; the same name again is an update."""
    return _create(request, body, NewEntry("member", body.body(), body.data_date, body.source, no))


@router.post("/{no}/sites", summary="登记区、中心、平台或设施", status_code=201)
def add_site(request: Request, no: No, body: SiteIn, actor: Actor = require("ledger.edit")) -> Response:
    """Function, owner, interface, state and active use."""
    return _create(request, body, NewEntry("site", body.body(), body.data_date, body.source, no))


def _create(request: Request, body: Sourced, new: NewEntry) -> Response:
    return create(request, body, lambda ctx: {"id": str(asking.write_entry(request, ctx, new))})
