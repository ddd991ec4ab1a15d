"""Columns of files that people write: how each is called, and which header of a file is which. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column that we know: our name for it and the headers under which people write it."""

    key: str
    name: str
    headers: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell, and what to do; ``column`` is the file's header, else our name."""

    row: int
    column: str
    value: str
    code: str
    detail: str


def guess_mapping(columns: Iterable[Column], headers: Sequence[str], key_of: Callable[[str], str]) -> dict[str, str]:
    """Column key → header of the file, by the names we know; the first that fits wins. ``key_of`` folds a header."""
    present = {key_of(header): header for header in reversed(headers)}
    found: dict[str, str] = {}
    for column in columns:
        for name in (column.name, *column.headers):
            header = present.get(key_of(name))
            if header is not None and header not in found.values():
                found[column.key] = header
                break
    return found


def missing_columns(columns: Iterable[Column], mapping: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the columns without which nothing can be read."""
    return tuple(column.name for column in columns if column.required and column.key not in mapping)
