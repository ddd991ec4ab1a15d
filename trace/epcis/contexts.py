"""The ``@context`` of an event: which namespace each of its prefixes stands for.

An event is stored with its document's context, so that it can come back under its own prefixes. Contexts
that are addresses are named, never fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_EPCIS_CONTEXTS = (EPCIS_CONTEXT, "https://ref.gs1.org/standards/epcis/epcis-context.jsonld")
BUILT_IN = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "epcis": "https://ref.gs1.org/epcis/",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
"""Prefixes of the EPCIS context itself."""
MOST_TERMS = 200
"""Terms of an event's context, its document's included."""


def parts(context: Any) -> list[Any]:
    """A context as its list of addresses and objects, in order; [] where there is none."""
    if context is None:
        return []
    return list(context) if isinstance(context, list) else [context]


def joined(document: Any, event: Any) -> list[Any]:
    """An event's context after its document's: the later of two meanings stands, so order and repeats are kept."""
    outer, inner = parts(document), parts(event)
    return outer if outer == inner else [*outer, *inner]


def terms(context: Any) -> Iterator[tuple[str, Any]]:
    """(name, meaning) of every term in the objects of a context, in order."""
    for part in parts(context):
        if isinstance(part, Mapping):
            yield from part.items()


def prefixes(context: Any) -> dict[str, str]:
    """Prefix → namespace, as the objects of a context declare them; a later one stands."""
    found: dict[str, str] = {}
    for name, value in terms(context):
        space = value.get("@id") if isinstance(value, Mapping) else value
        if isinstance(space, str) and not name.startswith("@") and ":" not in name:
            found[name] = space
    return found


def expand(name: str, known: Mapping[str, str]) -> str:
    """``prefix:local`` as its full name; a name whose prefix nobody declared is a full name already."""
    prefix, colon, local = name.partition(":")
    space = known.get(prefix) or BUILT_IN.get(prefix)
    return space + local if colon and space and not local.startswith("//") else name


def shared(contexts: Iterable[Any]) -> tuple[list[Any], list[bool]]:
    """One context for many events, and for each event whether it means the same under it.

    An event keeps its own context where that names an address of somebody else's, says a term twice, uses one in
    another sense than the events before it, or sets how names are read (``@vocab`` and the like).
    """
    together: list[Any] = [EPCIS_CONTEXT]
    known: dict[str, Any] = {}
    fits: list[bool] = []
    seen: dict[str, bool] = {}
    for context in contexts:
        key = repr(context)
        if key not in seen:
            seen[key] = _takes(together, known, context)
        fits.append(seen[key])
    return together, fits


def _takes(together: list[Any], known: dict[str, Any], context: Any) -> bool:
    own = list(terms(context))
    meaning = dict(own)
    foreign = any(not isinstance(part, Mapping) and part not in _EPCIS_CONTEXTS for part in parts(context))
    twice = any(meaning[name] != value for name, value in own)
    odd = any(name.startswith("@") or known.get(name, value) != value for name, value in own)
    if foreign or twice or odd:
        return False
    together += [part for part in parts(context) if isinstance(part, Mapping) and part not in together]
    known |= meaning
    return True
