"""The food category tree (GB 2762-2025 table A.1 and ours below it) as sets, and how a name finds its place.

Every smallest class of the tree, times the raw material where a standard tells products apart by it,
is one bit; a category, a clause's scope and what is known of a product are sets of bits. So a limit
given for "新鲜蔬菜（叶菜蔬菜除外）" covers a product exactly when the product's set lies inside the
clause's (inheritance, GB 2762-2025 3.3), is beside the point when they do not meet, and is uncertain
in between. Uncertain is an answer: the engine never guesses the narrower class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from trace.standards.vocabulary.text import name_key, split_top, trailing_bracket, without_brackets

_EXCEPT = re.compile(r"(?:除外|不包括|不含)")
_ABOVE = re.compile(r"^(.*?)(?:及)?以上\w{0,6}的制品$")
_PATH_SIGNS = ":>/"
_LISTED = 12
"""No name of the tree is itself a list of more."""


class UnknownCategory(ValueError):
    """A category expression names something the tree does not have."""


@dataclass(frozen=True, slots=True)
class Node:
    """One category: ``path`` is the standard's names from the top, joined by ":"; ``mask`` its set of bits."""

    id: str
    name: str
    path: str
    note: str
    depth: int
    mask: int
    ours: bool


@dataclass(frozen=True, slots=True)
class Announced:
    """What one part of an announcement's category says."""

    mask: int | None
    kind: str | None
    kinds: tuple[str, ...]
    prepackaged: bool | None
    stage: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A product type that the tree does not have (frozen dishes, tableware)."""

    name: str
    words: tuple[str, ...]
    mask: int | None
    food: bool


@dataclass(slots=True)
class Categories:
    """The tree, compiled. ``full`` is the set of every food."""

    nodes: list[Node] = field(default_factory=list)
    full: int = 0
    names: dict[str, int] = field(default_factory=dict)
    announced: dict[str, Announced] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    kind_words: list[tuple[str, str]] = field(default_factory=list)
    food_words: dict[str, int] = field(default_factory=dict)
    stated: list[tuple[int, tuple[str, ...], int]] = field(default_factory=list)
    single: list[tuple[str, int, int]] = field(default_factory=list)
    usual: list[tuple[int, int, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    processes: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    sure: frozenset[str] = frozenset()
    traits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ready: list[tuple[int, tuple[str, ...], bool, str]] = field(default_factory=list)
    longest_word: int = 0
    imitations: tuple[str, ...] = ()
    not_imitations: tuple[str, ...] = ()
    imitated: int = 0
    negations: tuple[str, ...] = ()
    made_words: tuple[str, ...] = ()
    made: list[tuple[int, int]] = field(default_factory=list)
    apart: list[int] = field(default_factory=list)
    forms: frozenset[str] = frozenset()

    def parse(self, expression: str) -> int:
        """The set that an expression in the standard's words means.

        ``"上级:下级（甲、乙除外）"``; levels may be skipped, names joined by "、". Raises UnknownCategory.
        """
        mask, unknown = self.parse_path(expression, strict=True)
        if mask is None or unknown:
            raise UnknownCategory(unknown or expression)
        return mask

    def parse_path(self, expression: str, *, strict: bool = False) -> tuple[int | None, str]:
        """Like :meth:`parse`, but a last part that is not in the tree is handed back as text.

        ``strict`` refuses a level that lies outside the one before it ("甲:乙、丙:丁" is two paths, not one).
        """
        mask: int | None = None
        unknown = ""
        for segment in split_top(name_key(expression), _PATH_SIGNS):
            found = self._segment(segment)
            if found is None:
                unknown = segment
                continue
            listed = mask is not None and found & ~mask and self._item(segment) is None
            if strict and mask is not None and (not mask & found or listed):
                raise UnknownCategory(f"{expression}：{segment} 不全在它的上级之内")
            mask = found if mask is None or not mask & found else mask & found
            unknown = ""
        return mask, unknown

    def _segment(self, segment: str) -> int | None:
        whole = self._item(segment)
        if whole is not None:
            return whole
        pieces = split_top(segment, "、,;")
        together = 0
        start = 0
        while start < len(pieces):
            for end in range(min(len(pieces), start + _LISTED), start, -1):
                found = self._item("、".join(pieces[start:end]))
                if found is not None:
                    together |= found
                    start = end
                    break
            else:
                return None
        above = _ABOVE.match(segment)
        if above:
            for piece in split_top(above.group(1), "、,;"):
                together |= self.names.get(piece.removesuffix("及") + "制品", 0)
        return together or None

    def _item(self, key: str) -> int | None:
        direct = self.names.get(key)
        if direct is not None:
            return direct
        above = _ABOVE.match(key)
        if above:
            inner = self._item(above.group(1))
            return None if inner is None else inner | self.names.get(above.group(1) + "制品", 0)
        if key.endswith("及其制品"):
            raw = self.names.get(key[:-4])
            if raw is not None:
                return raw | self.names.get(key[:-4] + "制品", 0)
        base, bracket = trailing_bracket(key)
        if bracket:
            mask = self._item(base)
            if mask is None:
                return None
            if _EXCEPT.search(bracket):
                listed = re.sub(r"^(?:不包括|不含)|(?:除外)$", "", bracket)
                out = self._segment(listed)
                if out is None:
                    return None
                mask &= ~out
            return mask
        outside, inside = without_brackets(key)
        if inside and not any(_EXCEPT.search(remark) for remark in inside):
            return self.names.get(outside)  # a remark in the middle of a name
        if len(key) > 2 and key[-1] in "abcde" and not key[-2].isascii():
            return self._item(key[:-1])  # a footnote letter copied with the name
        return None

    def path_of(self, mask: int) -> str:
        """The narrowest category that holds a set, as a path.

        A set that spans several top categories gives up to three of them; more (or none) gives "".
        """
        best: Node | None = None
        tops: list[str] = []
        for node in self.nodes:
            if mask & ~node.mask == 0 and (best is None or node.depth > best.depth):
                best = node
            if node.depth == 1 and node.mask & mask:
                tops.append(node.path)
        if best:
            return best.path
        return "；".join(tops) if len(tops) <= 3 else ""


def build_categories(data: dict[str, Any]) -> Categories:
    """Compile ``categories.yaml`` with ``placing.yaml``. Raises KeyError/UnknownCategory on a bad file; the loader words the error."""
    book = Categories()
    facet_of = {name_key(facet["over"]): facet for facet in data["facets"]}
    bits = 0
    facet_masks: dict[str, int] = {}

    def atom(facet: dict[str, Any] | None) -> int:
        nonlocal bits
        if facet is None:
            bits += 1
            return 1 << (bits - 1)
        mask = 0
        for value in facet["values"]:
            one = 1 << bits
            bits += 1
            facet_masks[value] = facet_masks.get(value, 0) | one
            mask |= one
        return mask

    def walk(entry: dict[str, Any], above: str, depth: int, facet: dict[str, Any] | None) -> int:
        name = entry["name"]
        path = f"{above}:{name}" if above else name
        facet = facet_of.get(name_key(name), facet)
        children = entry.get("children", [])
        place = len(book.nodes)
        book.nodes.append(Node("", "", "", "", 0, 0, False))
        singles: list[tuple[str, int]] = []
        mask = 0
        for child in children:
            inner = walk(child, path, depth + 1, facet)
            mask |= inner
            if child.get("single"):
                singles.append((name_key(child["name"]), inner))
        if all(child.get("ours") for child in children):
            mask |= atom(facet)  # what the class holds besides the foods we named
        for single_name, one in singles:
            book.single.append((single_name, one, mask))
        note = entry.get("note", "")
        book.nodes[place] = Node(str(entry["id"]), name, path, note, depth, mask, bool(entry.get("ours")))
        for spelling in (name, *entry.get("also", [])):
            book.names.setdefault(name_key(spelling), mask)
        if note:
            book.names.setdefault(name_key(f"{name}({note})"), mask)
        stated = entry.get("stated")
        if stated:
            usual = ["罐头" if "罐头" in name else "发酵"]
            words = tuple(map(name_key, usual if stated is True else stated))
            book.stated.append((mask, words, book.names[name_key(entry["instead"])] if "instead" in entry else 0))
        if entry.get("ours") and not any(sign in name for sign in "（、"):
            book.food_words.setdefault(name_key(name), mask)
        for word in entry.get("words", []):
            book.food_words[name_key(word)] = mask
        return mask

    for top in data["tree"]:
        book.full |= walk(top, "", 1, None)
    book.names[name_key("食品")] = book.full
    for value, mask in facet_masks.items():
        book.names.setdefault(name_key(value), mask)
    for facet in data["facets"]:
        if facet.get("usual"):
            over = book.names[name_key(facet["over"])]
            hints = tuple(facet.get("hints", ()))
            book.usual.append((over, facet_masks[facet["usual"]], hints, tuple(facet.get("not_hints", ()))))
    for group in data["groups"]:
        mask = book.parse(group["is"])
        for spelling in (group["name"], *group.get("also", [])):
            book.names.setdefault(name_key(spelling), mask)
    for kind in data["kinds"]:
        inside = book.parse(kind["is"]) if "is" in kind else None
        words = tuple(name_key(word) for word in kind.get("words", []))
        made = Kind(kind["name"], words, inside, kind.get("food", True))
        book.kinds[kind["name"]] = made
        for spelling in (kind["name"], *kind.get("also", [])):
            book.announced[name_key(spelling)] = Announced(inside, kind["name"], (), None, None)
        book.kind_words.extend((word, kind["name"]) for word in words)
    for part in data["announcement"]:
        inside = book.parse(part["is"]) if "is" in part else None
        before = book.announced.get(name_key(part["name"]))
        kind_name = part.get("kind") or (before.kind if before else None)
        book.announced[name_key(part["name"])] = Announced(
            inside, kind_name, tuple(part.get("kinds", ())), part.get("prepackaged"), part.get("stage")
        )
    for process in data["processes"]:
        book.processes.append((tuple(process["words"]), book.parse(process["is"])))
    sure: set[str] = set()
    for food in data["foods"]:
        mask = book.parse(food["is"])
        for word in food["words"]:
            book.food_words[name_key(word)] = mask
            if food.get("sure"):
                sure.add(name_key(word))
    book.sure = frozenset(sure)
    book.traits = {row["name"]: (row["name"], *row["words"]) for row in data["traits"]}
    for row in data["ready"]:
        words = tuple(map(name_key, row.get("words", ())))
        book.ready.append((book.parse(row["in"]), words, bool(row["is"]), str(row["why"])))
    book.longest_word = max(map(len, book.food_words))
    unlike = data["not_of"]
    book.imitations, book.not_imitations = tuple(unlike["imitations"]), tuple(unlike["but"])
    book.imitated, book.negations = book.parse(unlike["of"]), tuple(unlike["negations"])
    book.forms = frozenset(data["forms"])
    book.made_words = tuple(data["made"]["words"])
    book.made = [(book.parse(pair["of"]), book.parse(pair["to"])) for pair in data["made"]["pairs"]]
    book.apart = [book.parse(name) for name in data["apart"]]
    return book


def best_word(book: Categories, base: str, within: int) -> tuple[str, int] | None:
    """The food word a name ends with that fits ``within``; inside a known category also one before its form (香菇片).

    The head of a Chinese food name stands last: a mention further forward is an ingredient or a flavour.
    """
    for size in range(min(book.longest_word, len(base)), 0, -1):
        word = base[-size:]
        mask = book.food_words.get(word)
        if mask is not None and mask & within and not imitated(book, base[:-size], mask):
            return word, mask
    if within == book.full:
        return None
    for size in range(min(book.longest_word, len(base)), 1, -1):
        for start in range(len(base) - size, -1, -1):
            word = base[start : start + size]
            mask = book.food_words.get(word)
            if mask is None or not mask & within or not book.forms.issuperset(base[start + size :]):
                continue
            if not imitated(book, base[:start], mask):
                return word, mask
    return None


def imitated(book: Categories, before: str, mask: int) -> bool:
    """Whether the words before a food word say that it is not that food (素牛肉)."""
    if not before or mask & ~book.imitated:
        return False
    for harmless in book.not_imitations:
        before = before.replace(harmless, "")
    return any(sign in before for sign in book.imitations)
