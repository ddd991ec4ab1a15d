"""What an inspection consists of, as plain frozen data, and the words its columns may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BEGUN, FINISHED = "begun", "finished"
STATES: Mapping[str, str] = {BEGUN: "检查中", FINISHED: "已结束"}

UNCHECKED, CONFORMS, VIOLATES, NOT_FOR = "unchecked", "conforms", "violates", "not_applicable"
ANSWERS: Mapping[str, str] = {CONFORMS: "符合", VIOLATES: "不符合", NOT_FOR: "不适用", UNCHECKED: "未查"}
"""未查 is what an item is until somebody answers; it never counts as 符合."""

TAKEN, HANDED, RECEIVED = "taken", "handed", "received"
STEPS: Mapping[str, str] = {TAKEN: "抽取", HANDED: "移交", RECEIVED: "检验机构接收"}
SEALS: Mapping[str, str] = {"intact": "完好", "broken": "破损", "unknown": "未查看"}

CORRECTED, UNCORRECTED = "corrected", "uncorrected"
RESULTS: Mapping[str, str] = {CORRECTED: "已改正", UNCORRECTED: "未改正"}
OPEN, CLOSED = "open", "closed"

FROM_EXIF, STATED = "exif", "stated"
TIME_SOURCES: Mapping[str, str] = {FROM_EXIF: "照片自带（设备自报）", STATED: "填写（自报）", "": "未知"}

RECORD, ORDER, SAMPLING = "inspection_record", "rectification_order", "sampling_form"
"""Kinds of documents that an inspection gives rise to."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a check-list: the clause, what it owes, and what the record shows when the inspection begins.

    ``status`` is a finding's status, '' where nothing was compared; ``free`` items have no clause.
    """

    key: str
    kind: str
    clause_id: str
    clause: str
    owed: str
    status: str
    record: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An officer's answer to one item."""

    key: str
    answer: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo with what is said of it; ``taken`` is a time as typed, '' to use the file's own. Degrees as text."""

    name: str
    content: bytes
    place: str
    taken: str = ""
    latitude: str = ""
    longitude: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class NewSample:
    """A sample as typed. ``person`` took it; its name goes to ``person`` only."""

    number: str
    quantity: str
    unit: str
    seal: str
    storage: str
    taken_at: str
    person: str
    base_quantity: str = ""
    reserve: str = ""
    reserve_seal: str = ""
    reserve_place: str = ""
    laboratory: str = ""
    condition: str = ""
    stage: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True)
class NewLink:
    """One step of custody as typed: who has it from now on, in which condition, the seal."""

    step: str
    at: str
    organisation: str
    person: str
    condition: str
    seal: str


@dataclass(frozen=True, slots=True)
class NewOrder:
    """责令改正: item key → what must be done; dates ISO text."""

    demands: Mapping[str, str]
    deadline: str
    recheck_on: str
    contact: str = ""
    phone: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """One officer: name (to ``person``) and certificate number (text on the document)."""

    name: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Closing:
    """How an inspection ends. ``refused`` is why the party did not sign, '' where it did."""

    officers: Sequence[Signature]
    statement: str
    refused: str = ""
    situation: str = ""
    contact: str = ""
    phone: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A recorded step of custody. ``at`` µs UTC."""

    step: str
    at: int
    seal: str
