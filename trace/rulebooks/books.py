"""Published rulebooks: which book judges now, how a candidate is made, and what a stored one compiles to."""

from __future__ import annotations

import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from trace.errors import Conflict
from trace.rulebooks import store
from trace.standards import Rulebook, load_book
from trace.standards.loading import SEEDS, BookError, load_texts
from trace.standards.signing import SignOff, with_signoffs

KEPT = 4
"""Compiled books held by a process: the one in force, a candidate, and the one before while batches are judged again."""

_compiled: OrderedDict[str, Rulebook] = OrderedDict()
_broken: dict[str, BookError] = {}
"""Published books that this program cannot read: tried once in a process."""
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A book that could be published: compiled, with the texts and sign-offs it is made of."""

    number: int
    book: Rulebook
    texts: Mapping[str, str]
    signoffs: tuple[SignOff, ...]


def current_book(conn: Connection) -> Rulebook:
    """The book in force for judging: the newest published one, the shipped one until any is published.

    One read of the newest row's name; a version is compiled at most once in a process. A published book that
    this program can no longer read (its files follow newer rules) gives way to the shipped one: verdicts name
    the book they are by, and the page of rulebooks says that the newest is not in force.
    """
    newest = store.newest(conn)
    if newest is None:
        return load_book()
    try:
        return _compile(conn, newest.id, newest.version, newest.digest)
    except BookError:
        return load_book()


def book_of_version(conn: Connection, version: str) -> Rulebook | None:
    """The book that a verdict names, to give it again; None where neither shipped nor published."""
    if load_book().version == version:
        return load_book()
    found = store.by_version(conn, version)
    try:
        return None if found is None else _compile(conn, found.id, found.version, found.digest)
    except BookError:
        return None


def book_before(conn: Connection, book_id: int) -> Rulebook:
    """The book in force before a published one."""
    row = store.before(conn, book_id)
    try:
        return load_book() if row is None else _compile(conn, row.id, row.version, row.digest)
    except BookError:
        return load_book()


def _compile(conn: Connection, book_id: int, version: str, digest: str) -> Rulebook:
    key = f"{version} {digest}"
    with _lock:
        if key in _broken:
            raise _broken[key]
        if key in _compiled:
            _compiled.move_to_end(key)
            return _compiled[key]
    row = store.get(conn, book_id)
    if row is None:
        raise RuntimeError(f"the rulebook {version} is not in its table")
    signoffs = [SignOff(one["clause_id"], one["digest"]) for one in json.loads(row.signoffs)]
    try:
        book = with_signoffs(load_texts(unpack(row.texts)), signoffs, str(row.number))
    except BookError as wrong:
        with _lock:
            _broken[key] = wrong
        raise
    with _lock:
        _compiled[key] = book
        while len(_compiled) > KEPT:
            _compiled.popitem(last=False)
    return book


def shipped_texts() -> dict[str, str]:
    """The files that came with the program."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.yaml"))}


def pack(texts: Mapping[str, str]) -> bytes:
    return zlib.compress(json.dumps(dict(texts), ensure_ascii=False, sort_keys=True).encode(), 9)


def unpack(packed: bytes) -> dict[str, str]:
    found: dict[str, Any] = json.loads(zlib.decompress(packed))
    return {name: str(text) for name, text in found.items()}


def candidate(conn: Connection, texts: Mapping[str, str] | None = None) -> Candidate:
    """What would be published now: the shipped files (or ``texts``) with the sign-offs that stand.

    Its number is one above the last published one. Raises Conflict where a file is wrong.
    """
    given = dict(texts) if texts is not None else shipped_texts()
    try:
        plain = load_texts(given)
    except BookError as wrong:
        raise Conflict(
            "规则库文件有误，不能试算或发布：" + "；".join(wrong.problems[:5]),
            "The rulebook files are wrong",
            code="book_error",
        ) from wrong
    newest = store.newest(conn)
    number = newest.number + 1 if newest is not None else max(int(plain.number), 1)
    signoffs = tuple(SignOff(row.clause_id, row.digest) for row in store.signoffs(conn))
    return Candidate(number, with_signoffs(plain, signoffs, str(number)), given, signoffs)
