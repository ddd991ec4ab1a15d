"""``python -m bench.announcements FILE``: what our engine says of announced failures, by category.

Every sample of the file was found not in conformity by a laboratory, so a pass is a fault of ours. Pure but for
reading the file; ``figures`` is what tests ask.
"""

from __future__ import annotations

import service  # noqa: F401  isort: skip - first: makes ``import trace`` ours

import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trace.bulletins.files import read_file
from trace.bulletins.judging import ItemJudgement, judge
from trace.bulletins.models import AGREE, SURVEILLANCE, Defaults, Reading
from trace.bulletins.prior import wide
from trace.bulletins.reading import read_samples, settle_mapping
from trace.bulletins.words import load_words
from trace.standards import Rulebook, load_book
from trace.standards.models import FAIL, PASS


@dataclass
class Line:
    """One category's counts; items are announced failures, a sample may have several."""

    samples: int = 0
    items: int = 0
    covered: int = 0
    fail: int = 0
    covered_fail: int = 0
    review: int = 0
    passed: int = 0

    def add(self, other: Line) -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Figures:
    """The table, why things need review, what was refused, and every item we do not call a failure where covered."""

    rulebook: str
    rows: int
    refused: list[str] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    @property
    def total(self) -> Line:
        whole = Line()
        for line in self.lines.values():
            whole.add(line)
        return whole


def reading_of(path: Path, task: str = SURVEILLANCE, bulletin: str = "未写公告号") -> Reading:
    """The file as samples; what rows do not say themselves is filled with the defaults."""
    words = load_words()
    table = read_file(path.name, path.read_bytes(), words)
    return read_samples(table, settle_mapping(table, {}, words), words, Defaults(bulletin=bulletin, task=task))


def figures(reading: Reading, book: Rulebook) -> Figures:
    """Judge every sample and count. A covered item is one that a clause with a known limit was compared with."""
    made = Figures(book.version, len(reading.table.rows))
    made.refused = [f"第 {error.row} 行 {error.column}：{error.detail}" for error in reading.errors]
    for sample in reading.samples:
        line = made.lines.setdefault(wide(sample.category) or "（未写分类）", Line())
        line.samples += 1
        for item in judge(sample, book).items:
            line.items += 1
            line.covered += item.covered
            line.fail += item.status == FAIL
            line.covered_fail += item.covered and item.status == FAIL
            line.passed += item.status == PASS
            if item.outcome != AGREE:
                line.review += item.status != PASS
                made.reasons[reason_kind(item)] += 1
            if item.status == PASS or (item.covered and item.status != FAIL):
                made.disagreements.append(
                    f"第 {sample.row_number} 行 {sample.food}（{sample.category}，{sample.produced_on or '无日期'}）"
                    f"{item.item} {item.result}，公告 {item.announced_limit}：{item.status} {item.reason}"
                )
    return made


def reason_kind(item: ItemJudgement) -> str:
    """A reason without the names and figures of its sample, so that like reasons are counted together."""
    text = item.reason.replace(item.item, "").replace(item.result, "")
    text = re.sub(r"“[^”]*”", "“…”", text)
    head, colon, rest = text.partition("：")
    return (rest if colon and rest else head).strip()[:60]


def table(made: Figures) -> list[str]:
    """The figures as lines of text."""
    head = ("大类", "样品", "项目", "有条款", "比对不符合", "其中有条款", "需人工核对", "比对符合")
    lines = [
        f"规则库 {made.rulebook}；文件 {made.rows} 行，读入 {made.total.samples} 个样品，退回 {len(made.refused)} 处"
    ]
    lines.append(" | ".join(head))
    whole = made.total
    ordered = sorted(made.lines.items(), key=lambda pair: (-pair[1].samples, pair[0]))
    for name, one in [*ordered, ("合计", whole)]:
        counts = (one.samples, one.items, one.covered, one.fail, one.covered_fail, one.review, one.passed)
        lines.append(" | ".join((name, *map(str, counts))))
    share = whole.covered_fail / whole.covered if whole.covered else 0
    lines.append(f"有条款的项目里比对不符合 {share:.1%}（目标 ≥ 95 %）；比对符合 {whole.passed}（必须为 0）")
    for title, entries in (
        ("需人工核对的理由", [f"{count} × {reason}" for reason, count in made.reasons.most_common()]),
        ("与公告不一致，或有条款而不能判不符合", made.disagreements),
        ("退回的行", made.refused),
    ):
        lines.append(f"{title}：{len(entries)}")
        lines += [f"  {entry}" for entry in entries]
    return lines


def main(arguments: Sequence[str]) -> int:
    """Print the table of one file; 1 where anything was judged a pass."""
    if len(arguments) != 1:
        sys.stderr.write("用法：python -m bench.announcements 文件（.xlsx、.xls、.csv、.json）\n")
        return 2
    made = figures(reading_of(Path(arguments[0])), load_book())
    sys.stdout.write("\n".join(table(made)) + "\n")
    return 1 if made.total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
