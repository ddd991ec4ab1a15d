"""The receipt form as typed, one layout per kind of source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from service.web import trees
from service.web.trees import Tree
from trace.batches.models import NewReceipt, Part
from trace.evidence.models import NewDocument

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of source is asked: what its supplier is called, which papers it brings, which fields matter."""

    name: str
    about: str
    supplier: str
    papers: tuple[str, ...]
    asks: frozenset[str]
    origin: str = "产地"
    hint: str = ""


KINDS: Mapping[str, Kind] = {
    "base": Kind(
        "供应基地、合作社", "带承诺达标合格证送来的农产品、畜禽", "基地或合作社名称",
        ("conformity_certificate", "quarantine_certificate"), frozenset({"origin", "produced_on", "lot"}),
        "产地（到村）",
    ),
    "smallholder": Kind(
        "农户", "本地散户，自种自养", "农户姓名", ("purchase_slip", "conformity_certificate", "rapid_test"),
        frozenset({"origin", "phone", "produced_on"}), "产地（到村）",
        "三种凭证有一种就行；鼓励开具承诺达标合格证。",
    ),
    "collector": Kind(
        "收购商", "从几处收来、混在一起的货", "收购商姓名", ("conformity_certificate", "purchase_slip"),
        frozenset({"phone", "parts"}), "产地", "混批时把每一处来源写上，出问题才能只追那一处。",
    ),
    "market": Kind(
        "市场", "批发市场、农贸市场买的", "市场和摊位号", ("market_ticket", "photo"), frozenset({"origin", "lot"}),
        "产地（票据上写的）",
    ),
    "enterprise": Kind(
        "其他企业的批次", "包装上有追溯码，扫一下就行", "供货企业", ("test_report",), frozenset({"code"}),
    ),
    "import": Kind(
        "进口", "报关进口的原料", "进口商或境外供货者", ("import_inspection", "quarantine_certificate"),
        frozenset({"origin", "lot", "produced_on", "best_before"}), "原产国（地区）",
    ),
    "own": Kind(
        "自产", "本企业自己种、养、采的", "", ("rapid_test", "quarantine_certificate"),
        frozenset({"origin", "produced_on"}), "地块或圈舍",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaperForm:
    """One document with its number, date and file."""

    kind: str = ""
    number: str = ""
    issued_on: str = ""
    attachment_id: str = ""
    attachment_name: str = ""

    @property
    def blank(self) -> bool:
        return not (self.number or self.attachment_id)


@dataclass(frozen=True, slots=True)
class PartForm:
    """One source inside a mixed lot."""

    origin: str = ""
    name: str = ""
    quantity: str = ""

    @property
    def blank(self) -> bool:
        return not (self.origin or self.name or self.quantity)


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """The whole form."""

    form_key: str = ""
    source: str = ""
    code: str = ""
    material: str = ""
    quantity: str = ""
    unit: str = "KGM"
    lot: str = ""
    supplier: str = ""
    supplier_phone: str = ""
    origin: str = ""
    received_on: str = ""
    produced_on: str = ""
    best_before: str = ""
    parts: tuple[PartForm, ...] = ()
    documents: tuple[PaperForm, ...] = ()


def _flat(made: type[F], tree: Tree, **more: Any) -> F:
    names = [f.name for f in fields(made) if f.name not in more]  # type: ignore[arg-type]
    return made(**{n: trees.text(tree, n) for n in names}, **more)


def read_form(tree: Tree) -> ReceiptForm:
    """A submitted form."""
    return _flat(
        ReceiptForm,
        tree,
        parts=tuple(_flat(PartForm, p) for p in trees.branches(tree, "parts")),
        documents=tuple(_flat(PaperForm, d) for d in trees.branches(tree, "documents")),
    )


def tidied(form: ReceiptForm) -> ReceiptForm:
    """What is about to be recorded: papers and sources that say nothing are left out."""
    return replace(
        form,
        parts=tuple(p for p in form.parts if not p.blank),
        documents=tuple(d for d in form.documents if not d.blank),
    )


def laid_out(form: ReceiptForm) -> ReceiptForm:
    """The form with a row for every paper its source brings, one for any other, and rows for a collector's sources.

    New rows go behind those there are, so that the record's row numbers stay the form's.
    """
    kind = KINDS[form.source]
    papers = list(form.documents)
    present = {p.kind for p in papers}
    papers += [PaperForm(kind=k) for k in kind.papers if k not in present]
    if not any(p.blank and p.kind not in kind.papers for p in papers):
        papers.append(PaperForm())
    parts = form.parts
    if "parts" in kind.asks:
        parts += tuple(PartForm() for _ in range(max(1, 3 - len(parts))))
    return replace(form, documents=tuple(papers), parts=parts)


def new_receipt(form: ReceiptForm, supplier_code: str = "") -> NewReceipt:
    """A tidied form for the command; row numbers stay the form's."""
    return NewReceipt(
        source=form.source,
        quantity=form.quantity,
        unit=form.unit or "KGM",
        material=form.material,
        code=form.code,
        lot=form.lot,
        supplier=form.supplier,
        supplier_phone=form.supplier_phone,
        supplier_code=supplier_code,
        origin=form.origin,
        parts=tuple(Part(p.origin, p.name, p.quantity) for p in form.parts),
        received_on=form.received_on,
        produced_on=form.produced_on,
        best_before=form.best_before,
        documents=tuple(
            NewDocument(d.kind or "other", d.number, d.issued_on, attachment_id=trees.number(d.attachment_id))
            for d in form.documents
        ),
    )
