"""The links of a code as a linkset (RFC 9264), within the rules GS1 lays on a conformant resolver. Pure.

Source: RFC 9264 section 4.2 (JSON form); GS1-Conformant Resolver Standard 1.1, linkset schema: every
member has ``anchor`` and ``itemDescription``, every link ``href`` and ``title``, ``hreflang`` is a
list; the JSON-LD context is named by a Link header, not inside.
"""

from __future__ import annotations

from typing import Any

from service.scan.public import PublicRecord

VOC = "https://ref.gs1.org/voc/"
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
CONTEXT_LINK = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'

WHOLE_SET = frozenset({"linkset", "all"})
_OF_ITEM = ("defaultLink", "pip")
_OF_LOT = ("traceability", "recallStatus")


def link_type(written: str) -> str:
    """A link type as a query writes it (``gs1:pip``, the full IRI, or bare) as its bare name."""
    text = written.strip()
    for prefix in (VOC, "https://gs1.org/voc/", "http://gs1.org/voc/", "gs1:"):
        if text.startswith(prefix):
            return text[len(prefix) :]
    return text


def offered(record: PublicRecord) -> tuple[str, ...]:
    """The link types there is something to show for."""
    return _OF_ITEM + (_OF_LOT if record.lot is not None else ())


def linkset(record: PublicRecord, public_url: str) -> dict[str, Any]:
    """The linkset of one record; hrefs lead to our own page of it."""
    href = public_url + record.path
    name = record.product + (f" 批号 {record.lot}" if record.lot is not None else "")

    def one(title: str, media: str) -> list[dict[str, Any]]:
        return [{"href": href, "title": title, "type": media, "hreflang": ["zh"]}]

    links: dict[str, Any] = {
        VOC + "defaultLink": one(name, "text/html"),
        VOC + "pip": one(f"{name}：产品信息", "text/html"),
    }
    if record.lot is not None:
        links[VOC + "traceability"] = one(f"{name}：产地、企业与日期", "text/html")
        links[VOC + "recallStatus"] = one(f"{name}：停售与召回状态", "application/json")
    return {"linkset": [{"anchor": record.uri, "itemDescription": name} | links]}
