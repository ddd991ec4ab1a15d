"""Routers leave out addresses that begin otherwise, and never one that they answer."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import Match
from starlette.testclient import TestClient

from service.routes import ROUTERS
from service.routing import Router, beginning


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ""),
        ("/batches", "batches"),
        ("/batches/9", "batches"),
        ("/api/v1/batches/{id}", "/api/v1/batches"),
        ("/api/v1", "api"),
        ("/api/v1/{kind}", None),
        ("/{name}", None),
        ("/01/{gtin}/10/{lot}", "01"),
        ("//batches", ""),
    ],
)
def test_beginning(path: str, expected: str | None) -> None:
    assert beginning(path) == expected


def scope(path: str) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "headers": []}


def answer() -> str:
    return "here"


def room(*paths: str) -> Router:
    made = Router()
    for path in paths:
        made.get(path)(answer)
    return made


def test_only_rooms_that_begin_so_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, ...]] = []
    full = Router.__mro__[1].matches  # type: ignore[attr-defined]

    def note(self: Router, at: Any) -> tuple[Match, Any]:
        tried.append(tuple(route.path for route in self.routes))  # type: ignore[attr-defined]
        return full(self, at)  # type: ignore[no-any-return]

    monkeypatch.setattr(Router.__mro__[1], "matches", note)
    app = FastAPI(redirect_slashes=False)
    app.include_router(room("/a/{id}", "/a"))
    app.include_router(room("/b"))
    app.include_router(room("/{anything}"))
    app.include_router(room("/c"))
    with TestClient(app) as client:
        assert client.get("/b").status_code == 200
        assert set(tried) == {("/b",)}
        tried.clear()
        assert client.get("/a/9").status_code == 200
        assert set(tried) == {("/a/{id}", "/a")}
        tried.clear()
        assert client.get("/c").status_code == 200  # by the parameter, which comes first
        assert set(tried) == {("/{anything}",)}
        assert client.get("/d/e").status_code == 404


def test_a_route_added_later_is_known() -> None:
    made = room("/a")
    assert made.matches(scope("/b"))[0] is Match.NONE
    made.get("/b")(answer)
    app = FastAPI()
    app.include_router(made)
    with TestClient(app) as client:
        assert client.get("/b").text == '"here"'


def test_every_room_has_such_a_router() -> None:
    for line in ROUTERS:
        module, name = line.split(":")
        assert isinstance(getattr(import_module(module), name), Router), line
