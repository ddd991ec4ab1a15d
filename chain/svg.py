"""Draw the panorama as one SVG: pure text from positions and gaps, no script, no style attribute.

State is told three ways: colour, shape and a word, so that it survives grey print and colour blindness. Class
names are for the page's own style sheet (hover, focus); everything needed to read the picture is in presentation
attributes, which a strict Content-Security-Policy allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from chain.graph import Highlight
from chain.layout import Box, Layout
from chain.models import GRADE_NAMES, LAYER_NAMES, Gap, Grade, Link, LinkEdge

Attributes = dict[str, str | int | float]

FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
INK, MUTED, HAIR, PAPER = "#1C2B36", "#586773", "#D9E1E7", "#FFFFFF"
LAYER_TINT = "#F3F6F8"
ACCENT, UP, DOWN = "#0B5E8A", "#1B6FA8", "#8A4B9C"


@dataclass(frozen=True, slots=True)
class Look:
    """How one grade looks: strong colour, tint, colour of its word (contrast ≥ 4.5 on the tint), its shape."""

    colour: str
    tint: str
    word: str
    shape: str


# Shapes are drawn in a 12 × 12 square.
LOOKS: dict[Grade, Look] = {
    "missing": Look(
        "#C43D32", "#FCF0EE", "#A32A20", "M2.5 1 6 4.5 9.5 1 11 2.5 7.5 6 11 9.5 9.5 11 6 7.5 2.5 11 1 9.5 4.5 6 1 2.5Z"
    ),
    "single": Look("#D87A16", "#FDF4E8", "#8F4C06", "M6 0.5 11.5 6 6 11.5 0.5 6Z"),
    "weak": Look("#C2A01C", "#FBF7E3", "#6E5806", "M0.8 2 11.2 2 6 11Z"),
    "external": Look("#7B62AE", "#F4F1FA", "#5B4390", "M0.5 4 6 4 6 1 11.5 6 6 11 6 8 0.5 8Z"),
    "concentrated": Look("#3B7AB8", "#EEF4FA", "#235B92", "M1.2 1.2 10.8 1.2 10.8 10.8 1.2 10.8Z"),
    "stable": Look("#3E9673", "#EEF7F2", "#226B4E", "M6 1A5 5 0 1 1 6 11 5 5 0 1 1 6 1Z"),
    "strong": Look(
        "#1C7050",
        "#E4F3EB",
        "#125239",
        "M6 0.4 7.7 4.1 11.7 4.5 8.7 7.2 9.6 11.2 6 9.1 2.4 11.2 3.3 7.2 0.3 4.5 4.3 4.1Z",
    ),
    "unknown": Look(
        "#A3AEB8",
        "#F6F8F9",
        "#5A6772",
        "M6 0.8A5.2 5.2 0 1 1 6 11.2 5.2 5.2 0 1 1 6 0.8ZM6 2.6A3.4 3.4 0 1 0 6 9.4 3.4 3.4 0 1 0 6 2.6Z",
    ),
}
LEGEND_ORDER: tuple[Grade, ...] = tuple(LOOKS)


def panorama_svg(
    layout: Layout,
    links: Iterable[Link],
    gaps: Iterable[Gap],
    edges: Iterable[LinkEdge],
    *,
    highlight: Highlight | None = None,
    notice: str = "",
    interactive: bool = True,
    href: str = "/chain/links/{id}",
) -> str:
    """The panorama as SVG text, to be put into a page or saved as a file.

    ``highlight`` marks a link and its streams and dims the rest. ``notice`` (演示数据…) stands at the top. With
    ``interactive`` every link is an anchor and the picture a named group; without, for PDF and reports, it is
    role="img" (an image may not contain controls, WAI-ARIA 1.2 section 6.6).
    """
    by_id = {link.id: link for link in links}
    by_gap = {gap.link: gap for gap in gaps}
    parts = [_backdrop(layout, by_id), _legend(layout, by_gap, notice)]
    if not layout.compact:
        parts.append(_edges(layout, edges, highlight))
    parts.extend(
        _node(box, by_id[box.id], by_gap.get(box.id), highlight, layout.compact, href if interactive else "")
        for box in layout.boxes.values()
        if box.id in by_id
    )
    label = _label(by_id, by_gap, highlight, notice)
    return _tag(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chain-panorama chain-panorama-" + ("compact" if layout.compact else "wide"),
            "role": "group" if interactive else "img",
            "aria-label": label,
            "viewBox": f"0 0 {layout.width} {layout.height}",
            "width": layout.width,
            "height": layout.height,
            "font-family": FONT,
            "font-size": 13,
            "fill": INK,
        },
        *parts,
    )


def _label(by_id: Mapping[str, Link], by_gap: Mapping[str, Gap], highlight: Highlight | None, notice: str) -> str:
    counts = Counter(by_gap[link].grade for link in by_id if link in by_gap)
    states = "，".join(f"{GRADE_NAMES[grade]} {counts[grade]} 个" for grade in LEGEND_ORDER if counts[grade])
    label = f"产业链全景图：{len(by_id)} 个环节" + (f"，{states}" if states else "")
    if highlight is not None and highlight.selected in by_id:
        label += (
            f"。已选 {by_id[highlight.selected].name}，上游 {len(highlight.upstream)} 个环节，"
            f"下游 {len(highlight.downstream)} 个环节"
        )
    return label + (f"。{notice}" if notice else "")


def _backdrop(layout: Layout, by_id: Mapping[str, Link]) -> str:
    parts = [_tag("rect", {"width": layout.width, "height": layout.height, "rx": 10, "fill": PAPER})]
    sub = {"U": "种养与原料", "M": "加工与装备", "D": "流通与餐饮", "S": "服务全链"}
    for box in layout.layers:
        count = sum(link.layer == box.id for link in by_id.values())
        parts.append(
            _tag(
                "rect", {"x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": 10, "fill": LAYER_TINT}
            )
        )
        parts.append(
            _tag("path", {"d": f"M{box.x + 14} {box.y + 13}v16", "stroke": ACCENT, "stroke-width": 3, "fill": "none"})
        )
        title = _tag("tspan", {"font-weight": 700}, LAYER_NAMES[box.id])
        rest = _tag("tspan", {"fill": MUTED, "font-size": 12, "dx": 8}, f"{sub[box.id]} · {count} 环")
        parts.append(_tag("text", {"x": box.x + 24, "y": box.y + 26, "font-size": 15}, title, rest))
    for group in layout.groups:
        parts.append(
            _tag("text", {"x": group.x + 2, "y": group.y + 19, "font-size": 12, "fill": MUTED}, escape(group.id))
        )
        line = f"M{group.x + 8 + 12 * len(group.id)} {group.y + 15}H{group.right}"
        parts.append(_tag("path", {"d": line, "stroke": HAIR, "fill": "none"}))
    return _tag("g", {"class": "chain-backdrop", "aria-hidden": "true"}, *parts)


def _legend(layout: Layout, by_gap: Mapping[str, Gap], notice: str) -> str:
    counts = Counter(gap.grade for gap in by_gap.values())
    box = layout.legend
    parts = []
    pitch, per_row, first = (92, 4, 12) if layout.compact else (86, len(LOOKS), 14)
    for place, grade in enumerate(LEGEND_ORDER):
        x = box.x + (place % per_row) * pitch + (6 if layout.compact else 2)
        y = box.y + first + (place // per_row) * 30
        look = LOOKS[grade]
        parts.append(_shape(x, y, look))
        parts.append(_tag("text", {"x": x + 18, "y": y + 11}, GRADE_NAMES[grade]))
        number: Attributes = {"x": x + 22 + 13 * len(GRADE_NAMES[grade]), "y": y + 11, "fill": MUTED, "font-size": 12}
        parts.append(_tag("text", number, str(counts[grade])))
    flags_y = box.y + first + (60 if layout.compact else 0)
    x = box.x + (6 if layout.compact else len(LOOKS) * pitch + 10)
    for name, flag in (("断流", "90 天无批次"), ("计划中", "未投产")):
        parts.append(_pill(x, flags_y - 2, name))
        width = _pill_width(name)
        parts.append(_tag("text", {"x": x + width + 5, "y": flags_y + 11, "fill": MUTED, "font-size": 12}, flag))
        x += width + 16 + 12 * len(flag)
    bold = _tag("tspan", {"font-weight": 700, "fill": INK}, "粗体")
    parts.append(_tag("text", {"x": x, "y": flags_y + 11, "fill": MUTED, "font-size": 12}, bold, " 核心环节"))
    if notice:
        at = (box.x + 6, flags_y + 38, "start") if layout.compact else (box.right - 4, box.y + first + 11, "end")
        parts.append(
            _tag(
                "text",
                {
                    "class": "chain-notice",
                    "x": at[0],
                    "y": at[1],
                    "text-anchor": at[2],
                    "fill": "#A32A20",
                    "font-weight": 600,
                },
                escape(notice),
            )
        )
    return _tag("g", {"class": "chain-legend", "aria-hidden": "true"}, *parts)


def _edges(layout: Layout, edges: Iterable[LinkEdge], highlight: Highlight | None) -> str:
    quiet: list[str] = []
    loud: list[str] = []
    for edge in edges:
        source, target = layout.boxes.get(edge.from_link), layout.boxes.get(edge.to_link)
        if source is None or target is None:
            continue
        side = _edge_side(edge, highlight)
        if side is None and edge.kind != "物料":
            continue
        attributes: Attributes = {
            "class": f"chain-edge chain-edge-{edge.from_link} chain-edge-{edge.to_link}"
            + (f" is-{side}" if side else ""),
            "d": _path(source, target),
            "fill": "none",
            "stroke": {"up": UP, "down": DOWN}.get(side or "", "#B4C2CC"),
            "stroke-width": 1.6 if side else 1,
        }
        if side is None:
            attributes["stroke-opacity"] = 0.25 if highlight else 0.55
        if edge.kind != "物料":
            attributes["stroke-dasharray"] = "4 3"
        (loud if side else quiet).append(_tag("path", attributes))
    return _tag("g", {"class": "chain-edges", "aria-hidden": "true"}, *quiet, *loud)


def _edge_side(edge: LinkEdge, highlight: Highlight | None) -> str | None:
    """Whether an edge lies on the chosen link's stream: 配套 only where it touches the link itself."""
    if highlight is None or edge.kind == "回流":
        return None
    chosen = highlight.selected
    if edge.to_link == chosen or (
        edge.kind == "物料" and edge.from_link in highlight.upstream and edge.to_link in highlight.upstream
    ):
        return "up"
    if edge.from_link == chosen or (
        edge.kind == "物料" and edge.from_link in highlight.downstream and edge.to_link in highlight.downstream
    ):
        return "down"
    return None


def edge_points(source: Box, target: Box) -> tuple[tuple[int, int], ...]:
    """Start, two control points and end of a smooth line from box to box: inside a column it bulges to the right, from
    the band below it rises."""
    start_y, end_y = source.y + source.height // 2, target.y + target.height // 2
    if source.right <= target.x:
        bend = max(16, (target.x - source.right) // 2)
        return (source.right, start_y), (source.right + bend, start_y), (target.x - bend, end_y), (target.x, end_y)
    if target.right <= source.x:
        bend = max(16, (source.x - target.right) // 2)
        return (source.x, start_y), (source.x - bend, start_y), (target.right + bend, end_y), (target.right, end_y)
    bulge = max(source.right, target.right) + 12
    return (source.right, start_y), (bulge, start_y), (bulge, end_y), (target.right, end_y)


def _path(source: Box, target: Box) -> str:
    start, *bends, end = (f"{x} {y}" for x, y in edge_points(source, target))
    return f"M{start}C{' '.join(bends)} {end}"


def _node(box: Box, link: Link, gap: Gap | None, highlight: Highlight | None, compact: bool, href: str) -> str:
    grade: Grade = gap.grade if gap else "unknown"
    flags = gap.flags if gap else ()
    look = LOOKS[grade]
    role = _role(link.id, highlight)
    dim = role == "is-dim"
    edge_colour = {"is-selected": ACCENT, "is-upstream": UP, "is-downstream": DOWN}.get(role, "#CBD6DE")
    frame: Attributes = {
        "class": "chain-box",
        "x": box.x,
        "y": box.y,
        "width": box.width,
        "height": box.height,
        "rx": 6,
        "fill": look.tint,
        "stroke": edge_colour,
        "stroke-width": 2.5 if role == "is-selected" else 1.5 if role in ("is-upstream", "is-downstream") else 1,
    }
    if grade == "unknown" and not role:
        frame["stroke-dasharray"] = "3 2.5"
    bar = f"M{box.x + 6} {box.y}h-1a5 5 0 0 0-5 5v{box.height - 10}a5 5 0 0 0 5 5h1z"
    tip = f"{link.id} {link.name}（{GRADE_NAMES[grade]}）" if gap is None else f"{link.id} {gap.reason}"
    stream = {"is-selected": "，已选", "is-upstream": "，上游", "is-downstream": "，下游"}.get(role, "")
    state = GRADE_NAMES[grade] + "".join(f"、{flag}" for flag in flags) + stream
    middle = box.y + (16 if compact else box.height // 2)
    weight = 600 if link.weight == "A" else 400
    word_y = box.y + 34 if compact else middle + 4
    small: Attributes = {"fill": MUTED, "font-size": 10.5}
    parts = [
        _tag("title", {}, escape(tip + stream)),
        _tag("rect", frame),
        _tag("path", {"d": bar, "fill": look.colour}),
        _shape(box.x + 12, middle - 6, look),
        _tag(
            "text",
            {"x": box.x + (30 if compact else 54), "y": middle + 5, "font-weight": weight},
            escape(link.short),
        ),
        _tag("text", {"x": box.x + (box.width - 30 if compact else 29), "y": middle + 4, **small}, link.id),
        _tag(
            "text",
            {
                "x": box.x + 30 if compact else box.right - 8,
                "y": word_y,
                "text-anchor": "start" if compact else "end",
                "fill": look.word,
                "font-size": 11,
                "font-weight": 600,
            },
            GRADE_NAMES[grade],
        ),
    ]
    right = box.right - 6
    for flag in flags:
        width = _pill_width(flag)
        parts.append(_pill(right - width, box.y + 24 if compact else box.y - 10, flag))
        right -= width + 4
    attributes: Attributes = {
        "class": " ".join(part for part in ("chain-node", f"g-{grade}", f"w-{link.weight}", role) if part),
        "data-link": link.id,
        "data-name": link.name,
    }
    if dim:
        # The cover keeps edges behind the box from showing through the faded one.
        cover: Attributes = {key: frame[key] for key in ("x", "y", "width", "height", "rx")}
        parts = [parts[0], _tag("rect", {**cover, "fill": LAYER_TINT}), _tag("g", {"opacity": 0.42}, *parts[1:])]
    if not href:
        return _tag("g", attributes, *parts)
    return _tag(
        "a", {"href": href.format(id=link.id), "aria-label": f"{link.id} {link.name}：{state}", **attributes}, *parts
    )


def _role(link_id: str, highlight: Highlight | None) -> str:
    if highlight is None:
        return ""
    if link_id == highlight.selected:
        return "is-selected"
    if link_id in highlight.upstream:
        return "is-upstream"
    return "is-downstream" if link_id in highlight.downstream else "is-dim"


def _shape(x: int, y: int, look: Look) -> str:
    return _tag("path", {"d": look.shape, "fill": look.colour, "transform": f"translate({x} {y})"})


def _pill_width(text: str) -> int:
    return 11 * len(text) + 10


def _pill(x: int, y: int, text: str) -> str:
    """A small label: 断流 solid dark, 计划中 outlined."""
    solid = text == "断流"
    width = _pill_width(text)
    return _tag(
        "g",
        {"class": "chain-flag"},
        _tag(
            "rect",
            {
                "x": x,
                "y": y,
                "width": width,
                "height": 15,
                "rx": 7.5,
                "fill": "#3A2C3F" if solid else PAPER,
                "stroke": "#3A2C3F" if solid else ACCENT,
            },
        ),
        _tag(
            "text",
            {
                "x": x + width / 2,
                "y": y + 11.5,
                "text-anchor": "middle",
                "font-size": 10.5,
                "fill": PAPER if solid else ACCENT,
            },
            text,
        ),
    )


def _tag(name: str, attributes: Mapping[str, str | int | float], *children: str) -> str:
    """One element; attribute values are escaped here, text children by the caller."""
    written = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"
