"""What is a valid event, fault by fault, and against the standard's own schema where that is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.epcis import documents
from tests.epcis.changing import VALUES, changed
from tests.epcis.documents import CASE, DUCK, every, fitted, made, measured, packed, shipped
from trace.epcis.documents import events_of, query_document, under
from trace.epcis.fields import STANDARD
from trace.epcis.validating import FUTURE_US, faults_of
from trace.epcis.values import micros
from trace.epcis.vocabulary import EVENT_TYPES
from trace.errors import InvalidInput
from trace.journal.canonical import dumps, loads

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "epcis"
NOW = micros("2026-11-25T00:00:00Z")
assert NOW is not None


def codes(event: Any) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in faults_of(event, NOW)]


@pytest.mark.parametrize("event", every(), ids=lambda one: one["type"])
def test_a_valid_event_has_no_fault(event: dict[str, Any]) -> None:
    assert codes(event) == []
    assert codes(event | {"@context": documents.CONTEXT, "kitchen:note": ["临时", {"kitchen:by": "班长"}]}) == []


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("no type", {"type": None}, "/type", "value"),
    ("unknown type", {"type": "CookingEvent"}, "/type", "value"),
    ("wrong GTIN", shipped(epcList=["https://id.gs1.org/01/06950123450020/21/1"]), "/epcList/0", "gtin_check_digit"),
    (
        "wrong GTIN of a class", shipped(quantityList=[{"epcClass": "https://shop.example.cn/x/01/6950123450020/10/A"}]),
        "/quantityList/0/epcClass", "gtin_check_digit",
    ),
    ("time without zone", shipped(eventTime="2026-11-24T08:30:00"), "/eventTime", "time"),
    ("a day that is none", shipped(eventTime="2026-02-30T08:30:00Z"), "/eventTime", "time"),
    ("no time", {k: v for k, v in shipped().items() if k != "eventTime"}, "/eventTime", "required"),
    ("zone offset", shipped(eventTimeZoneOffset="+8"), "/eventTimeZoneOffset", "offset"),
    ("future", shipped(eventTime="2026-11-25T00:06:00Z"), "/eventTime", "in_future"),
    ("action", shipped(action="MOVE"), "/action", "action"),
    ("old step", shipped(bizStep="urn:epcglobal:cbv:bizstep:shipping"), "/bizStep", "vocabulary"),
    ("unknown step", shipped(bizStep="cooking"), "/bizStep", "vocabulary"),
    ("disposition", shipped(disposition="eaten"), "/disposition", "vocabulary"),
    ("unknown unit", shipped(quantityList=[{"epcClass": DUCK, "quantity": 1, "uom": "JIN"}]), "/quantityList/0/uom", "unit"),
    ("package as unit", shipped(quantityList=[{"epcClass": DUCK, "quantity": 1, "uom": "XBX"}]), "/quantityList/0/uom", "unit"),
    ("negative", shipped(quantityList=[{"epcClass": DUCK, "quantity": -1}]), "/quantityList/0/quantity", "negative"),
    ("text for a number", shipped(quantityList=[{"epcClass": DUCK, "quantity": "40"}]), "/quantityList/0/quantity", "number"),
    ("true for a number", shipped(quantityList=[{"epcClass": DUCK, "quantity": True}]), "/quantityList/0/quantity", "number"),
    ("beyond record", shipped(quantityList=[{"epcClass": DUCK, "quantity": 1e300}]), "/quantityList/0/quantity", "too_large"),
    ("no class", shipped(quantityList=[{"quantity": 1}]), "/quantityList/0/epcClass", "required"),
    ("more in a quantity", shipped(quantityList=[{"epcClass": DUCK, "note": "x"}]), "/quantityList/0/note", "unknown_field"),
    ("not a URI", shipped(epcList=["40 bags"]), "/epcList/0", "uri"),
    ("twice", shipped(epcList=[CASE, CASE]), "/epcList", "duplicate"),
    ("not a list", shipped(epcList=CASE), "/epcList", "list"),
    ("a field of another type", shipped(parentID=CASE), "/parentID", "unknown_field"),
    ("a name without prefix", shipped(pot=3), "/pot", "unknown_field"),
    ("ilmd of an observation", shipped(ilmd={"kitchen:x": 1}), "/ilmd", "not_allowed"),
    ("ilmd without prefix", made(ilmd={"x": 1}), "/ilmd/x", "unknown_field"),
    ("no object", {k: v for k, v in shipped().items() if k not in ("epcList", "quantityList")}, "", "no_object"),
    ("a place without id", shipped(readPoint={"name": "门"}), "/readPoint/id", "required"),
    ("a party without type", shipped(sourceList=[{"source": CASE}]), "/sourceList/0/type", "required"),
    ("nothing set", made(persistentDisposition={}), "/persistentDisposition", "required"),
    ("nothing to set", made(persistentDisposition={"set": []}), "/persistentDisposition/set", "too_few"),
    ("inputs alone", {k: v for k, v in made().items() if not k.startswith(("output", "transf"))}, "", "no_object"),
    ("neither", {k: v for k, v in made().items() if not k.startswith(("output", "input"))}, "", "no_object"),
    ("nothing packed", packed(childQuantityList=[]), "/childEPCs", "no_children"),
    ("packed into nothing", {k: v for k, v in packed().items() if k != "parentID"}, "/parentID", "required"),
    ("fixed to nothing", {k: v for k, v in fitted().items() if k != "parentID"}, "/parentID", "required"),
    ("nothing fixed", fitted(childEPCs=[]), "/childEPCs", "no_children"),
    ("nothing seen", fitted(childEPCs=[], action="OBSERVE"), "/childEPCs", "no_children"),
    ("no reading", measured(sensorElementList=[{}]), "/sensorElementList/0/sensorReport", "required"),
    (
        "a quantity nobody knows", measured(sensorElementList=[{"sensorReport": [{"type": "Tastiness"}]}]),
        "/sensorElementList/0/sensorReport/0/type", "vocabulary",
    ),
    (
        "text as reading", measured(sensorElementList=[{"sensorReport": [{"type": "Temperature", "value": "3"}]}]),
        "/sensorElementList/0/sensorReport/0/value", "number",
    ),
    ("a declaration without time", shipped(errorDeclaration={}), "/errorDeclaration/declarationTime", "required"),
    (
        "a reason nobody knows", shipped(errorDeclaration={"declarationTime": "2026-11-24T00:00:00Z", "reason": "oops"}),
        "/errorDeclaration/reason", "vocabulary",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "pointer", "code"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_fault_is_named_with_its_place_in_chinese(event: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in codes(event)
    fault = next(one for one in faults_of(event, NOW) if one.pointer == pointer)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in fault.detail)


def test_delete_without_children_means_all_of_them() -> None:
    for event in (packed(childQuantityList=[], action="DELETE"), fitted(childEPCs=[], action="DELETE")):
        assert codes(event) == []


def test_an_event_may_run_ahead_of_our_clock_by_the_stated_tolerance_and_no_more() -> None:
    assert FUTURE_US == 5 * 60 * 1_000_000
    assert codes(shipped(eventTime="2026-11-25T00:05:00Z")) == []
    assert codes(shipped(eventTime="2026-11-25T08:05:00.001+08:00")) == [("/eventTime", "in_future")]


def test_a_type_of_somebody_else_is_taken_and_one_nested_without_end_is_not() -> None:
    assert codes({"type": "kitchen:TastingEvent", **documents.WHEN, "kitchen:score": 9}) == []
    deep: Any = 1
    for _ in range(70):
        deep = [deep]
    assert codes(shipped(**{"kitchen:deep": deep})) == [("", "too_deep")]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "Document"}, "/type"),
        ({"schemaVersion": "1.2"}, "/schemaVersion"),
        ({"creationDate": "yesterday"}, "/creationDate"),
        ({"epcisBody": {}}, "/epcisBody/eventList"),
        ({"@context": 5}, "/@context"),
        ({"remark": "x"}, "/remark"),
    ],
)
def test_an_envelope_that_is_none_is_refused_at_its_place(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        events_of(documents.document(shipped()) | change)
    assert pointer in [one.pointer for one in refused.value.errors]


def test_events_come_back_under_the_prefixes_of_their_own_documents() -> None:
    ours = under(shipped(**{"kitchen:note": 1}), documents.CONTEXT)
    same = under(made(), [documents.CONTEXT[0], {"gs1": "https://gs1.org/voc/"}])
    theirs = under(shipped(**{"kitchen:note": 2}), [documents.CONTEXT[0], {"kitchen": "https://other.example.cn/"}])
    told = query_document([ours, same, theirs], "2026-11-25T00:00:00Z")
    first, second, third = told["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert "@context" not in first
    assert "@context" not in second
    assert told["@context"][1:] == [documents.CONTEXT[1], {"gs1": "https://gs1.org/voc/"}]
    assert third["@context"][1] == {"kitchen": "https://other.example.cn/"}


def test_numbers_keep_their_digits() -> None:
    text = '{"a":26.10,"b":12345678901234567890123,"c":0.000000000000000000001,"d":-0.0}'
    assert dumps(loads(text)) == text.replace("0.000000000000000000001", "1E-21")


# ---- against the standard's schema ---------------------------------------------------------------


@pytest.fixture(scope="module")
def schema() -> Any:
    import jsonschema

    path = SHARED / "EPCIS-JSON-Schema.json"
    if not path.exists():
        pytest.skip("the schema of EPCIS 2.0 is not at hand")
    pytest.importorskip("rfc3987")
    return jsonschema.Draft7Validator(json.loads(path.read_text()), format_checker=jsonschema.FormatChecker())


def _changes() -> st.SearchStrategy[Any]:
    return st.tuples(st.integers(0, 10**6), st.sampled_from(["set", "drop", "add"]), st.sampled_from(VALUES))


@settings(max_examples=400)
@given(st.sampled_from(every()), st.lists(_changes(), min_size=1, max_size=2))
def test_what_the_standards_schema_refuses_we_refuse(schema: Any, event: dict[str, Any], changes: list[Any]) -> None:
    for change in changes:
        event = changed(event, change)
    document = documents.document(event)
    if not schema.is_valid(document):
        assert faults_of(event) != [], [error.message for error in schema.iter_errors(document)]


@settings(max_examples=400)
@given(st.sampled_from(every()), _changes())
def test_what_we_refuse_beyond_the_schema_is_on_the_list(schema: Any, event: dict[str, Any], change: Any) -> None:
    event = changed(event, change)
    found = faults_of(event)
    if found and schema.is_valid(documents.document(event)):
        beyond = {"gtin_check_digit", "in_future", "negative", "unit", "too_large", "required", "time", "uri"}
        if event["type"] in EVENT_TYPES:
            assert {one.code for one in found} <= beyond, found
            assert all(one.code != "required" or one.pointer == "/parentID" for one in found), found
        else:
            assert all(one.pointer[1:].split("/")[0] in STANDARD for one in found), found


@pytest.mark.skipif(not SHARED.exists(), reason="the examples of the standard are not at hand")
def test_every_example_of_the_standard_is_valid_and_comes_back_valid(schema: Any) -> None:
    for path in sorted((SHARED / "examples").iterdir()):
        events = events_of(loads(path.read_bytes()))
        assert [faults_of(one, NOW) for one in events] == [[]] * len(events), path.name
        assert schema.is_valid(json.loads(dumps(query_document(events, "2026-11-25T00:00:00Z")))), path.name
