"""The ``@context`` of an event: which namespace each of its prefixes stands for.

An event is stored with its document's context, so that it can come back under its own prefixes. Contexts
that are addresses are named, never fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
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


def parts(context: Any) -> list[Any]:
    """A context as its list of addresses and objects, in order; [] where there is none."""
    if context is None:
        return []
    return list(context) if isinstance(context, list) else [context]


def joined(*contexts: Any) -> list[Any]:
    """Several contexts one after another, each part once."""
    made: list[Any] = []
    for context in contexts:
        made += [part for part in parts(context) if part not in made]
    return made


def prefixes(context: Any) -> dict[str, str]:
    """Prefix → namespace, as the objects of a context declare them; a later one stands."""
    found: dict[str, str] = {}
    for part in parts(context):
        if isinstance(part, Mapping):
            for name, value in part.items():
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
    """One context for many events, and for each event whether it may stand under it as it is.

    An event that uses a prefix in another sense than those before it, or declares terms that would change how the
    others are read, keeps its own context.
    """
    together: list[Any] = [EPCIS_CONTEXT]
    known: dict[str, Any] = {}
    fits: list[bool] = []
    seen: dict[str, bool] = {}
    for context in contexts:
        key = repr(context)
        if key not in seen:
            seen[key] = _takes(together, known, parts(context))
        fits.append(seen[key])
    return together, fits


def _takes(together: list[Any], known: dict[str, Any], own: list[Any]) -> bool:
    terms = {name: value for part in own if isinstance(part, Mapping) for name, value in part.items()}
    if any(name.startswith("@") or (name in known and known[name] != value) for name, value in terms.items()):
        return False
    known |= terms
    together += [part for part in own if part not in together]
    return True
