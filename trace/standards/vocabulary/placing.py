"""Find a product's place: category set, product types, ready to eat or not, and say why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from trace.standards.book import Rulebook
from trace.standards.models import Product
from trace.standards.vocabulary.categories import Announced, Categories, best_word, imitated
from trace.standards.vocabulary.text import name_key, split_top, trailing_bracket, without_brackets

_MADE_HERE = ("(自制)", "(餐饮)", "(餐馆自行消毒)")
_PREPARED = ("调理", "调制", "预制", "裹粉", "腌制")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a product stands. ``mask`` are the classes it may be; ``types`` its product types (one of them),
    ``maybe_types`` those it may be of when none is known (stored frozen: 速冻调制食品).

    ``placed`` is False when neither category nor type is known: everything then needs review.
    ``traits`` are the properties its words show (placing.yaml). ``assumed`` are the facts
    of which nobody spoke (clause field, sentence) that a finding must mention.
    """

    mask: int
    placed: bool
    path: str
    why: str
    types: frozenset[str]
    maybe_types: frozenset[str]
    ready_to_eat: bool | None
    prepackaged: bool | None
    stage: str | None
    text: str
    traits: frozenset[str]
    assumed: tuple[tuple[str, str], ...]


def place(book: Rulebook, product: Product) -> Placement:
    """The product's place in the tree, from its category first and its name second.

    A name only narrows what the category says; alone it counts when it ends with a known food word.
    """
    # Only what decides the place is remembered: recipes differ by batch and may be long.
    known = Product(
        product.name, product.category, product.processing, product.ready_to_eat, product.storage, product.prepackaged
    )
    return _place(book, known)


@lru_cache(maxsize=4096)
def _place(book: Rulebook, product: Product) -> Placement:
    tree = book.categories
    text = name_key(f"{product.name} {product.category or ''} {product.processing or ''}")
    why: list[str] = []
    mask: int | None = None
    types: set[str] = set()
    prepackaged, stage = product.prepackaged, None
    tail = ""
    if product.category and product.category.strip():
        mask, tail, parts = _from_category(book, product.category)
        if mask is None and not any(part.kind or part.kinds for part in parts):
            why.append(f"类别“{product.category}”不在类别树中")
        else:
            why.append(f"按类别“{product.category}”")
        for part in parts:
            if part.kind:
                types = {part.kind}
            elif part.kinds and not types:
                types = set(part.kinds)
            if prepackaged is None and part.prepackaged is not None:
                prepackaged = part.prepackaged
            stage = stage or part.stage
    if product.prepackaged is None and "散装" in text:
        prepackaged = False
    for word, kind in tree.kind_words:
        if word in text:
            types = {kind}
    named = _sure(book, product.name)
    if named and mask is not None and (not mask & named[1] or not mask & ~named[1]):
        if mask != named[1]:
            why.append(f"名称“{named[0]}”与类别不一致，按名称")
            types = types if mask & named[1] else set()
        mask, tail = named[1], ""
    mask = _from_name(book, product.name, mask, why)
    if tail and mask is not None:
        found = best_word(tree, tail, mask)
        if found:
            mask &= found[1]
    if mask is not None:
        mask = _usual(book, mask, text, product.name, tail)
    types, maybe_types = _frozen(book, product, mask, text, types)
    if mask is not None and types == {"速冻调制食品"}:
        mask = _frozen_meat(book, mask, text)
    for kind in types:
        made = tree.kinds[kind]
        if not made.food:
            mask = 0
        elif mask is None and made.mask is not None and len(types) == 1:
            mask = made.mask
    placed = mask is not None or bool(types)
    area = tree.full if mask is None else mask
    ready = product.ready_to_eat
    assumed: list[tuple[str, str]] = []
    if ready is None:
        ready, assumption = _ready(book, area, types, text)
        if assumption:
            assumed.append(("ready_to_eat", assumption))
    if prepackaged is None:
        prepackaged = True
        assumed.append(("prepackaged", "未填是否预包装，按预包装判"))
    path = tree.path_of(area) if area and mask is not None else ""
    if not placed:
        why.append("名称和类别都不足以归类")
    return Placement(
        area, placed, path, "；".join(why), frozenset(types), maybe_types, ready, prepackaged, stage, text,
        frozenset(trait for trait, words in tree.traits.items() if any(word in text for word in words)), tuple(assumed),
    )  # fmt: skip


def _ready(book: Rulebook, area: int, types: set[str], text: str) -> tuple[bool | None, str]:
    """Ready to eat or not when nobody ticked it: by the words 即食, 即热, 即烹, 即配, else by cooked meat."""
    if "非即食" in text or any(word in text for word in ("即热", "即烹", "即配")):
        return False, "按加工方式中的即热、即烹、即配判为非即食"
    if "即食" in text:
        return True, "按名称、类别或加工方式中的“即食”判"
    if area and area & ~book.categories.names["熟肉制品"] == 0 and not types:
        return True, "未填是否即食，熟肉制品按即食判"
    if area and not types:
        for inside, words, ready, why in book.categories.ready:
            if area & ~inside == 0 and (not words or any(word in text for word in words)):
                return ready, why
    return None, ""


def _sure(book: Rulebook, name: str) -> tuple[str, int] | None:
    """The longest food word at a name's end that settles what it is, whatever the category says."""
    base, _ = without_brackets(name_key(name))
    for size in range(min(book.categories.longest_word, len(base)), 0, -1):
        word, before = base[-size:], base[:-size]
        if word in book.categories.sure:
            mask = book.categories.food_words[word]
            made = _made(book.categories, before, mask)
            return None if made or imitated(book.categories, before, mask) else (word, mask)
    return None


def _made(tree: Categories, before: str, mask: int) -> int:
    """The products that a raw food may have been made into, by the words before its name (卤毛豆); 0 for none."""
    if not any(word in before for word in tree.made_words):
        return 0
    return next((made for raw, made in tree.made if mask & ~raw == 0), 0)


def _from_category(book: Rulebook, category: str) -> tuple[int | None, str, list[Announced]]:
    tree = book.categories
    key = name_key(category)
    if ":" in key or ">" in key:
        mask, unknown = tree.parse_path(category)
        return mask, unknown, []
    parts: list[Announced] = []
    mask = None
    tail = ""
    segments = [key] if key in tree.announced or key in tree.names else split_top(key, "-—–/")
    for segment in segments:
        plain = segment
        for remark in _MADE_HERE:
            plain = plain.removesuffix(remark)
        part = tree.announced.get(plain)
        found = part.mask if part else tree.parse_path(plain)[0]
        if part is None and found is None:
            part = tree.announced.get(trailing_bracket(plain)[0])
            found = part.mask if part else None
        if part is not None:
            parts.append(part)
        elif found is None:
            for name in (plain, *without_brackets(plain)[1], trailing_bracket(plain)[0]):
                word = best_word(tree, name, mask if mask is not None else tree.full)
                if word:
                    found = word[1]
                    break
        if found is None:
            tail = "" if part is not None else plain
            continue
        mask = found if mask is None or not mask & found else mask & found
    return mask, tail, parts


def _from_name(book: Rulebook, name: str, mask: int | None, why: list[str]) -> int | None:
    tree = book.categories
    base, remarks = without_brackets(name_key(name))
    for remark in remarks:
        found = 0 if remark.startswith(tree.negations) else _remarked(book, remark)
        if not found:
            continue
        if mask is None or found & mask:
            mask = found if mask is None else mask & found
            why.append(f"按名称括注“{remark}”")
        else:
            mask |= found
            why.append(f"名称括注“{remark}”与类别不一致，两类都算")
    if base in tree.names and tree.names[base] & (tree.full if mask is None else mask):
        if mask is None or mask & ~tree.names[base]:
            why.append(f"按名称“{base}”")
        return tree.names[base] if mask is None else mask & tree.names[base]
    word = best_word(tree, base, tree.full if mask is None else mask)
    if mask is not None:
        # 米豆腐 is no bean curd, also where the category says bean products.
        whole = best_word(tree, base, tree.full)
        if word is None or (whole and len(whole[0]) > len(word[0]) and not whole[1] & mask):
            either = _apart(tree, base, mask, why)
            if word is None or either != mask:
                return either
    if word is None:
        return mask
    narrowed = word[1] if mask is None else mask & word[1]
    if mask is None:
        narrowed |= _made(tree, base[: -len(word[0])], narrowed)
    for signs, process in tree.processes:
        if process & narrowed and any(sign in base for sign in signs):
            narrowed &= process
            break
    if mask is None or narrowed != mask:
        why.append(f"按名称中的“{word[0]}”")
    return narrowed


def _apart(tree: Categories, base: str, mask: int, why: list[str]) -> int:
    """A category and a name of two kinds of food (类别鱼类, 名称卤牛肉): it may be either."""
    word = best_word(tree, base, tree.full)
    kinds = [next((top for top in tree.apart if one & ~top == 0), 0) for one in (mask, word[1] if word else 0)]
    if word is None or not mask or 0 in kinds or kinds[0] == kinds[1]:
        return mask
    why.append(f"名称中的“{word[0]}”与类别不一致，两类都算")
    return mask | word[1]


def _remarked(book: Rulebook, remark: str) -> int | None:
    """What a remark in brackets says: a class of the tree or of announcements, also at the remark's end."""
    tree = book.categories
    for start in range(len(remark) - 1):
        part = tree.announced.get(remark[start:])
        if part is not None and part.mask:
            return part.mask
        if start == 0:
            found = tree.names.get(remark, tree.names.get(remark.removesuffix("类")))
            if found:
                return found
    return None


def _usual(book: Rulebook, mask: int, text: str, name: str, tail: str) -> int:
    """Set aside what a label would have said: cans, fermented meat, offal, single foods not named."""
    tree = book.categories
    for special, words, instead in tree.stated:
        if mask & special and mask & ~special:
            mask &= ~instead if any(word in text for word in words) else ~special
    for over, usual, hints, not_hints in tree.usual:
        if mask & over & usual and mask & over & ~usual:
            seen = text
            for harmless in not_hints:
                seen = seen.replace(harmless, "")
            if not any(hint in seen for hint in hints):
                mask &= ~over | usual
    if tail or name_key(name) not in tree.names:
        for single, one, parent in tree.single:
            if mask & one and mask & parent & ~one and single not in text:
                mask &= ~one
    return mask


def _frozen_meat(book: Rulebook, mask: int, text: str) -> int:
    """A frozen dish of meat is a product, no longer meat; one that says it is raw is a prepared one (调理肉)."""
    tree = book.categories
    raw, made, prepared = tree.names["肉类"], tree.names["肉制品"], tree.names["预制肉制品"]
    if mask & made:
        mask &= ~raw
    if mask & prepared and "生制" in text:
        mask &= ~made | prepared
    return mask


def _frozen(
    book: Rulebook, product: Product, mask: int | None, text: str, types: set[str]
) -> tuple[set[str], frozenset[str]]:
    """Frozen dishes and dough (GB 19295) are not in the GB 2762 tree: told by words, storage and place."""
    tree = book.categories
    grain = mask is not None and mask != 0 and mask & ~tree.names["谷物及其制品"] == 0
    if len(types) > 1:
        return ({"速冻面米食品"} if grain else {"速冻调制食品"} if mask is not None else types), frozenset()
    if types:
        return types, frozenset()
    made = mask is None or bool(mask and mask & ~tree.names["肉类"] & ~tree.names["鲜、冻水产动物"])
    if "速冻" in text and made:
        return ({"速冻面米食品"} if grain else {"速冻调制食品"}), frozenset()
    if product.storage == "冷冻" and made:
        if grain:
            return {"速冻面米食品"}, frozenset()
        prepared = mask is not None and mask != 0 and mask & ~tree.names["调理肉制品"] == 0
        if prepared or any(word in text for word in _PREPARED):
            return {"速冻调制食品"}, frozenset()
        return types, frozenset({"速冻调制食品"})
    return types, frozenset()
