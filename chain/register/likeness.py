"""疑为同一: which subjects may be one under two names. An internal mark; it merges nothing. Pure.

Two names are alike when nothing but form is different (食品, 有限公司, a place at the front), or when exactly one
character differs and both spell with the same pinyin initial: 渝每滋 / 渝美滋. Two that both have a credit code have
told that they are not one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from chain.register.folding import Register

_ENDINGS = (
    "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "分公司", "公司", "集团", "股份", "合作社", "专业合作社",
    "食品厂", "食品", "实业", "厂",
)  # fmt: skip
_PLACES = ("重庆市", "重庆", "梁平区", "梁平县", "梁平")
_MARKS = re.compile(r"[（(【\[].*?[)）】\]]|[\s·•.,，、“”\"'-]")
_TOLD = frozenset("一二三四五六七八九十百千万甲乙丙丁东南西北上下大小新老前后左右中第")
"""Characters that are there to tell names apart."""
SHORTEST = 3
"""Characters below which one that differs means another name."""

MOST = 50
"""Others that one name is set beside: a register where more are alike has another trouble."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two subjects (ids, the older first) that may be one, and why."""

    one: str
    other: str
    why: str


@lru_cache(maxsize=65_536)
def plain_name(name: str) -> str:
    """A name without form: marks, places at the front, legal form and trade at the end; never less than 2 characters."""
    text = _MARKS.sub("", unicodedata.normalize("NFKC", name).replace("(", "（").replace(")", "）"))
    text = text or name
    for place in _PLACES:
        if text.startswith(place) and len(text) - len(place) >= 2:
            text = text[len(place) :]
            break
    again = True
    while again:
        again = False
        for ending in _ENDINGS:
            if text.endswith(ending) and len(text) - len(ending) >= 2:
                text, again = text[: -len(ending)], True
                break
    return text.casefold()


@lru_cache(maxsize=16_384)
def initial(character: str) -> str:
    """The pinyin initial of a Chinese character in a capital letter; '' for anything else."""
    return _letters(character, "ignore")


@lru_cache(maxsize=65_536)
def initials(name: str) -> str:
    """The pinyin initials of a name, read as words (重庆 is CQ), other characters as they are."""
    return _letters(name, "default")


def _letters(text: str, others: Literal["default", "ignore"]) -> str:
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a second to load: not at the server's start

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors=others)).upper()


def alike(one: str, other: str) -> str:
    """Why two names may be one enterprise's; '' if they are not alike."""
    first, second = plain_name(one), plain_name(other)
    if first == second:
        return "名称去掉“食品、有限公司”等字后相同"
    if len(first) != len(second) or len(first) < SHORTEST:
        return ""
    different = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    if len(different) != 1:
        return ""
    a, b = different[0]
    if a in _TOLD or b in _TOLD or not initial(a) or initial(a) != initial(b):
        return ""
    return f"名称只差一个字且读音相近（{a}／{b}）"


class Named(Protocol):
    """Whatever goes by a name: ``subject`` is its id, ``code`` its credit code, '' where it has none."""

    @property
    def subject(self) -> str: ...
    @property
    def subject_kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def code(self) -> str: ...


def suspects(subjects: Iterable[Named]) -> tuple[Suspicion, ...]:
    """Every pair of subjects of one kind that may be one, in the order of their ids."""
    firsts: dict[str, dict[str, Named]] = {}
    buckets: dict[tuple[str, str], list[Named]] = {}
    for subject in subjects:
        alone = firsts.setdefault(subject.subject_kind, {})
        for key in _keys(subject.name):
            before = alone.setdefault(key, subject)
            if before is not subject:  # mostly nobody shares a key: no list is made for those
                buckets.setdefault((subject.subject_kind, key), [before]).append(subject)
    found: dict[tuple[str, str], Suspicion] = {}
    for several in buckets.values():
        for at, one in enumerate(several):
            for other in several[at + 1 : at + 1 + MOST]:
                first, second = sorted((one, other), key=lambda s: (len(s.subject), s.subject))
                pair = (first.subject, second.subject)
                if pair in found or (one.code and other.code):
                    continue
                why = alike(one.name, other.name)
                if why:
                    found[pair] = Suspicion(*pair, why)
    return tuple(found[pair] for pair in sorted(found, key=lambda p: (len(p[0]), p[0], len(p[1]), p[1])))


@lru_cache(maxsize=65_536)
def _keys(name: str) -> tuple[str, ...]:
    """What names that are alike have in common: the plain name, or it with one character told by its initial alone."""
    plain = plain_name(name)
    if len(plain) < SHORTEST:
        return (plain,)
    told = [(at, initial(one)) for at, one in enumerate(plain) if one not in _TOLD]
    return (plain, *(f"{plain[:at]}\n{sound}\n{plain[at + 1 :]}" for at, sound in told if sound))


def open_suspects(register: Register) -> tuple[Suspicion, ...]:
    """Those that nobody has found to be one yet."""
    return tuple(s for s in suspects(register.subjects) if register.root(s.one) != register.root(s.other))


def counted(register: Register, subjects: Iterable[str], suspicions: Iterable[Suspicion]) -> tuple[int, int]:
    """How many enterprises stand behind some subjects: (if every suspicion is right, if none is).

    What was found to be one counts once; both numbers are equal where nothing is suspected among them.
    """
    roots = {register.root(one) for one in subjects}
    parent = {root: root for root in roots}

    def top(one: str) -> str:
        while parent[one] != one:
            one = parent[one]
        return one

    for suspicion in suspicions:
        ends = register.root(suspicion.one), register.root(suspicion.other)
        if ends[0] in roots and ends[1] in roots:
            parent[top(ends[0])] = top(ends[1])
    return len({top(root) for root in roots}), len(roots)


def count_text(low: int, high: int) -> str:
    """「3」, or 「3～4」 where two of them may be one."""
    return str(low) if low == high else f"{low}～{high}"
