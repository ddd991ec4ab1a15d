"""The cells that say what failed: split into items as bulletins separate them, each part checked. Pure.

A row whose cells do not come apart cleanly is refused, never repaired: a result in the place of an item, two
items run together, or a limit with the next item's name behind it could otherwise accuse the wrong product.
"""

from __future__ import annotations

import re

from trace.bulletins.models import Failure
from trace.bulletins.refusing import LINE
from trace.bulletins.words import Words
from trace.standards.vocabulary.readings import BadReading, parse_readings
from trace.standards.vocabulary.text import fold

MAX_ITEMS = 50
_NUMBER = r"(?:10\^\d{1,2}|\d+(?:\.\d+)?(?:[eE]\d{1,2}|[×xX*]10\^?\d{1,2})?)"
_PLAN = re.compile(rf"^n=\d+,c=\d+,m=(?:{_NUMBER})(?:/\d+(?:g|mL)(?:\(mL\))?)?(?:,M=(?:{_NUMBER}))?(?P<unit>.*)$")
_ONE = re.compile(rf"^(?P<value>{_NUMBER})(?P<unit>[^\d±~-].*)?$")
_RANGE = re.compile(
    rf"^{_NUMBER}(?P<first>%|[A-Za-zµ%]+(?:/[A-Za-zµ]+)?)?(?:[~〜～至-]|--|—)(?:{_NUMBER})(?P<unit>[^\d±~].*)?$"
)
_TOLERANCE = re.compile(rf"^{_NUMBER}±{_NUMBER}(?P<unit>[^\d].*)?$")
_LETTER = re.compile(r"[A-Za-z\u4e00-\u9fff]")


class BadCell(ValueError):
    """One part of a failed item is wrong: which column it belongs to, the value, a code, a Chinese sentence."""

    def __init__(self, column: str, value: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.column, self.value, self.code = column, value, code


def split_combined(text: str, words: Words) -> list[Failure]:
    """A cell with project, result and limit together. Raises BadCell (column ``failed``)."""
    found: list[Failure] = []
    for line in text.split("\n"):
        if line.strip():
            found += _line(line.strip(), words)
    if not found:
        raise BadCell("failed", text, "required", "没有写不合格项目")
    return found


def _line(line: str, words: Words) -> list[Failure]:
    pieces = [line]
    for separator in words.part_separators:
        if separator in line:
            pieces = [piece.strip() for piece in line.split(separator)]
            break
    if len(pieces) < 3 or len(pieces) % 2 == 0:
        raise BadCell(
            "failed",
            line,
            "not_three_parts",
            f"“{line[:60]}”应写成 项目║检验结果║标准值 三段，现有 {len(pieces)} 段；几个项目请各占一行",
        )
    found = []
    item = pieces[0]
    for at in range(1, len(pieces), 2):
        result, limit, following = pieces[at], pieces[at + 1], ""
        if at + 2 < len(pieces):
            joints = [piece for piece in _split(limit, words.item_separators) if piece]
            if len(joints) != 2:
                raise BadCell(
                    "failed",
                    limit,
                    "joined_items",
                    f"“{limit[:60]}”分不清是上一项的标准值还是下一项，请每个项目各占一行",
                )
            limit, following = joints
        found.append(Failure(item, result, limit))
        item = following
    return found


def split_apart(item: str, result: str, limit: str, words: Words) -> list[Failure]:
    """Three cells, each with one line per item. Raises BadCell where their numbers differ."""
    items = _several(item, words)
    if not items:
        raise BadCell("item", item, "required", "没有写不合格项目")
    if len(items) == 1:
        return [Failure(items[0], result.strip(), limit.strip())]
    split: dict[str, list[str]] = {}
    for column, cell in (("result", result), ("limit", limit)):
        pieces = [piece.strip() for piece in cell.split("\n") if piece.strip()]
        if len(pieces) != len(items):
            pieces = _several(cell, words)
        if len(pieces) != len(items):
            raise BadCell(
                column,
                cell,
                "count_differs",
                f"有 {len(items)} 个项目，这一格却是 {len(pieces)} 段，请每个项目一行、三列行数相同",
            )
        split[column] = pieces
    return [Failure(*parts) for parts in zip(items, split["result"], split["limit"], strict=True)]


def _several(text: str, words: Words) -> list[str]:
    return [p.strip() for line in text.split("\n") for p in _split(line, words.item_separators) if p.strip()]


def _split(text: str, separators: tuple[str, ...]) -> list[str]:
    return [piece.strip() for piece in re.split("|".join(re.escape(one) for one in separators), text)]


def check_failure(failure: Failure, words: Words) -> None:
    """Whether the three parts are what they should be. Raises BadCell for the first that is not."""
    item, result, limit = failure.item, failure.result, failure.limit
    if not item or fold(item).lower() in words.empty:
        raise BadCell("item", item, "required", "没有写项目名称")
    if LINE in item or len(item) > 100:
        raise BadCell("item", item, "not_an_item", f"项目“{item[:60]}”不像一个项目名称，请核对是否错了格")
    if not _LETTER.search(item) or _reads(item) or read_limit(item, words) is not None:
        raise BadCell(
            "item", item, "value_as_item", f"项目一栏写的是“{item[:60]}”，像检验结果或标准值，请核对是否错了格"
        )
    if not result or fold(result).lower() in words.empty:
        raise BadCell("result", result, "required", f"“{item[:40]}”没有写检验结果")
    if not _reads(result):
        raise BadCell(
            "result",
            result,
            "not_a_result",
            f"“{item[:40]}”的检验结果“{result[:60]}”读不懂，请写成 0.33g/100g、<10CFU/g、检出 这样",
        )
    if not limit or fold(limit).lower() in words.empty:
        raise BadCell("limit", limit, "required", f"“{item[:40]}”没有写标准值")
    if read_limit(limit, words) is None:
        raise BadCell(
            "limit",
            limit,
            "not_a_limit",
            f"“{item[:40]}”的标准值“{limit[:60]}”读不懂或混有别的文字，请写成 ≤0.25g/100g、不得使用、n=5,c=2,m=10⁴,M=10⁵CFU/g 这样",
        )


def _reads(text: str) -> bool:
    try:
        parse_readings(text)
    except BadReading:
        return False
    return True


def read_limit(text: str, words: Words) -> str | None:
    """How a limit is written: sentence, plan, range, tolerance, at_most, at_least; None where it is no limit."""
    if LINE in text or "\n" in text:
        return None
    key = fold(text)
    known = words.limits
    bare = key.removesuffix(_amount(key))
    if key in known.sentences or bare in known.sentences:
        return "sentence"
    kind = ""
    for name, signs in (("at_most", known.at_most), ("at_least", known.at_least)):
        sign = next((one for one in signs if key.startswith(one)), "")
        if sign:
            kind, key = name, key[len(sign) :]
            break
    for shape, pattern in (("plan", _PLAN), ("tolerance", _TOLERANCE), ("range", _RANGE), ("", _ONE)):
        found = pattern.match(key)
        if found and _is_unit(found["unit"] or "", words):
            return shape or kind or "at_most"
    return None


def _amount(key: str) -> str:
    """What a sentence may carry behind it: /25g, /50cm2."""
    found = re.search(r"(?:/\d+(?:g|mL|cm(?:\^?2)?)(?:\(mL\))?|\([^()]{1,20}\))$", key)
    return found.group() if found else ""


def _is_unit(text: str, words: Words) -> bool:
    for word in words.limits.unit_words:
        text = text.replace(word, "")
    return re.fullmatch(r"[A-Za-zµ%℃°/()·^\d]*", text) is not None and not text.startswith("/")
