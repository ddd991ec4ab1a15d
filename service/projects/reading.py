"""Projects of a day with the names they need, as pages and API read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fastapi import Request
from sqlalchemy import Connection

from chain.projects import commands, store
from chain.projects.models import Counts, Project
from chain.projects.projecting import project_counts
from chain.projects.todo import Consent, Due, Expiring, Stale, due_steps, expiring, stale_evidence
from chain.register import store as statements
from chain.register.folding import end_of
from chain.staffview import store as staffview
from service.panorama import reading
from service.register import views as register_views
from service.register.asking import day_of
from service.register.current import desk_of
from trace.journal.canonical import loads


@dataclass(frozen=True, slots=True)
class Names:
    """Owner number → name, subject id → name, account number → who."""

    owners: dict[str, str]
    subjects: dict[str, str]
    accounts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    day: date
    projects: list[Project]
    counts: Counts
    names: Names


def names_of(conn: Connection, projects: Iterable[Project], *, acts: bool = False) -> Names:
    """One statement for each kind of name."""
    listed = list(projects)
    owners = {project.owner for project in listed}
    if acts:
        owners |= {str(act.body["owner"]) for project in listed for act in project.acts if "owner" in act.body}
    subjects = {project.subject for project in listed if project.subject}
    known = statements.descriptions(conn, subjects)
    who = {}
    if acts:
        who = register_views.recorders(conn, (_By(act.by, act.organisation) for one in listed for act in one.acts))  # type: ignore[misc]
    return Names(
        register_views.people(conn, owners),
        {key: str(loads(known[key].body)["name"]) if key in known else f"主体 {key}" for key in subjects},
        who,
    )


@dataclass(frozen=True, slots=True)
class _By:
    recorded_by: int
    organisation: int


def board(request: Request, day: date | None) -> Board:
    """Every project as of the end of a day."""
    db = request.app.state.db
    today = day_of(request, day.isoformat() if day else "")
    with db.read() as conn:
        projects = commands.projects_on(conn, day, demo=db.settings.demo)
        return Board(today, projects, project_counts(projects), names_of(conn, projects))


def one(request: Request, project_id: int, day: date | None) -> tuple[Project, Names]:
    """Raises NotFound."""
    day_of(request, day.isoformat() if day else "")
    with request.app.state.db.read() as conn:
        project = commands.project_in(conn, project_id, end_of(day) if day else None)
        return project, names_of(conn, [project], acts=True)


@dataclass(frozen=True, slots=True)
class Todo:
    """``recorders``: statement id → who recorded it, of what no single subject answers for."""

    day: date
    stale: list[Stale]
    expiring: list[Expiring]
    due: list[Due]
    names: Names
    recorders: dict[int, str]


def todo(request: Request, as_of: date | None = None) -> Todo:
    """What waits on a day, today by default, as known at its end. Raises InvalidInput for a day in the future."""
    db = request.app.state.db
    day = day_of(request, as_of.isoformat() if as_of else "")
    desk = desk_of(db)
    with db.read() as conn:
        with desk.register(conn, day) as register:
            stale = stale_evidence(register, sorted(link.id for link in reading.book().links))
            papers = expiring(register, _consents(conn, day))
        due = due_steps(commands.projects_on(conn, as_of, demo=db.settings.demo), day)
        rows = statements.recorded(conn, [one.fact.id for one in stale if one.subject is None])
        who = register_views.recorders(conn, rows)
        said = {row.id: who[str(row.recorded_by)] for row in rows}
        return Todo(day, stale, papers, due, names_of(conn, [one.project for one in due]), said)


def _consents(conn: Connection, day: date) -> list[Consent]:
    """Written consents as they stood at the end of a day; of one filed under a code that only one subject ever had, under
    that subject's number."""
    rows = staffview.standing_consents(conn, end_of(day))
    holders = statements.holders_of_codes(conn, {row.code for row in rows})
    found = []
    for row in rows:
        keys = {one.subject_key for one in holders.get(row.code, ())}
        code = f"subject:{keys.pop()}" if len(keys) == 1 else row.code
        found.append(Consent(code, row.number, date.fromisoformat(row.dated), date.fromisoformat(row.until)))
    return found


def index_rows(request: Request) -> list[dict[str, str]]:
    """Entered values of the city's index, the newest first."""
    with request.app.state.db.read() as conn:
        rows = store.index_entries(conn)
        who = register_views.recorders(conn, rows)
    return [
        {
            "id": str(row.id), "period": row.period, "value": row.value, "document": row.document,
            "recorder": who[str(row.recorded_by)],
        }
        for row in rows
    ]  # fmt: skip
