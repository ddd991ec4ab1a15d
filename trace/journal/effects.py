"""What an EPCIS event says about lots, as plain data: who is named, made from what, moved, held.

Pure. An errorDeclaration takes the original's effects back, so the same function serves both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from trace.epcis.contexts import expand, prefixes
from trace.epcis.own import BASES, OURS
from trace.epcis.vocabulary import bare
from trace.quantity import convert, family, micro

_ROLES = (
    ("epc", "epcList", None),
    ("class", None, "quantityList"),
    ("parent", "parentID", None),
    ("child", "childEPCs", "childQuantityList"),
    ("input", "inputEPCList", "inputQuantityList"),
    ("output", "outputEPCList", "outputQuantityList"),
)
_MDA = "urn:epcglobal:cbv:mda:"
_VOC = "https://gs1.org/voc/"
_MOST = 9 * 10**18
"""Millionths that a row of the record holds."""


@dataclass(frozen=True, slots=True)
class Named:
    """One identifier in one role. Quantity in millionths of ``unit``; None for instances and unstated amounts.

    ``by_class`` says that it stood in a quantity list: so much of a lot, not one object.
    """

    role: str
    line: int
    uri: str
    quantity: int | None
    unit: str
    by_class: bool = False


@dataclass(frozen=True, slots=True)
class EdgeFact:
    """A transformation's output made from an input, with the input's amount and how it is known."""

    output: str
    input: str
    quantity: int | None
    unit: str
    basis: str


@dataclass(frozen=True, slots=True)
class Move:
    """A change of what the event's own organisation has on hand."""

    uri: str
    delta: int
    unit: str


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything one event changes in the projections.

    ``packing`` is the action of an aggregation (its parent and children are in ``named``), ``ilmd`` the master data
    of what was made, by full name.
    """

    named: tuple[Named, ...]
    edges: tuple[EdgeFact, ...] = ()
    moves: tuple[Move, ...] = ()
    created: tuple[Named, ...] = ()
    packing: str = ""
    ilmd: Mapping[str, Any] = field(default_factory=dict)
    shipped_to: str | None = None
    received_from: str | None = None
    receives: bool = False
    voided: bool = False


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _named(document: Mapping[str, Any], canonical: Callable[[str], str]) -> Iterable[Named]:
    for role, plain, counted in _ROLES:
        line = 0
        for uri in _texts(document.get(plain)) if plain else ():
            yield Named(role, line, canonical(uri), None, "")
            line += 1
        for row in document.get(counted) or () if counted else ():
            quantity = row.get("quantity")
            yield Named(
                role,
                line,
                canonical(row["epcClass"]),
                None if quantity is None else micro(quantity),
                row.get("uom", "H87" if quantity is not None else ""),
                by_class=True,
            )
            line += 1


def _party(document: Mapping[str, Any], list_name: str, key: str) -> str | None:
    for row in document.get(list_name) or ():
        if bare(str(row.get("type", ""))) in ("owning_party", "possessing_party"):
            return str(row.get(key))
    return None


def _added(one: EdgeFact, other: EdgeFact) -> EdgeFact:
    """The same input on two lines: amounts add up in their base unit, and are unknown where either is.

    The basis is the weaker of the two: what is partly by recipe was not weighed.
    """
    basis = one.basis if one.basis == other.basis else "by_recipe"
    if one.quantity is None or other.quantity is None:
        return EdgeFact("", one.input, None, "", basis)
    if one.quantity + other.quantity > _MOST:
        return EdgeFact("", one.input, None, "", basis)
    if one.unit == other.unit:
        return EdgeFact("", one.input, one.quantity + other.quantity, one.unit, basis)
    try:
        unit = family(one.unit)
    except ValueError:
        return EdgeFact("", one.input, None, "", basis)
    first, second = convert(one.quantity, one.unit, unit), convert(other.quantity, other.unit, unit)
    if first is None or second is None or first + second > _MOST:
        return EdgeFact("", one.input, None, "", basis)
    return EdgeFact("", one.input, first + second, unit, basis)


def _full_names(document: Mapping[str, Any]) -> dict[str, Any]:
    ilmd = document.get("ilmd") or {}
    if not ilmd:
        return {}
    known = prefixes(document.get("@context"))
    return {expand(name, known): value for name, value in ilmd.items()}


def made_on(ilmd: Mapping[str, Any]) -> str | None:
    """The production date that master data state (ISO date); None where they state none."""
    return _day(ilmd, OURS + "productionDate", _VOC + "productionDate", _MDA + "productionDate")


def best_before(ilmd: Mapping[str, Any]) -> str | None:
    """The best-before or expiry date that master data state (ISO date)."""
    names = ("bestBeforeDate", "itemExpirationDate", "expirationDate")
    return _day(ilmd, *(space + name for name in names for space in (_MDA, _VOC)))


def lot_number(ilmd: Mapping[str, Any]) -> str:
    """The factory's own lot number; "" where none is stated."""
    text = str(ilmd.get(_MDA + "lotNumber") or ilmd.get(_VOC + "lotNumber") or "")
    return "".join(sign for sign in text if sign.isprintable())[:60].strip()


def _day(ilmd: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = ilmd.get(name)
        if isinstance(value, Mapping):
            value = value.get("@value")
        if value:
            try:
                return date.fromisoformat(str(value)[:10]).isoformat()
            except ValueError:
                continue
    return None


def effects(document: Mapping[str, Any], canonical: Callable[[str], str]) -> Effects:
    """Read one event. ``canonical`` maps any identifier form to the URI under which it is stored."""
    named = tuple(_named(document, canonical))
    kind = document["type"]
    step = bare(str(document.get("bizStep", "")))
    action = document.get("action", "")
    voided = "errorDeclaration" in document
    sign = -1 if voided else 1
    edges: list[EdgeFact] = []
    moves: list[Move] = []
    created: list[Named] = []
    if kind == "TransformationEvent":
        bases = [one for one in document.get("liangpin:inputBasis") or () if one in BASES]
        inputs = [n for n in named if n.role == "input"]
        outputs = [n for n in named if n.role == "output"]
        merged: dict[str, EdgeFact] = {}
        for index, source in enumerate(inputs):
            basis = bases[index] if index < len(bases) else ""
            fact = EdgeFact("", source.uri, source.quantity, source.unit, basis)
            before = merged.get(source.uri)
            merged[source.uri] = fact if before is None else _added(before, fact)
        edges = [
            EdgeFact(made.uri, e.input, e.quantity, e.unit, e.basis)
            for made in outputs
            for e in merged.values()
            if made.uri != e.input
        ]
        moves = [Move(n.uri, -sign * n.quantity, n.unit) for n in inputs if n.quantity is not None]
        moves += [Move(n.uri, sign * n.quantity, n.unit) for n in outputs if n.quantity is not None]
        created = outputs
    elif kind == "ObjectEvent":
        lots = [n for n in named if n.role in ("class", "epc")]
        if action == "ADD":
            created = lots
            change = 1
        elif action == "DELETE" or step in ("shipping", "destroying", "retail_selling"):
            change = -1
        elif step == "receiving":
            change = 1
        else:
            change = 0
        if change:
            moves = [Move(n.uri, sign * change * n.quantity, n.unit) for n in lots if n.quantity is not None]
    return Effects(
        named=named,
        edges=tuple(edges),
        moves=tuple(moves),
        created=tuple(created),
        packing=action if kind == "AggregationEvent" else "",
        ilmd=_full_names(document),
        shipped_to=_party(document, "destinationList", "destination") if step == "shipping" else None,
        received_from=_party(document, "sourceList", "source") if step == "receiving" else None,
        receives=step == "receiving",
        voided=voided,
    )
