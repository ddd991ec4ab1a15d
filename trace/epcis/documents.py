"""The envelope: an EPCISDocument or EPCISQueryDocument as its events, each with the context it is read in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trace.epcis.contexts import EPCIS_CONTEXT, joined, parts, shared
from trace.epcis.values import is_context, is_time, is_uri
from trace.problems import Problems

_VERSION = re.compile(r"\d+(\.\d+)*")
_CAPTURED = frozenset(
    [
        "@context",
        "id",
        "type",
        "schemaVersion",
        "creationDate",
        "instanceIdentifier",
        "sender",
        "receiver",
        "epcisHeader",
        "epcisBody",
    ]
)
_QUERIED = frozenset(["@context", "id", "type", "schemaVersion", "creationDate", "epcisBody"])


def events_of(document: Any) -> list[Any]:
    """The events of a document, each carrying the document's context before its own.

    Raises InvalidInput, with a pointer for each fault, where the envelope itself is not one of EPCIS 2.0; what
    is wrong inside an event is for ``validating`` to say.
    """
    problems = Problems()
    if not isinstance(document, Mapping):
        problems.add("", "not_an_object", "内容应为一个 EPCIS 文档（JSON 对象）", "the body must be an EPCIS document")
        problems.raise_if_any()
    kind = document.get("type")
    if kind not in ("EPCISDocument", "EPCISQueryDocument"):
        problems.add(
            "/type", "document_type", f"type“{str(kind)[:60]}”应为 EPCISDocument 或 EPCISQueryDocument",
            "type must be EPCISDocument or EPCISQueryDocument",
        )  # fmt: skip
        problems.raise_if_any()
    queried = kind == "EPCISQueryDocument"
    required = ("@context", "epcisBody") if queried else ("@context", "schemaVersion", "creationDate", "epcisBody")
    for name in required:
        if document.get(name) is None:
            problems.add(f"/{name}", "required", f"文档缺少 {name}", f"{name} is required")
    version, created, named = (document.get(name) for name in ("schemaVersion", "creationDate", "id"))
    if version is not None and not (isinstance(version, str) and _VERSION.fullmatch(version)):
        problems.add("/schemaVersion", "version", f"schemaVersion“{str(version)[:40]}”应像 2.0", "like 2.0")
    elif isinstance(version, str) and version.split(".")[0] != "2":
        problems.add("/schemaVersion", "version", f"本平台收 EPCIS 2.0，文档写的是 {version[:40]}", "EPCIS 2.0 only")
    if created is not None and not is_time(created):
        problems.add(
            "/creationDate", "time", f"creationDate“{str(created)[:60]}”不是带时区的时间", "not a time with zone"
        )
    if named is not None and not is_uri(named):
        problems.add("/id", "uri", f"id“{str(named)[:60]}”不是 URI", "id must be a URI")
    for name in document:
        if name not in (_QUERIED if queried else _CAPTURED) and not is_uri(name):
            problems.add(f"/{name}", "unknown_field", f"文档不认识字段 {name[:60]}", "unknown field of the document")
    for name in ("instanceIdentifier", "sender", "receiver"):
        if name in document and not isinstance(document[name], str):
            problems.add(f"/{name}", "text", f"{name} 应为文字", f"{name} must be a string")
    if "epcisHeader" in document and not isinstance(document["epcisHeader"], Mapping):
        problems.add("/epcisHeader", "object", "epcisHeader 应为对象", "epcisHeader must be an object")
    for place, part in enumerate(parts(document.get("@context"))):
        if not is_context(part):
            at = f"/@context/{place}" if isinstance(document["@context"], list) else "/@context"
            problems.add(at, "context", "@context 只能是网址、对象或它们的列表", "addresses and objects only")
    body = document.get("epcisBody")
    at = "/epcisBody"
    for name in ("queryResults", "resultsBody") if queried else ():
        body = body.get(name) if isinstance(body, Mapping) else None
        at += f"/{name}"
        if name == "queryResults" and isinstance(body, Mapping) and not isinstance(body.get("queryName"), str):
            problems.add(f"{at}/queryName", "required", "查询结果缺少 queryName", "queryName is required")
    events = body.get("eventList") if isinstance(body, Mapping) else None
    if not isinstance(events, list):
        problems.add(f"{at}/eventList", "required", "文档里没有事件列表 eventList", "eventList is required")
    problems.raise_if_any()
    assert isinstance(events, list)
    return [under(one, document["@context"]) for one in events]


def lines_of(event: Any) -> int:
    """How many identifiers an event lists, in whatever lists."""
    lists = event.values() if isinstance(event, Mapping) else ()
    return sum(len(one) for one in lists if isinstance(one, list))


def under(event: Any, context: Any) -> Any:
    """An event with its document's context; what is no object stays what it is, for ``validating`` to refuse."""
    if not isinstance(event, Mapping):
        return event
    own = event.get("@context", [])
    whole = joined(context, [None] if own is None else own)
    plain = {name: value for name, value in event.items() if name != "@context"}
    return {"@context": whole} | plain if whole else plain


def query_document(events: Sequence[Mapping[str, Any]], at: str, name: str = "SimpleEventQuery") -> dict[str, Any]:
    """Events as an EPCISQueryDocument made ``at`` (ISO time): one context for all that fit under it."""
    contexts = [event.get("@context") for event in events]
    together, fits = shared(contexts)
    listed = [
        {key: value for key, value in event.items() if key != "@context" or not fit}
        for event, fit in zip(events, fits, strict=True)
    ]
    return {
        "@context": together if len(together) > 1 else EPCIS_CONTEXT,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": at,
        "epcisBody": {"queryResults": {"queryName": name, "resultsBody": {"eventList": listed}}},
    }
