"""How organisations and people are named in events."""

from __future__ import annotations

PARTY = "urn:liangpin:party:"
"""Our party URI: the organisation's code follows."""
PERSON = "urn:liangpin:person:"
"""Our URI of a person without an account: the opaque number of the ``person`` table follows."""
