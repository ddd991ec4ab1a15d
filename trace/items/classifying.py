"""A named person says what a product is: its food category, and whether it is a 预制菜. Kept beside the machine's answer."""

from __future__ import annotations

from trace.context import Context
from trace.errors import InvalidInput
from trace.items.commands import owned_item
from trace.journal.commands import record_act
from trace.problems import Problems
from trace.rulebooks.books import current_book
from trace.standards import Rulebook
from trace.standards.models import Product
from trace.standards.vocabulary.categories import UnknownCategory
from trace.standards.vocabulary.placing import place
from trace.verdicts.waiting import judge_item

PREMADE = {"": "不另作判断", "yes": "是预制菜", "no": "不是预制菜"}
MIN_BASIS = 4


def classify(ctx: Context, item_id: int, category: str, premade: str, basis: str) -> int:
    """Overrule the classifier for a product of the actor's organisation, with the basis; its batches are judged again.

    Category and 预制菜 both empty take an earlier classification back. Gives the act's id.
    """
    item = owned_item(ctx, item_id)
    problems = Problems()
    written = problems.text(category, "/category", "食品类别", required=False, longest=120)
    what = problems.choice(premade, PREMADE, "/premade", "是否预制菜", required=False)
    why = problems.text(basis, "/basis", "归类依据", longest=500)
    if why and len(why) < MIN_BASIS:
        problems.add("/basis", "too_short", f"归类依据“{why}”太短，请写明依据", "say why")
    if item.kind != "product":
        problems.add("/category", "not_a_product", f"“{item.name}”是原料，不需要归类", "not a product")
    if written and not _known(current_book(ctx.conn), written):
        problems.add(
            "/category",
            "unknown_category",
            f"类别树中没有“{written}”，例如 熟肉制品、肉制品-酱卤肉制品",
            "unknown category",
        )
    problems.raise_if_any()
    if item.kind != "product":
        raise InvalidInput("原料不需要归类", "Not a product")
    made = record_act(ctx, "item.classified", "item", item_id, {"category": written, "premade": what}, why)
    judge_item(ctx, item_id, "classified")
    return made


def _known(book: Rulebook, written: str) -> bool:
    """Whether the tree has the category, in its own words or an announcement's."""
    try:
        book.categories.parse(written)
    except UnknownCategory:
        return bool(place(book, Product(name="-", category=written)).path)
    return True
