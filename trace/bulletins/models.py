"""What a sampling announcement says, as plain frozen data, and the words that columns and states may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

SURVEILLANCE = "监督抽检"
MONITORING = "风险监测"
EVALUATION = "评价性抽检"
RAPID = "快检"
TASKS = (SURVEILLANCE, MONITORING, EVALUATION, RAPID)

FIRST, RETEST, OBJECTION = "初检", "复检", "异议"
STATUSES = (FIRST, RETEST, OBJECTION)

AGREE, REVIEW, DIFFERS = "agree", "needs_review", "disagree"
OUTCOMES = {AGREE: "与公告一致", REVIEW: "需人工核对", DIFFERS: "与公告不一致"}
"""What our own judgement says beside the bulletin's."""

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELLS = 2_500_000
"""Over all sheets of a workbook, empty cells between filled ones included."""
MAX_CELL = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be, and what it is called in a refusal. ``unpacked`` 0 is the reader's own limit."""

    bytes: int = MAX_BYTES
    rows: int = MAX_ROWS
    cells: int = MAX_CELLS
    unpacked: int = 0
    name: str = "公告附件"
    accepted: str = "Excel（.xlsx、.xls）、CSV（.csv）、JSON（.json）"


ANNOUNCEMENT = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: ``number`` is the file's own (1 is the first line), ``cells`` header → text as written.

    ``broken`` lists cells that are not text at all (a nested object in JSON), which is always an error.
    """

    number: int
    cells: Mapping[str, str]
    broken: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file as rows under headers, empty rows left out. ``kind`` is xlsx, xls, csv or json."""

    kind: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed item as the bulletin writes it."""

    item: str
    result: str
    limit: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One failed sample. ``key`` is its identity inside the bulletin; ``row`` the verbatim cells.

    ``produced_on`` decides the edition of the standards; None where the bulletin gives a lot only.
    """

    row_number: int
    key: str
    food: str
    failures: tuple[Failure, ...]
    bulletin: str
    task: str
    number: str = ""
    category: str = ""
    produced: str = ""
    produced_on: date | None = None
    lot: str = ""
    maker: str = ""
    maker_code: str = ""
    sampled_from: str = ""
    spec: str = ""
    brand: str = ""
    issuer: str = ""
    issued_on: date | None = None
    remark: str = ""
    digest: str = ""
    row: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell: ``column`` is the file's header, ``detail`` one Chinese sentence with what to do."""

    row: int
    column: str
    value: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the person who imports says of the whole file, for rows that do not say it themselves."""

    bulletin: str = ""
    issuer: str = ""
    issued_on: date | None = None
    task: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file read: every row is either a sample or refused with at least one error."""

    table: Table
    mapping: Mapping[str, str]
    samples: tuple[Sample, ...]
    errors: tuple[RowError, ...]

    @property
    def refused(self) -> tuple[int, ...]:
        """Numbers of the refused rows, in order."""
        return tuple(sorted({error.row for error in self.errors}))

    def errors_of(self) -> Mapping[int, Sequence[RowError]]:
        """Errors by row number."""
        found: dict[int, list[RowError]] = {}
        for error in self.errors:
            found.setdefault(error.row, []).append(error)
        return found
