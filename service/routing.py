"""A router that does not try its routes on an address that begins otherwise.

The platform has some eighty rooms and many hundred routes; trying them one by one costs more than answering.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import Match, Route
from starlette.types import Scope

API = "/api/v1/"
"""Behind this the room is told by the next part."""


def beginning(path: str) -> str | None:
    """What tells rooms apart: the first part of an address, or of what follows ``/api/v1/``; None where it is a parameter.

    ``/batches/9`` → ``batches``, ``/api/v1/batches/{id}`` → ``/api/v1/batches``.
    """
    api = path.startswith(API)
    first = (path[len(API) :] if api else path[1:]).split("/", 1)[0]
    if "{" in first:
        return None
    return API + first if api else first


class Router(APIRouter):
    """An ``APIRouter`` that knows how its addresses begin; one with a parameter there, or with more than routes, is always tried."""

    _begin: tuple[int, frozenset[str] | None] = (-1, None)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        known = self._begin
        if known[0] != len(self.routes):
            known = self._begin = (len(self.routes), self._beginnings())
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if known[1] is not None and beginning(path) not in known[1]:
            return Match.NONE, {}
        return super().matches(scope)

    def _beginnings(self) -> frozenset[str] | None:
        found = {beginning(one.path) if isinstance(one, Route) else None for one in self.routes}
        return None if None in found else frozenset(one for one in found if one is not None)
