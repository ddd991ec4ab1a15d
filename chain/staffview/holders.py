"""Under which codes an enterprise's consents may be filed: it keeps them when it gets a credit code, or another."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from chain.register import store
from chain.register.commands import group_of


def codes_of(conn: Connection, code: str, subjects: Iterable[str]) -> list[str]:
    """Every code of those who count as one, ``code`` (how they are known now) first: their own numbers, and the credit
    codes they were ever described with. A code that somebody else was described with too, be it how they are known now, is
    left out: what was filed under it may be the other's."""
    same = set(subjects)
    ever = [code, *sorted(store.codes_of(conn, same) - {code})]
    holders = store.holders_of_codes(conn, ever)
    alone = [one for one in ever if {row.subject_key for row in holders.get(one, ())} <= same]
    own = [f"subject:{one}" for one in sorted(same, key=lambda one: (len(one), one))]
    now = [code] if code in alone else []
    return list(dict.fromkeys([*now, *own, *alone]))


def codes_with(conn: Connection, credit_code: str) -> list[str]:
    """Every code of whom the register knows by a credit code now, that code first."""
    keys = {row.subject_key for row in store.holders_of_codes(conn, [credit_code]).get(credit_code, [])}
    now = store.descriptions(conn, keys)
    same = {one for key in keys if key in now and now[key].code == credit_code for one in group_of(conn, key)}
    return codes_of(conn, credit_code, same)
