"""Words of the room: why a batch was judged, and what a judging gave."""

from __future__ import annotations

from dataclasses import dataclass

CAUSES = {
    "registered": "登记批次",
    "completed": "补录或更正后",
    "release": "放行前",
    "report": "登记了检验报告",
    "report withdrawn": "撤回了检验报告",
    "type report": "登记了型式检验报告",
    "receipt": "投料有了新的收货凭证",
    "input report": "投料的检验报告有变动",
    "item": "产品资料有变动",
    "classified": "产品归类有变动",
    "credential": "企业证照有变动",
    "label": "登记了标签",
    "label withdrawn": "撤回了标签",
    "record": "登记了记录",
    "document": "登记了证明文件",
    "times": "登记了过程时间",
    "printed": "登记了喷码核对",
    "paper withdrawn": "撤回了登记的记录、证明文件、时间或核对",
    "temperatures": "登记了温度记录",
    "temperatures withdrawn": "撤回了温度记录",
    "rulebook": "规则库发布了新版本",
}
"""Why a batch was judged: code → what a person reads."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One batch after judging. ``before`` is the last status ('' where there was none); ids of verdict rows."""

    batch_id: int
    tenant_id: int
    before: str
    after: str
    before_id: int | None
    after_id: int
    written: bool
