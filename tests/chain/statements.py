"""Small makers of statements for tests of the register."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from chain.register.models import FAMILY, LINK, Statement
from trace.context import SHANGHAI

DAY = date(2026, 11, 24)


def noon(day: date) -> int:
    return int(datetime.combine(day, time(12), SHANGHAI).timestamp()) * 1_000_000


class Book:
    """Statements one after another, each with the next ``seq``."""

    def __init__(self) -> None:
        self.said: list[Statement] = []

    def say(
        self,
        kind: str,
        subject: str = "1",
        body: dict[str, Any] | None = None,
        *,
        on: date = DAY,
        data: date | None = None,
        basis: Any = "declared",
        import_id: int | None = None,
        withdraws: int | None = None,
        subject_kind: str = "enterprise",
        source: str = "企业申报",
    ) -> Statement:
        seq = len(self.said) + 1
        made = Statement(
            seq, 1000 + seq, subject_kind, subject, kind, body or {}, data or on, source, basis, noon(on),
            import_id=import_id, withdraws=withdraws,
        )  # fmt: skip
        self.said.append(made)
        return made

    def subject(self, subject: str = "1", name: str = "", **more: Any) -> Statement:
        body = {
            "name": name or f"企业{subject}",
            "code": None,
            "controller": None,
            "inside": True,
            "place": "",
            "fields": {},
        }
        own = {key: more.pop(key) for key in tuple(more) if key in body}
        return self.say("subject", subject, body | own, **more)

    def operates(
        self, subject: str = "1", link: str = "M12", low: str | None = "100", high: str | None = None, unit: str = "吨",
        ended: str | None = None, **more: Any,
    ) -> Statement:  # fmt: skip
        body = {"link": link, "low": low, "high": high or low, "unit": unit, "period": "年", "ended": ended}
        return self.say("operates", subject, body, **more)

    def supplies(self, subject: str, to: str, link: str = "M12", low: str | None = None, **more: Any) -> Statement:
        body = {"to": to, "link": link, "what": "", "low": low, "high": low, "unit": "吨" if low else ""}
        return self.say("supplies", subject, body, **more)

    def survey(self, link: str = "M12", **more: Any) -> Statement:
        return self.say("survey", link, {"where": "走访"}, subject_kind=LINK, **more)

    def need(self, link: str = "M12", low: str = "100", unit: str = "吨", **more: Any) -> Statement:
        return self.say("need", link, {"low": low, "high": low, "unit": unit}, subject_kind=LINK, **more)

    def volume(self, family: str, low: str | None = "100", high: str | None = None, **more: Any) -> Statement:
        body = {"low": low, "high": high or low, "unit": "吨"}
        return self.say("volume", family, body, subject_kind=FAMILY, **more)

    def same(self, one: str, other: str, **more: Any) -> Statement:
        return self.say("same_as", one, {"other": other, "code": "X", "person": "9", "reason": "证照"}, **more)

    def withdraw(self, target: Statement | int, **more: Any) -> Statement:
        given = target if isinstance(target, int) else target.id
        return self.say("withdraw", "x", {"reason": "录错了"}, withdraws=given, **more)
