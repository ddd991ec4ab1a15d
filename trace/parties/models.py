"""How organisations and people are named in events."""

from __future__ import annotations

from urllib.parse import quote, unquote

PARTY = "urn:liangpin:party:"
"""Our party URI: the organisation's code follows."""
PERSON = "urn:liangpin:person:"
"""Our URI of a person without an account: the opaque number of the ``person`` table follows."""
NAME = "urn:liangpin:name:"
"""Our URI of a party that is known by its name alone: the name follows, percent-encoded."""


def name_uri(name: str) -> str:
    """The URI of a party without an account or code."""
    return NAME + quote(name, safe="")


def name_in(uri: str) -> str:
    """The name that a party URI carries; another party's URI as it is."""
    return unquote(uri.removeprefix(NAME)) if uri.startswith(NAME) else uri
