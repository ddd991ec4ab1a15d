"""The API reference as a plain page from the OpenAPI document: no script, works without network."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.errors import BY_STATUS
from service.operations import openapi
from service.routing import Router
from service.web.render import page
from trace.errors import Refusal

router = Router(prefix="/docs", include_in_schema=False)
_METHODS = ("get", "post", "put", "patch", "delete", "options")


@router.get("")
def reference(request: Request, actor: Actor = require("public.read")) -> Response:
    """Every address of the JSON API with what it takes and gives."""
    document = openapi(request)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                one = item[method]
                tag = (one.get("tags") or ["其他 other"])[0]
                groups.setdefault(tag, []).append(_operation(document, path, method, one))
    return page(request, "reference.html", groups=groups, title=document["info"]["title"])


def _operation(document: dict[str, Any], path: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    content = one.get("requestBody", {}).get("content", {})
    fields: list[dict[str, Any]] = []
    for media in content.values():
        fields = _fields(document, media.get("schema", {}))
        break
    return {
        "id": f"{method}-{path}".replace("/", "-").replace("{", "").replace("}", ""),
        "path": path,
        "method": method.upper(),
        "summary": one.get("summary", ""),
        "description": one.get("description", ""),
        "parameters": [
            {
                "name": p["name"],
                "where": {"path": "路径", "query": "查询", "header": "请求头"}.get(p["in"], p["in"]),
                "required": p.get("required", False),
                "type": _type(p.get("schema", {})),
                "description": p.get("description", ""),
            }
            for p in one.get("parameters", [])
        ],
        "fields": fields,
        "answers": sorted(one.get("responses", {})),
    }


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if not reference:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return found


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(_type(s) for s in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("type", "any")) + (f" ({schema['format']})" if "format" in schema else "")


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    found = _resolve(document, schema)
    required = set(found.get("required", ()))
    return [
        {"name": name, "type": _type(s), "required": name in required, "description": s.get("description", "")}
        for name, s in found.get("properties", {}).items()
    ]


def _all_refusals(root: type[Refusal] = Refusal) -> list[type[Refusal]]:
    found = [root]
    for child in root.__subclasses__():
        found += _all_refusals(child)
    return found


@router.get("/errors")
def errors(request: Request, actor: Actor = require("public.read")) -> Response:
    """Every error code, what it means and its HTTP status; ``type`` of a problem leads here."""
    codes = {code: (status, title, english) for status, (code, title, english, _) in BY_STATUS.items()}
    for one in _all_refusals():
        codes.setdefault(one.code, (one.status, one.title, one.title_en))
    codes.setdefault("malformed_json", (400, "提交的内容不是有效的 JSON", "The body is not valid JSON"))
    codes.setdefault("cross_site", (403, "请求来自其他网站", "The request came from another site"))
    codes.setdefault("nul_character", (400, "内容中含有不可保存的字符", "The request contains a NUL"))
    codes.setdefault("value_out_of_range", (422, "有一项内容无法保存", "A value cannot be stored"))
    rows = sorted((status, code, title, english) for code, (status, title, english) in codes.items())
    return page(request, "errors.html", rows=rows)
