"""Pure rules: what a chain of custody lacks, whether an order is late, which photos are photos, what a certificate number is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from trace.inspections.models import CLOSED, HANDED, RECEIVED, SEALS, STEPS, TAKEN, Link

_CERTIFICATE = re.compile(r"[0-9A-Za-z一-鿿（）()\-－—]{4,30}")
_PHOTOS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def custody_faults(links: Sequence[Link]) -> list[str]:
    """What is missing or broken in the way from the sample's taking to the laboratory; [] where the chain is whole.

    ``links`` in the order in which they were recorded.
    """
    found = []
    steps = [one.step for one in links]
    if TAKEN not in steps:
        found.append("没有抽取记录")
    if RECEIVED in steps and HANDED not in steps:
        found.append("检验机构接收前没有移交记录")
    if RECEIVED not in steps:
        found.append("还没有检验机构的接收记录")
    for before, after in pairwise(links):
        if after.at < before.at:
            found.append(f"{STEPS[after.step]}早于{STEPS[before.step]}")
    for one in links:
        if one.seal == "broken":
            found.append(f"{STEPS[one.step]}时封条破损")
        elif one.seal == "unknown":
            found.append(f"{STEPS[one.step]}时没有查看封条（{SEALS['unknown']}）")
    return list(dict.fromkeys(found))


def next_steps(links: Sequence[Link]) -> tuple[str, ...]:
    """Which steps may be recorded now: further hand-overs until the laboratory has it."""
    return () if any(one.step == RECEIVED for one in links) else (HANDED, RECEIVED)


def lateness(state: str, deadline: str, recheck_on: str, reported: bool, today: date) -> str:
    """What is overdue about an order, in words; '' where nothing is."""
    if state == CLOSED:
        return ""
    if recheck_on < today.isoformat():
        return f"复查已逾期 {(today - date.fromisoformat(recheck_on)).days} 天"
    if deadline < today.isoformat() and not reported:
        return f"改正期限已过 {(today - date.fromisoformat(deadline)).days} 天，企业没有报告"
    return ""


def is_photo(content: bytes) -> bool:
    """Whether the bytes begin as JPEG, PNG or WebP do."""
    return content.startswith(_PHOTOS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def is_certificate(text: str) -> bool:
    """Whether a text can be the number of an officer's certificate (执法证号)."""
    return _CERTIFICATE.fullmatch(text) is not None


def degrees(text: str, most: int) -> str | None:
    """A decimal degree within ±``most`` as written, '' for none; None where it is not one."""
    plain = text.strip()
    if not plain:
        return ""
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    return plain if value.is_finite() and abs(value) <= most and len(plain) <= 20 else None
