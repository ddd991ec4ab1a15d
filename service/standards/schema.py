"""The request body of ``POST /api/v1/standards/evaluate`` for the OpenAPI document; reading is trace's."""

from __future__ import annotations

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_DAY: dict[str, Any] = {"type": "string", "format": "date"}
_TIME: dict[str, Any] = {
    "type": "string",
    "format": "date-time",
    "description": "须带时区，如 2026-10-01T08:00:00+08:00",
}
_NUMBER: dict[str, Any] = {"type": "string", "description": "数，按原样的文字"}
_FIELDS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT, "description": "字段名: 文字；空文字算缺"}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: dict[str, Any], most: int, description: str) -> dict[str, Any]:
    return {"type": "array", "maxItems": most, "description": description, "items": items}


EXAMPLE = {
    "product": {"name": "卤牛肉", "category": "肉制品-酱卤肉制品", "ready_to_eat": True, "prepackaged": True},
    "stage": "加",
    "produced_on": "2026-10-01",
    "measurements": [{"parameter": "铅(以Pb计)", "values": ["0.12"], "unit": "mg/kg", "lod": "0.02"}],
}
_PRODUCT = _object(
    ["name"],
    name=_TEXT,
    category=_TEXT,
    processing=_TEXT,
    ready_to_eat={"type": "boolean"},
    storage={**_TEXT, "description": "常温、冷藏、冷冻"},
    prepackaged={"type": "boolean"},
    sc_category=_TEXT,
    executed_standard=_TEXT,
    shelf_life_days={"type": "integer", "minimum": 1},
    ingredients={"type": "array", "items": _TEXT},
    central_kitchen={"type": "boolean"},
    heating=_TEXT,
    dehydration={**_NUMBER, "description": "脱水率，百分数（质量）；只用于干制水产品、干制食用菌"},
    moisture_fresh={**_NUMBER, "description": "鲜品水分，百分数；与 moisture_dried 一起填"},
    moisture_dried={**_NUMBER, "description": "干品水分，百分数"},
) | {"description": "name 必填；category 公告写法或类别树路径；processing、ready_to_eat、storage、prepackaged 等"}
_MEASUREMENT = _object(
    ["parameter", "values"],
    parameter=_TEXT,
    values={"type": "array", "items": _TEXT},
    unit=_TEXT,
    lod=_TEXT,
    method={**_TEXT, "description": "检验方法；不在条款列出的方法之内的给提示"},
)
_LABEL = _object(
    [],
    edition={**_TEXT, "enum": ["2011", "2025"], "description": "标签声明采用的 GB 7718 版本；不推断"},
    nutrition_edition={**_TEXT, "enum": ["2011", "2025"], "description": "声明采用的 GB 28050 版本"},
    audience={**_TEXT, "enum": ["消费者", "非直接提供"]},
    fields=_FIELDS,
    produced_on={**_TEXT, "description": "标签上印的生产日期，照抄"},
    expires_on={**_TEXT, "description": "标签上印的保质期到期日，照抄"},
    shelf_life={**_TEXT, "description": "如 180天、12个月"},
    lot=_TEXT,
    allergens={"type": "array", "items": _TEXT, "description": "标签标示的致敏物质；没有就填空列表"},
    claims={"type": "array", "items": _TEXT, "description": "标签上的声称"},
    nutrition=_list(
        _object(["nutrient", "amount", "unit"], nutrient=_TEXT, amount=_NUMBER, unit=_TEXT, nrv=_NUMBER, measured=_NUMBER),
        60, "营养成分表，每 100 g 或 100 mL；measured 为实测值",
    ),
    nutrition_exempt={**_TEXT, "description": "没有营养标签时的豁免理由"},
    area_cm2={**_NUMBER, "description": "最大表面面积"},
)  # fmt: skip
_RECALL = _object(
    ["level", "known_at"],
    level={**_TEXT, "enum": ["一级", "二级", "三级", "标签瑕疵"]},
    known_at=_TIME,
    started_at=_TIME,
    announced_on=_DAY,
    finished_on=_DAY,
    scope={**_TEXT, "enum": ["省内", "跨省"]},
    fields=_FIELDS,
    holidays={"type": "array", "items": _DAY, "description": "国务院公布的放假日；不给就不能数工作日"},
    workdays={"type": "array", "items": _DAY, "description": "调休上班的周末"},
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["product", "produced_on"],
    "description": "可选成员不给就不问；给了空列表就是没有证据",
    "properties": {
        "product": _PRODUCT,
        "stage": {**_TEXT, "description": "田、市、加、配、餐、桌"},
        "any_stage": {
            "type": "boolean",
            "description": "记录、凭证、温度、时间可能发生在别的环节（如运输）：提供了的按它自己环节的条款比对，没提供的不算欠",
        },
        "produced_on": {**_DAY, "description": "生产日期，决定用哪一版标准"},
        "lot": _TEXT,
        "measurements": _list(_MEASUREMENT, 1000, "检验结果：parameter、values（文字，一件样品一个）、unit、lod（检出限）"),
        "maker": _list(
            _object(["kind"], kind=_TEXT, number=_TEXT, valid_from=_DAY, valid_to=_DAY, sc_categories={"type": "array", "items": _TEXT}),
            20, "生产者的证照",
        ),
        "inputs": _list(
            _object(
                ["name"], name=_TEXT, quantity=_TEXT, lot_or_date=_TEXT, supplier=_TEXT, received_on=_DAY,
                documents=_list(_object(["kind"], kind=_TEXT, number=_TEXT, valid_from=_DAY, valid_to=_DAY), 50, "随货凭证"),
            ),
            500, "本批原料",
        ),
        "reports": _list(
            _object(
                ["kind"], kind={**_TEXT, "enum": ["出厂自检", "委托", "型式", "监督抽检", "快检"]}, number=_TEXT,
                laboratory=_TEXT, cma=_TEXT, sampled_on=_DAY, issued_on=_DAY, valid_to=_DAY, lot=_TEXT, product=_TEXT,
                executed_standard=_TEXT, conclusion=_TEXT, parameters={"type": "array", "items": _TEXT},
            ),
            100, "检验报告",
        ),
        "records": _list(
            _object(["kind"], kind=_TEXT, fields=_FIELDS, made_on=_DAY, kept_until=_DAY), 500,
            "记录：kind 为名录中的记录种类，kept_until 保存到哪一天",
        ),
        "documents": _list(
            _object(["kind"], kind=_TEXT, number=_TEXT, valid_from=_DAY, valid_to=_DAY, used_on=_DAY, fields=_FIELDS), 500,
            "证照、检疫证、合格证：used_on 使用日（默认生产日），按这一天核对是否有效",
        ),
        "label": _LABEL,
        "temperatures": _list(
            _object(
                ["what", "readings"], what={**_TEXT, "description": "测温位置，名录中的名称，如 车厢温度"},
                readings=_list(_object(["at", "celsius"], at=_TIME, celsius=_NUMBER), 20000, "读数，次序不论；一次请求共 20000 个"),
                interval_minutes={"type": "integer", "minimum": 1}, calibration_due=_DAY,
                min_celsius={**_NUMBER, "description": "标签或规程标示的下限"}, max_celsius={**_NUMBER, "description": "标示的上限"},
            ),
            50, "温度时序",
        ),
        "events": _list(
            _object(["what", "at"], what=_TEXT, at=_TIME, of={**_TEXT, "description": "区分对象，如菜名、药名"}), 2000,
            "事件的时刻，如 烧熟（热链）、留样、末次施药",
        ),
        "intervals": _list(
            _object(["what", "days"], what={**_TEXT, "description": "安全间隔期、休药期"}, days={"type": "integer", "minimum": 0}, of=_TEXT),
            500, "须提供的间隔天数",
        ),
        "recall": _RECALL,
        "lineage": _list(
            _object(
                ["lot"], lot=_TEXT, inputs={"type": "array", "items": _TEXT},
                origin={**_TEXT, "enum": ["田", "进口"]}, documents={"type": "array", "items": _TEXT},
            ),
            2000, "来源：每个批次用了哪些批次，首站在哪里，自己有什么凭证",
        ),
    },
    "example": EXAMPLE,
}  # fmt: skip
