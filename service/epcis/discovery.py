"""What a client may expect of ``/epcis``: the headers of OPTIONS, and the agreement on formats of every request."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.epcis.exceptions import NotAcceptableException, UnsupportedMediaTypeException
from service.routing import Router
from trace.epcis.translating import FORMATS, SUPPORTED

CAPTURE_LIMIT = 1000
"""Events of one capture."""
CAPTURE_LINES = 50_000
"""Identifiers of one capture, over all its events."""
CAPTURE_BYTES = 8 * 1024 * 1024
JSON_TYPES = ("application/json", "application/ld+json")
VERSION, CBV = "2.0.0", "2.0.0"
LEFT_OUT = "XML, SOAP, named queries, subscriptions (cron, WebSocket), CBV hash as key"

ANSWER = {"GS1-EPCIS-Version": VERSION, "GS1-CBV-Version": CBV}
"""Headers of every answer that carries events or jobs."""
ANNOUNCED = ANSWER | {
    "GS1-EPCIS-Min": VERSION,
    "GS1-EPCIS-Max": VERSION,
    "GS1-CBV-Min": CBV,
    "GS1-CBV-Max": CBV,
    "GS1-EPC-Format": ", ".join(SUPPORTED),
    "GS1-EPCIS-Capture-Limit": str(CAPTURE_LIMIT),
    "GS1-EPCIS-Capture-File-Size-Limit": str(CAPTURE_BYTES),
    "GS1-Capture-Error-Behaviour": "all",
    "GS1-Vendor-Version": "liangpin",
    "Liangpin-Not-Supported": LEFT_OUT,
}

router = Router(prefix="/epcis", tags=["EPCIS 2.0"])


@router.options("", summary="接口能力", status_code=204)
@router.options("/{resource:path}", summary="接口能力", status_code=204)
def discover(request: Request, resource: str = "", actor: Actor = require("public.read")) -> Response:
    """Versions, limits and formats of ``/epcis``, the same for every resource; says what is left out on purpose."""
    posts = resource in ("capture", "events")
    return Response(status_code=204, headers=ANNOUNCED | {"Allow": "OPTIONS, GET, POST" if posts else "OPTIONS, GET"})


def agree(request: Request) -> str:
    """Check what the client accepts; gives the EPC format to answer in. Raises NotAcceptableException."""
    given = ",".join(request.headers.getlist("accept")) or "*/*"
    accepted = [part.split(";")[0].strip().lower() for part in given.split(",")]
    if not any(one in (*JSON_TYPES, "*/*", "application/*", "application/problem+json", "") for one in accepted):
        raise NotAcceptableException(
            f"本接口只提供 JSON（{'、'.join(JSON_TYPES)}），请求的是 {', '.join(accepted)[:80]}；不提供 XML。",
            "Only JSON is served here, no XML.",
        )
    for name in (
        "GS1-EPCIS-Version",
        "GS1-EPCIS-Min",
        "GS1-EPCIS-Max",
        "GS1-CBV-Version",
        "GS1-CBV-Min",
        "GS1-CBV-Max",
    ):
        asked = request.headers.get(name, "").strip()
        if asked and (asked.split(".")[0] != "2" or (name.endswith("Min") and asked not in ("2", "2.0", VERSION))):
            raise NotAcceptableException(f"{name} 为 {asked[:20]}，本接口只提供 2.0。", "Only EPCIS and CBV 2.0.")
    form = request.headers.get("GS1-EPC-Format", FORMATS[1]).strip()
    if form not in FORMATS or form == "Always_EPC_URN":
        raise NotAcceptableException(
            f"GS1-EPC-Format“{form[:40]}”不支持，可用 {'、'.join(SUPPORTED)}；由编码还原 URN 须知厂商识别代码的长度，编码里没有。",
            "Digital Link or as captured; a URN needs the length of the company prefix, which no key tells.",
        )
    return form


def sent_json(request: Request) -> None:
    """Refuse a body that does not say that it is JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise UnsupportedMediaTypeException(
            f"请以 {JSON_TYPES[0]} 或 {JSON_TYPES[1]} 提交，收到的是“{kind[:60]}”。", "Send application/json."
        )
