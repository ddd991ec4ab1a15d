"""What the record's codes are called on a page. Signs beside every colour: ✓ ✕ ⚠ ⓘ ·."""

from __future__ import annotations

from collections.abc import Mapping

VERDICTS: Mapping[str, tuple[str, str]] = {
    "pass": ("good", "比对符合"),
    "fail": ("bad", "比对不符合"),
    "needs_review": ("info", "需人工核对"),
    "insufficient_evidence": ("warn", "证据不足"),
    "not_applicable": ("quiet", "不适用"),
    "advisory": ("quiet", "提示"),
    "": ("quiet", "尚未比对"),
}
"""Status → badge kind, text. Staff pages only: none of these words is for the public."""

FINDING_ORDER = ("fail", "needs_review", "insufficient_evidence", "pass", "advisory", "not_applicable")

STATE_BADGES: Mapping[str, str] = {
    "reserved": "quiet",
    "awaiting": "warn",
    "released": "good",
    "held": "bad",
    "shipped": "good",
    "voided": "quiet",
}

ACTS: Mapping[str, str] = {
    "batch.reserved": "预留批号",
    "batch.registered": "登记",
    "batch.completed": "补录复查",
    "batch.released": "放行",
    "batch.held": "扣留",
    "batch.unheld": "解除扣留",
    "batch.stopped": "停止销售",
    "batch.stop_lifted": "恢复销售",
    "batch.voided": "作废",
    "batch.corrected": "更正投料",
    "measure.drafted": "监管预警，起草文书",
    "measure.taken": "紧急措施，先行采取",
    "measure.approved": "补办批准",
    "measure.served": "文书送达，措施生效",
    "measure.lapsed": "紧急措施失效",
    "measure.extended": "延长查封扣押期限",
    "measure.withdrawn": "撤回文书草稿",
    "measure.recall_refused": "登记企业书面拒绝召回",
    "order.proposed": "提出执法措施",
    "order.confirmed": "责令停止经营（已确认）",
    "order.lifted": "解除责令停止经营",
    "recall.announced": "发布召回",
    "recall.closed": "召回结束",
    "sampling.failed": "监督抽检不合格，立案",
    "sampling.cleared": "抽检不合格结论已推翻",
    "case.step": "案件办理",
    "ruling": "裁定",
    "review.noted": "监管核查意见",
    "suspicion.concluded": "上游存疑结论",
    "report": "登记检验报告",
    "report.withdrawn": "撤回检验报告",
    "batch.record": "登记记录",
    "batch.document": "登记证明文件",
    "batch.times": "登记过程时间",
    "batch.printed": "喷码核对",
    "batch.paper_withdrawn": "撤回登记的记录、证明、时间或核对",
    "receipt": "收货",
    "alias": "登记别名编码",
    "pack.opened": "启用小料",
    "recipe.viewed": "查看配方",
}

EVENTS: Mapping[tuple[str, str], str] = {
    ("ObjectEvent", "receiving"): "收货事件",
    ("ObjectEvent", "commissioning"): "产出事件",
    ("ObjectEvent", "shipping"): "发货事件",
    ("ObjectEvent", "destroying"): "销毁事件",
    ("ObjectEvent", "retail_selling"): "零售事件",
    ("ObjectEvent", "inspecting"): "检查事件",
    ("ObjectEvent", "sensor_reporting"): "温度记录事件",
    ("TransformationEvent", "creating_class_instance"): "加工事件",
    ("AggregationEvent", "packing"): "装箱事件",
}

SCHEMES: Mapping[str, str] = {
    "factory": "厂内批号",
    "yusuyuan": "渝溯源码",
    "commitment_certificate": "承诺达标合格证",
    "animal_quarantine": "动物检疫证明",
    "other": "其他编码",
}

NOTICES: Mapping[str, str] = {
    "released": "已放行，公开页已更新。",
    "held": "已扣留。",
    "unheld": "已解除扣留，批次回到待检，须重新放行。",
    "stopped": "已停止销售，公开页已显示。",
    "resumed": "已恢复销售。",
    "shipped": "发货已登记。",
    "voided": "已作废；原登记保留，扫码显示已作废。",
    "complete": "补录内容已齐，可以放行。",
    "still_pending": "已复查，仍有待补录的内容，见下。",
    "corrected": "投料已更正；原登记保留在记录中。",
    "reported": "检验报告已登记，已重新比对。",
    "withdrawn": "报告已撤回，已重新比对。",
    "ruled": "裁定已记录。",
    "noted": "核查意见已记录。",
    "concluded": "结论已记录；原因更正后存疑自动解除。",
    "recalled": "召回已发布，公开页已显示。",
    "refused": "企业书面拒绝召回已登记。",
}
"""Query code after a redirect → what the page says. Fixed texts: nothing from the address is printed."""
