"""Targets and sites out of the register of a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from chain.register.folding import Register
from chain.register.models import OfSite, SubjectFact
from chain.register.owning import org_code
from chain.sites import Amount
from chain.targets.models import Site, Target, Wish
from chain.targets.plan import MARK

SITE_KINDS = ("park", "site")


def target_of(register: Register, subject: str) -> Target | None:
    """Somebody described and candidate for at least one link; None for anybody else."""
    known = register.subject(subject)
    facts = register.candidates_of(subject)
    if known is None or not facts:
        return None
    wishes = tuple(
        Wish(
            link=fact.at,
            low=fact.low,
            high=fact.high,
            unit=fact.unit,
            note=fact.note,
            source=fact.source,
            data_date=fact.data_date,
            statement=fact.id,
            imported=fact.import_id is not None,
        )
        for fact in facts
    )
    return Target(
        id=subject,
        name=known.name,
        org_code=org_code(register, subject),
        code=known.code,
        controller=known.controller,
        inside=known.inside,
        place=known.place,
        demo=known.demo,
        named=dict(known.fields).get(MARK, ""),
        source=known.source,
        data_date=known.data_date,
        wishes=wishes,
        requires=_amounts(register.requires(subject)),
    )


def targets_at(register: Register, link: str) -> list[Target]:
    """The candidates of a link, each once where two subjects count as one."""
    return _once(register, (fact.subject for fact in register.candidates(link)))


def all_targets(register: Register) -> list[Target]:
    return _once(register, (fact.subject for fact in register.all_candidates))


def _once(register: Register, subjects: Iterable[str]) -> list[Target]:
    found: dict[str, Target] = {}
    for subject in dict.fromkeys(subjects):
        root = register.root(subject)
        target = target_of(register, subject)
        if target is not None and (root not in found or subject == root):
            found[root] = target
    return list(found.values())


def sites_of(register: Register) -> list[Site]:
    """Every park and plot, also one that nothing is known to be offered at, by name."""
    found = [_site(register, one) for one in register.subjects if one.subject_kind in SITE_KINDS]
    return sorted(found, key=lambda site: (site.name, site.id))


def _site(register: Register, known: SubjectFact) -> Site:
    offers = _amounts(register.offers(known.subject))
    return Site(known.subject, known.name, known.subject_kind, known.place, known.demo, offers)


def _amounts(facts: Iterable[OfSite]) -> dict[str, Amount]:
    return {one.what: Amount(one.low, one.high, one.unit, one.source, one.data_date) for one in facts}
