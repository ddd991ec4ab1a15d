"""Kinds of entries and their fields: the one list that rules, forms and API documentation are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chain.ledger.models import LISTS, STEPS

FieldType = Literal["text", "long", "number", "whole", "day", "choice", "year", "half"]

CERTIFICATES = (
    "预制菜拳头产品", "重庆名牌农产品", "绿色食品", "知名品牌", "地理标志", "老字号", "地标菜", "规上企业", "专精特新企业",
    "小巨人企业", "隐形冠军企业", "独角兽企业", "国家级或市级农业龙头企业", "市级绿色工厂", "5A级物流企业", "商标", "其他",
)  # fmt: skip
LEVELS = ("企业标准", "行业标准", "团体标准", "地方标准", "国家标准")
ROLES = ("主导起草", "参与起草", "采用")
STAGES = ("立项", "征求意见", "已发布", "已废止")
SITE_STATES = ("拟建", "在建", "在用", "停用")
MEMBER_STATES = ("拟办", "进行中", "已办成", "已停止")
LIST_STATES = ("拟议", "推进中", "已完成", "已终止")
PLANTS = ("智能工厂", "数字化车间")


@dataclass(frozen=True, slots=True)
class Spec:
    """One field of an entry. ``staff``: its value is for staff only."""

    name: str
    label: str
    type: FieldType = "text"
    required: bool = True
    choices: tuple[str, ...] = ()
    longest: int = 200
    hint: str = ""
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry. ``slot``: fields that say what one entry at a time holds of; none: each stands for itself.

    ``dated``: the data date belongs to the slot, so that a series is kept. ``row``: it is about one row of the plan.
    ``staff``: only staff see single entries.
    """

    name: str
    fields: tuple[Spec, ...]
    slot: tuple[str, ...]
    dated: bool = False
    row: bool = False
    staff: bool = False
    about: str = ""

    @property
    def specs(self) -> Mapping[str, Spec]:
        return {spec.name: spec for spec in self.fields}


OF_ROW: Mapping[str, Kind] = {
    "figure": Kind(
        "现状数",
        (
            Spec("measure", "指标"),
            Spec("value", "数值", "number"),
            Spec("unit", "单位", longest=20),
            Spec("period", "所指期间", longest=40, hint="如 2026 年、2026 年 1—10 月"),
        ),
        ("measure",), dated=True, row=True,
    ),
    "owner": Kind("责任单位", (Spec("unit", "责任单位", longest=60), Spec("person", "责任人", required=False, staff=True)), (), row=True),
    "report": Kind(
        "半年报送",
        (Spec("half", "半年", "half"), Spec("step", "步骤", "choice", choices=STEPS), Spec("text", "内容", "long", longest=1000, staff=True)),
        ("half", "step"), row=True,
    ),
    "voice": Kind(
        "困难问题与建议",
        (
            Spec("what", "类别", "choice", choices=("困难问题", "政策建议")),
            Spec("text", "内容", "long", longest=1000),
            Spec("to", "报送单位", longest=60),
        ),
        (), row=True, staff=True,
    ),
    "site": Kind(
        "区、中心、平台、设施",
        (
            Spec("name", "名称", longest=60),
            Spec("function", "功能"),
            Spec("unit", "责任单位", required=False, longest=60),
            Spec("interface", "接口", required=False, hint="与本平台或其他系统如何对接"),
            Spec("state", "状态", "choice", choices=SITE_STATES),
            Spec("active", "使用量", "number", required=False, hint="如 月均办件数、入驻企业数"),
            Spec("active_what", "使用量指什么", required=False, longest=60),
        ),
        ("name",), row=True,
    ),
    "member": Kind(
        "本条名单",
        (
            Spec("name", "名称", longest=80, hint="企业、项目、制度或设施的名称，不写个人姓名"),
            Spec("unit", "承担单位", required=False, longest=60),
            Spec("state", "状态", "choice", choices=MEMBER_STATES),
            Spec("note", "说明", required=False),
        ),
        ("name",), row=True, staff=True, about="一条一行；再次登记同一名称是更新。只有状态合乎口径的计数。",
    ),
}  # fmt: skip

REGISTERS: Mapping[str, Kind] = {
    "certificate": Kind(
        "品牌与认定",
        (
            Spec("what", "种类", "choice", choices=CERTIFICATES),
            Spec("name", "产品、品牌或认定名称", longest=80),
            Spec("number", "编号", longest=60),
            Spec("holder", "持有单位", longest=80, hint="写单位，不写个人姓名"),
            Spec("valid_from", "发证日期", "day", required=False),
            Spec("valid_to", "有效期止", "day", required=False, hint="长期有效不填"),
        ),
        ("what", "number"), about="有效期止在 90 天内的列为临期；过期的不计数。",
    ),
    "menu": Kind(
        "招牌菜谱",
        (
            Spec("year", "年份", "year"),
            Spec("name", "版本名称", longest=80),
            Spec("dishes", "菜品", "long", longest=4000, hint="每行一道"),
        ),
        ("year",), about="每年一版；重新登记同一年份是更正。",
    ),
    "training": Kind(
        "培训",
        (
            Spec("topic", "内容", longest=100),
            Spec("people", "培训人数", "whole"),
            Spec("place", "地点", required=False, longest=80),
        ),
        ("topic", "place"), dated=True, about="数据日期写培训结束日。第 63 条按人数相加。",
    ),
    "standard": Kind(
        "标准",
        (
            Spec("number", "标准号", longest=60),
            Spec("title", "标准名称"),
            Spec("level", "级别", "choice", choices=LEVELS),
            Spec("role", "本地角色", "choice", choices=ROLES),
            Spec("by", "起草或采用单位", longest=80),
            Spec("stage", "阶段", "choice", choices=STAGES),
        ),
        ("number", "role", "by"), about="第 20、21 条只数已发布、主导或参与起草的；同一标准号算一项。",
    ),
    "plant": Kind(
        "智能工厂与数字化车间",
        (
            Spec("name", "名称", longest=80),
            Spec("holder", "企业", longest=80),
            Spec("what", "类别", "choice", choices=PLANTS),
            Spec("scope", "领域", "choice", choices=("预制菜", "其他")),
            Spec("points", "数据点（设备编号）", "long", longest=4000, hint="每行一个，与传感器事件的 deviceID 一致", staff=True),
        ),
        ("name", "holder"), about="只数近 7 天有数据点真实上报的；登记了但不上报的不算。",
    ),
    "export": Kind(
        "出口",
        (
            Spec("year", "年份", "year"),
            Spec("value", "金额", "number"),
            Spec("unit", "单位", "choice", choices=("万元", "万美元")),
            Spec("market", "市场", longest=60),
            Spec("channel", "方式", "choice", choices=("一般贸易", "跨境电商", "其他")),
        ),
        ("year", "market", "channel", "unit"), about="人民币与美元分别合计，不换算。",
    ),
    "sales": Kind(
        "基地年度可核销售额",
        (
            Spec("base", "基地", longest=80),
            Spec("year", "年份", "year"),
            Spec("value", "销售额（万元）", "number"),
            Spec("verified_by", "核实单位", longest=80),
        ),
        ("base", "year"), staff=True, about="第 26 条：最近一个有登记的年份里 1 亿元（10000 万元）以上的算亿级。",
    ),
    "ladder": Kind(
        "企业梯度条件",
        (
            Spec("subject", "企业（主体编号）", longest=20),
            Spec("criterion", "条件", "choice"),
            Spec("met", "是否具备", "choice", choices=("具备", "不具备")),
            Spec("proof", "证明"),
        ),
        ("subject", "criterion"), staff=True, about="没有登记的条件是未知，不算不具备。",
    ),
    "listed": Kind(
        "年度清单事项",
        (
            Spec("list", "清单", "choice", choices=tuple(LISTS.values())),
            Spec("year", "年份", "year"),
            Spec("name", "事项", longest=100),
            Spec("unit", "责任单位", longest=60),
            Spec("state", "状态", "choice", choices=LIST_STATES),
            Spec("note", "说明", required=False, longest=500),
        ),
        ("list", "year", "name"), about="每半年滚动更新：再次登记同名事项是更新。",
    ),
}  # fmt: skip

KINDS: Mapping[str, Kind] = {**OF_ROW, **REGISTERS}
WITHDRAW = "withdraw"
IMPORT = "import"
"""An entry that says that the next ``taken`` ones, by ``seq``, came in by a file."""
IMPORTABLE = (
    "figure", "owner", "report", "site", "member", "certificate", "menu", "training", "standard", "plant", "export",
    "sales", "ladder", "listed",
)  # fmt: skip
"""Kinds that a file may bring in."""
EACH = ("voice",)
"""Kinds of which every entry stands for itself."""
