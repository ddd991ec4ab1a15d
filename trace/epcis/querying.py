"""The EPCIS query language of ``GET /epcis/events``: parameters by name to what is asked of the record. Pure.

Unknown, doubled or contradictory parameters are refused by name; nothing is read over. Source: EPCIS 2.0, section
8.2.7.1 (SimpleEventQuery) and 12 (REST binding: several values are separated by ``|``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from trace.epcis import vocabulary
from trace.epcis.contexts import BUILT_IN
from trace.epcis.fields import indexed, millionths, named
from trace.epcis.values import is_uri, micros
from trace.errors import FieldError
from trace.identifiers.models import GS1_ROOT

PER_PAGE = 30
MOST_PER_PAGE = 1000
MOST_VALUES = 500
MOST_PATTERNS = 50
MOST_NAMESPACES = 50
"""Namespaces that a prefix may stand for before the caller must say which it means."""
LATEST = 2**62

_TYPES_SPLIT = re.compile(r"(EQ|EXISTS|GT|GE|LT|LE)_(INNER_)?(ILMD_)?(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A URI to match whole (``uri``), or pieces with anything between; ``\\0`` in a piece is one digit."""

    uri: str = ""
    pieces: tuple[str, ...] = ()

    @property
    def any_end(self) -> bool:
        return bool(self.pieces)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column of the event has one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """A time column lies from ``least`` on and before ``below``, in µs UTC."""

    column: str
    least: int | None = None
    below: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The event names one of the patterns in one of the roles: (role, whether in a quantity list)."""

    roles: tuple[tuple[str, bool], ...]
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class FieldTest:
    """A field of one of the names is (not) there, has one of the values, or compares with a number in millionths."""

    names: tuple[str, ...]
    values: tuple[str, ...] = ()
    number: tuple[str, int] | None = None
    present: bool = True


Asked = OneOf | Ends | Named | FieldTest


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks for. ``after`` is the order key and row id of the last event of the page before."""

    asked: tuple[Asked, ...] = ()
    order_by: str = "recordTime"
    descending: bool = False
    per_page: int = PER_PAGE
    count_limit: int | None = None
    max_count: int | None = None
    after: tuple[int, int] | None = None
    taken: int = 0

    @property
    def most(self) -> int:
        """Events of this page at most."""
        return self.per_page if self.count_limit is None else min(self.per_page, self.count_limit - self.taken)


@dataclass(slots=True)
class Reader:
    """Reads parameters; what is wrong goes to ``faults`` with the parameter's name as pointer.

    ``canonical`` maps any form of an identifier to the stored URI, ``namespaces`` a prefix to what it may stand for.
    """

    canonical: Callable[[str], str]
    namespaces: Callable[[str], Sequence[str]]
    faults: list[FieldError] = field(default_factory=list)

    def wrong(self, name: str, code: str, detail: str, detail_en: str) -> None:
        self.faults.append(FieldError(f"/{name}", code, detail, detail_en))

    def read(self, given: Sequence[tuple[str, str]]) -> Query:
        """(name, value) pairs of the query string as a Query; look at ``faults`` before using it."""
        values: dict[str, list[str]] = {}
        for name, text in given:
            values.setdefault(name, []).extend(text.split("|"))
        asked: list[Asked] = []
        times: dict[str, dict[str, int]] = {}
        plain: dict[str, str] = {}
        for name, texts in values.items():
            if name in _CONTROLS or name in _TIMES:
                if len(texts) > 1 or not texts[0]:
                    self.wrong(name, "single", f"{name} 只能给一个值", "one value only")
                    continue
            elif any(not text for text in texts) and not name.startswith("EXISTS_"):
                self.wrong(name, "empty", f"{name} 没有值", "a value is missing")
                continue
            elif len(texts) > MOST_VALUES:
                self.wrong(name, "too_many", f"{name} 最多 {MOST_VALUES} 个值", f"at most {MOST_VALUES} values")
                continue
            if name in _CONTROLS:
                plain[name] = texts[0]
            elif name in _TIMES:
                self._time(name, texts[0], times)
            else:
                one = self._test(name, texts)
                if one is not None:
                    asked.append(one)
        for column, ends in times.items():
            if "GE" in ends and "LT" in ends and ends["GE"] >= ends["LT"]:
                self.wrong(
                    f"LT_{column}", "contradiction", f"{column} 的起点不早于终点，查不到任何事件", "empty interval"
                )
            asked.append(Ends(column, ends.get("GE"), ends.get("LT")))
        return self._controls(plain, tuple(asked))

    def narrowed(self, query: Query, name: str, value: str) -> Query:
        """The query narrowed by a resource's own value; ``MATCH_anyEPC`` there means a class too."""
        found = self._test(name, [value])
        if isinstance(found, Named):
            classes = self._match("MATCH_anyEPCClass", [value])
            more = classes.roles if isinstance(classes, Named) else ()
            found = Named((*found.roles, *more), found.patterns)
        return query if found is None else replace(query, asked=(*query.asked, found))

    def _time(self, name: str, text: str, times: dict[str, dict[str, int]]) -> None:
        comparison, column = name.split("_", 1)
        at = micros(text.replace(" ", "+"))
        if at is None:
            why = f"{name}“{text[:60]}”不是带时区的时间，请写成 2026-11-25T00:00:00Z"
            self.wrong(name, "time", why, "a time with zone is needed")
            return
        times.setdefault(column, {})[comparison] = at

    def _test(self, name: str, texts: list[str]) -> Asked | None:
        if name == "eventType":
            return self._words("eventType", texts, lambda one: one in vocabulary.EVENT_TYPES or is_uri(one), name)
        if name == "EQ_action":
            return self._words("action", texts, lambda one: one in vocabulary.ACTIONS, name)
        if name in ("EQ_bizStep", "EQ_disposition"):
            known = vocabulary.BIZ_STEPS if name == "EQ_bizStep" else vocabulary.DISPOSITIONS
            bare = [vocabulary.bare(one) for one in texts]
            return self._words(name[3:], bare, lambda one: one in known or is_uri(one), name)
        if name == "EQ_eventID":
            return OneOf("eventID", tuple(texts))
        if name.startswith("MATCH_"):
            return self._match(name, texts)
        if name in ("EQ_readPoint", "EQ_bizLocation"):
            return FieldTest((name[3:],), tuple(indexed(self.canonical(one)) for one in texts))
        if name == "EQ_transformationID":
            return FieldTest((name[3:],), tuple(indexed(one) for one in texts))
        if name in _WORDS:
            shown = [vocabulary.bare(one) for one in texts]
            if not self._known(name, shown, _WORDS[name]):
                return None
            return FieldTest((f"sensor_{name[3:]}" if name in _SENSOR_TESTS else name[3:],), tuple(shown))
        if name == "EQ_correctiveEventID":
            return FieldTest((name[3:],), tuple(indexed(one) for one in texts))
        if name == "EXISTS_errorDeclaration":
            return OneOf("errorDeclaration", ("true",)) if self._flag(name, texts) else None
        for kind in ("bizTransaction", "source", "destination"):
            if name.startswith(f"EQ_{kind}_") or name == f"EQ_{kind}":
                return self._typed(kind, name, texts)
        if name in _SENSOR_TESTS:
            return FieldTest((f"sensor_{name[3:]}",), tuple(indexed(one) for one in texts))
        return self._extension(name, texts)

    def _words(self, column: str, texts: list[str], known: Callable[[str], bool], name: str) -> Asked | None:
        for one in texts:
            if not known(one):
                self.wrong(name, "value", f"{name} 的值“{one[:60]}”不认识", f"unknown value of {name}")
                return None
        return OneOf(column, tuple(texts))

    def _known(self, name: str, texts: list[str], words: frozenset[str]) -> bool:
        """Whether every value is a word of the vocabulary or somebody's URI; a fault where one is not."""
        odd = next((one for one in texts if one not in words and not is_uri(one)), None)
        if odd is not None:
            self.wrong(name, "value", f"{name} 的值“{odd[:60]}”不认识", f"unknown value of {name}")
        return odd is None

    def _flag(self, name: str, texts: list[str]) -> bool:
        """EXISTS takes no value, or true."""
        if texts not in ([""], ["true"]):
            self.wrong(name, "value", f"{name} 不带值（或写 true）", "takes no value, or true")
            return False
        return True

    def _typed(self, kind: str, name: str, texts: list[str]) -> Asked | None:
        of = vocabulary.bare(name.removeprefix(f"EQ_{kind}").removeprefix("_"))
        words = vocabulary.TRANSACTION_TYPES if kind == "bizTransaction" else vocabulary.SOURCE_TYPES
        if of and not self._known(name, [of], words):
            return None
        values = tuple(indexed(one if kind == "bizTransaction" else self.canonical(one)) for one in texts)
        return FieldTest((f"{kind}_{of}" if of else kind,), values)

    def _match(self, name: str, texts: list[str]) -> Asked | None:
        roles = _MATCHES.get(name)
        if roles is None:
            self._unknown(name)
            return None
        made: list[Pattern] = []
        for one in texts:
            if not is_uri(one):
                self.wrong(name, "uri", f"{name} 的值“{one[:60]}”不是 URI", "must be a URI or a pattern of one")
                return None
            made += patterns(one, self.canonical)
        if sum(bool(one.pieces) for one in made) > MOST_PATTERNS:
            why = f"{name} 里带 * 的最多 {MOST_PATTERNS} 个，请分几次查"
            self.wrong(name, "too_many", why, f"at most {MOST_PATTERNS} patterns")
            return None
        return Named(roles, tuple(made))

    def _extension(self, name: str, texts: list[str]) -> Asked | None:
        found = _TYPES_SPLIT.fullmatch(name)
        field_name = found[4] if found else ""
        if found is None or ":" not in field_name:
            self._unknown(name)
            return None
        full = self._full_names(name, field_name)
        kind = "inner" if found[2] else "ilmd" if found[3] else "ext"
        names = tuple(named(kind, one) for one in full)
        if not names:
            return None
        if found[1] == "EXISTS":
            return FieldTest(names) if self._flag(name, texts) else None
        if found[1] == "EQ":
            same = [indexed(value) for one in texts for value in (one, _number(one)) if value is not None]
            return FieldTest(names, tuple(dict.fromkeys(same)))
        amount = millionths(texts[0])
        if amount is None or len(texts) > 1:
            self.wrong(name, "number", f"{name} 的值“{texts[0][:60]}”应为一个数", "one number is needed")
            return None
        return FieldTest(names, number=(found[1], amount))

    def _full_names(self, name: str, field_name: str) -> list[str]:
        prefix, _, local = field_name.partition(":")
        if local.startswith("//") or prefix == "urn":
            return [field_name]
        spaces = list(self.namespaces(prefix)) or ([BUILT_IN[prefix]] if prefix in BUILT_IN else [])
        if len(spaces) > MOST_NAMESPACES:
            why = f"{name} 的前缀 {prefix[:40]} 在记录里有 {MOST_NAMESPACES} 种以上含义，请在 GS1-Extensions 头里写明是哪一个"
            self.wrong(name, "prefix", why, "an ambiguous prefix: declare it in the GS1-Extensions header")
            return []
        if not spaces:
            why = f"{name} 的前缀 {prefix[:40]} 没有登记，请在 GS1-Extensions 头里写明（{prefix[:40]}=命名空间网址）"
            self.wrong(name, "prefix", why, "unknown prefix: declare it in the GS1-Extensions header")
        return [space + local for space in spaces]

    def _unknown(self, name: str) -> None:
        self.wrong(name, "unknown_parameter", f"不认识查询参数 {name[:80]}", f"unknown query parameter {name[:80]}")

    def _controls(self, plain: Mapping[str, str], asked: tuple[Asked, ...]) -> Query:
        counts = {name: self._count(name, plain.get(name)) for name in ("perPage", "eventCountLimit", "maxEventCount")}
        order, direction = plain.get("orderBy"), plain.get("orderDirection")
        if order not in (None, "eventTime", "recordTime"):
            why = f"orderBy“{order}”不支持，可用 eventTime 或 recordTime"
            self.wrong("orderBy", "value", why, "eventTime or recordTime")
        if direction not in (None, "ASC", "DESC"):
            self.wrong("orderDirection", "value", f"orderDirection“{direction}”应为 ASC 或 DESC", "ASC or DESC")
        if direction is not None and order is None:
            self.wrong(
                "orderDirection", "contradiction", "给了 orderDirection 须同时给 orderBy", "orderBy is needed too"
            )
        if counts["eventCountLimit"] is not None and counts["maxEventCount"] is not None:
            why = "eventCountLimit 与 maxEventCount 不能同时给"
            self.wrong("maxEventCount", "contradiction", why, "eventCountLimit and maxEventCount exclude each other")
        if counts["eventCountLimit"] is not None and order is None:
            self.wrong(
                "eventCountLimit", "contradiction", "给了 eventCountLimit 须同时给 orderBy", "orderBy is needed too"
            )
        after, taken = self._token(plain.get("nextPageToken"))
        return Query(
            asked,
            order or "recordTime",
            direction != "ASC" if order is not None else False,
            min(counts["perPage"] or PER_PAGE, MOST_PER_PAGE),
            counts["eventCountLimit"],
            counts["maxEventCount"],
            after,
            taken,
        )

    def _count(self, name: str, text: str | None) -> int | None:
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and int(text[:12]) > 0 and len(text) < 10):
            self.wrong(name, "number", f"{name}“{text[:40]}”应为正整数", "a positive integer is needed")
            return None
        return int(text)

    def _token(self, text: str | None) -> tuple[tuple[int, int] | None, int]:
        if text is None:
            return None, 0
        parts = text.split("_")
        if len(parts) != 3 or not all(re.fullmatch(r"-?\d{1,19}", part, re.ASCII) for part in parts):
            self.wrong("nextPageToken", "token", "nextPageToken 无效，请用 Link 头里的地址", "use the address of Link")
            return None, 0
        at, row_id, taken = (int(part) for part in parts)
        if abs(at) > LATEST or not 0 <= row_id < 2**63 or taken < 0:
            self.wrong("nextPageToken", "token", "nextPageToken 无效，请用 Link 头里的地址", "use the address of Link")
            return None, 0
        return (at, row_id), taken


_TIMES = frozenset(f"{end}_{column}" for end in ("GE", "LT") for column in ("eventTime", "recordTime"))
_CONTROLS = frozenset(["orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"])
_SENSOR_TESTS = frozenset(
    [
        "EQ_type",
        "EQ_deviceID",
        "EQ_dataProcessingMethod",
        "EQ_microorganism",
        "EQ_chemicalSubstance",
        "EQ_bizRules",
        "EQ_stringValue",
        "EQ_hexBinaryValue",
        "EQ_uriValue",
        "EQ_booleanValue",
    ]
)
_WORDS: Mapping[str, frozenset[str]] = {
    "EQ_persistentDisposition_set": vocabulary.DISPOSITIONS,
    "EQ_persistentDisposition_unset": vocabulary.DISPOSITIONS,
    "EQ_errorReason": vocabulary.ERROR_REASONS,
    "EQ_type": vocabulary.MEASUREMENTS,
    "EQ_booleanValue": frozenset({"true", "false"}),
}
"""Parameters whose values are words of a vocabulary, or URIs."""
_EPC = (("epc", False), ("child", False))
_CLASS = (("class", True), ("child", True))
_PARENT = (("parent", False),)
_MATCHES: Mapping[str, tuple[tuple[str, bool], ...]] = {
    "MATCH_epc": _EPC,
    "MATCH_parentID": _PARENT,
    "MATCH_inputEPC": (("input", False),),
    "MATCH_outputEPC": (("output", False),),
    "MATCH_anyEPC": (*_EPC, *_PARENT, ("input", False), ("output", False)),
    "MATCH_epcClass": _CLASS,
    "MATCH_inputEPCClass": (("input", True),),
    "MATCH_outputEPCClass": (("output", True),),
    "MATCH_anyEPCClass": (*_CLASS, ("input", True), ("output", True)),
}
"""Parameter → the roles in which the event may name the identifier, each with whether in a quantity list."""


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


# ---- patterns ------------------------------------------------------------------------------------

_URN = re.compile(r"urn:epc:(?:id|idpat|class|pat):(sgtin|lgtin|sscc|sgln):(.+)", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"https?://[^/?#]+(?:/[^?#]*?)?(/(?:01|00|414|417)/.*)", re.DOTALL)
_STAR = "0zSTARz0"
"""Stands for ``*`` while a pattern is brought to the stored form: in a lot, ``*`` itself is a letter."""


def patterns(text: str, canonical: Callable[[str], str]) -> list[Pattern]:
    """A URI, or one with ``*`` for any run of characters, over the stored URIs: URN patterns match Digital Links too.

    Everything but ``*`` is literal. In a key whose digits are not all given, the check digit is any digit.
    """
    if "*" not in text:
        return [Pattern(uri=canonical(text))]
    found = _URN.fullmatch(text)
    if found:
        made = [Pattern(pieces=tuple(one.split("*"))) for one in _links(found[1].lower(), found[2].split(".", 2))]
        whole = canonical(text)  # urn:epc:idpat:sgtin:4012345.066666.* is the trade item itself, and any serial of it
        return [*made, Pattern(uri=whole)] if "*" not in whole else made or [Pattern(pieces=tuple(text.split("*")))]
    stored = canonical(text.replace("*", _STAR))
    if _STAR in stored and stored != text.replace("*", _STAR):
        return [Pattern(pieces=tuple(stored.split(_STAR)))]
    link = _LINK.fullmatch(text)
    return [Pattern(pieces=tuple((GS1_ROOT + link[1] if link else text).split("*")))]


def _links(scheme: str, parts: list[str]) -> list[str]:
    """The Digital Links of a URN pattern; ``\\0`` stands for one digit that the URN does not tell."""
    if scheme == "sscc" and len(parts) == 2:
        return [f"{GS1_ROOT}/00/\0{parts[0]}*"] if parts[1] == "*" else []
    if len(parts) != 3:
        return []
    prefix, reference, last = parts
    if scheme == "sgln":
        key = f"{prefix}*" if reference == "*" else f"{prefix}{reference}\0"
        return [f"{GS1_ROOT}/414/{key}" + ("" if key.endswith("*") else "*" if last == "*" else f"/254/{last}")]
    key = f"\0{prefix}*" if reference == "*" else f"{reference[:1]}{prefix}{reference[1:]}\0"
    return [f"{GS1_ROOT}/01/{key}/{'21' if scheme == 'sgtin' else '10'}/{last}"]
