"""Who may do what: the whole table against every role, and every route against every person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from service.accounts.dependencies import Requirement
from service.accounts.permissions import (
    ACTIONS,
    ANONYMOUS,
    ANYONE,
    FIELDS,
    ROLES,
    ROLES_OF_KIND,
    Actor,
    Subject,
    View,
    allowed_actions,
    decide,
    visibility,
)
from service.database import Database
from tests.fixtures.people import Someone, make_someone
from tests.fixtures.scanning import settle

EVERYBODY = set(ROLES)
MAKERS = {"clerk", "safety_officer"}
EXPECTED: dict[str, set[str]] = {
    # The requirement, written a second time by hand: a change to the table must be meant.
    "public.read": {ANYONE},
    "session.create": {ANYONE},
    "standards.evaluate": {ANYONE},
    "operations.read": {ANYONE},
    "chain.read": {ANYONE},
    "me.read": EVERYBODY,
    "session.end": EVERYBODY,
    "key.manage": EVERYBODY,
    "draft.save": EVERYBODY,
    "item.read": MAKERS | {"org_admin", "officer"},
    "item.edit": MAKERS,
    "item.classify": {"safety_officer"},
    "credential.edit": MAKERS | {"org_admin"},
    "receipt.create": MAKERS,
    "receipt.read": MAKERS | {"org_admin", "officer"},
    "batch.list": MAKERS | {"org_admin", "officer"},
    "batch.read": MAKERS | {"org_admin", "officer"},
    "batch.register": MAKERS,
    "batch.complete": MAKERS,
    "batch.ship": MAKERS,
    "batch.label": MAKERS,
    "batch.correct": MAKERS,
    "claim.confirm": MAKERS,
    "batch.release": {"safety_officer"},
    "batch.hold": {"safety_officer"},
    "batch.stop": {"safety_officer"},
    "batch.ruling": {"safety_officer"},
    "suspicion.read": MAKERS | {"org_admin", "officer"},
    "suspicion.conclude": {"safety_officer"},
    "review.note": {"officer"},
    "supervision.read": {"officer"},
    "recall.read": MAKERS | {"org_admin", "officer"},
    "recall.answer": {ANYONE},
    "recall.start": {"safety_officer"},
    "recall.step": MAKERS,
    "inspection.read": MAKERS | {"org_admin", "officer"},
    "inspection.rectify": MAKERS,
    "document.template": {"officer", "org_admin"},
    "recipe.open": MAKERS | {"officer"},
    "epcis.capture": MAKERS,
    "webhook.manage": {"safety_officer", "org_admin", "officer"},
    "personal.forget": {"safety_officer", "org_admin"},
    "epcis.read": MAKERS | {"org_admin", "officer"},
    "inspection.create": {"officer"},
    "sample.create": {"officer"},
    "alert.create": {"officer"},
    "measure.read": {"clerk", "safety_officer", "org_admin", "officer"},
    "enforcement.propose": {"officer"},
    "enforcement.confirm": {"officer"},
    "bulletin.read": {"officer", "operator"},
    "bulletin.import": {"officer", "operator"},
    "bulletin.match": {"officer"},
    "case.edit": {"officer"},
    "clause.sign": {"expert"},
    "chain.flows": {"investment_staff", "operator"},
    "chain.named": {"investment_staff"},
    "chain.export": {"investment_staff"},
    "consent.own": {"org_admin"},
    "register.read": {"investment_staff", "operator"},
    "register.edit": {"investment_staff"},
    "supply.read": {"investment_staff"},
    "supply.edit": {"investment_staff"},
    "candidate.read": {"investment_staff", "operator"},
    "project.read": {"investment_staff", "operator"},
    "report.download": {"investment_staff", "operator"},
    "report.log": {"operator", "org_admin"},
    "candidate.edit": {"investment_staff"},
    "project.edit": {"investment_staff"},
    "ledger.edit": {"investment_staff"},
    "rulebook.read": MAKERS | {"org_admin", "officer", "operator", "expert"},
    "rulebook.publish": {"operator"},
    "organisation.manage": {"operator"},
    "account.read": {"operator", "org_admin"},
    "account.manage": {"operator", "org_admin"},
}

ALSO = {action: {"org_admin"} for action in ("chain.named", "chain.export", "supply.read", "supply.edit")}
"""Roles that one must have besides."""


def actor(role: str, kind: str = "", org: int = 7, account: int = 70, **more: Any) -> Actor:
    kind = kind or next(k for k, roles in ROLES_OF_KIND.items() if role in roles)
    return Actor(account_id=account, org_id=org, org_kind=kind, roles=frozenset({role}), via="session", **more)


def test_the_table_is_what_was_agreed() -> None:
    assert {action: set(rule.roles) for action, rule in ACTIONS.items()} == EXPECTED


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_role_against_every_action(action: str) -> None:
    for role in ROLES:
        expected = ANYONE in EXPECTED[action] or (role in EXPECTED[action] and action not in ALSO)
        kind = next((k for k in sorted(ACTIONS[action].kinds) if role in ROLES_OF_KIND[k]), "")
        assert decide(actor(role, kind), action).allowed is expected, role
    refused = decide(ANONYMOUS, action)
    assert refused.allowed is (ANYONE in EXPECTED[action])
    if not refused.allowed:
        assert "登录" in refused.reason_zh


def test_what_names_enterprises_takes_two_roles() -> None:
    assert {action: set(rule.also) for action, rule in ACTIONS.items() if rule.also} == ALSO
    both = frozenset({"investment_staff", "org_admin"})
    for action in ALSO:
        assert decide(Actor(account_id=1, org_id=7, org_kind="investment", roles=both), action).allowed
        assert not decide(Actor(account_id=1, org_id=7, org_kind="operator", roles=both), action).allowed


def test_templates_are_for_regulators() -> None:
    assert decide(actor("org_admin", "regulator"), "document.template").allowed
    assert not decide(actor("org_admin", "enterprise"), "document.template").allowed


OWN = [a for a, r in ACTIONS.items() if r.own]


@pytest.mark.parametrize("action", OWN)
def test_what_is_for_the_own_organisation_is_refused_for_anothers(action: str) -> None:
    kind = min(ACTIONS[action].kinds, default="")
    for role in EXPECTED[action] - ACTIONS[action].own_unless:
        assert decide(actor(role, kind), action, Subject(owner_id=7)).allowed
        refused = decide(actor(role, kind), action, Subject(owner_id=8, reason="理由充分"))
        assert not refused.allowed
        assert "本单位" in refused.reason_zh


@pytest.mark.parametrize("action", [a for a, r in ACTIONS.items() if r.charged])
def test_a_regulator_acts_only_at_the_stages_it_is_charged_with(action: str) -> None:
    officer = actor("officer", stages=frozenset({"加", "餐"}))
    second = {"proposed_by": 71, "proposed_org": 7}
    assert decide(officer, action, Subject(owner_id=1, stage="加", **second)).allowed
    refused = decide(officer, action, Subject(owner_id=1, stage="田", **second))
    assert not refused.allowed
    assert "移送" in refused.reason_zh


def test_enforcement_takes_two_officers_of_one_regulator() -> None:
    action = "enforcement.confirm"
    officer = actor("officer", stages=frozenset({"加"}))
    assert not decide(officer, action, Subject(stage="加")).allowed
    assert not decide(officer, action, Subject(stage="加", proposed_by=70, proposed_org=7)).allowed
    assert not decide(officer, action, Subject(stage="加", proposed_by=71, proposed_org=9)).allowed
    assert decide(officer, action, Subject(stage="加", proposed_by=71, proposed_org=7)).allowed


def test_a_recipe_is_opened_by_its_owner_or_by_a_regulator_with_a_reason() -> None:
    assert decide(actor("clerk"), "recipe.open", Subject(owner_id=7)).allowed
    assert not decide(actor("clerk"), "recipe.open", Subject(owner_id=8, reason="想看看别人的")).allowed
    officer = actor("officer")
    assert not decide(officer, "recipe.open", Subject(owner_id=8)).allowed
    assert not decide(officer, "recipe.open", Subject(owner_id=8, reason="看看")).allowed
    assert decide(officer, "recipe.open", Subject(owner_id=8, reason="核查添加剂投诉")).allowed


def test_a_role_in_the_wrong_kind_of_organisation_does_not_enforce() -> None:
    assert not decide(actor("officer", kind="enterprise"), "enforcement.propose").allowed


def test_a_read_key_keeps_every_reading_right_and_no_other() -> None:
    for action, rule in ACTIONS.items():
        for role in ROLES:
            reader = actor(role, scope="read")
            free = ANYONE in rule.roles
            assert decide(reader, action).allowed is (
                free or (role in rule.roles and not rule.writes and not rule.also)
            ), action


def test_an_unlisted_action_is_an_error_not_a_permission() -> None:
    with pytest.raises(KeyError):
        decide(actor("operator"), "batch.destroy_everything")


def test_views_of_a_batch() -> None:
    owner, partner, other = 7, 8, 9
    assert visibility(ANONYMOUS, owner) is View.PUBLIC
    assert visibility(actor("clerk", org=owner), owner) is View.OWN
    assert visibility(actor("clerk", org=partner), owner, {partner}) is View.PARTNER
    assert visibility(actor("clerk", org=other), owner, {partner}) is View.PUBLIC
    assert visibility(actor("officer", org=other), owner) is View.REGULATOR
    assert visibility(actor("org_admin", kind="regulator", org=other), owner) is View.PUBLIC
    for role in ("investment_staff", "expert", "operator"):
        assert visibility(actor(role, org=other), owner, {partner}) is View.PUBLIC, role


def test_trade_secrets_stay_with_their_owner() -> None:
    secrets = {"recipe", "inputs", "input_quantities", "suppliers", "customers", "quantity"}
    assert not secrets & FIELDS[View.PUBLIC]
    assert not secrets & FIELDS[View.PARTNER]
    assert secrets <= FIELDS[View.OWN]
    assert "recipe" not in FIELDS[View.REGULATOR]
    judgements = {"findings", "verdict", "measurements", "reports", "completeness"}
    assert not judgements & (FIELDS[View.PUBLIC] | FIELDS[View.PARTNER])
    assert FIELDS[View.PUBLIC] < FIELDS[View.PARTNER] < FIELDS[View.OWN]


# every route


def requirements(dependant: Any) -> Iterator[Requirement]:
    for one in dependant.dependencies:
        if isinstance(one.call, Requirement):
            yield one.call
        yield from requirements(one)


def routes(app: FastAPI) -> list[tuple[str, str, list[str]]]:
    """Method, path template and declared actions of every route there is."""
    found = []
    for one in iter_route_contexts(app.routes):
        dependant = getattr(one, "dependant", None)
        actions = [r.action for r in requirements(dependant)] if dependant is not None else []
        for method in sorted(one.methods or {"?"}):
            found.append((method, str(one.path), actions))
    return found


def test_every_route_declares_exactly_one_listed_action(app: FastAPI) -> None:
    listed = routes(app)
    assert len(listed) > 30
    wrong = [f"{m} {p}: {a or 'nothing declared'}" for m, p, a in listed if len(a) != 1 or a[0] not in ACTIONS]
    assert wrong == []


def test_a_route_that_changes_something_declares_an_action_that_writes(app: FastAPI) -> None:
    """Except for questions asked by POST."""
    questions = {"standards.evaluate"}
    wrong = [
        f"{method} {path}: {actions[0]}"
        for method, path, actions in routes(app)
        if method not in ("GET", "HEAD", "OPTIONS") and not ACTIONS[actions[0]].writes and actions[0] not in questions
    ]
    assert wrong == []


def fill(path: str) -> str:
    """A path template with ids nobody has."""
    import re

    return re.sub(r"\{[^}]+\}", "9", path)


def test_every_person_against_every_route(app: FastAPI, people: dict[str, Someone]) -> None:
    """With an empty body: who may not is told 401/403, who may gets past the door."""
    wrong = []
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        for method, path, (action,) in routes(app):
            anonymous = client.request(method, fill(path))
            free = ANYONE in ACTIONS[action].roles
            if (anonymous.status_code == 401) is free and not (path == "/login" and method == "POST"):
                wrong.append(f"nobody {method} {path}: {anonymous.status_code}")
            for someone in people.values():
                if path.endswith("/password") and method == "POST":
                    continue  # asks for the old password; tried in test_login
                answer = client.request(method, fill(path), headers=someone.auth)
                may = decide(someone.actor, action).allowed
                refused = answer.status_code in (401, 403) and path != "/login"
                subject = refused and may and ACTIONS[action].own and answer.status_code == 403
                if (answer.status_code >= 500 and path != "/readyz") or (refused is may and not subject):
                    wrong.append(f"{someone.login} {method} {path}: {answer.status_code}")
    assert wrong == []


def test_me_lists_what_decide_allows(people: dict[str, Someone]) -> None:
    for someone in people.values():
        assert set(allowed_actions(someone.actor)) == {a for a in ACTIONS if decide(someone.actor, a).allowed}


def test_whoever_manages_a_regulators_accounts_reads_no_makers_record(
    client: TestClient, db: Database, people: dict[str, Someone]
) -> None:
    district = settle(db, people)
    officer = people["officer"]
    admin = make_someone(db, officer.actor.org_id, "bureau-admin", ("org_admin",))
    item = f"/api/v1/items/{district.item}"
    for path in (item, f"{item}/panel", f"/api/v1/batches/{district.batch.batch_id}"):
        assert client.get(path, headers=officer.auth).status_code == 200
        assert client.get(path, headers=admin.auth).status_code == 404
    assert client.get("/api/v1/batches", headers=officer.auth).json()["items"]
    assert client.get("/api/v1/batches", headers=admin.auth).json()["items"] == []
