"""Who may do what, and who may see what: one table each and one function each (design sections 1, 2 and 7).

``decide`` answers for a deed, ``visibility`` for reading another's batch. Everything that asks goes
through these two; tests walk both tables. Pure: plain data in, plain data out.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

ANYONE = "anyone"
"""Also without a log-in."""

ROLES: Mapping[str, tuple[str, str, str]] = {
    # role → (Chinese name, English name, what it is there for)
    "clerk": ("登记员", "quality clerk", "登记产品、收货和批次"),
    "safety_officer": ("食品安全员", "food-safety officer", "放行、停止销售本企业批次"),
    "org_admin": ("单位管理员", "organisation administrator", "管理本单位账号和密钥"),
    "officer": ("执法人员", "enforcement officer", "扫码检查、抽检、执法"),
    "investment_staff": ("招商人员", "investment-promotion staff", "看链、找缺口、管项目"),
    "operator": ("平台运营", "platform operator", "管理账号、发布规则库"),
    "expert": ("标准专家", "standards expert", "审签标准条款"),
}

ROLES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "enterprise": ("clerk", "safety_officer", "org_admin"),
    "base": ("clerk", "safety_officer", "org_admin"),
    "regulator": ("officer", "org_admin"),
    "investment": ("investment_staff", "org_admin"),
    "operator": ("operator",),
    "technical": ("expert", "org_admin"),
}
"""Which roles an organisation of a kind can give."""

STAGES = ("田", "市", "加", "配", "餐", "桌")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. Anonymous has the ids 0, no organisation kind and no role."""

    account_id: int = 0
    login: str = ""
    org_id: int = 0
    org_kind: str = ""
    org_name: str = ""
    roles: frozenset[str] = frozenset()
    level: str | None = None
    stages: frozenset[str] = frozenset()
    via: str = "anonymous"
    scope: str = "all"
    session_id: int = 0
    csrf: str = field(default="", repr=False)
    display_name: str = field(default="", repr=False)

    @property
    def is_anonymous(self) -> bool:
        return self.account_id == 0

    @property
    def supervises(self) -> bool:
        """Whether others' records are open to the actor: officers of a regulator, not whoever manages its accounts."""
        return self.org_kind == "regulator" and "officer" in self.roles


ANONYMOUS = Actor()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a deed is done to. Leave out what the deed does not depend on."""

    owner_id: int | None = None
    """Organisation the thing belongs to."""
    stage: str | None = None
    """Stage of the chain the batch stands at, one of STAGES."""
    proposed_by: int | None = None
    """Account that proposed what is now to be confirmed."""
    proposed_org: int | None = None
    """Organisation of that account."""
    reason: str = ""
    """Why, in the actor's words, where the deed must be justified."""
    ordered: bool = False
    """A regulator ordered this by document."""


@dataclass(frozen=True, slots=True)
class Decision:
    """``allowed``, and if not, why: a sentence for the person who was refused."""

    allowed: bool
    reason_zh: str = ""
    reason_en: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: who may, and under which further conditions."""

    roles: frozenset[str]
    what: str
    own: bool = False
    """Only for what belongs to the actor's own organisation."""
    charged: bool = False
    """Only when the actor's regulator is charged with the stage."""
    second: bool = False
    """Needs a different officer of the same organisation than the one who proposed it."""
    reason: bool = False
    """The actor must give a reason, which is recorded."""
    kinds: frozenset[str] = frozenset()
    """Only in organisations of these kinds; empty for any."""
    own_unless: frozenset[str] = frozenset()
    """Roles for which ``own`` does not hold."""
    foreign_reason: bool = False
    """A role so exempted must give a reason for others' things (a regulator opening a recipe)."""
    also: frozenset[str] = frozenset()
    """Roles the actor must have besides."""
    writes: bool = True


def _rule(roles: str, what: str, **more: object) -> Rule:
    return Rule(frozenset(roles.split()), what, **more)  # type: ignore[arg-type]


def _chief(what: str, **more: object) -> Rule:
    """For investment staff who also administer their office."""
    return _rule("investment_staff", what, also=frozenset({"org_admin"}), kinds=frozenset({"investment"}), **more)


_ALL = " ".join(ROLES)
_MAKERS = "clerk safety_officer"

ACTIONS: Mapping[str, Rule] = {
    # everybody
    "public.read": _rule(ANYONE, "查看公开信息", writes=False),
    "session.create": _rule(ANYONE, "登录"),
    "standards.evaluate": _rule(ANYONE, "标准比对（不留存）", writes=False),
    "operations.read": _rule(ANYONE, "查看运行状态", writes=False),
    # everybody who is logged in
    "me.read": _rule(_ALL, "查看本人账号", writes=False),
    "session.end": _rule(_ALL, "退出登录"),
    "key.manage": _rule(_ALL, "管理本人密钥"),
    "draft.save": _rule(_ALL, "保存草稿"),
    # makers and bases
    "item.read": _rule(_MAKERS + " org_admin officer", "查看产品", writes=False),
    "item.edit": _rule(_MAKERS, "登记产品", own=True),
    "item.classify": _rule("safety_officer", "裁定产品归类", own=True),
    "credential.edit": _rule(_MAKERS + " org_admin", "登记证照", own=True),
    "receipt.create": _rule(_MAKERS, "登记收货", own=True),
    "receipt.read": _rule(_MAKERS + " org_admin officer", "查看收货", writes=False),
    "batch.list": _rule(_MAKERS + " org_admin officer", "查看批次列表", writes=False),
    "batch.read": _rule(_MAKERS + " org_admin officer", "查看批次", writes=False),
    "batch.register": _rule(_MAKERS, "登记批次", own=True),
    "batch.complete": _rule(_MAKERS, "补录批次", own=True),
    "batch.ship": _rule(_MAKERS, "登记出厂", own=True),
    "batch.label": _rule(_MAKERS, "打印标签", own=True),
    "batch.release": _rule("safety_officer", "放行批次", own=True),
    "batch.hold": _rule("safety_officer", "扣留批次", own=True),
    "batch.stop": _rule("safety_officer", "停止销售本企业批次", own=True),
    "batch.ruling": _rule("safety_officer", "处理判定", own=True),
    "suspicion.read": _rule(_MAKERS + " org_admin officer", "查看上游存疑", writes=False),
    "suspicion.conclude": _rule("safety_officer", "对上游存疑作出结论", own=True),
    "batch.correct": _rule(_MAKERS, "更正批次记录", own=True),
    "claim.confirm": _rule(_MAKERS, "确认他方申报", own=True),
    "recipe.open": _rule(
        _MAKERS + " officer", "查看配方", own=True, own_unless=frozenset({"officer"}), foreign_reason=True
    ),
    "recall.read": _rule(_MAKERS + " org_admin officer", "查看召回", writes=False),
    "recall.answer": _rule(ANYONE, "凭一次性链接答复召回"),
    "recall.start": _rule("safety_officer", "发起召回", own=True),
    "recall.step": _rule(_MAKERS, "登记召回进展", own=True),
    "inspection.read": _rule(_MAKERS + " org_admin officer", "查看检查", writes=False),
    "inspection.rectify": _rule(_MAKERS, "报告整改", own=True),
    "webhook.manage": _rule("safety_officer org_admin officer", "管理通知接收地址", own=True),
    "epcis.capture": _rule(_MAKERS, "提交 EPCIS 事件"),
    "personal.forget": _rule("safety_officer org_admin", "删除本单位提交的个人信息", own=True),
    "epcis.read": _rule(_MAKERS + " org_admin officer", "查询 EPCIS 事件", writes=False),
    # regulators
    "inspection.create": _rule("officer", "登记检查", kinds=frozenset({"regulator"})),
    "document.template": _rule("officer org_admin", "管理文书模板", kinds=frozenset({"regulator"})),
    "review.note": _rule("officer", "登记核查意见", kinds=frozenset({"regulator"})),
    "supervision.read": _rule("officer", "查看监管待办", kinds=frozenset({"regulator"}), writes=False),
    "sample.create": _rule("officer", "登记抽样", kinds=frozenset({"regulator"}), charged=True),
    "alert.create": _rule("officer", "发出预警", kinds=frozenset({"regulator"}), charged=True),
    "measure.read": _rule(_MAKERS + " org_admin officer", "查看监管措施", writes=False),
    "enforcement.propose": _rule("officer", "提出执法措施", kinds=frozenset({"regulator"}), charged=True),
    "enforcement.confirm": _rule("officer", "确认执法措施", kinds=frozenset({"regulator"}), charged=True, second=True),
    "bulletin.read": _rule(
        "officer operator", "查看抽检公告", kinds=frozenset({"regulator", "operator"}), writes=False
    ),
    "bulletin.import": _rule("officer operator", "导入抽检公告", kinds=frozenset({"regulator", "operator"})),
    "bulletin.match": _rule("officer", "核对抽检公告", kinds=frozenset({"regulator"})),
    "case.edit": _rule("officer", "办理抽检案件", kinds=frozenset({"regulator"}), charged=True),
    # technical body, investment office, operator
    "clause.sign": _rule("expert", "审签标准条款"),
    "chain.read": _rule(ANYONE, "查看产业链", writes=False),
    "chain.flows": _rule("investment_staff operator", "查看汇总流向", writes=False),
    "chain.named": _chief("查看具名单点与风险排序", writes=False),
    "chain.export": _chief("下载具名清单"),
    "consent.own": _rule("org_admin", "查看和撤回本单位的同意书", own=True, kinds=frozenset({"enterprise", "base"})),
    "register.read": _rule("investment_staff operator", "查看主体登记", writes=False),
    "register.edit": _rule("investment_staff", "登记主体"),
    "supply.read": _chief("查看具名供给关系", writes=False),
    "supply.edit": _chief("登记具名供给关系"),
    "candidate.read": _rule("investment_staff operator", "查看目标企业", writes=False),
    "project.read": _rule("investment_staff operator", "查看招商项目", writes=False),
    "report.download": _rule("investment_staff operator", "下载产业链报告", writes=False),
    "report.log": _rule("operator org_admin", "查看报告下载记录", writes=False),
    "candidate.edit": _rule("investment_staff", "管理候选企业"),
    "project.edit": _rule("investment_staff", "管理项目"),
    "ledger.edit": _rule("investment_staff", "维护台账"),
    "rulebook.read": _rule(_MAKERS + " org_admin officer operator expert", "查看规则库版本", writes=False),
    "rulebook.publish": _rule("operator", "发布规则库"),
    "organisation.manage": _rule("operator", "管理单位"),
    "account.read": _rule("operator org_admin", "查看账号", own=True, own_unless=frozenset({"operator"}), writes=False),
    "account.manage": _rule("operator org_admin", "管理账号", own=True, own_unless=frozenset({"operator"})),
}


def decide(actor: Actor, action: str, subject: Subject | None = None) -> Decision:
    """May ``actor`` do ``action`` (to ``subject``)?

    Without a subject the answer is whether the actor's roles could ever allow it, which is what a
    route asks before it reads anything; with one, every condition of the row is checked.
    Raises KeyError for an action that is not in the table.
    """
    rule = ACTIONS[action]
    if ANYONE in rule.roles:
        return Decision(True)
    if actor.is_anonymous:
        return Decision(False, f"{rule.what}需要先登录。", "Please log in first.")
    if actor.scope == "read" and rule.writes:
        return Decision(False, f"此密钥只能读取，不能{rule.what}。", "This key may only read.")
    if not (actor.roles & rule.roles):
        who = "、".join(ROLES[r][0] for r in ROLES if r in rule.roles)
        return Decision(False, f"{rule.what}须由{who}办理。", f"Only {', '.join(sorted(rule.roles))} may do this.")
    if rule.also - actor.roles:
        who = "、".join(ROLES[r][0] for r in ROLES if r in rule.also)
        return Decision(False, f"{rule.what}还须同时是{who}。", f"Also needs: {', '.join(sorted(rule.also))}.")
    if rule.kinds and actor.org_kind not in rule.kinds:
        return Decision(False, f"贵单位不能{rule.what}。", "Your organisation may not do this.")
    return Decision(True) if subject is None else _decide_subject(actor, rule, action, subject)


def _decide_subject(actor: Actor, rule: Rule, action: str, subject: Subject) -> Decision:
    foreign = subject.owner_id is not None and subject.owner_id != actor.org_id
    excepted = bool(actor.roles & rule.own_unless)
    if rule.own and foreign and not excepted:
        return Decision(False, f"只能{rule.what}本单位的内容。", "Only for what belongs to your own organisation.")
    if (rule.reason or (rule.foreign_reason and excepted and foreign)) and len(subject.reason.strip()) < 4:
        return Decision(False, f"{rule.what}须写明理由（至少 4 个字），理由会被记录。", "A recorded reason is needed.")
    if rule.charged and subject.stage is not None and subject.stage not in actor.stages:
        mine = "、".join(s for s in STAGES if s in actor.stages) or "无"
        return Decision(
            False,
            f"该批次处于「{subject.stage}」环节，不属贵单位监管范围（{mine}），请移送主管部门。",
            "Your organisation is not charged with this stage.",
        )
    if rule.second:
        if subject.proposed_by is None:
            return Decision(False, f"{rule.what}须先由一名执法人员提出。", "One officer must propose it first.")
        if subject.proposed_by == actor.account_id:
            return Decision(False, f"{rule.what}须由另一名执法人员进行。", "A different officer must confirm.")
        if subject.proposed_org != actor.org_id:
            return Decision(False, "两名执法人员须属同一单位。", "Both officers must be of the same organisation.")
    return Decision(True)


def allowed_actions(actor: Actor) -> list[str]:
    """What the actor's roles could allow, for ``/api/v1/me`` and the navigation."""
    return [action for action in ACTIONS if decide(actor, action).allowed]


class View(StrEnum):
    """How much of a batch one sees."""

    PUBLIC = "public"
    PARTNER = "partner"
    OWN = "own"
    REGULATOR = "regulator"


_PUBLIC = frozenset(
    [
        "uri",
        "product",
        "maker",
        "origin",
        "produced_on",
        "best_before",
        "storage",
        "heating",
        "net_content",
        "state",
        "notices",
        "registered_at",
    ]
)
_PARTNER = _PUBLIC | frozenset(
    ["lot", "handover_quantity", "handover_at", "handover_document", "counterparty", "release"]
)
_OWN = _PARTNER | frozenset(
    [
        "quantity",
        "on_hand",
        "inputs",
        "input_quantities",
        "recipe",
        "suppliers",
        "customers",
        "measurements",
        "reports",
        "findings",
        "verdict",
        "history",
        "remarks",
        "aliases",
        "completeness",
        "spread",
        "enforcement",
    ]
)
_REGULATOR = (_OWN - {"recipe", "remarks"}) | frozenset({"scans"})

FIELDS: Mapping[View, frozenset[str]] = {
    View.PUBLIC: _PUBLIC,
    View.PARTNER: _PARTNER,
    View.OWN: _OWN,
    View.REGULATOR: _REGULATOR,
}
"""What each view contains. A regulator gets the recipe only through ``recipe.open`` with a reason."""


def visibility(actor: Actor, owner_id: int, partners: Set[int] = frozenset(), stage: str | None = None) -> View:
    """Which view of a batch of ``owner_id`` the actor gets.

    ``partners`` are the organisations that handed the lot over or received it: direct suppliers and
    customers see the hand-over facts, nothing more. A regulator sees the record whatever the
    ``stage``; being charged with it matters for deeds (``decide``), not for reading.
    """
    if actor.is_anonymous:
        return View.PUBLIC
    if actor.supervises:
        return View.REGULATOR
    if actor.org_id == owner_id:
        return View.OWN
    if actor.org_id in partners:
        return View.PARTNER
    return View.PUBLIC
