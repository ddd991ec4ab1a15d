"""What waits for the investment office: evidence that grew old, papers that expire, steps that are due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chain.projects.models import Project, Step
from chain.register.folding import Register
from chain.register.models import BaseSize, Needed, Operates, SubjectFact, Surveyed
from chain.register.owning import org_code

STALE_DAYS = 365
SOON_DAYS = 14
EXPIRING_DAYS = 60


@dataclass(frozen=True, slots=True)
class Stale:
    """Evidence that is more than STALE_DAYS old: who operates a link or how large a base is (of a ``subject``), what the
    district needs of a link or where it was looked for in vain (``subject`` None)."""

    subject: SubjectFact | None
    fact: Operates | BaseSize | Needed | Surveyed
    days: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """A licence or consent of a subject that ends within some days; ``days`` until its last day, below 0 expired."""

    kind: Literal["licence", "consent"]
    subject: SubjectFact
    what: str
    number: str
    until: date
    days: int


@dataclass(frozen=True, slots=True)
class Consent:
    """A written consent as it stands: the enterprise's code, number of the document, first and last day."""

    code: str
    number: str
    dated: date
    until: date


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
    """The oldest first. Plans are no evidence and do not count; nor does a survey that found nobody where somebody inside
    is on record since, which overrules it."""
    found = []

    def old(subject: SubjectFact | None, fact: Operates | BaseSize | Needed | Surveyed) -> None:
        days = (register.day - fact.data_date).days
        if fact.basis != "planned" and days > STALE_DAYS:
            found.append(Stale(subject, fact, days))

    for link in links:
        operating = [(known, fact) for fact in register.operates(link) if (known := register.subject(fact.subject))]
        for subject, operates in operating:
            old(subject, operates)
        need, survey = register.need(link), register.survey(link)
        if need is not None:
            old(None, need)
        if survey is not None and not any(one.inside and fact.basis != "planned" for one, fact in operating):
            old(None, survey)
    for size in register.all_base_sizes:
        old(register.subject(size.subject), size)
    return sorted(found, key=lambda one: (-one.days, one.fact.kind, one.fact.link, one.fact.seq))


def expiring(register: Register, consents: Iterable[Consent], within: int = EXPIRING_DAYS) -> list[Expiring]:
    """Licences and consents that end within some days or have ended, the soonest first.

    What has ended is left out where another of the same kind still holds: it was renewed. Whose end nobody knows is
    neither here nor a renewal. A consent of whom the register does not know is left out.
    """
    whose = {f"subject:{one.subject}": one for one in register.subjects}
    whose |= {org_code(register, one.subject): one for one in reversed(register.subjects)}
    known: list[tuple[Literal["licence", "consent"], SubjectFact, str, str, date]] = []
    for fact in register.all_licences:
        subject = register.subject(fact.subject)
        if subject is not None and fact.valid_to is not None:
            known.append(("licence", subject, fact.what, fact.number, fact.valid_to))
    for one in consents:
        holder = whose.get(one.code)
        if holder is not None:
            known.append(("consent", holder, "查看批次的书面同意", one.number, one.until))
    last: dict[tuple[str, str], date] = {}
    for _, subject, what, _, until in known:
        key = (register.root(subject.subject), what)
        last[key] = max(last.get(key, until), until)
    found = []
    for kind, subject, what, number, until in known:
        days = (until - register.day).days
        renewed = last[register.root(subject.subject), what] >= register.day
        if days <= within and not (days < 0 and renewed):
            found.append(Expiring(kind, subject, what, number, until, days))
    return sorted(found, key=lambda one: (one.days, one.kind, one.what, one.subject.name, one.number))


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
