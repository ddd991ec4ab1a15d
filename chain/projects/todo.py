"""What waits for the investment office: evidence that grew old, steps that are due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chain.projects.models import Project, Step
from chain.register.folding import Register
from chain.register.models import Operates, SubjectFact

STALE_DAYS = 365
SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class Stale:
    """Who operates a link by evidence that is more than STALE_DAYS old."""

    subject: SubjectFact
    fact: Operates
    days: int


@dataclass(frozen=True, slots=True)
class Due:
    """An open step of a project; ``days`` until its day, below 0 overdue."""

    project: Project
    step: Step
    days: int

    @property
    def overdue(self) -> bool:
        return self.days < 0


def stale_evidence(register: Register, links: Iterable[str]) -> list[Stale]:
    """The oldest first. Plans are no evidence and do not count."""
    found = []
    for link in links:
        for fact in register.operates(link):
            subject, days = register.subject(fact.subject), (register.day - fact.data_date).days
            if fact.basis != "planned" and days > STALE_DAYS and subject is not None:
                found.append(Stale(subject, fact, days))
    return sorted(found, key=lambda one: (-one.days, one.fact.at, one.subject.name, one.subject.subject))


def due_steps(projects: Iterable[Project], today: date, within: int = SOON_DAYS) -> list[Due]:
    """Open steps that are overdue or due within some days, the most overdue first."""
    found = [
        Due(project, step, (step.due - today).days)
        for project in projects
        if not project.ended
        for step in project.open_steps
        if (step.due - today).days <= within
    ]
    return sorted(found, key=lambda one: (one.days, one.project.id, one.step.id))
