"""The kinds of documents and the fields each may print: name → Chinese label, needed or not. Plain data.

A field with ``rows`` is a list of mappings with those columns; every other value is text (or an integer). What a
document still lacks prints as a blank; ``missing`` names it for the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NUMBER = "number"
"""The field whose absence makes a document a draft."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value a template may print. ``rows`` are the columns (name → label) of a list."""

    label: str
    required: bool = True
    rows: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document."""

    name: str
    fields: Mapping[str, Field]


def _optional(label: str) -> Field:
    return Field(label, False)


_HEAD = {NUMBER: Field("文书编号"), "office": Field("机关名称"), "issued_on": Field("日期")}
_PARTY = {
    "party": Field("当事人"),
    "party_code": Field("统一社会信用代码"),
    "party_address": Field("住所"),
    "party_contact": _optional("负责人"),
    "party_phone": _optional("联系电话"),
}
_OFFICERS = {
    "officer_1": Field("执法人员一"),
    "officer_1_certificate": Field("执法人员一执法证号"),
    "officer_2": Field("执法人员二"),
    "officer_2_certificate": Field("执法人员二执法证号"),
}
_GOODS = {
    "product": Field("产品名称"),
    "spec": _optional("规格"),
    "lot": Field("批号"),
    "produced_on": Field("生产日期"),
}
_DECISION = {
    "facts": Field("事实"),
    "clause": Field("违反的条款"),
    "basis": Field("依据"),
    "approver": Field("批准人"),
    "approver_position": Field("批准人职务"),
    "approved_at": Field("批准时间"),
    "served_at": Field("送达时间"),
    "served_how": Field("送达方式"),
}
_LOTS = {
    "number": "序号",
    "product": "产品名称",
    "spec": "规格",
    "lot": "批号",
    "produced_on": "生产日期",
    "quantity": "数量",
    "maker": "生产者",
    "remark": "备注",
}

KINDS: Mapping[str, Kind] = {
    "inspection_record": Kind(
        "现场检查笔录",
        _HEAD
        | _PARTY
        | {
            "place": Field("检查地点"),
            "begun_at": Field("检查开始时间"),
            "ended_at": Field("检查结束时间"),
            "notified": _optional("告知事项"),
            "product": _optional("产品名称"),
            "lot": _optional("批号"),
            "produced_on": _optional("生产日期"),
            "situation": _optional("现场情况"),
            "items": Field(
                "检查项目",
                rows={
                    "number": "序号",
                    "clause": "条款",
                    "owed": "要求",
                    "record": "平台记录",
                    "answer": "检查结果",
                    "remark": "说明",
                },
            ),
            "photos": Field(
                "现场照片",
                False,
                {
                    "number": "序号",
                    "taken": "拍摄时间（设备自报）",
                    "received": "平台收到时间",
                    "place": "地点",
                    "sha256": "SHA-256",
                },
            ),
            "samples": Field(
                "抽样",
                False,
                {"number": "样品编号", "product": "产品名称", "lot": "批号", "quantity": "数量", "seal": "封条号"},
            ),
            "statement": Field("当事人意见"),
            "refusal": _optional("拒绝签字情况"),
        }
        | _OFFICERS,
    ),
    "rectification_order": Kind(
        "责令改正通知书",
        _HEAD
        | _PARTY
        | {
            "facts": Field("事实"),
            "items": Field(
                "责令改正事项", rows={"number": "序号", "clause": "条款", "problem": "问题", "demand": "改正要求"}
            ),
            "deadline": Field("改正期限"),
            "recheck_on": Field("复查日期"),
            "contact": _optional("联系人"),
            "phone": _optional("联系电话"),
            "served_at": _optional("送达时间"),
            "served_how": _optional("送达方式"),
        }
        | _OFFICERS,
    ),
    "seizure_decision": Kind(
        "查封（扣押）决定书",
        _HEAD
        | _PARTY
        | _DECISION
        | {
            "measure": Field("措施（查封或扣押）"),
            "goods": Field("财物清单", rows=_LOTS),
            "place": Field("查封（扣押）地点"),
            "storage": _optional("保存条件"),
            "begins_on": Field("期限开始日期"),
            "ends_on": Field("期限届满日期"),
            "urgent": _optional("情况紧急的理由"),
        }
        | _OFFICERS,
    ),
    "sampling_form": Kind(
        "食品安全抽样单",
        _HEAD
        | _PARTY
        | _GOODS
        | {
            "sample_number": Field("样品编号"),
            "task": _optional("任务来源"),
            "stage": _optional("抽样环节"),
            "place": Field("抽样地点"),
            "brand": _optional("商标"),
            "best_before": _optional("保质期至"),
            "maker": Field("生产者"),
            "maker_address": _optional("生产者地址"),
            "base_quantity": _optional("抽样基数"),
            "quantity": Field("抽样数量"),
            "reserve": Field("备样数量"),
            "reserve_place": _optional("备样封存地点"),
            "seal": Field("封条号"),
            "reserve_seal": _optional("备样封条号"),
            "storage": Field("储存条件"),
            "laboratory": _optional("检验机构"),
            "sampled_at": Field("抽样时间"),
            "custody": Field(
                "样品交接",
                False,
                {
                    "number": "序号",
                    "step": "环节",
                    "at": "时间",
                    "organisation": "单位",
                    "person": "经手人",
                    "condition": "样品状况",
                    "seal": "封条",
                },
            ),
            "statement": _optional("被抽样单位意见"),
        }
        | _OFFICERS,
    ),
    "stop_order": Kind(
        "责令停止经营文书",
        _HEAD
        | _PARTY
        | _GOODS
        | _DECISION
        | {
            "measure": Field("措施（责令停止经营或责令停止生产经营）"),
            "demand": _optional("要求"),
            "goods": Field("涉及批次", False, _LOTS),
            "urgent": _optional("情况紧急的理由"),
        }
        | _OFFICERS,
    ),
    "recall_order": Kind(
        "责令召回通知书",
        _HEAD
        | _PARTY
        | _GOODS
        | _DECISION
        | {
            "level": _optional("召回级别"),
            "known_at": _optional("生产者知悉时间"),
            "demand": _optional("要求"),
            "deadline": _optional("启动召回的期限"),
            "goods": Field("召回批次", False, _LOTS),
        }
        | _OFFICERS,
    ),
    "lift_decision": Kind(
        "解除决定书",
        _HEAD
        | _PARTY
        | _GOODS
        | {name: one for name, one in _DECISION.items() if name != "clause"}
        | {
            "measure": Field("解除的措施"),
            "ended_number": Field("原文书号"),
            "ended_served_at": _optional("原文书送达时间"),
            "goods": Field("涉及批次", False, _LOTS),
        }
        | _OFFICERS,
    ),
}


def missing(kind: str, values: Mapping[str, object]) -> list[str]:
    """Labels of what a finished document of this kind must say and ``values`` does not."""
    return [one.label for name, one in KINDS[kind].fields.items() if one.required and not values.get(name)]


def sample_values(kind: str, rows: int = 2) -> dict[str, object]:
    """Made-up values for every field, ``rows`` of each list: to try a template before it is accepted."""
    found: dict[str, object] = {}
    for name, one in KINDS[kind].fields.items():
        if one.rows is None:
            found[name] = f"（示例）{one.label}"
        else:
            found[name] = [{column: f"（示例）{label}" for column, label in one.rows.items()} for _ in range(rows)]
    return found
