"""The REST binding of EPCIS 2.0: capture, jobs, queries, formats, discovery, and who gets what."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.epcis.changing import VALUES, changed
from tests.epcis.documents import CASE, CONTEXT, DUCK, PLACE, document, every, made, measured, packed, shipped
from tests.fixtures.people import Someone
from trace.epcis.contexts import prefixes
from trace.genealogy import store as genealogy
from trace.journal import store as journal
from trace.journal.canonical import dumps, loads
from trace.journal.rebuild import rebuild, snapshot

People = dict[str, Someone]
EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "epcis" / "examples"
PROCEED = {"GS1-Capture-Error-Behaviour": "proceed"}
RAW = {"GS1-EPC-Format": "Never_Translates"}
ARTICLE = {
    "name": "酱卤鸭",
    "gtin": "06950123450173",
    "shelf_life_days": "180",
    "storage": "frozen",
    "processing": "heated",
    "ready_to_eat": False,
    "net_content": "0.5",
    "net_unit": "kg",
}
UUID = "urn:uuid:5a5d6f1e-0000-4000-8000-0000000000"


@pytest.fixture
def send(client: TestClient, people: People) -> Callable[..., Any]:
    """Capture a document as somebody; gives the job."""

    def run(body: Any, login: str = "clerk", **headers: str) -> Any:
        auth = people[login].auth
        answer = client.post("/epcis/capture", json=body, headers=auth | headers)
        assert answer.status_code == 202, answer.text
        job = client.get(answer.headers["location"], headers=auth)
        assert job.status_code == 200
        return job.json()

    return run


@pytest.fixture
def ask(client: TestClient, people: People) -> Callable[..., Any]:
    """Query events as somebody; gives the list of events."""

    def run(query: str = "", login: str = "clerk", path: str = "/epcis/events", **headers: str) -> Any:
        answer = client.get(f"{path}?{query}", headers=people[login].auth | RAW | headers)
        assert answer.status_code == 200, answer.text
        return events(answer)

    return run


def events(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = loads(answer.content)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def same(given: dict[str, Any], context: Any, back: dict[str, Any], around: Any) -> None:
    """Equal but for the record time and an eventID of ours, extension names by namespace, numbers as decimals."""

    def full(value: Any, known: dict[str, str]) -> Any:
        if isinstance(value, dict):
            return {_full(key, known): full(one, known) for key, one in value.items() if key != "@context"}
        return [full(one, known) for one in value] if isinstance(value, list) else value

    whole = full(back, prefixes([*_list(around), *_list(back.get("@context"))]))
    whole.pop("recordTime")
    if "eventID" not in given:
        assert whole.pop("eventID").startswith("urn:uuid:")
    captured = {key: one for key, one in given.items() if key != "recordTime"}
    assert whole == full(loads(dumps(captured)), prefixes(context))


def _list(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [context]


def _full(name: str, known: dict[str, str]) -> str:
    prefix, colon, local = name.partition(":")
    return known[prefix] + local if colon and prefix in known else name


# ---- capture -------------------------------------------------------------------------------------


def test_every_type_of_event_is_captured_and_comes_back_equal(send: Any, client: TestClient, people: People) -> None:
    job = send(document(*every()))
    assert (job["running"], job["success"], job["errors"], job["captureErrorBehaviour"]) == (
        False,
        True,
        [],
        "rollback",
    )
    answer = client.get("/epcis/events", headers=people["clerk"].auth | RAW)
    back = events(answer)
    assert len(back) == len(every())
    for given, one in zip(every(), back, strict=True):
        same(given, CONTEXT, one, answer.json()["@context"])
    assert '"kitchen:celsius":96.5' in answer.text


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples of the standard are not at hand")
def test_every_example_of_the_standard_comes_back_equal(send: Any, client: TestClient, people: People) -> None:
    for path in sorted(EXAMPLES.iterdir()):
        given = loads(path.read_bytes())
        body = given["epcisBody"]
        listed = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
        login = "rival" if path.name.startswith("Example_9.6.1") else "clerk"
        answer = client.post(
            "/epcis/capture", content=path.read_bytes(),
            headers=people[login].auth | {"Content-Type": "application/ld+json", "GS1-Capture-Error-Behaviour": "proceed"},
        )  # fmt: skip
        job = client.get(answer.headers["location"], headers=people[login].auth).json()
        assert all(one["code"] == "duplicate_event" for one in job["errors"]), (path.name, job)
        for event in listed:
            declared = event.get("errorDeclaration", {}).get("declarationTime")
            if "eventID" in event:
                found = client.get(
                    f"/epcis/events/{quote(event['eventID'], safe='')}", headers=people[login].auth | RAW
                )
            else:
                query = f"GE_eventTime={quote(event['eventTime'])}&eventType={event['type']}"
                found = client.get(f"/epcis/events?{query}", headers=people[login].auth | RAW)
            back = [one for one in events(found) if one.get("errorDeclaration", {}).get("declarationTime") == declared]
            back = [one for one in back if one["eventTime"] == event["eventTime"]]
            if not any(one["index"] == listed.index(event) for one in job["errors"]):
                same(event, given["@context"], back[0], found.json()["@context"])


def test_rollback_keeps_nothing_and_proceed_the_good_ones_each_bad_one_by_its_index(send: Any, ask: Any) -> None:
    bad = shipped(eventID=UUID + "02", action="MOVE")
    twice = shipped(eventID=UUID + "01")
    body = document(shipped(eventID=UUID + "01"), bad, packed(eventID=UUID + "03"), twice)
    job = send(body)
    assert not job["success"]
    assert job["captured"] == 0
    assert [(one["index"], one["type"]) for one in job["errors"]] == [
        (1, "epcisException:ValidationException"), (3, "epcisException:ResourceAlreadyExistsException"),
    ]  # fmt: skip
    assert "MOVE" in job["errors"][0]["detail"]
    assert job["errors"][0]["pointer"] == "/action"
    assert ask() == []
    job = send(body, **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert (job["success"], job["captureErrorBehaviour"], job["captured"]) == (False, "proceed", 2)
    assert [one["index"] for one in job["errors"]] == [1, 3]
    assert [one["eventID"] for one in ask()] == [UUID + "01", UUID + "03"]


def test_a_query_document_is_captured_too(send: Any, ask: Any, client: TestClient, people: People) -> None:
    send(document(shipped(), made()))
    answer = client.get("/epcis/events", headers=people["clerk"].auth | RAW)
    assert send(answer.json(), login="rival")["success"]
    assert len(ask(login="rival")) == 2


def test_a_duplicate_is_409_and_changes_nothing(client: TestClient, people: People, ask: Any) -> None:
    auth = people["clerk"].auth
    event = {"@context": CONTEXT} | shipped(eventID=UUID + "10")
    first = client.post("/epcis/events", json=event, headers=auth)
    assert first.status_code == 201
    assert first.headers["location"] == f"/epcis/events/{quote(UUID + '10', safe='')}"
    again = client.post("/epcis/events", json=event | {"disposition": "damaged"}, headers=auth)
    assert again.status_code == 409
    assert again.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert [one["disposition"] for one in ask()] == ["in_transit"]
    assert client.post("/epcis/events", json=event, headers=people["rival"].auth).status_code == 201


def test_an_error_declaration_stands_beside_the_original(send: Any, client: TestClient, people: People) -> None:
    event_id = "ni:///sha-256;df7bb3c352fef055578554f09f5e2aa41782150ced7bd0b8af24dd3ccb30ba69?ver=CBV2.0"
    original = shipped(eventID=event_id)
    declared = original | {"errorDeclaration": {"declarationTime": "2026-11-24T00:50:00Z", "reason": "did_not_occur"}}
    assert send(document(original))["warnings"] == []
    assert send(document(declared))["warnings"] == []
    for address in (quote(event_id, safe=""), event_id):
        back = events(client.get(f"/epcis/events/{address}", headers=people["clerk"].auth | RAW))
        assert ["errorDeclaration" in one for one in back] == [False, True]
    unknown = declared | {"eventID": UUID + "20"}
    assert [one["code"] for one in send(document(unknown))["warnings"]] == ["unknown_original"]


def test_what_is_doubtful_is_kept_with_a_warning(send: Any) -> None:
    twice = measured()
    twice["sensorElementList"][0]["sensorReport"][0]["deviceID"] = "urn:epc:id:giai:695012345.other"
    twice["sensorElementList"][0]["sensorReport"][1]["time"] = "2026-11-20T08:00:00+08:00"
    job = send(document(twice))
    assert job["success"]
    assert [(one["index"], one["code"]) for one in job["warnings"]] == [(0, "stated_twice"), (0, "far_from_event")]


BROKEN = [
    (b"{", "application/json", 400, "ValidationException"),
    (b'{"type":"EPCISDocument"}', "application/json", 400, "ValidationException"),
    (b"[]", "application/json", 400, "ValidationException"),
    (b"[" * 100_000, "application/json", 400, "ValidationException"),
    (b'{"a":"\xff"}', "application/json", 400, "ValidationException"),
    (b"<epcis/>", "application/xml", 415, "UnsupportedMediaTypeException"),
    (b"{}", "text/plain", 415, "UnsupportedMediaTypeException"),
    (json.dumps(document(*[{}] * 1001)).encode(), "application/json", 413, "CaptureLimitExceededException"),
    (b"{" + b" " * 9_000_000 + b"}", "application/json", 413, "CaptureLimitExceededException"),
]
"""Content, media type, status, exception."""


def test_what_cannot_be_received_is_refused_under_its_epcis_name(client: TestClient, people: People) -> None:
    for content, kind, status, exception in BROKEN:
        headers = people["clerk"].auth | {"Content-Type": kind}
        answer = client.post("/epcis/capture", content=content, headers=headers)
        told = (answer.status_code, answer.json()["type"], answer.headers["content-type"])
        assert told == (status, f"epcisException:{exception}", "application/problem+json"), content[:40]


def test_hostile_numbers_and_names_never_break_anything(send: Any, client: TestClient, people: People) -> None:
    text = json.dumps(document(shipped())).replace(
        '"quantity": 40', '"quantity": 1E-999999999'
    ).replace('"bizStep"', '"kitchen:n": [1E-999999999, 1E999999999, ' + "9" * 400 + '], "bizStep"')  # fmt: skip
    headers = people["clerk"].auth | {"Content-Type": "application/json"}
    answer = client.post("/epcis/capture", content=text.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    job = client.get(answer.headers["location"], headers=headers).json()
    assert job["success"], job
    assert client.get("/epcis/events", headers=headers | RAW).status_code == 200


# ---- what an event does --------------------------------------------------------------------------


def test_captured_events_move_stock_and_make_edges_and_a_rebuild_is_identical(send: Any, db: Database) -> None:
    send(document(made(), packed(), shipped(), measured()))
    with db.read() as conn:
        duck = journal.identifiers(conn, ["https://id.gs1.org/01/06950123450173/10/L20261124"])
        before = snapshot(conn)
    assert len(duck) == 1
    lot = next(iter(duck.values()))
    with db.read() as conn:
        assert [(row.quantity, row.unit) for row in genealogy.holders_of(conn, lot)] == [(360_000_000, "H87")]
        assert len(genealogy.inputs_of(conn, lot)) == 2
    assert before["containment"]
    assert before["event_field"]
    assert before["namespace"]
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_many_events_at_once_project_as_one_after_another(
    send: Any, db: Database, people: People, client: TestClient
) -> None:
    run = [made(eventID=UUID + "30"), packed(eventID=UUID + "31"), shipped(eventID=UUID + "32")]
    run.append(run[2] | {"errorDeclaration": {"declarationTime": "2026-11-24T00:55:00Z"}})
    run.append(
        packed(eventID=UUID + "33", action="DELETE", childQuantityList=[], eventTime="2026-11-24T08:45:00+08:00")
    )
    send(document(*run))
    with db.read() as conn:
        together = snapshot(conn)
    for event in run:
        send(document(event), login="rival")
    tables = ("edge", "stock", "handover", "containment")
    count = {name: len(together[name]) for name in tables}
    with db.read() as conn:
        both = snapshot(conn)
    assert count["stock"] == 2
    assert count["containment"] == 1
    assert together["containment"][0][3] is not None
    for name in ("stock", "handover"):
        assert len(both[name]) == 2 * count[name], name
    stocks = {row[1:4:2] for row in both["stock"]}
    assert len({row[1] for row in both["stock"]}) == 2
    assert len(stocks) == len(both["stock"])


def test_a_captured_lot_of_ones_own_article_is_a_batch_with_a_verdict(
    client: TestClient, people: People, send: Any, db: Database
) -> None:
    auth = people["clerk"].auth
    made_item = client.post("/api/v1/items", json=ARTICLE, headers=auth)
    assert made_item.status_code == 201, made_item.text
    ilmd = {"cbvmda:lotNumber": "L20261124", "https://gs1.org/voc/productionDate": "2026-11-24"}
    send(document(made(ilmd=ilmd)))
    listed = client.get("/api/v1/batches", headers=auth).json()["items"]
    assert [(one["lot"], one["produced_on"]) for one in listed] == [("L20261124", "2026-11-24")]
    verdict = client.get(f"/api/v1/batches/{listed[0]['id']}/verdict", headers=auth).json()
    assert verdict["verdict"] != "pass"


# ---- query ---------------------------------------------------------------------------------------

QUERIES = [
    ("eventType=ObjectEvent", 2),
    ("eventType=ObjectEvent|AggregationEvent", 3),
    ("GE_eventTime=2026-11-24T08:30:00%2B08:00", 6),
    ("LT_eventTime=2026-11-24T08:30:00+08:00", 0),
    ("GE_recordTime=2000-01-01T00:00:00Z", 6),
    ("LT_recordTime=2000-01-01T00:00:00Z", 0),
    ("EQ_action=ADD", 3),
    ("EQ_bizStep=shipping|packing", 2),
    ("EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping", 1),
    ("EQ_bizStep=https://ref.gs1.org/cbv/BizStep-shipping", 1),
    ("EQ_disposition=in_transit", 1),
    (f"EQ_readPoint={PLACE}", 2),
    ("EQ_readPoint=https://id.gs1.org/414/6950123450012", 2),
    (f"EQ_bizLocation={PLACE}", 1),
    ("EQ_transformationID=urn:uuid:0b7f5a7e-0d1c-4f5f-9f43-2a4a4a3a1a11", 1),
    ("EQ_bizTransaction_po=urn:epcglobal:cbv:bt:6950123450018:77", 1),
    ("EQ_bizTransaction=urn:epcglobal:cbv:bt:6950123450018:77", 1),
    ("EQ_destination=urn:liangpin:party:shop", 1),
    ("EQ_bizTransaction_desadv=urn:epcglobal:cbv:bt:6950123450018:77", 0),
    ("EQ_source_owning_party=https://id.gs1.org/417/6950123450012", 1),
    ("EQ_destination_owning_party=urn:liangpin:party:shop", 1),
    (f"MATCH_epc={CASE}", 1),
    ("MATCH_epc=https://id.gs1.org/00/069501234500000425", 1),
    (f"MATCH_parentID={CASE}", 2),
    (f"MATCH_anyEPC={CASE}", 3),
    (f"MATCH_epcClass={DUCK}", 3),
    (f"MATCH_outputEPCClass={DUCK}", 1),
    (f"MATCH_inputEPCClass={DUCK}", 0),
    (f"MATCH_anyEPCClass={DUCK}", 4),
    (f"MATCH_anyEPC={DUCK}", 0),
    ("MATCH_anyEPCClass=https://shop.example.cn/01/06950123450173/10/L20261124", 4),
    ("MATCH_anyEPCClass=https://id.gs1.org/01/06950123450173/10/*", 4),
    ("MATCH_anyEPCClass=https://id.gs1.org/01/06950123450173/10/l*", 0),
    ("MATCH_anyEPCClass=https://id.gs1.org/01/06950123450173/10/L%2520*", 0),
    ("MATCH_anyEPCClass=https://id.gs1.org/01/06950123450173/10/_*", 0),
    ("MATCH_anyEPCClass=urn:epc:class:lgtin:695012345.0017.*", 4),
    ("MATCH_anyEPCClass=urn:epc:class:lgtin:695012345.*.*", 4),
    ("MATCH_anyEPCClass=urn:epc:class:lgtin:695012346.*.*", 0),
    ("MATCH_inputEPC=urn:epc:idpat:sgtin:695012345.0033.*", 1),
    ("MATCH_inputEPC=urn:epc:idpat:sgtin:695012345.0034.*", 0),
    ("MATCH_anyEPC=urn:epc:idpat:sscc:695012345.*", 3),
    ("EQ_persistentDisposition_set=completeness_inferred", 1),
    ("EQ_persistentDisposition_unset=completeness_inferred", 0),
    ("EXISTS_kitchen:pot=", 1),
    ("EQ_INNER_kitchen:number=3", 1),
    ("EQ_INNER_kitchen:celsius=96.500", 1),
    ("GE_INNER_kitchen:celsius=96.5", 1),
    ("GT_INNER_kitchen:celsius=96.5", 0),
    ("EQ_INNER_https://kitchen.example.cn/ns/number=3", 1),
    ("EQ_ILMD_kitchen:recipe=R-7", 1),
    ("EQ_ILMD_cbvmda:lotNumber=L20261124", 1),
    ("EXISTS_ILMD_kitchen:none=", 0),
    ("EQ_type=Temperature", 1),
    ("EQ_deviceID=urn:epc:id:giai:695012345.logger1", 1),
    ("EXISTS_errorDeclaration=true", 0),
    ("eventType=ObjectEvent&EQ_bizStep=shipping&EQ_action=OBSERVE", 1),
    ("eventType=kitchen:TastingEvent", 0),
]
"""A query over one event of each type, and how many it finds."""


def test_the_query_language(send: Any, ask: Any) -> None:
    send(document(*every()))
    wrong = [(query, found, len(back)) for query, found in QUERIES if len(back := ask(query)) != found]
    assert wrong == []


WRONG = [
    ("EQ_bizstep=shipping", "EQ_bizstep"),
    ("foo=1", "foo"),
    ("EQ_action=MOVE", "EQ_action"),
    ("EQ_bizStep=cooking", "EQ_bizStep"),
    ("eventType=CookingEvent", "eventType"),
    ("GE_eventTime=yesterday", "GE_eventTime"),
    ("GE_eventTime=2026-11-24T00:00:00", "GE_eventTime"),
    ("GE_eventTime=2026-11-24T00:00:00Z&GE_eventTime=2026-11-25T00:00:00Z", "GE_eventTime"),
    ("GE_eventTime=2026-11-25T00:00:00Z&LT_eventTime=2026-11-24T00:00:00Z", "LT_eventTime"),
    ("MATCH_epc=40 bags", "MATCH_epc"),
    ("MATCH_thing=urn:x:y", "MATCH_thing"),
    ("EQ_nobody:knows=1", "EQ_nobody:knows"),
    ("perPage=0", "perPage"),
    ("perPage=ten", "perPage"),
    ("nextPageToken=x", "nextPageToken"),
    ("orderBy=bizStep", "orderBy"),
    ("orderBy=eventTime&orderDirection=UP", "orderDirection"),
    ("orderDirection=ASC", "orderDirection"),
    ("eventCountLimit=5", "eventCountLimit"),
    ("orderBy=eventTime&eventCountLimit=5&maxEventCount=5", "maxEventCount"),
    ("EQ_action=", "EQ_action"),
]
"""A query and the parameter that is at fault."""


def test_unknown_and_contradictory_parameters_are_named(client: TestClient, people: People) -> None:
    for query, name in WRONG:
        answer = client.get(f"/epcis/events?{query}", headers=people["clerk"].auth)
        assert (query, answer.status_code) == (query, 400)
        assert answer.json()["type"] == "epcisException:QueryParameterException"
        assert f"/{name}" in [one["pointer"] for one in answer.json()["errors"]], query


def test_pages_follow_each_other_without_loss_in_either_order(send: Any, client: TestClient, people: People) -> None:
    send(document(*[shipped(eventID=f"{UUID}{n}", eventTime=f"2026-11-2{n % 4}T08:00:00Z") for n in range(40, 57)]))
    for order in ("", "&orderBy=eventTime", "&orderBy=eventTime&orderDirection=ASC", "&orderBy=recordTime"):
        seen: list[dict[str, Any]] = []
        address: str | None = f"/epcis/events?perPage=5&EQ_bizStep=shipping{order}"
        while address:
            answer = client.get(address, headers=people["clerk"].auth)
            seen += events(answer)
            link = answer.headers.get("link", "")
            address = link.split(">")[0].removeprefix("<") if 'rel="next"' in link else None
        assert len({one["eventID"] for one in seen}) == len(seen) == 17
        if "eventTime" in order:
            times = [one["eventTime"] for one in seen]
            assert times == sorted(times, reverse="ASC" not in order)


def test_limits_of_a_result(send: Any, client: TestClient, people: People) -> None:
    send(document(*[shipped(eventID=f"{UUID}{n}") for n in range(60, 70)]))
    auth = people["clerk"].auth
    first = client.get("/epcis/events?orderBy=eventTime&eventCountLimit=7&perPage=5", headers=auth)
    rest = client.get(first.headers["link"].split(">")[0].removeprefix("<"), headers=auth)
    assert (len(events(first)), len(events(rest)), rest.headers.get("link")) == (5, 2, None)
    over = client.get("/epcis/events?maxEventCount=9", headers=auth)
    assert (over.status_code, over.json()["type"]) == (413, "epcisException:QueryTooLargeException")
    assert client.get("/epcis/events?maxEventCount=10", headers=auth).status_code == 200


def test_resources_have_their_events(send: Any, ask: Any) -> None:
    send(document(*every()))
    for address, found in (
        (f"epcs/{quote(CASE, safe='')}", 3),
        ("epcs/https://id.gs1.org/01/06950123450173/10/L20261124", 4),
        ("eventTypes/ObjectEvent", 2),
        ("bizSteps/packing", 1),
        ("dispositions/in_transit", 1),
        (f"readPoints/{quote(PLACE, safe='')}", 2),
        (f"bizLocations/{quote(PLACE, safe='')}", 1),
    ):
        assert (address, len(ask(path=f"/epcis/{address}/events"))) == (address, found)


def test_digital_links_by_default_and_urns_as_they_were_captured(
    send: Any, ask: Any, client: TestClient, people: People
):
    send(document(shipped()))
    auth = people["clerk"].auth
    link = events(client.get("/epcis/events", headers=auth))[0]
    assert link["epcList"] == ["https://id.gs1.org/00/069501234500000425"]
    assert link["quantityList"][0]["epcClass"] == "https://id.gs1.org/01/06950123450173/10/L20261124"
    assert link["sourceList"][0]["source"] == "https://id.gs1.org/417/6950123450012"
    assert ask()[0]["epcList"] == [CASE]
    refused = client.get("/epcis/events", headers=auth | {"GS1-EPC-Format": "Always_EPC_URN"})
    assert (refused.status_code, refused.json()["type"]) == (406, "epcisException:NotAcceptableException")


def test_only_json_is_served(client: TestClient, people: People) -> None:
    for accept, status in (("application/xml", 406), ("text/html", 406), ("text/html, */*;q=0.1", 200)):
        answer = client.get("/epcis/events", headers=people["clerk"].auth | {"Accept": accept})
        assert (accept, answer.status_code) == (accept, status)


def test_discovery_says_what_there_is_and_what_is_left_out(client: TestClient) -> None:
    for path in ("/epcis", "/epcis/capture", "/epcis/events", "/epcis/events/urn:uuid:1", "/epcis/epcs/x/events"):
        answer = client.options(path)
        assert answer.status_code == 204
        assert answer.headers["gs1-epcis-version"] == "2.0.0"
        assert answer.headers["gs1-epcis-capture-limit"] == "1000"
        assert int(answer.headers["gs1-epcis-capture-file-size-limit"]) == 8 * 1024 * 1024
        assert "named queries" in answer.headers["liangpin-not-supported"]
    assert "POST" in client.options("/epcis/capture").headers["allow"]


def test_an_event_and_a_job_carry_an_etag(client: TestClient, people: People) -> None:
    auth = people["clerk"].auth
    job = client.post("/epcis/capture", json=document(shipped(eventID=UUID + "90")), headers=auth)
    for path in (job.headers["location"], f"/epcis/events/{UUID}90"):
        first = client.get(path, headers=auth)
        again = client.get(path, headers=auth | {"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


# ---- who gets what -------------------------------------------------------------------------------


def test_an_event_goes_to_its_organisation_to_parties_it_names_and_to_the_regulator(send: Any, ask: Any) -> None:
    named = [{"type": "owning_party", "destination": "urn:liangpin:party:rival"}]
    send(document(shipped(eventID=UUID + "70", destinationList=named), made(eventID=UUID + "71")))
    assert [one["eventID"] for one in ask(login="clerk")] == [UUID + "70", UUID + "71"]
    assert [one["eventID"] for one in ask(login="rival")] == [UUID + "70"]
    assert ask(login="farmer") == []
    assert len(ask(login="officer")) == 2
    assert len(ask(f"MATCH_anyEPCClass={DUCK}", login="rival")) == 1


def test_jobs_are_an_organisations_own(client: TestClient, people: People, send: Any) -> None:
    ids = [send(document(shipped()))["captureID"] for _ in range(3)]
    for login in ("rival", "officer"):
        assert client.get(f"/epcis/capture/{ids[0]}", headers=people[login].auth).status_code == 404
        assert client.get("/epcis/capture", headers=people[login].auth).json() == []
    first = client.get("/epcis/capture?perPage=2", headers=people["clerk"].auth)
    rest = client.get(first.headers["link"].split(">")[0].removeprefix("<"), headers=people["clerk"].auth)
    assert [one["captureID"] for one in (*first.json(), *rest.json())] == ids[::-1]


def test_who_may_not_capture_is_told_so_under_the_epcis_name(client: TestClient, people: People) -> None:
    for headers, status in (({}, 401), (people["officer"].auth, 403), (people["investor"].auth, 403)):
        answer = client.post("/epcis/capture", json=document(shipped()), headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (status, "epcisException:SecurityException")
    assert client.get("/epcis/events", headers=people["investor"].auth).status_code == 403


def test_nobody_puts_an_input_into_anothers_article(
    client: TestClient, people: People, send: Any, db: Database
) -> None:
    assert client.post("/api/v1/items", json=ARTICLE, headers=people["clerk"].auth).status_code == 201
    assert send(document(made()), login="rival")["success"]
    with db.read() as conn:
        lot = journal.identifiers(conn, ["https://id.gs1.org/01/06950123450173/10/L20261124"])
        assert genealogy.inputs_of(conn, next(iter(lot.values()))) == []
    assert client.get("/api/v1/batches", headers=people["clerk"].auth).json()["items"] == []


# ---- personal data -------------------------------------------------------------------------------


def test_personal_values_never_enter_the_journal_and_go_back_to_whoever_sent_them(
    send: Any, ask: Any, client: TestClient, people: People, db: Database
) -> None:
    named = [{"type": "owning_party", "destination": "urn:liangpin:party:rival"}]
    event = shipped(
        eventID=UUID + "80",
        destinationList=named,
        **{
            "kitchen:driver": {"kitchen:name": "李四", "kitchen:phone": 13800000000},
            "kitchen:vehicle": [{"kitchen:plate-number": "渝A00001"}],
        },
    )
    send(document(event))
    with db.read() as conn:
        row = next(
            iter(
                journal.events_of(
                    conn, next(iter(journal.identifiers(conn, ["https://id.gs1.org/00/069501234500000425"]).values()))
                )
            )
        )
    assert "李四" not in row.document
    assert "13800000000" not in row.document
    assert "渝A00001" not in row.document
    mine = ask()[0]
    assert mine["kitchen:driver"] == event["kitchen:driver"]
    assert mine["kitchen:vehicle"] == event["kitchen:vehicle"]
    for login in ("rival", "officer"):
        theirs = ask(login=login)[0]
        assert theirs["kitchen:driver"].startswith("urn:liangpin:personal:")
    number = theirs["kitchen:driver"].rsplit(":", 1)[-1]
    assert client.delete(f"/epcis/personal/{number}", headers=people["rival"].auth).status_code == 404
    assert client.delete(f"/epcis/personal/{number}", headers=people["boss"].auth).status_code == 204
    assert ask()[0]["kitchen:driver"] == f"urn:liangpin:personal:{number}"
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_events_with_any_fault_are_told_by_index_and_break_nothing(send: Any, ask: Any, db: Database) -> None:
    """Two hundred events, each with one to three things put wrong at random: all are answered, the good ones kept."""
    dice = random.Random(20261124)
    run = []
    for number in range(200):
        event = {"eventID": f"urn:x:{number}", **dice.choice(every())}
        for _ in range(dice.randrange(1, 4)):
            event = changed(event, (dice.randrange(10**6), dice.choice(("set", "drop", "add")), dice.choice(VALUES)))
        run.append(event)
    job = send(document(*run), **{"GS1-Capture-Error-Behaviour": "proceed"})
    bad = {one["index"] for one in job["errors"]}
    assert job["captured"] == len(run) - len(bad)
    assert 20 < len(bad) < 190
    assert all(one["detail"] and one["code"] for one in job["errors"])
    assert len(ask("perPage=1000")) == job["captured"]
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: TestClient) -> None:
    for path, allowed in (("/epcis/events", "GET, OPTIONS, POST"), ("/epcis/capture", "GET, OPTIONS, POST")):
        answer = client.delete(path)
        assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
        assert answer.json()["code"] == "method_not_allowed"
        assert answer.headers["allow"] == allowed
