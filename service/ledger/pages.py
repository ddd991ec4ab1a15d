"""Pages of the ledger: the plan's rows, one row, lists, registers, laggards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from chain.ledger import store
from chain.ledger.commands import row_of
from chain.ledger.counting import DEMO_NOTE, expiring
from chain.ledger.halves import half_of, half_text, next_half
from chain.ledger.kinds import CERTIFICATES, IMPORTABLE, KINDS, OF_ROW, REGISTERS
from chain.ledger.lagging import half_states, reasons
from chain.ledger.loading import CHAPTERS, load_ladder
from chain.ledger.models import LAG_NAMES, LISTS, ORIGIN_NAMES, STATE_NAMES, STEPS, RowState
from chain.ledger.ruling import registers_of, rule_of
from chain.models import PlanEntity
from chain.register.folding import end_of
from chain.register.likeness import count_text
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.context import today_of
from service.ledger import asking, reading
from service.ledger.api import No, Word
from service.ledger.schemas import ListKind, RegisterKind
from service.ledger.views import entry_json, half_json, history_json, lag_json, person_names, present_json
from service.panorama.pages import words
from service.panorama.reading import Chain, book
from service.params import AsOf, cursor_id
from service.register.views import recorders
from service.routing import Router
from service.web.render import page
from trace.errors import NotFound

router = Router(prefix="/plan", include_in_schema=False)
ENTITY_KINDS = ("三区", "两中心", "九平台", "企业", "老字号", "地标菜")
HISTORY = 20
SEE = {
    "batches": ("/batches", "批次", "batch.read"),
    "chain": ("/chain", "产业链全景图", "chain.read"),
    "gaps": ("/chain/gaps", "缺口", "chain.read"),
    "projects": ("/projects", "招商项目、市招商活跃指数", "project.read"),
    "register": ("/chain/register", "主体登记", "register.read"),
    "rulebooks": ("/rulebooks", "规则库", "rulebook.read"),
    "standards": ("/standards", "标准", "chain.read"),
    "targets": ("/targets", "目标企业", "register.read"),
}
"""Where a row's work is done, as ``see`` in the seeds names it: address, name, who may."""
Flag = Annotated[str, Query(pattern="^1?$")]
NOTICES = {
    "figure": "已录入现状数；更正请再录入同一日期的数。",
    "owner": "已登记责任单位；从这一天起按半年报送。",
    "report": "已登记报送步骤。",
    "voice": "已登记。",
    "site": "已登记。",
    "member": "已登记；相关的现状数随即重新计算。",
    "entry": "已登记；相关的现状数随即重新计算。",
    "withdrawn": "已撤回；原记录留在历史里。",
}


def frame(request: Request, actor: Actor, chain: Chain, as_of: date | None = None) -> dict[str, Any]:
    """What every page of the ledger needs."""
    today = today_of(request.app.state.db)
    now = half_of(today)
    before = f"{today.year - 1}H2" if now.endswith("1") else f"{today.year}H1"
    return {
        "chain": chain,
        "book": book(),
        "staff": reading.sees_staff(actor),
        "edit": reading.edits(actor) and as_of is None,
        "kinds": KINDS,
        "registers": REGISTERS,
        "importable": IMPORTABLE,
        "lists": LISTS,
        "row_states": STATE_NAMES,
        "lag_names": LAG_NAMES,
        "chapters": CHAPTERS,
        "steps": STEPS,
        "criteria": list(load_ladder().criteria.items()),
        "halves": [(half, half_text(half)) for half in (now, before)],
        "half_text": half_text,
        "today": today.isoformat(),
        "as_of": as_of.isoformat() if as_of is not None else "",
        "demo_note": DEMO_NOTE,
        "origin_names": ORIGIN_NAMES,
        **words(),
    }


@router.get("")
def plan(
    request: Request,
    actor: Actor = require("chain.read"),
    q: Word = "",
    type: Annotated[str, Query(max_length=20)] = "",
    owner: Word = "",
    state: Annotated[str, Query(max_length=20)] = "",
    chapter: Annotated[str, Query(max_length=5)] = "",
    numbers: Flag = "",
    as_of: AsOf = None,
) -> Response:
    """The plan's rows with target, present figure, owner and state; 未知 where nothing is known."""
    chain, whole = reading.current(request, as_of)
    shown = asking.wanted(whole, q, type, owner, state, bool(numbers), chapter)
    filtered = bool(q or type or owner or state or numbers or chapter)
    return page(
        request,
        "ledger/plan.html",
        groups=[("", shown)] if filtered else _by_chapter(shown),
        rows=shown,
        measures={one.row.no: [present_json(p) for p in one.presents] for one in shown},
        q=q,
        type=type,
        owner=owner,
        state=state,
        chapter=chapter,
        numbers=numbers,
        types=_counted(one.row.item.type for one in whole.rows),
        owners=_counted(one.owner for one in whole.rows),
        states=[(key, f"{STATE_NAMES[key]}（{n}）") for key, n in Counter(one.state for one in whole.rows).items()],
        known=sum(figure.date is not None for row in whole.plan for figure in row.figures),
        targets=sum(len(row.figures) for row in whole.plan),
        lagging=len(whole.laggards),
        entities=[_named(kind) for kind in ENTITY_KINDS],
        **frame(request, actor, chain, as_of),
    )


def _named(kind: str) -> tuple[str, list[PlanEntity], str]:
    """What the plan names of a kind, and how many that is: 「5～7」 where several spellings may be one."""
    found = [one for one in book().entities if one.kind == kind]
    return kind, found, count_text(len({one.suspected_same or one.id for one in found}), len(found))


def _by_chapter(rows: Iterable[RowState]) -> list[tuple[str, list[RowState]]]:
    """Rows under the plan's chapters, in the chapters' order."""
    found: dict[str, list[RowState]] = {chapter: [] for chapter in CHAPTERS}
    for one in rows:
        found[one.row.chapter].append(one)
    return [(chapter, several) for chapter, several in found.items() if several]


def _counted(words: Iterable[str]) -> list[tuple[str, str]]:
    """Words for a filter, the frequent first."""
    return [(name, f"{name}（{count}）") for name, count in Counter(words).most_common()]


@router.get("/laggards")
def laggards(request: Request, as_of: AsOf = None, actor: Actor = require("chain.read")) -> Response:
    """建议专题督导, with the reasons; and what is unknown, apart."""
    chain, whole = reading.current(request, as_of)
    return page(
        request,
        "ledger/laggards.html",
        rows=[(one, reasons(one)) for one in whole.laggards],
        unknown=[one for one in whole.rows if one.state == "unknown"],
        **frame(request, actor, chain, as_of),
    )


@router.get("/report")
def report(
    request: Request, half: Annotated[str, Query(max_length=10)] = "", actor: Actor = require("chain.read")
) -> Response:
    """The half-year report, to print."""
    told = asking.report_of(request, half)
    earlier = f"{told.half[:4]}H1" if told.half.endswith("2") else f"{int(told.half[:4]) - 1}H2"
    later = next_half(told.half)
    today = today_of(request.app.state.db)
    return page(
        request,
        "ledger/report.html",
        told=told,
        groups=_by_chapter(told.whole.rows),
        measures={one.row.no: [present_json(p) for p in one.presents] for one in told.whole.rows},
        reasons={one.row.no: reasons(one) for one in told.whole.rows},
        earlier=earlier,
        later=later if later <= half_of(today) else "",
        **frame(request, actor, told.chain),
    )


@router.get("/lists/{kind}")
def one_list(
    request: Request,
    kind: ListKind,
    year: Word = "",
    as_of: AsOf = None,
    done: Word = "",
    actor: Actor = require("chain.read"),
) -> Response:
    """One of the four yearly lists."""
    return list_page(request, actor, kind, year, as_of, NOTICES.get(done, ""))


def list_page(
    request: Request,
    actor: Actor,
    kind: str,
    year: str = "",
    as_of: date | None = None,
    notice: str = "",
    failed: Failed | None = None,
) -> Response:
    chain, whole = reading.current(request, as_of)
    staff = reading.sees_staff(actor)
    every = asking.listed(whole.ledger, kind)
    return page(
        request,
        "ledger/listed.html",
        status_code=failed.status if failed is not None else 200,
        kind=kind,
        name=asking.list_name(kind),
        year=year,
        years=sorted({one.body["year"] for one in every}, reverse=True),
        entries=[entry_json(one, staff=staff) for one in every if not year or one.body["year"] == year],
        notice=notice,
        failed=failed,
        **frame(request, actor, chain, as_of),
    )


@router.get("/registers/{kind}")
def one_register(
    request: Request,
    kind: RegisterKind,
    as_of: AsOf = None,
    done: Word = "",
    actor: Actor = require("chain.read"),
) -> Response:
    """One register that rows count from."""
    return register_page(request, actor, kind, as_of, NOTICES.get(done, ""))


def register_page(
    request: Request,
    actor: Actor,
    kind: str,
    as_of: date | None = None,
    notice: str = "",
    failed: Failed | None = None,
) -> Response:
    if kind not in REGISTERS:
        raise NotFound(f"没有“{kind[:20]}”这个登记簿", "No such register")
    chain, whole = reading.current(request, as_of)
    staff, spec = reading.sees_staff(actor), REGISTERS[kind]
    found = whole.ledger.of(kind)
    shown = found if staff or not spec.staff else []
    ladder, plants = [], []
    rows, who = [], {}
    with request.app.state.db.read() as conn:
        if kind == "ladder" and staff:
            ladder = asking.ladder_json(conn, whole.ledger)
        if kind == "plant":
            plants = asking.plants_json(request, conn, whole.ledger, staff=staff)
        if staff:
            live = () if request.app.state.settings.demo else ("entered",)
            until = end_of(as_of) if as_of is not None else None
            rows = store.history(conn, kinds=(kind,), recorded_before=until, origins=live, limit=HISTORY)
            who = recorders(conn, rows)
    return page(
        request,
        "ledger/register.html",
        status_code=failed.status if failed is not None else 200,
        kind=kind,
        spec=spec,
        count=len(found),
        entries=[entry_json(one, staff=staff) for one in reversed(shown)],
        expiring=[entry_json(one, staff=staff) for one in expiring(whole.ledger)] if kind == "certificate" else [],
        certificates=CERTIFICATES,
        plants=plants,
        ladder=ladder,
        ladder_rungs=asking.ladder_counts(whole.ledger) if kind == "ladder" else [],
        ladder_source=load_ladder().source,
        history=_with_recorder(rows, history_json(rows, found, staff=staff), who),
        feeds=[row.row for row in whole.rows if kind in _feeds(row)],
        notice=notice,
        failed=failed,
        **frame(request, actor, chain, as_of),
    )


def _feeds(state: RowState) -> list[str]:
    """Registers that a row counts from."""
    found = [kind for kind in registers_of(state.row) if kind in REGISTERS]
    return [*found, "ladder"] if state.row.no == 34 else found


def _with_recorder(rows: list[Any], told: list[dict[str, Any]], who: dict[str, str]) -> list[dict[str, Any]]:
    """History for staff with who recorded it; ``who`` is empty for everybody else."""
    by_id = {str(row.id): str(row.recorded_by) for row in rows}
    return [one | {"recorder": who.get(by_id[one["id"]], "")} for one in told]


@router.get("/{no}")
def one_row(
    request: Request,
    no: No,
    as_of: AsOf = None,
    before: Word = "",
    done: Word = "",
    past: Flag = "",
    actor: Actor = require("chain.read"),
) -> Response:
    """One row: how it is counted, figure and target, owner, sites, reports, history; forms for staff."""
    return row_page(request, actor, no, as_of, before, NOTICES.get(done, ""), past=bool(past))


def row_page(
    request: Request,
    actor: Actor,
    no: int,
    as_of: date | None = None,
    before: str = "",
    notice: str = "",
    failed: Failed | None = None,
    *,
    past: bool = False,
) -> Response:
    row_of(no)
    chain, whole = reading.current(request, as_of)
    state, staff = whole.rows[no - 1], reading.sees_staff(actor)
    after = cursor_id(before)
    kinds = tuple(key for key, kind in OF_ROW.items() if staff or not kind.staff)
    live = () if request.app.state.settings.demo else ("entered",)
    until = end_of(as_of) if as_of is not None else None
    with request.app.state.db.read() as conn:
        rows = store.history(
            conn, no=no, kinds=kinds, before_seq=after, recorded_before=until, origins=live, limit=HISTORY + 1
        )
        who = recorders(conn, rows[:HISTORY]) if staff else {}
        person = person_names(conn, [state.person]).get(state.person, "") if staff else ""
    standing = [one for kind in OF_ROW for one in whole.ledger.of(kind, no)]
    made_up = [one for one in whole.ledger.of("report", no) if one.origin == "seed"]
    told = history_json(rows[:HISTORY], standing, staff=staff)
    told_before = asking.past_json(request, state, whole.day, costly=past)
    presents = [
        present_json(one)
        | {
            "lag": lag_json(one.lag),
            "chart": asking.chart_points(one.entered),
            "past": told_before[one.measure.key],
            "rests_on": [
                entry_json(entry, staff=staff)
                for entry in (one.counted.rows if one.counted is not None else ())
                if staff or not KINDS[entry.kind].staff
            ],
        }
        for one in state.presents
    ]
    return page(
        request,
        "ledger/row.html",
        status_code=failed.status if failed is not None else 200,
        state=state,
        item=state.row.item,
        presents=presents,
        measure_choices=[(m.key, f"{m.name}（{m.unit}）") for m in state.row.measures],
        reasons=reasons(state),
        reports=[half_json(one, staff=staff) for one in state.halves],
        invented=[half_json(one, staff=staff) for one in half_states(made_up, None, whole.day)],
        sites={one.body["name"]: entry_json(one, staff=staff) for one in whole.ledger.of("site", no)},
        voices=[entry_json(one, staff=True) for one in whole.ledger.of("voice", no)] if staff else [],
        feeds=_feeds(state),
        asks=not past and not chain.demo and any(m.count and rule_of(m.count).costly for m in state.row.measures),
        see=[SEE[key] for key in state.row.see],
        rostered="member" in registers_of(state.row),
        members=[entry_json(one, staff=True) for one in whole.ledger.of("member", no)] if staff else [],
        member_count=len(whole.ledger.of("member", no)),
        person=person,
        history=_with_recorder(rows[:HISTORY], told, who),
        next=rows[HISTORY - 1].seq if len(rows) > HISTORY else None,
        first=after is None,
        last=len(whole.rows),
        notice=notice,
        failed=failed,
        **frame(request, actor, chain, as_of),
    )
