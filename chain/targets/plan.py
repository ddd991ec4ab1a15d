"""The enterprises that the plan names as targets, as statements of the register. Pure.

The plan gives a name and that it is to settle here by 2027; the links are the team's choice and say so. No capacity.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from chain.models import Link
from chain.register.rules import Checked
from chain.seedrows import parse, read_text

FILE = "chain/plan_targets.yaml"
MARK = "方案点名"


@dataclass(frozen=True, slots=True)
class PlanTargetName:
    """What the plan says of one of them (name, section, words, target) and the links the team chose."""

    name: str
    section: str
    quote: str
    target: str
    links: tuple[str, ...]
    source: str
    day: date


def load_plan_targets(links: Iterable[Link]) -> tuple[PlanTargetName, ...]:
    return parse_plan_targets(read_text(FILE), {link.id for link in links})


def parse_plan_targets(text: str, known: Collection[str], file: str = FILE) -> tuple[PlanTargetName, ...]:
    """Raises SeedError for a link that is not in the dictionary or a name that stands twice."""
    top = parse(file, text)
    top.text("basis")
    day, source, target = top.day("date"), top.text("source"), top.text("target")
    found: list[PlanTargetName] = []
    for row in top.rows("targets", "name"):
        name, chosen = row.text("name"), row.texts("links")
        for link in chosen:
            if link not in known:
                raise row.fail("links", f"没有环节「{link}」")
        if any(one.name == name for one in found):
            raise row.fail("name", f"「{name}」重复")
        found.append(PlanTargetName(name, row.text("section"), row.text("quote"), target, chosen, source, day))
        row.done()
    top.done()
    return tuple(found)


def plan_statements(
    named: Iterable[PlanTargetName], new_id: Callable[[], int]
) -> tuple[list[tuple[int, str]], list[Checked]]:
    """New subjects (id, kind) and what is said of them."""
    subjects: list[tuple[int, str]] = []
    said: list[Checked] = []
    for one in named:
        key = new_id()
        subjects.append((key, "candidate"))
        body = {
            "name": one.name, "code": None, "controller": None, "inside": False, "place": "",
            "fields": {MARK: f"{one.section}：{one.target}"},
        }  # fmt: skip
        said.append(Checked("candidate", str(key), "subject", body, one.day, one.source, "planned"))
        for link in one.links:
            wish = {
                "link": link, "low": None, "high": None, "unit": "", "note": f"{MARK}；环节为团队拟定",
            }  # fmt: skip
            said.append(Checked("candidate", str(key), "candidate_for", wish, one.day, one.source, "planned", link))
    return subjects, said
