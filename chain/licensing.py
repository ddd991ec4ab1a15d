"""Which licence a link asks for, and whether what an organisation has on record of it has run out. Pure but for reading the file.

Only a licence that is on record and has run out says something: then it is not known whether its holder may work, which is
neither being there nor being missing. One that nobody recorded leaves a declaration as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from chain.models import Link
from chain.register.models import Licence
from chain.seedrows import parse, read_text
from chain.seeds import load_links

LICENCES = "chain/licences.yaml"
_NOT_COUNTED = re.compile(r"[（(【\[].*?[)）】\]]|[\s·.,，、“”\"'《》-]")


@dataclass(frozen=True, slots=True)
class Ask:
    """One of the licences ``names`` must be held by who works at one of ``links``; ``also`` are other ways of writing them,
    ``confidence`` is H or M."""

    id: str
    names: tuple[str, ...]
    also: tuple[str, ...]
    links: tuple[str, ...]
    basis: str
    confidence: str

    @property
    def written(self) -> tuple[str, ...]:
        """Every name that answers it."""
        return (*self.names, *self.also)

    @property
    def any_text(self) -> str:
        """「甲证 或 乙证」."""
        return " 或 ".join(self.names)


def plain(name: str) -> str:
    """A licence's name as it is compared: without marks and what stands in brackets."""
    return _NOT_COUNTED.sub("", unicodedata.normalize("NFKC", name).replace("(", "（").replace(")", "）")).upper()


def parse_asks(text: str, links: Iterable[Link], file: str = LICENCES) -> tuple[Ask, ...]:
    """Every licence that links ask for. Raises SeedError for a strange link or one that is named twice."""
    top = parse(file, text)
    top.text("basis")
    known = {link.id for link in links}
    asks: list[Ask] = []
    for row in top.rows("licences", "id"):
        ask = Ask(
            row.text("id"),
            row.texts("any"),
            row.texts("also", required=False),
            row.texts("links"),
            row.text("basis"),
            row.choice("confidence", ("H", "M")),
        )
        strange = [link for link in ask.links if link not in known]
        if strange:
            raise row.fail("links", f"没有环节 {'、'.join(strange)}")
        if ask.id in {one.id for one in asks}:
            raise row.fail("id", f"「{ask.id}」重复")
        asks.append(ask)
        row.done()
    top.done()
    return tuple(asks)


@cache
def asked() -> Mapping[str, tuple[Ask, ...]]:
    """What each link asks for; links that ask for nothing are absent. Read once."""
    found: dict[str, tuple[Ask, ...]] = {}
    links = load_links()
    for ask in parse_asks(read_text(LICENCES), links):
        for link in ask.links:
            found[link] = (*found.get(link, ()), ask)
    return found


def held(ask: Ask, licences: Iterable[Licence]) -> list[Licence]:
    """Those of ``licences`` that would answer ``ask``, whatever their dates."""
    names = {plain(name) for name in ask.written}
    return [one for one in licences if plain(one.what) in names]


def lapsed(asks: Iterable[Ask], licences: Iterable[Licence], day: date) -> str:
    """Why it is not known whether the holder may work on ``day``: the licence that ran out last; '' where none did.

    A licence counts through its last day; one without an end does not run out.
    """
    several = tuple(licences)
    for ask in asks if several else ():
        known = held(ask, several)
        if known and not any(_good(one, day) for one in known):
            last = max(known, key=lambda one: (one.valid_to or date.min, one.seq))
            return f"{last.what} {last.number} {_when(last, day)}"
    return ""


def _good(one: Licence, day: date) -> bool:
    return (one.valid_from is None or one.valid_from <= day) and (one.valid_to is None or one.valid_to >= day)


def _when(one: Licence, day: date) -> str:
    if one.valid_to is not None and one.valid_to < day:
        return f"有效期至 {one.valid_to.isoformat()}"
    return f"{one.valid_from.isoformat() if one.valid_from else ''} 起才有效"
