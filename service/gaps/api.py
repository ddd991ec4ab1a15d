"""JSON API of gaps: the ranked list with its factors, completeness, and the unknowns worth asking for."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from chain.assessment.loading import frame
from chain.assessment.models import DIRECTIONS, LOCALISABLE
from chain.assessment.ranking import FORMULA, ranked
from chain.completeness import FORMULA as COMPLETENESS
from chain.models import GRADE_NAMES
from service.accounts.dependencies import require
from service.accounts.permissions import Actor, decide
from service.gaps.asking import FACTORS, Question
from service.gaps.views import CUTS, FIGURES, clustering_json, family_json, interval, question_json, ranked_json
from service.panorama import reading
from service.panorama.api import frame_json
from service.panorama.needs import volume_json
from service.panorama.wording import flag_rules, grade_rules
from service.params import AsOf
from service.routing import Router

router = Router(prefix="/api/v1/chain", tags=["产业链 chain"])

Json = dict[str, Any]


@router.get("/gaps", summary="各环节的等级、缺口与排序因子，最紧要的在前")
def gaps(request: Request, asked: Question, actor: Actor = require("chain.read")) -> Json:
    """Every link with grade, reason in numbers, measures and the factors of its rank; narrow it, move the weights."""
    chain = reading.current(request, asked.as_of)
    order = ranked(chain.figures(actor).links.values(), frame().risk, asked.weights)
    places = {one.figures.link.id: place for place, one in enumerate(order, 1)}
    found = asked.model_copy(update={"show": "all"}).pick(order)
    limits = frame().limits
    return frame_json(chain) | {
        "formula": FORMULA,
        "weights": {name: getattr(asked, name) for name in FACTORS},
        "localisable": dict(LOCALISABLE),
        "directions": dict(DIRECTIONS),
        "risk_settled": frame().settled,
        "grades": {g: {"name": GRADE_NAMES[g], "rule": rule} for g, rule in grade_rules(limits).items()},
        "flags": dict(flag_rules(limits)),
        "items": [ranked_json(one, places[one.figures.link.id]) for one in found],
    }


@router.get("/completeness", summary="产业链完备度、成品完备、路径覆盖、支配环节、最小割、k、集聚度")
def completeness(request: Request, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Json:
    """Per product family and for the whole chain, as intervals: unknown counts from 0 to 1."""
    chain = reading.current(request, as_of)
    found, named = chain.figures(actor), decide(actor, "chain.named").allowed
    volumes = chain.volumes(actor)
    return frame_json(chain) | {
        "formula": COMPLETENESS,
        "whole": None if found.whole is None else interval(found.whole),
        "families": [family_json(one, named) | {"volume": volume_json(volumes[one.id])} for one in found.families],
        "formulas": {**FIGURES, **CUTS},
        "clustering": clustering_json(found),
    }


@router.get("/questions", summary="先问这 10 个数")
def ten_questions(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Json:
    """The unknowns whose answer would change a grade or rank of the first gaps, whom to ask, and what would change."""
    chain = reading.current(request, as_of)
    return frame_json(chain) | {"items": [question_json(one) for one in chain.questions(actor)]}
