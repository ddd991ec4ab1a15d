"""Read ``seeds/standards/``: check every field, say in Chinese which file, clause and field is wrong, compile."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from trace.standards import clauses as words
from trace.standards.book import Rulebook
from trace.standards.clauses import Clause, Owed, Plan, Standard
from trace.standards.requests.terms import TERM_FIELDS, read_terms
from trace.standards.vocabulary.categories import Categories, UnknownCategory, build_categories
from trace.standards.vocabulary.dictionary import Dictionary, build_dictionary
from trace.standards.vocabulary.readings import BadReading, parse_number
from trace.standards.vocabulary.text import fold
from trace.standards.vocabulary.units import Units, build_units

SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "standards"
"""Beside the package, in the repository and in an installed wheel alike."""

NOT_STANDARDS = frozenset({"categories.yaml", "placing.yaml", "parameters.yaml", "units.yaml", "book.yaml"})

_STANDARD_FIELDS = {
    "standard", "edition", "name", "issued", "effective_from", "effective_to", "replaces", "source", "confidence",
    "note", "defaults", "sections", "clauses", "voluntary_from",
}  # fmt: skip
_CLAUSE_FIELDS = {
    "id", "kind", "clause", "title", "foods", "types", "not_types", "ready_to_eat", "prepackaged", "storage", "processing",
    "not_processing", "strict", "stricter", "stages",
    "sc_categories", "makers", "parameter", "max", "min", "absent", "plan", "unknown", "unit", "basis", "evidence",
    "owed", "methods", "source", "confidence", "note", "to_close", "check", "rule", "documents", "fields", "words",
    "parameters", "days", "retention", "total", "dries",
} | TERM_FIELDS  # fmt: skip
_STORAGE = ("常温", "冷藏", "冷冻")


class BookError(ValueError):
    """The rulebook is wrong; ``problems`` are Chinese lines naming file, clause and field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("规则库有误：\n" + "\n".join(problems))
        self.problems = problems


class _TextLoader(yaml.CSafeLoader):
    """YAML in which only true/false/null are special: 0.10 stays the text an expert wrote."""


_TextLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null")]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str, file: str) -> Any:
    """One seed file as data. Raises BookError with the line when it is not YAML."""
    try:
        return yaml.load(text, _TextLoader)  # noqa: S506 - a safe loader with fewer types than SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BookError([f"{file} 第 {line} 行：不是合法的 YAML（{error.problem}）"]) from error


@dataclass
class _Reader:
    """Collects problems while one standard is read, so that an expert sees them all at once."""

    file: str
    categories: Categories
    dictionary: Dictionary
    units: Units
    problems: list[str]
    where: str = ""

    def wrong(self, field: str, why: str) -> None:
        self.problems.append(f"{self.file}{self.where}：字段 {field} {why}")

    def choice(self, row: Mapping[str, Any], field: str, allowed: Any, default: str = "") -> str:
        value = row.get(field, default)
        if value not in allowed:
            self.wrong(field, f"“{value}”不在可选值 {'、'.join(map(str, allowed))} 之内")
            return default
        return str(value)

    def several(self, row: Mapping[str, Any], field: str, allowed: Any = None) -> tuple[str, ...]:
        value = row.get(field) or ()
        if not isinstance(value, list | tuple):
            self.wrong(field, "应为列表，例如 [甲, 乙]")
            return ()
        for one in value:
            if allowed is not None and one not in allowed:
                self.wrong(field, f"“{one}”不在可选值 {'、'.join(map(str, allowed))} 之内")
        return tuple(str(one) for one in value)

    def flag(self, row: Mapping[str, Any], field: str) -> bool | None:
        value = row.get(field)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(field, "应为 true 或 false")
        return None

    def day(self, row: Mapping[str, Any], field: str, *, required: bool = False) -> date | None:
        value = row.get(field)
        if value in (None, ""):
            if required:
                self.wrong(field, "缺少日期")
            return None
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.wrong(field, f"“{value}”不是日期（应为 年-月-日）")
            return None

    def number(self, row: Mapping[str, Any], field: str) -> Decimal | None:
        value = row.get(field)
        if value is None:
            return None
        try:
            return parse_number(str(value))
        except BadReading:
            self.wrong(field, f"“{value}”不是一个数")
            return None

    def plan(self, row: Mapping[str, Any], unit: str) -> Plan | None:
        given = row.get("plan")
        if given is None:
            return None
        if not isinstance(given, dict) or not {"n", "c", "m"} <= set(given) <= {"n", "c", "m", "M"}:
            self.wrong("plan", "应写成 {n: 件数, c: 允许件数, m: 值, M: 值}，M 可不写（二级采样）")
            return None
        try:
            n, c = int(given["n"]), int(given["c"])
        except (TypeError, ValueError):
            self.wrong("plan", "n、c 应为整数")
            return None
        m_text = fold(str(given["m"]))
        absent = bool(re.fullmatch(r"0/\d+(g|mL|g\(mL\)|cm2)", m_text))
        m = Decimal(0) if absent else self.number({"m": given["m"]}, "m")
        upper = self.number(given, "M")
        if m is None or n < 1 or not 0 <= c < n or (upper is not None and upper < m):
            self.wrong("plan", "数值不成立：须 n≥1、0≤c<n、M≥m")
            return None
        text = f"n={n}, c={c}, m={given['m']}" + (f", M={given['M']}" if upper is not None else "")
        return Plan(n, c, m, upper, absent, text + ("" if absent or not unit else f" {unit}"))

    def owed(self, row: Mapping[str, Any]) -> tuple[Owed, ...]:
        made = []
        for one in row.get("owed") or ():
            if not isinstance(one, dict):
                self.wrong("owed", "每项应写成 {duty: 义务, level: required 或 if_measured}")
                continue
            duty = self.choice(one, "duty", words.DUTIES)
            level = self.choice(one, "level", words.LEVELS)
            makers = self.several(one, "makers", words.MAKERS.values())
            made.append(
                Owed(duty, level, makers, one.get("source", ""), one.get("confidence", ""), one.get("note", ""))
            )
        return tuple(made)

    def clause(self, row: Mapping[str, Any], standard: Mapping[str, Any], label: str) -> Clause | None:
        self.where = f" 条款 {row.get('id', '（没有编号）')}"
        for field in sorted(set(row) - _CLAUSE_FIELDS):
            self.wrong(field, "不认识这个字段")
        for field in ("id", "clause"):
            if not row.get(field):
                self.wrong(field, "不能缺")
        kind = self.choice(row, "kind", words.KINDS)
        foods = None
        if row.get("foods"):
            try:
                foods = self.categories.parse(row["foods"])
            except UnknownCategory as error:
                self.wrong("foods", f"“{row['foods']}”里的“{error}”不在类别树 categories.yaml 中")
            if foods == 0:
                self.wrong("foods", f"“{row['foods']}”除外之后什么也不剩")
        parameter_name = str(row.get("parameter") or "")
        named = self.dictionary.find(parameter_name)
        judged = kind in words.JUDGING
        if judged and named.parameter is None:
            self.wrong("parameter", f"“{parameter_name}”不在检验项目词典 parameters.yaml 中")
        unit_text = str(row.get("unit") or "")
        unit = self.units.find(unit_text) if unit_text else None
        if unit_text and unit is None:
            self.wrong("unit", f"“{unit_text}”不在单位表 units.yaml 中")
        maximum, minimum = self.number(row, "max"), self.number(row, "min")
        absent, unknown = bool(self.flag(row, "absent")), bool(self.flag(row, "unknown"))
        plan = self.plan(row, unit_text)
        if judged:
            stated = [maximum is not None or minimum is not None, absent, plan is not None, unknown]
            if sum(stated) != 1:
                self.wrong("max/min/absent/plan/unknown", "须写且只写一种限量；不知道就写 unknown: true")
            if (maximum is not None or minimum is not None) and unit is None:
                self.wrong("unit", "有限量值就要有单位")
            if kind == "sampling" and not (plan or unknown):
                self.wrong("plan", "采样方案类条款要写 plan")
        for field in ("types", "not_types"):
            for kind_name in self.several(row, field):
                if kind_name not in self.categories.kinds:
                    self.wrong(field, f"“{kind_name}”不在 categories.yaml 的 kinds 中")
        try:
            days = int(row.get("days", 0))
        except (TypeError, ValueError):
            days = 0
            self.wrong("days", "应为整数天")
        from_day, to_day = self.day(standard, "effective_from"), self.day(standard, "effective_to")
        terms = read_terms(row, kind, self.wrong)
        parameters = self.several(row, "parameters")
        if kind == "ratio":
            parameters = tuple(self.parameter("parameters", name) for name in parameters)
        return Clause(
            id=str(row.get("id", "")),
            standard=label,
            edition=str(standard.get("edition", "")),
            clause=str(row.get("clause", "")),
            kind=kind,
            title=str(row.get("title") or ""),
            foods=foods,
            foods_text=str(row.get("foods") or ""),
            types=self.several(row, "types"),
            not_types=self.several(row, "not_types"),
            ready_to_eat=self.flag(row, "ready_to_eat"),
            prepackaged=self.flag(row, "prepackaged"),
            storage=self.several(row, "storage", _STORAGE),
            processing=self.several(row, "processing", self.categories.traits),
            not_processing=self.several(row, "not_processing", self.categories.traits),
            stages=self.several(row, "stages", words.STAGES),
            sc_categories=self.several(row, "sc_categories"),
            makers=self.several(row, "makers", words.MAKERS.values()),
            parameter=named.parameter.id if named.parameter else "",
            parameter_name=named.parameter.name if named.parameter else parameter_name,
            unit=unit,
            maximum=maximum,
            minimum=minimum,
            strict=bool(self.flag(row, "strict")),
            stricter=str(row.get("stricter") or ""),
            absent=absent or bool(plan and plan.absent and plan.c == 0 and plan.upper is None and kind == "prohibited"),
            plan=plan,
            unknown=unknown,
            limit_text=_limit_text(row, plan, unit_text, absent=absent, unknown=unknown),
            basis=str(row.get("basis") or ""),
            evidence=self.several(row, "evidence", words.EVIDENCE),
            owed=self.owed(row),
            methods=self.several(row, "methods"),
            source=self.choice(row, "source", words.SOURCES),
            confidence=self.choice(row, "confidence", words.CONFIDENCES),
            note=str(row.get("note") or ""),
            to_close=str(row.get("to_close") or ""),
            check=str(row.get("check") or ""),
            rule=str(row.get("rule") or ""),
            documents=self.several(row, "documents"),
            fields=self.several(row, "fields"),
            words=self.several(row, "words"),
            parameters=parameters,
            days=days,
            retention=str(row.get("retention") or ""),
            effective_from=from_day or date.min,
            effective_to=to_day,
            voluntary_from=self.day(standard, "voluntary_from"),
            total=self.parameter("total", str(row["total"])) if row.get("total") else "",
            dries=bool(self.flag(row, "dries")),
            terms=terms,
        )

    def parameter(self, field: str, name: str) -> str:
        """The id of a parameter of the dictionary; "" (and a problem) when it lacks the name."""
        found = self.dictionary.find(name).parameter
        if found is None:
            self.wrong(field, f"“{name}”不在检验项目词典 parameters.yaml 中")
        return found.id if found else ""

    def standard(self, data: Any) -> Standard | None:
        self.where = ""
        if not isinstance(data, dict):
            self.problems.append(f"{self.file}：应为一个标准（standard、edition、clauses……）")
            return None
        for field in sorted(set(data) - _STANDARD_FIELDS):
            self.wrong(field, "不认识这个字段")
        for field in ("standard", "edition", "name"):
            if not data.get(field):
                self.wrong(field, "不能缺")
        begins = self.day(data, "effective_from", required=True)
        ends = self.day(data, "effective_to")
        if begins and ends and ends < begins:
            self.wrong("effective_to", "早于 effective_from")
        source = self.choice(data, "source", words.SOURCES)
        confidence = self.choice(data, "confidence", words.CONFIDENCES)
        number, edition = str(data.get("standard", "")), str(data.get("edition", ""))
        shell = Standard(
            number, edition, str(data.get("name", "")), begins or date.min, ends, self.day(data, "issued"),
            str(data.get("replaces") or ""), source, confidence, str(data.get("note") or ""), self.file, (),
        )  # fmt: skip
        base = {"source": source, "confidence": confidence, **(data.get("defaults") or {})}
        rows: list[Mapping[str, Any]] = [{**base, **row} for row in data.get("clauses") or ()]
        for section in data.get("sections") or ():
            shared = {key: value for key, value in section.items() if key != "clauses"}
            rows += [{**base, **shared, **row} for row in section.get("clauses") or ()]
        if not rows:
            self.wrong("clauses", "至少要有一条")
        made = [self.clause(row, data, shell.label) for row in rows]
        self.where = ""
        return Standard(
            number, edition, shell.name, shell.effective_from, ends, shell.issued, shell.replaces, source, confidence,
            shell.note, self.file, tuple(clause for clause in made if clause), self.day(data, "voluntary_from"),
        )  # fmt: skip


def _limit_text(row: Mapping[str, Any], plan: Plan | None, unit: str, *, absent: bool, unknown: bool) -> str:
    basis = f"（{row['basis']}）" if row.get("basis") else ""
    if unknown:
        return "未知（待核）"
    if plan is not None:
        return plan.text
    if absent:
        return "不得检出"
    parts = []
    if row.get("min") is not None:
        parts.append(f"≥{row['min']}")
    if row.get("max") is not None:
        parts.append(f"{'<' if row.get('strict') else '≤'}{row['max']}")
    return (" 且 ".join(parts) + f" {unit}{basis}").strip() if parts else ""


def load_texts(texts: Mapping[str, str]) -> Rulebook:
    """Compile a rulebook from file name → text. Raises BookError listing every problem found."""
    for needed in sorted(NOT_STANDARDS - set(texts)):
        raise BookError([f"{needed}：缺少这个文件"])
    data = {name: read_yaml(text, name) for name, text in texts.items()}
    try:
        units = build_units(data["units.yaml"])
        dictionary = build_dictionary(data["parameters.yaml"])
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise BookError([f"units.yaml 或 parameters.yaml：结构有误（{error!r}）"]) from error
    try:
        categories = build_categories(data["categories.yaml"] | data["placing.yaml"])
    except UnknownCategory as error:
        raise BookError([f"categories.yaml 或 placing.yaml：“{error}”不在类别树中"]) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BookError([f"categories.yaml 或 placing.yaml：结构有误（{error!r}）"]) from error
    problems: list[str] = []
    for parameter in dictionary.parameters:
        problems += [
            f"parameters.yaml 项目 {parameter.name}：字段 units “{unit}”不在单位表 units.yaml 中"
            for unit in parameter.units
            if units.find(unit) is None
        ]
    standards: list[Standard] = []
    seen: dict[str, str] = {}
    for name in sorted(set(data) - NOT_STANDARDS):
        made = _Reader(name, categories, dictionary, units, problems).standard(data[name])
        if made is None:
            continue
        standards.append(made)
        for clause in made.clauses:
            if clause.id in seen:
                problems.append(f"{name} 条款 {clause.id}：字段 id 与 {seen[clause.id]} 中的重复")
            seen[clause.id] = name
    problems += _overlapping(standards)
    if problems:
        raise BookError(problems)
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(name.encode() + b"\0" + texts[name].encode() + b"\0")
    number = str(data["book.yaml"]["number"])
    return Rulebook(tuple(standards), categories, dictionary, units, number, "sha256:" + digest.hexdigest())


def _overlapping(standards: list[Standard]) -> list[str]:
    """Two editions of one standard must not be in force on the same day."""
    problems = []
    ordered = sorted(standards, key=lambda one: (one.number, one.effective_from))
    for before, after in itertools.pairwise(ordered):
        if before.number == after.number and (
            before.effective_to is None or before.effective_to >= after.effective_from
        ):
            problems.append(
                f"{before.file}：字段 effective_to 与 {after.file} 的 effective_from 重叠，同一天只能有一版"
            )
    return problems


def load_folder(folder: Path) -> Rulebook:
    """Compile every ``*.yaml`` of a folder."""
    return load_texts({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))})


@lru_cache(maxsize=1)
def load_book() -> Rulebook:
    """The rulebook the product ships with, compiled once per process."""
    return load_folder(SEEDS)
