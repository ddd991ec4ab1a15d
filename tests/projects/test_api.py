"""The funnel over HTTP on both databases: proofs, production that reaches the register and is taken back, who may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from chain.ledger.projects import project_counts as ledger_counts
from chain.projects import commands, store
from chain.staffview.commands import withdraw_consent
from service.database import Database
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone, as_actor
from tests.fixtures.scanning import settle
from tests.register.test_api import CODE, STATEMENTS, add, errors, grade, post, say
from trace.parties.store import organisation, person

Client = TestClient
PROJECTS = "/api/v1/chain/projects"
LEAD = {"name": "卤味厂", "links": ["M12"], "owner": "李四光", "source": "展会", "data_date": "2026-11-01"}
SIGNED = {"stage": "signed", "proof": "协〔2026〕1 号", "data_date": "2026-11-10"}
LANDED = {"stage": "landed", "kind": "lease", "proof": "租 7 号", "data_date": "2026-11-12"}


@pytest.fixture
def auth(people: dict[str, Someone]) -> dict[str, str]:
    return people["investor"].auth


def stage(client: Client, auth: dict[str, str], project: str, body: dict[str, Any], status: int = 201) -> Any:
    return post(client, auth, f"{PROJECTS}/{project}/stage", body, status)


def open_one(client: Client, auth: dict[str, str], **more: Any) -> str:
    return str(post(client, auth, PROJECTS, LEAD | more)["id"])


def test_an_owner_is_a_person_and_no_act_has_the_name(client: Client, auth: dict[str, str], db: Database) -> None:
    made = open_one(client, auth)
    shown = client.get(f"{PROJECTS}/{made}", headers=auth).json()
    assert (shown["owner"], shown["stage_name"], shown["links"]) == ("李四光", "线索", ["M12"])
    post(client, auth, f"{PROJECTS}/{made}/owner", {"owner": "王五"})
    assert client.get(f"{PROJECTS}/{made}", headers=auth).json()["owner"] == "王五"
    with db.read() as conn:
        bodies = [row.body for row in conn.execute(select(store.act.c.body))]
        assert not any("李四光" in body or "王五" in body for body in bodies)
        assert {"李四光", "王五"} <= {row.name for row in conn.execute(select(person.c.name))}


def test_no_proof_no_stage_and_nothing_is_written(client: Client, auth: dict[str, str], db: Database) -> None:
    made = open_one(client, auth)
    assert "/proof" in errors(stage(client, auth, made, SIGNED | {"proof": " "}, 422))
    assert stage(client, auth, made, LANDED, 409)["code"] == "stage"
    with db.read() as conn:
        assert len(store.acts_of(conn, int(made))) == 1
    stage(client, auth, made, SIGNED)
    assert "/reason" in errors(stage(client, auth, made, {"stage": "lead"}, 422))
    stage(client, auth, made, {"stage": "lead", "reason": "协议作废"})
    shown = client.get(f"{PROJECTS}/{made}", headers=auth).json()
    assert [one["kind"] for one in shown["log"]] == ["entered", "entered", "opened"]
    assert [one["stage"] for one in shown["proofs"]] == ["lead"]


def test_production_needs_a_released_batch_and_updates_the_chain_until_taken_back(
    client: Client, auth: dict[str, str], db: Database, people: dict[str, Someone], clock: Clock
) -> None:
    district = settle(db, people)
    maker = people["clerk"].actor.org_id
    db.write(lambda conn: conn.execute(update(organisation).where(organisation.c.id == maker).values(uscc=CODE)))
    made = open_one(client, auth)
    for body in (SIGNED, LANDED):
        stage(client, auth, made, body)
    enter = {"stage": "producing"}
    assert "/subject" in errors(stage(client, auth, made, enter, 422))
    subject = add(client, auth, "卤味厂", subject_kind="candidate", inside=False)
    assert "信用代码" in errors(stage(client, auth, made, enter | {"subject": subject}, 422))["/subject"]
    say(client, auth, "subject", subject, name="卤味厂", code=CODE, inside=False)
    assert stage(client, auth, made, enter | {"subject": subject}, 409)["code"] == "no_batch"
    before = grade(client, "M12")
    district.release()
    assert "/unit" in errors(stage(client, auth, made, enter | {"subject": subject, "low": "9", "unit": "斤"}, 422))
    stage(client, auth, made, enter | {"subject": subject, "low": "900", "unit": "吨"})
    shown = client.get(f"{PROJECTS}/{made}", headers=auth).json()
    assert shown["proofs"][-1]["value"] == district.batch.lot
    found = client.get(f"/api/v1/chain/subjects/{subject}", headers=auth).json()
    assert (found["kind"], found["inside"]) == ("enterprise", True)
    assert (found["operates"][0]["link"], found["operates"][0]["text"]) == ("M12", "900 吨")
    assert made in found["operates"][0]["source"]
    assert found["operates"][0]["basis"] == "declared"
    clock.forward(minutes=0.05)
    assert (before, grade(client, "M12")) == ("unknown", "single")
    public = client.get("/chain/links/M12", headers={"Accept": "text/html"}).text
    assert made in public
    assert "卤味厂" not in public
    assert district.batch.lot not in public
    counts = client.get(PROJECTS, headers=auth).json()["counts"]
    assert (counts["at"]["producing"], counts["landed"]) == (1, 1)
    stage(client, auth, made, {"stage": "landed", "reason": "批次登记有误"})
    found = client.get(f"/api/v1/chain/subjects/{subject}", headers=auth).json()
    assert (found["kind"], found["inside"], found["operates"]) == ("candidate", False, [])
    clock.forward(minutes=0.05)
    assert grade(client, "M12") == "unknown"


def test_steps_notes_todo_and_end(client: Client, auth: dict[str, str]) -> None:
    made = open_one(client, auth)
    assert "/due" in errors(post(client, auth, f"{PROJECTS}/{made}/steps", {"what": "看地", "due": "明天"}, 422))
    step = post(client, auth, f"{PROJECTS}/{made}/steps", {"what": "看地", "due": "2026-11-20"})["id"]
    post(client, auth, f"{PROJECTS}/{made}/notes", {"text": "企业来访"})
    old = add(client, auth, "旧厂")
    say(client, auth, "operates", old, link="M12", data_date="2025-11-01")
    todo = client.get("/api/v1/chain/todo", headers=auth).json()
    assert [(one["what"], one["overdue"]) for one in todo["due"]] == [("看地", True)]
    assert [(one["name"], one["link"]) for one in todo["stale"]] == [("旧厂", "M12")]
    post(client, auth, f"{PROJECTS}/{made}/steps/{step}/done", {})
    assert post(client, auth, f"{PROJECTS}/{made}/steps/{step}/done", {}, 409)["code"] == "done"
    assert client.get("/api/v1/chain/todo", headers=auth).json()["due"] == []
    post(client, auth, f"{PROJECTS}/{made}/end", {"reason": "企业不来了"})
    assert stage(client, auth, made, SIGNED, 409)["code"] == "ended"
    assert client.get(PROJECTS, headers=auth).json()["counts"]["ended"] == 1


def test_old_evidence_of_every_kind_and_papers_that_end(client: Client, auth: dict[str, str], clock: Clock) -> None:
    """Each with whom and with the form; what was renewed, what nobody gave an end, and plans are left out."""
    old = {"data_date": "2025-11-01"}
    base = add(client, auth, "柚园", subject_kind="base")
    say(client, auth, "base_size", base, what="柚", low="300", unit="亩", **old)
    say(client, auth, "base_size", base, what="笋", low="30", unit="亩")
    say(client, auth, "base_size", base, what="茶", low="30", unit="亩", basis="planned", **old)
    link = {"link": "M12"}
    post(
        client,
        auth,
        STATEMENTS,
        {"kind": "need", "subject": "M12", "body": {"low": "9", "unit": "吨"}, "source": "测算"} | old,
    )
    post(
        client,
        auth,
        STATEMENTS,
        {"kind": "survey", "subject": "M12", "body": {"where": "全区走访"}, "source": "走访"} | old,
    )
    maker = add(client, auth, "甲厂", code=CODE)
    for number, until in (("L1", "2027-01-23"), ("L2", "2027-01-24"), ("L3", "")):
        say(client, auth, "licence", maker, what="食品生产许可证", number=number, valid_to=until)
    say(client, auth, "licence", maker, what="排污许可证", number="P1", valid_to="2026-11-01")
    say(client, auth, "licence", maker, what="排污许可证", number="P0", valid_to="2026-10-01")
    say(client, auth, "licence", maker, what="取水证", number="Q1", valid_to="2026-11-01")
    say(client, auth, "licence", maker, what="取水证", number="Q2", valid_to="2028-11-01")
    consent = f"/api/v1/chain/subjects/{maker}/consents"
    post(client, auth, consent, {"number": "同意 1 号", "dated": "2026-01-01", "until": "2026-12-01"})
    post(client, auth, consent, {"number": "同意 0 号", "dated": "2025-01-01", "until": "2026-01-01"})

    def told(at: str = "") -> tuple[Any, Any]:
        found = client.get(f"/api/v1/chain/todo{at}", headers=auth).json()
        return (
            sorted((one["kind"], one["name"] or one["link"], one["text"]) for one in found["stale"]),
            [(one["number"], one["days"], one["expired"]) for one in found["expiring"]],
        )

    need, survey = ("need", "M12", "9 吨"), ("survey", "M12", "全区走访：区内没有找到")
    ending = [("P0", -54, True), ("P1", -23, True), ("同意 1 号", 7, False), ("L1", 60, False)]
    assert told() == ([("base_size", "柚园", "柚 300 亩"), need, survey], ending)
    found = client.get("/api/v1/chain/todo", headers=auth).json()
    by_kind = {one["kind"]: one for one in (*found["stale"], *found["expiring"])}
    assert by_kind["base_size"]["form"] == f"/chain/register/{base}"
    assert by_kind["survey"]["form"] == "/chain/register/links/M12"
    assert by_kind["survey"]["recorder"].endswith("investor")
    assert (by_kind["consent"]["name"], by_kind["consent"]["form"]) == ("甲厂", f"/chain/register/{maker}")
    html = auth | {"Accept": "text/html"}
    page = client.get("/chain/todo", headers=html).text
    for said in ("柚 300 亩", "全区走访", "同意 1 号", "L1", "P1", "年需求 1", "查无记录 1", "基地规模 1"):
        assert said in page, said
    for one in (*found["stale"], *found["expiring"]):
        assert f'href="{one["form"]}#{one["place"]}"' in page
        assert f'id="{one["place"]}"' in client.get(one["form"], headers=html).text, one["kind"]
    clock.forward(days=2)
    say(client, auth, "operates", maker, **link)
    say(client, auth, "licence", maker, what="排污许可证", number="P2", valid_to="2029-11-01")
    stale, soon = told()
    assert stale == [("base_size", "柚园", "柚 300 亩"), need], "who operates it overrules the old survey"
    assert [one[0] for one in soon] == ["同意 1 号", "L1", "L2"]
    assert told("?as_of=2026-11-24") == ([("base_size", "柚园", "柚 300 亩"), need, survey], ending)
    assert told("?as_of=2026-11-23") == ([], [])


def test_a_consent_ends_and_is_renewed_whatever_code_it_is_filed_under(client: Client, auth: dict[str, str]) -> None:
    maker = add(client, auth, "甲厂")
    path = f"/api/v1/chain/subjects/{maker}/consents"

    def told() -> list[str]:
        return [one["number"] for one in client.get("/api/v1/chain/todo", headers=auth).json()["expiring"]]

    post(client, auth, path, {"number": "同意 1 号", "dated": "2025-01-01", "until": "2026-11-01"})
    assert told() == ["同意 1 号"]
    say(client, auth, "subject", maker, name="甲厂", code=CODE)
    assert told() == ["同意 1 号"], "the code it got does not hide it"
    post(client, auth, path, {"number": "同意 2 号", "dated": "2026-11-01", "until": "2028-11-01"})
    assert told() == [], "renewed under the code"


def test_a_consent_that_was_withdrawn_ends_nothing(
    client: Client, auth: dict[str, str], db: Database, people: dict[str, Someone], clock: Clock
) -> None:
    maker = add(client, auth, "甲厂", code=CODE)
    path = f"/api/v1/chain/subjects/{maker}/consents"
    made = post(client, auth, path, {"number": "同意 1 号", "dated": "2026-01-01", "until": "2026-12-01"})["id"]
    clock.forward(days=2)
    as_actor(
        db, people["boss"].actor, lambda ctx: withdraw_consent(ctx, int(made), [CODE, f"subject:{maker}"], "不再同意了")
    )

    def numbers(at: str = "") -> list[str]:
        return [one["number"] for one in client.get(f"/api/v1/chain/todo{at}", headers=auth).json()["expiring"]]

    assert numbers() == []
    assert numbers("?as_of=2026-11-24") == ["同意 1 号"], "on that day it still held"


def test_what_waited_on_a_past_day(client: Client, auth: dict[str, str], clock: Clock) -> None:
    made = open_one(client, auth)
    step = post(client, auth, f"{PROJECTS}/{made}/steps", {"what": "看地", "due": "2026-11-20"})["id"]
    old = add(client, auth, "旧厂")
    say(client, auth, "operates", old, link="M12", data_date="2025-11-01")
    clock.forward(days=2)
    post(client, auth, f"{PROJECTS}/{made}/steps/{step}/done", {})
    say(client, auth, "operates", old, link="M12", data_date="2026-11-20")
    path, html = "/api/v1/chain/todo", {"Accept": "text/html"} | auth
    now, then = (client.get(f"{path}{at}", headers=auth).json() for at in ("", "?as_of=2026-11-24"))
    assert (now["as_of"], now["due"], now["stale"]) == ("2026-11-26", [], [])
    assert (then["as_of"], [one["days"] for one in then["due"]]) == ("2026-11-24", [-4])
    assert [one["name"] for one in then["stale"]] == ["旧厂"]
    page = client.get("/chain/todo?as_of=2026-11-24", headers=html).text
    assert "看地" in page
    assert "旧厂" in page
    assert f"/projects/{made}?as_of=2026-11-24" in page
    assert "看地" not in client.get("/chain/todo", headers=html).text
    before = client.get(f"{path}?as_of=2026-11-23", headers=auth).json()
    assert (before["due"], before["stale"]) == ([], []), "nothing of it was known"
    for wrong in ("2027-01-01", "x"):
        assert client.get(f"{path}?as_of={wrong}", headers=auth).status_code == 422
        assert client.get(f"/chain/todo?as_of={wrong}", headers=html).status_code == 422


def test_any_past_day_and_counts_for_the_ledger(
    client: Client, auth: dict[str, str], db: Database, clock: Clock
) -> None:
    made = open_one(client, auth)
    clock.forward(days=2)
    stage(client, auth, made, SIGNED)
    past = client.get(f"{PROJECTS}/{made}?as_of=2026-11-24", headers=auth).json()
    assert past["stage"] == "lead"
    assert client.get(f"{PROJECTS}?as_of=2026-11-24", headers=auth).json()["counts"]["at"]["lead"] == 1
    assert client.get(f"{PROJECTS}?as_of=2026-11-20", headers=auth).json()["items"] == []
    assert client.get(f"{PROJECTS}/{made}?as_of=2026-11-20", headers=auth).status_code == 404
    assert client.get(f"{PROJECTS}?as_of=2027-11-20", headers=auth).status_code == 422
    with db.read() as conn:
        assert commands.read_counts(conn).reached == {"lead": 1, "signed": 1, "landed": 0, "producing": 0}


def test_the_same_key_opens_once_and_pages_follow(client: Client, auth: dict[str, str]) -> None:
    first = post(client, auth, PROJECTS, LEAD, **{"Idempotency-Key": "p1"})
    assert post(client, auth, PROJECTS, LEAD, **{"Idempotency-Key": "p1"}) == first
    made = [first["id"], *(open_one(client, auth) for _ in range(2))]
    page = client.get(f"{PROJECTS}?limit=2", headers=auth).json()
    rest = client.get(f"{PROJECTS}?limit=2&cursor={page['next']}", headers=auth).json()
    assert [one["id"] for one in (*page["items"], *rest["items"])] == made[::-1]


def test_the_citys_index_is_only_entered(client: Client, auth: dict[str, str]) -> None:
    path = f"{PROJECTS}/index"
    assert "/document" in errors(post(client, auth, path, {"period": "2026 年", "value": "88"}, 422))
    for wrong in ("NaN", "1e400", "第三名", "-1"):
        body = {"period": "2026 年", "value": wrong, "document": "市通报 5 号"}
        assert "/value" in errors(post(client, auth, path, body, 422))
    post(client, auth, path, {"period": "2026 年三季度", "value": "88.1", "document": "市通报 5 号"})
    items = client.get(path, headers=auth).json()["items"]
    assert [(one["period"], one["value"], one["document"]) for one in items] == [
        ("2026 年三季度", "88.1", "市通报 5 号")
    ]


@pytest.mark.parametrize("login", [None, "clerk", "officer", "boss", "operator"])
def test_only_investment_staff_write_and_the_operator_reads(
    client: Client, people: dict[str, Someone], login: str | None
) -> None:
    headers = people[login].auth if login else {}
    assert client.post(PROJECTS, json=LEAD, headers=headers).status_code == (403 if login else 401)
    assert client.get(PROJECTS, headers=headers).status_code == (200 if login == "operator" else 403 if login else 401)


def test_the_ledger_of_the_plan_counts_the_funnel(client: Client, auth: dict[str, str], db: Database) -> None:
    """Unknown while there is no funnel; from then on what stands at each stage, invented projects left out."""
    today = date(2026, 11, 24)
    with db.read() as conn:
        assert ledger_counts(conn, today) is None
    made = open_one(client, auth)
    stage(client, auth, made, SIGNED)
    open_one(client, auth, name="豆干厂")
    with db.read() as conn:
        demo = {one.demo for one in commands.projects_on(conn)}
        found = ledger_counts(conn, today)
    assert found == (None if demo == {True} else {"线索": 1, "签约": 1, "落地": 0, "投产": 0})
