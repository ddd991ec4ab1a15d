"""Check papers with the very readers of ``/api/v1/standards/evaluate``: what the rulebook cannot read is not filed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from trace.errors import InvalidInput
from trace.problems import Problems
from trace.standards import Rulebook, facts_from_request
from trace.standards.models import BatchFacts

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
Repoint = Callable[[str, str], tuple[str, str]]
NAMES = {
    "celsius": "温度", "at": "时间", "what": "名称", "of": "菜名", "days": "天数", "kind": "种类", "fields": "内容",
    "made_on": "记录日期", "kept_until": "保存到", "number": "编号", "valid_from": "有效期起", "valid_to": "有效期止",
    "used_on": "使用日期", "interval_minutes": "记录间隔（分钟）", "calibration_due": "校验有效期", "min_celsius": "温度下限",
    "max_celsius": "温度上限", "readings": "读数", "edition": "声明的版本", "nutrition_edition": "营养标签声明的版本",
    "audience": "给谁", "shelf_life": "保质期", "allergens": "致敏物质", "claims": "声称", "nutrition": "营养成分表",
    "nutrient": "营养成分", "amount": "含量", "unit": "单位", "nrv": "NRV%", "measured": "实测值", "area_cm2": "最大表面面积",
    "nutrition_exempt": "没有营养标签的理由", "produced_on": "生产日期", "expires_on": "到期日", "lot": "批号",
}  # fmt: skip
"""Members of a request → what a form calls them."""
_MEMBER = re.compile(r"(“[^”]*”)|\b([a-z][a-z0-9_]+)\b")


def understood(
    book: Rulebook,
    members: Mapping[str, Any],
    problems: Problems,
    *,
    today: date | None = None,
    repoint: Repoint = lambda pointer, detail: (pointer, detail),
) -> BatchFacts | None:
    """``members`` of an evaluation request as facts; None with every error in ``problems``.

    ``repoint`` gives an error's pointer and sentence as the form that asked knows them.
    """
    asked = {"product": {"name": "-"}, "produced_on": "2020-01-01"} | dict(members)
    try:
        return facts_from_request(asked, book, today)
    except InvalidInput as wrong:
        for error in wrong.errors:
            pointer, detail = repoint(error.pointer, _called(error.detail))
            problems.add(pointer, error.code, detail, error.detail_en)
    return None


def _called(detail: str) -> str:
    """A reader's sentence with its members called as on the form; what somebody wrote (in quotes) stays as it is."""
    return _MEMBER.sub(lambda found: found[1] or NAMES.get(found[2], found[2]), detail)


def below(prefix: str) -> Repoint:
    """Pointers without the place at which a paper stands in the request."""
    return lambda pointer, detail: (pointer.removeprefix(prefix) or "/", detail)


def impersonal(fields: Mapping[str, Any] | None, at: str, problems: Problems) -> None:
    """Refuse phone and identity numbers of people: what is filed can never be deleted (PIPL)."""
    for name, text in (fields or {}).items():
        if isinstance(text, str) and (_MOBILE.search(text) or _IDENTITY.search(text)):
            where = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
            problems.add(
                where,
                "personal_number",
                f"{name}“{text[:40]}”像个人手机号或身份证号；登记的内容不能删除，请改写单位电话或工号",
                "no personal numbers in the journal",
            )
