"""Our own style and script, and the built third-party files: read once, kept by browsers for a year.

The address carries the file's digest, so a new release is seen at once.
"""

from __future__ import annotations

import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from starlette.responses import Response

from service.accounts.dependencies import require
from service.routing import Router
from service.web.render import STATIC, VENDOR
from trace.errors import NotFound

router = Router(include_in_schema=False)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml"}


@lru_cache(maxsize=256)
def _file(folder: Path, name: str) -> tuple[bytes, str] | None:
    path = folder / name
    if not _NAME.fullmatch(name) or ".." in name or not path.is_file():
        return None
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return path.read_bytes(), kind


def _serve(folder: Path, name: str) -> Response:
    found = _file(folder, name)
    if found is None:
        raise NotFound("没有这个文件。", "No such file.")
    body, kind = found
    return Response(body, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/static/{name:path}", dependencies=[require("public.read")])
def static(name: str) -> Response:
    """One of our own files."""
    return _serve(STATIC, name)


@router.get("/vendor/{name:path}", dependencies=[require("public.read")])
def vendor(name: str) -> Response:
    """One of the built third-party files."""
    return _serve(VENDOR, name)


@router.get("/favicon.ico", dependencies=[require("public.read")])
def favicon() -> Response:
    """The mark, for browsers that ask without being told."""
    return _serve(STATIC, "mark.svg")
