"""The line of descent: every output reaches a field or an import, every input has papers of its own."""

from __future__ import annotations

from trace.standards.checks.answers import Answers, one
from trace.standards.checks.supplied import Link
from trace.standards.clauses import Clause
from trace.standards.models import INSUFFICIENT, PASS, BatchFacts

FIRST_STOPS = ("田", "进口")


_TOLD = 50


def _listed(lots: list[str]) -> str:
    """The lots by name; of very many the first ones and how many there are."""
    more = f" 等共 {len(lots)} 个" if len(lots) > _TOLD else ""
    return "、".join(lots[:_TOLD]) + more


def _links(facts: BatchFacts) -> dict[str, Link]:
    return {link.lot: link for link in facts.lineage or ()}


def outputs_of(facts: BatchFacts) -> list[str]:
    """The lots to be explained: the batch's own where it is listed, else those that went into nothing."""
    links = _links(facts)
    if facts.lot in links:
        return [facts.lot]
    used = {lot for link in links.values() for lot in link.inputs if lot != link.lot}
    return [lot for lot in links if lot not in used] or list(links)


def traceable(clause: Clause, facts: BatchFacts) -> Answers:
    """Every output has at least one input that can be followed to a field or the first stop of an import."""
    links = _links(facts)
    if not links:
        return one(INSUFFICIENT, "无", "没有登记来源批次，断链")
    broken = [lot for lot in outputs_of(facts) if not _reaches(lot, links)]
    if broken:
        told = _listed(broken)
        return one(INSUFFICIENT, told, f"批次 {told} 追不到田间或进口首站，断链")
    count = len(outputs_of(facts))
    return one(PASS, f"{count} 个批次", f"{count} 个批次都能追到田间或进口首站")


def _reaches(lot: str, links: dict[str, Link]) -> bool:
    waiting, seen = [lot], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in links:
            continue
        seen.add(name)
        if links[name].origin in FIRST_STOPS:
            return True
        waiting += links[name].inputs
    return False


def own_evidence(clause: Clause, facts: BatchFacts) -> Answers:
    """Each input lot that went into another is registered and has at least one paper of its own."""
    links = _links(facts)
    inputs = list(dict.fromkeys(lot for link in links.values() for lot in link.inputs))
    if not inputs:
        return one(INSUFFICIENT, "无", "没有登记任何原料批次") if clause.required else []
    bare = [lot for lot in inputs if lot not in links or not links[lot].documents]
    if bare:
        told = _listed(bare)
        return one(INSUFFICIENT, told, f"原料批次 {told} 没有自己的凭证或检验报告")
    return one(PASS, f"{len(inputs)} 个原料批次", f"{len(inputs)} 个原料批次各有凭证")
