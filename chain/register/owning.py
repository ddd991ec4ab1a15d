"""How an organisation is known across sources, and who finally controls it: two firms of one owner are one wherever
controllers or enterprises are counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chain.register.folding import Register

Owners = Mapping[str, str]
"""Code of an organisation → the code of who finally controls it, its name where no code is known; who is not in here
controls itself."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """What a register says of who controls whom. ``codes`` gives the code behind the name or credit code of everybody
    described, ``names`` and ``roots`` the name and the subject behind each of these codes."""

    owners: Owners = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)

    def final(self, written: str) -> str:
        """Who finally controls what a name or code stands for; the text itself where nobody described goes by it."""
        text = written.strip()
        code = self.codes.get(text, text)
        return self.owners.get(code, code)

    def called(self, code: str | None) -> str | None:
        """The name behind a code, as far as one is known."""
        return None if code is None else self.names.get(code, code)

    def moved(self, other: Ownership) -> set[str]:
        """The organisations that are controlled by somebody else in ``other``."""
        if self.owners == other.owners:
            return set()
        return {one for one in {*self.owners, *other.owners} if self.owners.get(one) != other.owners.get(one)}


def org_code(register: Register, subject: str) -> str:
    """How an organisation is known across sources: the credit code of whoever it counts as, else its own number."""
    root = register.root(subject)
    known = register.subject(root)
    return known.code if known is not None and known.code else f"subject:{root}"


def ownership(register: Register) -> Ownership:
    """Owners of a register, to the last one: a parent that is itself registered and its firms count as one.

    A ring of firms that control each other is one, under its first code.
    """
    codes: dict[str, str] = {}
    above: dict[str, str] = {}
    names: dict[str, str] = {}
    roots: dict[str, str] = {}
    for subject in register.subjects:
        root, code = register.root(subject.subject), org_code(register, subject.subject)
        codes.setdefault(subject.name, code)
        codes.setdefault(code, code)
        if subject.code:
            codes.setdefault(subject.code, code)
        if root == subject.subject or code not in names:
            names[code] = subject.name
        roots.setdefault(code, root)
        if subject.controller and (code not in above or root == subject.subject):
            above[code] = subject.controller
    direct = {code: codes.get(owner.strip(), owner.strip()) for code, owner in above.items()}
    return Ownership({code: _last(code, direct) for code in direct}, codes, names, roots)


def _last(code: str, direct: Mapping[str, str]) -> str:
    passed = [code]
    while passed[-1] in direct:
        following = direct[passed[-1]]
        if following in passed:
            return min(passed[passed.index(following) :])
        passed.append(following)
    return passed[-1]
