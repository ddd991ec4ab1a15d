"""Statements folded into the register of a day, at once or one by one with the same outcome. Pure.

A statement counts on a day when it was recorded before that day's end and its data are not dated later. What was
withdrawn, alone or with its whole import, counts as never said. Of several about the same thing (subject, kind, slot)
the one with the latest data holds, of those the one recorded last; the others stay in the history, and hold again when
it is withdrawn. A fact about a subject that nobody describes (any more) is left out of every view.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import TypeVar, cast

from chain.licensing import asked, lapsed
from chain.needs.loading import bills
from chain.register.models import (
    KINDS,
    OF_FAMILY,
    OF_LINK,
    BaseSize,
    CandidateFor,
    Equipment,
    Fact,
    Licence,
    LocatedIn,
    Needed,
    Offers,
    Operates,
    Position,
    Referred,
    Requires,
    SameAs,
    SampleFlow,
    ServedBy,
    State,
    Statement,
    SubjectFact,
    Supplies,
    Surveyed,
    Volumed,
)
from chain.register.reading import fact_of

Slot = tuple[str, str, str]
"""(kind, subject, slot): what one fact at a time holds of."""
SHANGHAI = timezone(timedelta(hours=8))
F = TypeVar("F", bound=Fact)


def end_of(day: date) -> int:
    """The first µs (UTC) after a calendar day in Asia/Shanghai."""
    return int(datetime.combine(day + timedelta(days=1), time(), SHANGHAI).timestamp()) * 1_000_000


def fold(statements: Iterable[Statement], day: date, *, demo: bool = True) -> Register:
    """The register of ``day`` out of statements in the order of ``seq``."""
    register = Register(day, demo=demo)
    for statement in statements:
        register.apply(statement)
    return register


class Register:
    """What holds on ``day``. Facts are frozen; the register itself is brought up to date by ``apply`` and ``advance``.

    Not for several threads at once: whoever shares it holds a lock. ``seq`` is the last statement applied. Without
    ``demo``, statements marked as invented are left out.
    """

    def __init__(self, day: date, *, demo: bool = True) -> None:
        self.day = day
        self.demo = demo
        self.seq = 0
        self.described = 0
        """Grows whenever a description or a merge changes: what is worked out of those alone may be kept until then."""
        self.placed = 0
        """Grows whenever somebody is said to be in a park or no longer is."""
        self.possessed = 0
        """Grows whenever equipment, a licence or a candidacy changes."""
        self._end = end_of(day)
        self._later: list[Statement] = []
        self._slots: dict[Slot, Fact | list[Fact]] = {}
        self._place: dict[int, Slot] = {}
        self._imports: dict[int, list[int]] = {}
        self._dead: set[int] = set()
        self._now: dict[str, dict[Slot, Fact]] = {kind: {} for kind in KINDS}
        self._of_subject: dict[str, set[Slot]] = {}
        self._of_link: dict[str, set[Slot]] = {}
        self._roots: dict[str, str] = {}
        self._members: dict[str, tuple[str, ...]] = {}

    # bringing up to date -----------------------------------------------------------------------------

    def apply(self, statement: Statement) -> frozenset[str]:
        """Take one statement in; gives the links of which something may now be otherwise."""
        self.seq = max(self.seq, statement.seq)
        if statement.data_date > self.day or statement.recorded_at >= self._end:
            self._later.append(statement)
            return frozenset()
        if statement.kind == "withdraw":
            return self._withdraw(statement.withdraws)
        if not self.demo and statement.body.get("demo"):
            return frozenset()
        fact = fact_of(statement)
        slot = (fact.kind, fact.subject, fact.slot)
        self._place[fact.id] = slot
        if fact.import_id is not None:
            self._imports.setdefault(fact.import_id, []).append(fact.id)
        known = self._slots.get(slot)
        if known is None:
            self._slots[slot] = fact
        elif isinstance(known, list):
            known.append(fact)
        else:
            self._slots[slot] = [known, fact]
        return self._settle(slot)

    def advance(self, day: date) -> frozenset[str]:
        """Go on to a later day: what was dated or recorded after the old one is looked at again."""
        if day < self.day:
            raise ValueError("a register only goes forward; fold the earlier day")
        self.day, self._end = day, end_of(day)
        waiting, self._later = self._later, []
        return frozenset().union(*(self.apply(one) for one in waiting))

    def snapshot(self) -> Register:
        """A copy to be asked at leisure while this one goes on: by kind and by link, not by subject (AttributeError)."""
        made = Register(self.day, demo=self.demo)
        made.seq, made.described, made.placed = self.seq, self.described, self.placed
        made.possessed = self.possessed
        made._now = {kind: dict(facts) for kind, facts in self._now.items()}
        del made._of_subject
        made._of_link = {link: set(slots) for link, slots in self._of_link.items()}
        made._roots, made._members = dict(self._roots), dict(self._members)
        return made

    def _withdraw(self, target: int | None) -> frozenset[str]:
        if target is None:
            return frozenset()
        self._dead.add(target)
        ids = self._imports.get(target, (target,))
        slots = {self._place[one] for one in ids if one in self._place}
        return frozenset().union(*(self._settle(slot) for slot in slots))

    def _is_dead(self, fact: Fact) -> bool:
        return fact.id in self._dead or fact.import_id in self._dead

    def _settle(self, slot: Slot) -> frozenset[str]:
        """Find what holds of a slot now; gives the links touched."""
        known = self._slots[slot]
        several = known if isinstance(known, list) else (known,)
        chosen: Fact | None = None
        for fact in several:
            if (not self._dead or not self._is_dead(fact)) and (chosen is None or fact.order > chosen.order):
                chosen = fact
        now = self._now[slot[0]]
        before = now.get(slot)
        if chosen is before:
            return frozenset()
        self.described += slot[0] in ("subject", "same_as")
        self.placed += slot[0] == "located_in"
        self.possessed += slot[0] in ("licence", "equipment", "candidate_for")
        touched = set(self._touched(before)) | set(self._touched(chosen))
        if before is not None:
            del now[slot]
            for end in _ends(before):
                self._of_subject[end].discard(slot)
            if before.link:
                self._of_link[before.link].discard(slot)
        if chosen is not None:
            now[slot] = chosen
            for end in _ends(chosen):
                self._of_subject.setdefault(end, set()).add(slot)
            if chosen.link:
                self._of_link.setdefault(chosen.link, set()).add(slot)
        if slot[0] == "same_as" or (slot[0] == "subject" and slot[1] in self._roots):
            self._regroup()
            touched |= set(self._touched(before)) | set(self._touched(chosen))
        return frozenset(touched)

    def _touched(self, fact: Fact | None) -> Iterable[str]:
        if fact is None:
            return ()
        if fact.link:
            return (fact.link,)
        if fact.kind in OF_LINK:
            return (fact.subject,)
        if fact.kind in OF_FAMILY:
            return bills().reach.get(fact.subject, ())
        ends = (fact.subject, fact.other) if isinstance(fact, SameAs) else (fact.subject,)
        return {link for end in ends for one in self.same(end) for link in self.links_of(one)}

    def _regroup(self) -> None:
        """Which subjects count as one: all that same_as joins, under the one with the lowest id that has a code."""
        ties: dict[str, set[str]] = {}
        for fact in self._of_kind("same_as"):
            tie = cast(SameAs, fact)
            ties.setdefault(tie.subject, set()).add(tie.other)
            ties.setdefault(tie.other, set()).add(tie.subject)
        self._roots, self._members = {}, {}
        for start in ties:
            if start in self._roots:
                continue
            group, waiting = {start}, [start]
            while waiting:
                fresh = ties[waiting.pop()] - group
                group |= fresh
                waiting += fresh
            members = tuple(sorted(group, key=lambda one: (len(one), one)))
            coded = [one for one in members if (known := self.subject(one)) is not None and known.code]
            root = (coded or members)[0]
            self._members[root] = members
            self._roots |= dict.fromkeys(members, root)

    # asking ------------------------------------------------------------------------------------------

    def _of_kind(self, kind: str) -> Iterator[Fact]:
        return iter(self._now[kind].values())

    def _fact(self, slot: Slot) -> Fact:
        return self._now[slot[0]][slot]

    def _facts_of(self, subject: str, made: type[F]) -> tuple[F, ...]:
        slots = self._of_subject.get(subject, ())
        found = [self._fact(slot) for slot in slots if slot[0] == made.kind and slot[1] == subject]
        return tuple(sorted(cast(list[F], found), key=lambda fact: fact.slot))

    def _facts_at(self, link: str, made: type[F]) -> tuple[F, ...]:
        slots = self._of_link.get(link, ())
        found = [self._fact(slot) for slot in slots if slot[0] == made.kind]
        return tuple(sorted(cast(list[F], found), key=lambda fact: (len(fact.subject), fact.subject, fact.slot)))

    def subject(self, subject: str) -> SubjectFact | None:
        """How a subject is described; None when nobody describes it."""
        return cast("SubjectFact | None", self._now["subject"].get(("subject", subject, "")))

    @property
    def subjects(self) -> list[SubjectFact]:
        """Everybody who is described, in the order of their ids; merged ones each for themselves."""
        found = [cast(SubjectFact, fact) for fact in self._of_kind("subject")]
        return sorted(found, key=lambda fact: (len(fact.subject), fact.subject))

    def root(self, subject: str) -> str:
        """The subject that a merged one counts as; itself otherwise."""
        return self._roots.get(subject, subject)

    def same(self, subject: str) -> tuple[str, ...]:
        """All subjects that count as one with this one, itself included."""
        return self._members.get(self.root(subject), (subject,))

    def links_of(self, subject: str) -> set[str]:
        """Links that something of a subject, or a supply to it, is about."""
        found = {self._fact(slot).link for slot in self._of_subject.get(subject, ())}
        return found - {""}

    def operates(self, link: str) -> tuple[Operates, ...]:
        """Who works at a link on this day, planned ones that nothing has fulfilled included."""
        known = [fact for fact in self._facts_at(link, Operates) if self.subject(fact.subject) is not None]
        begun = {fact.subject: fact.data_date for fact in known if fact.basis != "planned"}
        return tuple(
            fact
            for fact in known
            if (fact.ended is None or fact.ended > self.day)
            and (fact.basis != "planned" or begun.get(fact.subject, date.min) < fact.data_date)
        )

    def operated_by(self, subject: str) -> tuple[Operates, ...]:
        return self._facts_of(subject, Operates)

    @property
    def supplies(self) -> list[Supplies]:
        """Every supply edge between described subjects."""
        found = [cast(Supplies, fact) for fact in self._of_kind("supplies")]
        return [fact for fact in found if self.subject(fact.subject) and self.subject(fact.to)]

    def supplied_by(self, subject: str) -> tuple[Supplies, ...]:
        return self._facts_of(subject, Supplies)

    def supplied_to(self, subject: str) -> tuple[Supplies, ...]:
        slots = self._of_subject.get(subject, ())
        found = [cast(Supplies, self._fact(slot)) for slot in slots if slot[0] == "supplies" and slot[1] != subject]
        return tuple(sorted(found, key=lambda fact: (len(fact.subject), fact.subject, fact.slot)))

    def candidates(self, link: str) -> tuple[CandidateFor, ...]:
        return tuple(f for f in self._facts_at(link, CandidateFor) if self.subject(f.subject))

    def candidates_of(self, subject: str) -> tuple[CandidateFor, ...]:
        return self._facts_of(subject, CandidateFor)

    def survey(self, link: str) -> Surveyed | None:
        return cast("Surveyed | None", self._now["survey"].get(("survey", link, "")))

    def need(self, link: str) -> Needed | None:
        return cast("Needed | None", self._now["need"].get(("need", link, "")))

    def volume(self, family: str) -> Volumed | None:
        return cast("Volumed | None", self._now["volume"].get(("volume", family, "")))

    def reference(self, link: str) -> Referred | None:
        return cast("Referred | None", self._now["reference"].get(("reference", link, "")))

    def sample(self, link: str) -> SampleFlow | None:
        return cast("SampleFlow | None", self._now["flow"].get(("flow", link, "")))

    def base_sizes(self, subject: str) -> tuple[BaseSize, ...]:
        return self._facts_of(subject, BaseSize)

    @property
    def all_base_sizes(self) -> list[BaseSize]:
        """Every size of a described base."""
        found = [cast(BaseSize, fact) for fact in self._of_kind("base_size")]
        return [fact for fact in found if self.subject(fact.subject)]

    def licences(self, subject: str) -> tuple[Licence, ...]:
        return self._facts_of(subject, Licence)

    def lapsed(self, subject: str, link: str) -> str:
        """Which licence of a subject, or of one it is the same as, the link asks for and has run out; '' for none."""
        asks = asked().get(link, ())
        if not asks:
            return ""
        return lapsed(asks, (one for same in self.same(subject) for one in self.licences(same)), self.day)

    @property
    def all_licences(self) -> list[Licence]:
        """Every licence of a described subject."""
        found = [cast(Licence, fact) for fact in self._of_kind("licence")]
        return [fact for fact in found if self.subject(fact.subject)]

    def equipment(self, subject: str) -> tuple[Equipment, ...]:
        return self._facts_of(subject, Equipment)

    @property
    def possessions(self) -> Iterator[Equipment | Licence]:
        """Every equipment and licence of a described subject."""
        for kind in ("equipment", "licence"):
            for fact in self._of_kind(kind):
                if self.subject(fact.subject) is not None:
                    yield cast("Equipment | Licence", fact)

    def position(self, subject: str) -> Position | None:
        return cast("Position | None", self._now["position"].get(("position", subject, "")))

    def requires(self, subject: str) -> tuple[Requires, ...]:
        return self._facts_of(subject, Requires)

    def offers(self, subject: str) -> tuple[Offers, ...]:
        return self._facts_of(subject, Offers)

    @property
    def all_candidates(self) -> list[CandidateFor]:
        """Every described subject's candidacies, in the order of subjects and links."""
        found = [cast(CandidateFor, fact) for fact in self._of_kind("candidate_for")]
        kept = [fact for fact in found if self.subject(fact.subject)]
        return sorted(kept, key=lambda fact: (len(fact.subject), fact.subject, fact.at))

    def located_in(self, subject: str) -> LocatedIn | None:
        return cast("LocatedIn | None", self._now["located_in"].get(("located_in", subject, "")))

    @property
    def placements(self) -> list[LocatedIn]:
        """Everybody who is described and said to be in a park."""
        found = [cast(LocatedIn, fact) for fact in self._of_kind("located_in")]
        return sorted((f for f in found if self.subject(f.subject)), key=lambda f: (len(f.subject), f.subject))

    def served_by(self, subject: str) -> tuple[ServedBy, ...]:
        return self._facts_of(subject, ServedBy)

    def merges(self, subject: str) -> tuple[SameAs, ...]:
        """The findings that make a subject one with others, from either side."""
        found = [cast(SameAs, fact) for fact in self._of_kind("same_as")]
        return tuple(fact for fact in found if subject in (fact.subject, fact.other))

    @property
    def links(self) -> frozenset[str]:
        """Every link that something is known of."""
        return frozenset(link for link, slots in self._of_link.items() if slots)

    def facts(self) -> dict[Slot, Fact]:
        """Everything that holds: two registers that know the same are equal in this."""
        return {slot: fact for facts in self._now.values() for slot, fact in facts.items()}


def _ends(fact: Fact) -> tuple[str, ...]:
    """The subjects under which a fact is found."""
    return (fact.subject, fact.to) if isinstance(fact, Supplies) and fact.to != fact.subject else (fact.subject,)


def state_of(register: Register, link: str) -> State:
    """有证据存在, 有证据缺失 or 未知 of a link inside the district on the register's day.

    Whoever works there is evidence of existence, capacity known or not; only a survey that found nobody is evidence
    of absence; a plan, a supplier from outside and one whose licence for the link ran out are neither.
    """
    doubtful = False
    for fact in register.operates(link):
        subject = register.subject(fact.subject)
        if fact.basis != "planned" and subject is not None and subject.inside:
            if not register.lapsed(fact.subject, link):
                return "present"
            doubtful = True
    return "absent" if register.survey(link) is not None and not doubtful else "unknown"
