"""For whoever runs the platform: is the process up, is it ready, what does it count, what can be called."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from alembic.script import ScriptDirectory
from fastapi import Request
from fastapi.openapi.utils import get_openapi
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from service.accounts.dependencies import require
from service.migrating import MIGRATIONS
from service.routing import Router
from trace.genealogy import nightstore

router = Router(include_in_schema=False)
OPEN = [require("operations.read")]


@router.get("/healthz", dependencies=OPEN)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@cache
def head_revision() -> str | None:
    """The revision the code was written for."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


@router.get("/readyz", dependencies=OPEN)
def readyz(request: Request) -> Response:
    """The database answers and has this code's schema; 503 with the reason otherwise."""
    wanted = head_revision()
    try:
        with request.app.state.db.read() as conn:
            found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return JSONResponse({"status": "unready", "reason": "database", "migration": None}, 503)
    if found != wanted:
        return JSONResponse({"status": "unready", "reason": "migration", "migration": found, "wanted": wanted}, 503)
    return JSONResponse({"status": "ready", "migration": found})


@router.get("/metrics", dependencies=OPEN)
def metrics(request: Request) -> Response:
    """Counters for Prometheus, and when the record was last checked, whichever process did. What was found is not for everybody."""
    told = request.app.state.metrics
    with suppress(SQLAlchemyError), request.app.state.db.read() as conn:
        newest = nightstore.newest(conn)
        if newest is not None:
            told.checked_at.set(newest.finished_at / 1_000_000)
    return Response(generate_latest(told.registry), media_type=CONTENT_TYPE_LATEST)


def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI document of the JSON API, made once per application."""
    app = request.app
    document: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if document is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["key"] = {"type": "http", "scheme": "bearer", "description": "liangpin api-key LOGIN"}
        app.state.openapi = document
    return document


@router.get("/openapi.json", dependencies=OPEN)
def openapi_json(request: Request) -> Response:
    """The machine-readable description of the API."""
    return JSONResponse(openapi(request))
