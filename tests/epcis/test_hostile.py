"""What partners must not be able to do to each other, and what no event may break."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from service.database import Database
from tests.epcis.documents import CASE, CONTEXT, DUCK, document, made, measured, packed, shipped
from tests.epcis.test_api import ARTICLE, PROCEED, RAW, UUID, People, ask, events, send
from trace.genealogy import store as genealogy
from trace.journal import store as journal
from trace.journal.canonical import loads
from trace.journal.rebuild import rebuild, snapshot

__all__ = ["ask", "send"]
OWN = "https://id.gs1.org/01/06950123450173/10/"


def added(uri: str = DUCK, quantity: Any = 1, **more: Any) -> dict[str, Any]:
    amount = [{"epcClass": uri, "quantity": quantity}]
    return shipped(action="ADD", bizStep="commissioning", epcList=[], quantityList=amount) | more


def lots(client: TestClient, people: People) -> list[str]:
    listed = client.get("/api/v1/batches", headers=people["clerk"].auth).json()["items"]
    return sorted(one["lot"] for one in listed)


def rebuilt(db: Database) -> None:
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


@pytest.fixture
def article(client: TestClient, people: People) -> None:
    assert client.post("/api/v1/items", json=ARTICLE, headers=people["clerk"].auth).status_code == 201


def test_amounts_that_add_up_beyond_the_record_are_refused_and_the_record_can_be_rebuilt(
    client: TestClient, people: People, send: Any, db: Database
) -> None:
    for number in range(9):
        assert send(document(added(quantity=10**12, eventID=f"{UUID}{number:02d}")))["success"]
    over = client.post("/epcis/capture", json=document(added(quantity=10**12)), headers=people["clerk"].auth)
    assert (over.status_code, over.json()["type"]) == (400, "epcisException:ValidationException")
    assert "库存" in over.json()["errors"][0]["detail"]
    many = [{"epcClass": DUCK, "quantity": 10**12}] * 50
    wide = document(made(inputQuantityList=many, outputQuantityList=[]))
    assert client.post("/epcis/capture", json=wide, headers=people["rival"].auth).status_code == 400
    rebuilt(db)


@pytest.mark.usefixtures("article")
def test_a_lot_is_one_batch_whatever_stands_beside_it(
    client: TestClient, people: People, send: Any, db: Database
) -> None:
    named = {"cbvmda:lotNumber": "M-7"}
    serials = [f"urn:epc:id:sgtin:695012345.0017.{n}" for n in (1, 2)]
    assert send(document(added(OWN + "A", ilmd=named), added(OWN + "B", ilmd=named)))["success"]
    assert send(document(shipped(action="ADD", epcList=serials, quantityList=[], ilmd=named)))["success"]
    odd = [OWN + "ZZ%20", OWN + "ZZ%0A", OWN + "%E9%B8%AD", OWN.removesuffix("/10/") + "?10=ZZ-1", OWN + "ZZ-1/../ZZ-1"]
    assert send(document(*[added(uri) for uri in odd]))["success"]
    same = [OWN + "ZZ-1", "https://shop.example.cn/01/6950123450173/10/ZZ-1", "urn:epc:class:lgtin:695012345.0017.ZZ-1"]
    assert send(document(*[added(uri) for uri in same]))["success"]
    assert lots(client, people) == ["B", "M-7", "ZZ-1"]
    rebuilt(db)


@pytest.mark.usefixtures("article")
@pytest.mark.parametrize("value", [{"a": 1}, 5, [{"a": 1}], ["weighed_by_god"], "abc", "NaN"])
def test_our_own_names_are_taken_in_their_form_only(send: Any, value: Any) -> None:
    ours = [*CONTEXT, {"liangpin": "https://liangpin.example/ns/"}]
    for event in (
        made(**{"liangpin:inputBasis": value}),
        added(**{"liangpin:servesAs": value}) if value != 5 else made(**{"liangpin:inputBasis": value}),
        made(ilmd={"liangpin:origin": value})
        if not isinstance(value, list) or value[0] != "weighed_by_god"
        else made(**{"liangpin:inputBasis": value}),
    ):
        job = send(document(event) | {"@context": ours})
        assert [one["code"] for one in job["errors"]] == ["own_name"]


def test_a_material_is_ones_own_or_none(client: TestClient, people: People, send: Any, db: Database) -> None:
    material = {"kind": "material", "name": "鸭胚", "base_unit": "kg"}
    theirs = client.post("/api/v1/items", json=material, headers=people["rival"].auth).json()["id"]
    mine = client.post("/api/v1/items", json=material, headers=people["clerk"].auth).json()["id"]
    send(document(added(OWN + "X", **{"liangpin:servesAs": theirs}), added(OWN + "Y", **{"liangpin:servesAs": mine})))
    with db.read() as conn:
        assert {row.material_id for row in conn.execute(select(genealogy.stock))} == {None, int(mine)}
    rebuilt(db)


def test_nobody_unpacks_or_packs_anothers_case_but_whoever_it_was_sent_to(send: Any, db: Database) -> None:
    def inside() -> list[tuple[int | None]]:
        with db.read() as conn:
            return [row.to_time for row in conn.execute(select(genealogy.containment))]

    unpack = packed(action="DELETE", childQuantityList=[], eventTime="2026-11-24T08:50:00+08:00")
    send(document(packed()))
    send(document(unpack, packed(childQuantityList=[{"epcClass": OWN + "SPY", "quantity": 1}])), login="rival")
    assert inside() == [None]
    to_rival = [{"type": "owning_party", "destination": "urn:liangpin:party:rival"}]
    send(document(shipped(epcList=[CASE], destinationList=to_rival)))
    send(document(unpack), login="rival")
    assert [at is not None for at in inside()] == [True]
    rebuilt(db)


def test_a_report_moves_no_time_of_anothers_batch(client: TestClient, people: People, send: Any, db: Database) -> None:
    client.post("/api/v1/items", json=ARTICLE, headers=people["clerk"].auth)
    send(document(added(OWN + "T")))
    from trace.batches.store import batch

    with db.read() as conn:
        before = conn.execute(select(batch.c.last_event_at)).scalar_one()
    taken = shipped(
        bizStep="receiving", quantityList=[{"epcClass": OWN + "T", "quantity": 1}], eventTime="1970-01-02T00:00:00Z"
    )
    send(document(taken), login="rival")
    with db.read() as conn:
        assert conn.execute(select(batch.c.last_event_at)).scalar_one() == before


def test_prefixes_of_others_and_too_many_of_ones_own_break_no_query(
    client: TestClient, people: People, send: Any, ask: Any
) -> None:
    send(document(shipped(**{"kitchen:n": 1})))
    for number in range(60):
        other = [CONTEXT[0], {"kitchen": f"https://n/{number}/"}]
        send(document(shipped(**{"kitchen:n": 1})) | {"@context": other}, login="rival")
    assert len(ask("EQ_kitchen:n=1")) == 1
    refused = client.get("/epcis/events?EQ_kitchen:n=1", headers=people["rival"].auth)
    assert "GS1-Extensions" in refused.json()["detail"]
    chosen = ask("EQ_kitchen:n=1", login="rival", **{"GS1-Extensions": "kitchen=https://n/7/"})
    assert len(chosen) == 1
    many = {f"p{n}": f"https://n/{n}/" for n in range(300)}
    assert [one["code"] for one in send(document(shipped()) | {"@context": [CONTEXT[0], many]})["errors"]] == [
        "too_many"
    ]


def test_a_context_keeps_its_meaning_beside_any_other(send: Any, client: TestClient, people: People) -> None:
    a, b = {"x": "https://a.example.cn/"}, {"x": "https://b.example.cn/"}
    send(document(shipped(**{"x:y": "A", "@context": a})) | {"@context": [CONTEXT[0], a, b]})
    send(document(shipped(**{"x:y": "B"})) | {"@context": [CONTEXT[0], b]})
    send(document(shipped(**{"x:y": "R"})) | {"@context": [CONTEXT[0], "https://remote.example.cn/context.jsonld", a]})
    answer = client.get("/epcis/events", headers=people["clerk"].auth | RAW)
    around = answer.json()["@context"]
    assert not any("remote" in str(part) for part in _list(around))
    read = {}
    for one in events(answer):
        known: dict[str, str] = {}
        for part in [*_list(around), *_list(one.get("@context"))]:
            known |= part if isinstance(part, dict) else {}
        read[one["x:y"]] = known["x"]
    assert read == {"A": a["x"], "B": b["x"], "R": a["x"]}
    for query, found in (("EQ_x:y=A", 1), ("EQ_https://a.example.cn/y=A", 1), ("EQ_https://b.example.cn/y=A", 0)):
        assert len(events(client.get(f"/epcis/events?{query}", headers=people["clerk"].auth | RAW))) == found


def _list(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [] if context is None else [context]


@pytest.mark.parametrize("context", [5, "not a uri", True, None, [5], [[1]]])
def test_a_context_that_is_none_is_refused_at_both_levels(
    client: TestClient, people: People, send: Any, context: Any
) -> None:
    job = send(document(shipped(**{"@context": context})))
    assert {one["code"] for one in job["errors"]} == {"context"}
    answer = client.post(
        "/epcis/capture", json=document(shipped()) | {"@context": context}, headers=people["clerk"].auth
    )
    assert answer.status_code == 400
    assert (
        client.post("/epcis/events", json=shipped(**{"@context": context}), headers=people["clerk"].auth).status_code
        == 400
    )


@pytest.mark.parametrize("change", [{"epcisHeader": 5}, {"sender": 5}])
def test_an_envelope_of_wrong_values_is_refused(client: TestClient, people: People, change: dict[str, Any]) -> None:
    answer = client.post("/epcis/capture", json=document(shipped()) | change, headers=people["clerk"].auth)
    assert answer.status_code == 400


def test_what_would_hold_the_record_for_minutes_is_refused_with_what_to_do(
    client: TestClient, people: People, send: Any
) -> None:
    side = [{"epcClass": f"{OWN}{n}", "quantity": 1} for n in range(300)]
    job = send(document(made(inputQuantityList=side, outputQuantityList=side)))
    assert "分成几个事件" in job["errors"][0]["detail"]
    wide = shipped(epcList=[f"urn:x:{n}" for n in range(2_001)])
    over = client.post("/epcis/capture", json=document(*[wide] * 25), headers=people["clerk"].auth)
    assert (over.status_code, over.json()["type"]) == (413, "epcisException:CaptureLimitExceededException")


def test_names_and_numbers_of_any_length_are_taken_or_refused_never_broken(
    client: TestClient, people: People, send: Any, ask: Any
) -> None:
    long = "https://n.example.cn/" + "x" * 1900
    event = shipped(**{long: {"q:" + "k" * 1500: "v" * 5000}})
    assert send(document(event) | {"@context": [CONTEXT[0], {"p" * 900: long}]})["success"]
    assert len(ask(f"EXISTS_{long}=")) == 1
    text = json.dumps(document(shipped())).replace('"bizStep"', '"kitchen:n": 1e99999999999999999999, "bizStep"')
    headers = people["clerk"].auth | {"Content-Type": "application/json"}
    assert client.post("/epcis/capture", content=text.encode(), headers=headers).status_code == 400
    exact = "|".join(f"urn:x:{n}" for n in range(400))
    assert ask(f"MATCH_epc={exact}") == []
    many = client.get("/epcis/events?MATCH_epc=" + exact.replace("|", "*|"), headers=people["clerk"].auth)
    assert many.status_code == 400


def test_personal_values_are_taken_out_wherever_they_stand(send: Any, ask: Any, db: Database) -> None:
    event = measured(
        readPoint={"id": "urn:x:1", "kitchen:driverPhone": "13800000001"},
        errorDeclaration={"declarationTime": "2026-11-24T00:00:00Z", "kitchen:contact": {"phone": "13800000002"}},
    )
    event["sensorElementList"][0]["kitchen:operatorName"] = "王五"
    event["sensorElementList"][0]["sensorReport"][0]["kitchen:tel"] = "13800000003"
    send(document(event))
    with db.read() as conn:
        text = conn.execute(select(journal.event.c.document)).scalar_one()
    assert "1380000000" not in text
    assert "王五" not in text
    assert ask()[0]["readPoint"] == event["readPoint"]
    assert ask()[0]["sensorElementList"] == loads(json.dumps(event["sensorElementList"]))


def test_a_strangers_declaration_is_not_shown_as_the_authors(send: Any, client: TestClient, people: People) -> None:
    original = shipped(eventID=UUID + "40")
    send(document(original))
    to_maker = [{"type": "owning_party", "destination": "urn:liangpin:party:maker"}]
    wrong = original | {"errorDeclaration": {"declarationTime": "2026-11-24T00:30:00Z"}, "destinationList": to_maker}
    send(document(wrong), login="rival")
    for login in ("clerk", "officer"):
        back = events(client.get(f"/epcis/events/{UUID}40", headers=people[login].auth | RAW))
        assert ["errorDeclaration" in one for one in back] == [False]


def test_a_declaration_before_its_event_takes_it_back_all_the_same(send: Any, db: Database) -> None:
    event = added(eventID=UUID + "41", quantity=7)
    wrong = event | {"errorDeclaration": {"declarationTime": "2026-11-24T00:30:00Z"}}
    job = send(document(wrong, event))
    assert [one["code"] for one in job["warnings"]] == ["unknown_original"]
    with db.read() as conn:
        assert [row.quantity for row in conn.execute(select(genealogy.stock))] == []
    rebuilt(db)


def test_queries_never_widen_in_silence(send: Any, client: TestClient, people: People, ask: Any) -> None:
    send(document(shipped(), packed()))
    assert len(ask(path="/epcis/bizSteps/shipping/events")) == 1
    assert ask("EQ_bizStep=packing", path="/epcis/bizSteps/shipping/events") == []
    auth = people["clerk"].auth
    assert client.get("/epcis/epcs//events", headers=auth).status_code == 404
    for query in (
        "EXISTS_errorDeclaration=false", "EXISTS_kitchen:pot=foo", "EQ_errorReason=oops", "EQ_type=Tastiness",
        "EQ_booleanValue=maybe", "EQ_persistentDisposition_set=gone", "EQ_source_foo=urn:x:1",
    ):  # fmt: skip
        assert client.get(f"/epcis/events?{query}", headers=auth).status_code == 400, query


def test_a_standard_type_in_disguise_is_told_its_name(send: Any) -> None:
    for name in ("epcis:ObjectEvent", "https://ns.gs1.org/epcis/ObjectEvent", "https://ref.gs1.org/epcis/ObjectEvent"):
        (error,) = send(document(shipped(type=name)), **PROCEED)["errors"]
        assert "请写成 ObjectEvent" in error["detail"]
