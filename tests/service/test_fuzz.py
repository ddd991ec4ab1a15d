"""Nonsense for every route as every role: refused in the one error shape, never a 500, nothing half written."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import CAST, Someone
from trace.journal.rebuild import rebuild, snapshot

CASES = int(os.environ.get("LIANGPIN_FUZZ", "60"))
"""Requests for each role; ``make soak`` asks for thousands."""
ATOMS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, 1.5, -0.0, 1e308, "", " ", "0", "-1", "１２", "abc", "酱卤鸭", "2026-13-45", "2026-10-01",
    "9999-12-31", "0000-00-00", "<script>alert(1)</script>", "'; DROP TABLE batch; --", "../../etc/passwd", "\x00", "\u202e",
    "😀" * 50, "长" * 3000, "1e999", "NaN", "10^5", "kg", "件", "%00", [], {}, [[]], [None], {"": ""}, {"a": {"b": []}},
)  # fmt: skip


def nonsense(dice: random.Random, depth: int = 0) -> Any:
    """A JSON value that nobody meant."""
    roll = dice.random()
    if depth > 3 or roll < 0.6:
        return dice.choice(ATOMS)
    if roll < 0.8:
        return [nonsense(dice, depth + 1) for _ in range(dice.randrange(4))]
    return {dice.choice(WORDS): nonsense(dice, depth + 1) for _ in range(dice.randrange(5))}


WORDS = (
    "name", "item_id", "quantity", "unit", "produced_on", "lot", "inputs", "reports", "measurements", "product", "values", "kind",
    "reason", "parameter", "documents", "source", "material", "code", "login", "password", "roles", "category", "on", "cursor", "limit",
)  # fmt: skip


def body_for(dice: random.Random, schema: Any, components: Any, depth: int = 0) -> Any:
    """Something near what the route wants: its own fields, most of them wrong."""
    if depth > 4 or dice.random() < 0.35 or not isinstance(schema, dict):
        return nonsense(dice, depth)
    if "$ref" in schema:
        return body_for(dice, components[schema["$ref"].rsplit("/", 1)[-1]], components, depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return body_for(dice, dice.choice(schema[key]), components, depth + 1)
    if schema.get("type") == "object" or "properties" in schema:
        return {
            name: body_for(dice, inner, components, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if dice.random() < 0.8
        }
    if schema.get("type") == "array":
        return [body_for(dice, schema.get("items", {}), components, depth + 1) for _ in range(dice.randrange(3))]
    if "enum" in schema and dice.random() < 0.6:
        return dice.choice(schema["enum"])
    return nonsense(dice, depth + 1)


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path that takes requests, log-in and log-out aside."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path
        for method in context.methods or ():
            if method not in ("HEAD", "OPTIONS") and path not in ("/login", "/logout", "/metrics"):
                found.append((method, path))
    return sorted(set(found))


def fill(dice: random.Random, path: str) -> str:
    """A path with something in place of its parameters."""
    pieces = []
    for piece in path.split("/"):
        pieces.append(
            dice.choice(
                ("0", "1", "7000000000000000000", "99999999999999999999", "-1", "abc", "%2F", "%E9%85%B1", "a b")
            )
            if piece.startswith("{")
            else piece
        )
    return "/".join(pieces)


@pytest.mark.parametrize("login", [None, *CAST], ids=lambda login: login or "nobody")
def test_nonsense_is_refused_in_one_shape(
    login: str | None, app: FastAPI, client: TestClient, people: dict[str, Someone], db: Database
) -> None:
    dice = random.Random(f"liangpin {login}")
    spec = client.get("/openapi.json").json()
    components = spec.get("components", {}).get("schemas", {})
    every = routes(app)
    assert len(every) > 60
    headers = people[login].auth if login else {}
    for number in range(CASES):
        method, path = dice.choice(every)
        operation = spec["paths"].get(path, {}).get(method.lower(), {})
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        more: dict[str, Any] = {"headers": headers | {"Idempotency-Key": f"fuzz-{number}"}}
        if method in ("POST", "PUT", "PATCH"):
            if path.startswith("/api/"):
                more["json"] = body_for(dice, schema, components)
            else:
                more["data"] = {dice.choice(WORDS): "x" * dice.randrange(40) for _ in range(dice.randrange(6))}
        query = {dice.choice(WORDS): dice.choice(("", "x", "-1", "2026-10-01", "酱")) for _ in range(dice.randrange(3))}
        answer = client.request(method, fill(dice, path), params=query, **more)
        assert answer.status_code < 500, (method, path, more, answer.text[:500])
        if answer.status_code >= 400 and path.startswith("/api/"):
            assert answer.headers["content-type"].startswith("application/problem+json"), (method, path, answer.text)
            assert {"status", "code", "title"} <= answer.json().keys(), answer.text
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, "http://testserver"))
    with db.read() as conn:
        assert snapshot(conn) == before
