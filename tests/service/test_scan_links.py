"""Content negotiation of a code's address, and the linkset within GS1's rules."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.scan.negotiation import form_of
from tests.fixtures.people import Someone
from tests.fixtures.scanning import GTIN, District, settle
from trace.identifiers.models import encode

VOC = "https://ref.gs1.org/voc/"
LINK = {
    "type": "object",
    "required": ["href", "title"],
    "additionalProperties": False,
    "properties": {
        "href": {"type": "string", "pattern": "^https?://"},
        "title": {"type": "string", "minLength": 1},
        "hreflang": {"type": "array", "items": {"type": "string", "pattern": r"^\w{2}(-\w{2})?$"}},
        "type": {"type": "string", "pattern": r"^\w+/[-+.\w]+$"},
        "context": {"type": "array"},
        "fwqs": {"type": "boolean"},
        "public": {"type": "boolean"},
    },
}
# The rules of the linkset schema published with the GS1-Conformant Resolver Standard, in our words.
RULES = {
    "type": "object",
    "required": ["linkset"],
    "additionalProperties": False,
    "properties": {
        "linkset": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["anchor", "itemDescription"],
                "properties": {
                    "anchor": {"type": "string", "pattern": "^https?://"},
                    "itemDescription": {"type": "string", "minLength": 1},
                },
                "patternProperties": {
                    r"^https?://[a-zA-Z0-9./]+$": {"type": "array", "minItems": 1, "items": LINK},
                },
                "additionalProperties": False,
            },
        }
    },
}


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def path_of(district: District) -> str:
    return f"/01/{GTIN}/10/{encode(district.batch.lot)}"


@pytest.mark.parametrize("how", [{"Accept": "application/linkset+json"}, "linkset", "all"])
def test_the_linkset_keeps_the_rules(client: TestClient, district: District, how: Any) -> None:
    path = path_of(district)
    asked = {"headers": how} if isinstance(how, dict) else {"params": {"linkType": how}}
    answer = client.get(path, **asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/linkset+json"
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["link"]
    document = answer.json()
    jsonschema.validate(document, RULES)
    (item,) = document["linkset"]
    assert item["anchor"] == f"https://id.gs1.org{path}"
    assert len(item[VOC + "defaultLink"]) == 1
    assert {VOC + "pip", VOC + "traceability"} <= item.keys()
    assert item[VOC + "pip"][0]["href"] == f"http://testserver{path}"


def test_a_private_lot_has_a_linkset_too(client: TestClient, district: District) -> None:
    path = district.raw.uri.removeprefix("http://testserver")
    document = client.get(path, params={"linkType": "linkset"}).json()
    jsonschema.validate(document, RULES)
    assert document["linkset"][0]["anchor"] == district.raw.uri


def test_an_unknown_lot_gives_the_products_links(client: TestClient, district: District) -> None:
    document = client.get(f"/01/{GTIN}/10/NOPE", params={"linkType": "linkset"}).json()
    jsonschema.validate(document, RULES)
    assert document["linkset"][0]["anchor"] == f"https://id.gs1.org/01/{GTIN}"
    assert VOC + "traceability" not in document["linkset"][0]


@pytest.mark.parametrize("kind", ["gs1:pip", VOC + "pip", "pip", "gs1:defaultLink", "gs1:traceability"])
def test_one_link_leads_to_the_page(client: TestClient, district: District, kind: str) -> None:
    answer = client.get(path_of(district), params={"linkType": kind})
    assert (answer.status_code, answer.headers["location"]) == (307, path_of(district))


def test_a_link_we_do_not_have_is_not_found(client: TestClient, district: District) -> None:
    answer = client.get(path_of(district), params={"linkType": "gs1:recipeInfo"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "no_such_link"


def test_the_page_names_its_linkset(client: TestClient, district: District) -> None:
    answer = client.get(path_of(district), headers={"Accept": "text/html"})
    link = answer.headers["link"]
    assert 'rel="linkset"; type="application/linkset+json"' in link
    target = link.split(">")[0].lstrip("<")
    assert client.get(target).json()["linkset"]


def test_json_is_the_public_record_and_nothing_more(client: TestClient, district: District) -> None:
    told = client.get(path_of(district), headers={"Accept": "application/json"})
    assert told.headers["content-type"] == "application/json"
    assert told.headers["access-control-allow-origin"] == "*"
    body = told.json()
    assert body["uri"] == f"https://id.gs1.org{path_of(district)}"
    assert (body["code"], body["line"], body["lot"]) == ("awaiting", "企业待放行", "A/1%2?x")
    assert body["heating"] == {"required": True, "text": "彻底加热后食用", "method": "沸水煮 12 分钟"}
    assert body["origin"] == ["良溪县青石镇双堰村"]
    for secret in ("findings", "verdict", "quantity", "inputs", "HGZ-2026-0001", "62.5"):
        assert secret not in told.text
    same = client.get(path_of(district), headers={"Accept": "application/json"} | district.people["rival"].auth)
    assert same.json().keys() == body.keys()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "html"),
        ("*/*", "html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("application/json", "json"),
        ("application/linkset+json", "linkset"),
        ("application/json;q=0.5, application/linkset+json;q=0.9", "linkset"),
        ("application/json;q=0, text/html;q=0.1", "html"),
        ("image/png", "html"),
        ("application/json;q=viel", "html"),
        (";;;,,=q", "html"),
        ("application/json;q=7", "html"),
    ],
)
def test_negotiation_always_ends(accept: str, form: str) -> None:
    assert form_of(accept) == form
