"""EPCIS capture over HTTP, durable on SQLite, in documents of 100 events of every kind, all checks on."""

from __future__ import annotations

import json
import sqlite3
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import client
from bench.data import District
from bench.server import cpu_seconds, running

HOST = "127.0.0.1:8000"
EVENTS = 100
DOCUMENTS = 40
_CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"plant": "https://plant.example.cn/ns/"}]
_PLACE = "urn:epc:id:sgln:695012345.001.0"


def capture(district: District) -> list[str]:
    """Documents one after another on one connection, then two at a time; CPU of the server per event."""
    headers = [f"Authorization: Bearer {district.key}", "Accept: application/json"]
    bodies = [json.dumps(document(n)).encode() for n in range(DOCUMENTS * 2 + 2)]
    jobs = [client.request("/epcis/capture", HOST, body, headers) for body in bodies]
    with running(district.url) as (port, pid):
        client.run(port, jobs[:2], 1)
        before = cpu_seconds(pid)
        one = client.run(port, jobs[2 : DOCUMENTS + 2], 1)
        cpu = (cpu_seconds(pid) - before) / (DOCUMENTS * EVENTS)
        two = client.run(port, jobs[DOCUMENTS + 2 :], 2)
    with sqlite3.connect(district.url.removeprefix("sqlite:///")) as conn:
        kept, good = conn.execute("SELECT SUM(captured), MIN(success) FROM capture_job").fetchone()
    assert (kept, good) == (len(bodies) * EVENTS, 1), (kept, good)
    size = sum(map(len, bodies)) / len(bodies) / EVENTS
    rates = [DOCUMENTS * EVENTS / load.seconds for load in (one, two)]
    return [
        f"EPCIS capture, documents of {EVENTS} events ({size:,.0f} bytes each): {rates[0]:,.0f} events/s, two at a time "
        f"{rates[1]:,.0f} (goal ≥ 800); {cpu * 1e6:,.0f} µs CPU an event; p99 of a document {one.quantile(0.99):,.0f} ms; "
        f"failures {one.failures + two.failures}"
    ]


def document(number: int) -> dict[str, Any]:
    """A day at a plant: lots arrive, are cooked, packed, measured and shipped; a fifth of the events each."""
    at = datetime.now(UTC) - timedelta(days=1)
    events: list[dict[str, Any]] = []
    for place in range(EVENTS // 5):
        lot = f"{number:04d}{place:02d}"
        raw = [f"urn:epc:class:lgtin:695012345.00{kind}.{lot}" for kind in (21, 22, 23)]
        duck, case = f"urn:epc:class:lgtin:695012345.0017.{lot}", f"urn:epc:id:sscc:695012345.{int(lot):08d}"
        times = {"eventTime": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "eventTimeZoneOffset": "+08:00"}

        def event(kind: str, times: dict[str, str] = times, **more: Any) -> None:
            events.append({"type": kind, "eventID": f"urn:uuid:{uuid.uuid4()}", **times, **more})

        party = {"type": "owning_party"}
        event("ObjectEvent", action="ADD", bizStep="receiving", disposition="in_progress",
              quantityList=[{"epcClass": one, "quantity": 25.5, "uom": "KGM"} for one in raw],
              sourceList=[party | {"source": "urn:epc:id:pgln:695012346.001"}],
              destinationList=[party | {"destination": "urn:epc:id:pgln:695012345.001"}],
              ilmd={"cbvmda:lotNumber": lot, "plant:origin": "双堰村"})  # fmt: skip
        event("TransformationEvent", bizStep="creating_class_instance", disposition="active", readPoint={"id": _PLACE},
              inputQuantityList=[{"epcClass": one, "quantity": 5.25, "uom": "KGM"} for one in raw],
              outputQuantityList=[{"epcClass": duck, "quantity": 400}], ilmd={"cbvmda:bestBeforeDate": "2027-05-01"},
              **{"plant:pot": {"plant:number": place, "plant:celsius": 96.5}})  # fmt: skip
        event("AggregationEvent", action="ADD", bizStep="packing", parentID=case,
              childQuantityList=[{"epcClass": duck, "quantity": 40}], bizLocation={"id": _PLACE})  # fmt: skip
        event("ObjectEvent", action="OBSERVE", bizStep="storing", readPoint={"id": _PLACE}, epcList=[case],
              sensorElementList=[{"sensorReport": [{"type": "Temperature", "value": 3.5 + n / 10, "uom": "CEL"}
                                                   for n in range(4)]}])  # fmt: skip
        event("ObjectEvent", action="OBSERVE", bizStep="shipping", disposition="in_transit",
              quantityList=[{"epcClass": duck, "quantity": 40}], epcList=[case],
              bizTransactionList=[{"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:6950123450012:{lot}"}],
              sourceList=[party | {"source": "urn:epc:id:pgln:695012345.001"}],
              destinationList=[party | {"destination": "urn:epc:id:pgln:695012347.001"}])  # fmt: skip
    return {
        "@context": _CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "epcisBody": {"eventList": events},
    }  # fmt: skip
