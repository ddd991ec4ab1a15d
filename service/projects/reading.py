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
from chain.projects.todo import Due, Stale, due_steps, stale_evidence
from chain.register import store as statements
from chain.register.folding import end_of
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


def todo(request: Request, as_of: date | None = None) -> tuple[date, list[Stale], list[Due], Names]:
    """What waits on a day, today by default, as known at its end. Raises InvalidInput for a day in the future."""
    db = request.app.state.db
    day = day_of(request, as_of.isoformat() if as_of else "")
    desk = desk_of(db)
    with db.read() as conn:
        with desk.register(conn, day) as register:
            stale = stale_evidence(register, sorted(link.id for link in reading.book().links))
        due = due_steps(commands.projects_on(conn, as_of, demo=db.settings.demo), day)
        return day, stale, due, names_of(conn, [one.project for one in due])


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
