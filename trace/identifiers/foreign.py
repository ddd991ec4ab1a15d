"""Codes that other systems issue and people scan in: kept as they are, as aliases of our lots.

How 渝溯源, certificate and quarantine numbers are built is not published, so nothing is read out of
them: a scheme is recognised only where the text itself names it (or the person chose it), and the
value is stored as text (facts: identifiers-and-systems, section 16).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from trace.errors import InvalidInput

MAX_LENGTH = 2048


class Scheme(StrEnum):
    """Who issued a foreign code."""

    YUSUYUAN = "yusuyuan"
    COMMITMENT = "commitment_certificate"
    QUARANTINE = "animal_quarantine"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The name people know it by."""
        return _LABELS[self]


_LABELS = {
    Scheme.YUSUYUAN: "渝溯源",
    Scheme.COMMITMENT: "承诺达标合格证",
    Scheme.QUARANTINE: "动物检疫合格证明",
    Scheme.OTHER: "其他编码",
}

# Longest first: 动物检疫合格证明 contains 合格证.
_NAMED = (
    (Scheme.QUARANTINE, re.compile(r"(动物|产品)?检疫(合格)?证(明|号)?")),
    (Scheme.YUSUYUAN, re.compile(r"渝溯源码?")),
    (Scheme.COMMITMENT, re.compile(r"(食用)?农产品(质量安全)?承诺达标合格证|承诺达标(合格证)?|合格证")),
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_LEADING_NAME = r"^\W*{name}\s*(?:编号|证号|号码|号|码)?\s*[:：\-—]?\s*"


@dataclass(frozen=True, slots=True)
class ForeignCode:
    """A foreign code as an alias: unique on (``scheme``, ``value``); ``value`` is text, never parsed further."""

    scheme: Scheme
    value: str


def recognise(text: str, scheme: Scheme | None = None) -> ForeignCode:
    """A scanned or typed foreign code in the spelling under which it is kept.

    ``scheme`` is what the person chose on the form and wins; without it the text decides where it
    names the scheme ("动物检疫合格证明 编号：No 500…"), else it is ``OTHER``. An address is kept
    verbatim but for blanks around it; a number loses its name, blanks and full-width forms.
    """
    value = text.strip()
    if len(value) > MAX_LENGTH:  # before any pattern runs over it
        raise _unreadable()
    found, pattern = next(((s, p) for s, p in _NAMED if p.search(value)), (Scheme.OTHER, None))
    if not _ADDRESS.match(value):
        value = _settled(value, pattern)
    if not value:
        raise InvalidInput.of("/code", "foreign_code_empty", "编码不能为空", "The code is empty")
    if len(value) > MAX_LENGTH or any(unicodedata.category(c) in ("Cs", "Cc") for c in value):
        raise _unreadable()
    return ForeignCode(scheme or found, value)


def _settled(value: str, name: re.Pattern[str] | None) -> str:
    """A number without its name, blanks and full-width forms; repeated until nothing changes.

    Once is not enough: taking out a blank can join two characters that have a composed form.
    """
    while True:
        before = value
        value = re.sub(r"\s+", "", unicodedata.normalize("NFKC", value))
        if name is not None:
            value = re.sub(_LEADING_NAME.format(name=f"(?:{name.pattern})"), "", value) or value
        if value == before:
            return value


def _unreadable() -> InvalidInput:
    return InvalidInput.of(
        "/code", "foreign_code_unreadable", f"编码无法保存：超过 {MAX_LENGTH} 个字符或含控制字符，请重新扫描",
        f"The code is longer than {MAX_LENGTH} characters or holds control characters",
    )  # fmt: skip
