"""Who finally controls an organisation, as the register says: two firms of one owner are one where secrecy counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from chain.register.folding import Register
from chain.register.yielding import org_code

Owners = Mapping[str, str]
"""Code of an organisation → the code of who finally controls it, its name where no code is known; who is not in here
controls itself."""


def owners_of(register: Register) -> dict[str, str]:
    """Owners of a register, to the last one: a parent that is itself registered and its firms count as one.

    A ring of firms that control each other is one, under its first code.
    """
    codes: dict[str, str] = {}
    above: dict[str, str] = {}
    for subject in register.subjects:
        code = org_code(register, subject.subject)
        codes.setdefault(subject.name, code)
        if subject.code:
            codes.setdefault(subject.code, code)
        if subject.controller and (code not in above or register.root(subject.subject) == subject.subject):
            above[code] = subject.controller
    direct = {code: codes.get(owner.strip(), owner.strip()) for code, owner in above.items()}
    return {code: _last(code, direct) for code in direct}


def _last(code: str, direct: Mapping[str, str]) -> str:
    passed = [code]
    while passed[-1] in direct:
        following = direct[passed[-1]]
        if following in passed:
            return min(passed[passed.index(following) :])
        passed.append(following)
    return passed[-1]
