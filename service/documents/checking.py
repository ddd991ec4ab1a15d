"""Is an uploaded file a template we can fill? Everything wrong is named in Chinese. Pure: bytes in, problems out.

A template is user input: it is unpacked within limits, may hold no macros, objects or links to the outside, and may say
nothing in Jinja beyond fields, rows of a list and conditions on them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping

from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from service.documents.kinds import KINDS, Field
from trace.errors import FieldError, InvalidInput

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 16 * 1024 * 1024
MAX_PART = 2 * 1024 * 1024
MAX_PARTS = 300
MAX_TAGS = 500
MAX_EMPTY = 500
"""Empty paragraphs, runs and texts of a part: the filler looks from each for its end, so thousands would take hours."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FILLED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml$")
_ACTIVE = re.compile(r"vbaproject|vbadata|activex|/embeddings/|oleobject|attachedtoolbars|afchunk|\.bin$", re.I)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_PREFIXED = re.compile(r"^\{[{%](?:-|\s*(?:hm|vm|colspan|cellbg)\b|r\b)|-[%}]\}$")
"""Raw runs, merging and trimming: what would let a template change more than text."""
_LOOP = frozenset({"index", "first", "last", "length"})
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def sandbox() -> SandboxedEnvironment:
    """The only environment in which a template is ever rendered."""
    return SandboxedEnvironment(autoescape=True)


def check_template(kind: str, content: bytes) -> None:
    """Raises InvalidInput that names every reason why ``content`` is no template of ``kind``."""
    if len(content) > MAX_BYTES:
        raise _wrong("too_large", f"模板共 {len(content) // 1024} KB，最多 2 MB，请压缩其中的图片", "at most 2 MB")
    parts = _unpacked(content)
    trees = {name: _parsed(name, text) for name, text in parts.items() if _FILLED.match(name)}
    if "word/document.xml" not in trees:
        raise _wrong("not_a_docx", "文件里没有 Word 正文，请用 Word 另存为 .docx 后上传", "no document part")
    problems = list(dict.fromkeys(_broken_tags(trees)))
    if not problems:
        problems = list(dict.fromkeys(_refused(kind, content, trees)))
    if problems:
        raise InvalidInput(errors=[FieldError("/file", code, text, code) for code, text in problems])


def _wrong(code: str, detail: str, english: str) -> InvalidInput:
    return InvalidInput.of("/file", code, detail, english)


def _unpacked(content: bytes) -> dict[str, bytes]:
    """XML parts by name; nothing is unpacked beyond the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            names = [one.filename for one in entries]
            if len(entries) > MAX_PARTS or len(set(names)) != len(names):
                raise _wrong("not_a_docx", f"文件由过多或重名的部件组成（{len(entries)} 个）", "too many parts")
            if any(one.flag_bits & 1 for one in entries):
                raise _wrong("encrypted", "文件已加密，请去掉密码后上传", "encrypted")
            if sum(one.file_size for one in entries) > MAX_UNPACKED:
                raise _wrong("zip_bomb", "文件解压后超过 16 MB，不接收", "unpacks to more than 16 MB")
            active = [name for name in names if _ACTIVE.search(name)]
            if active:
                raise _wrong("macros", f"模板含有宏或嵌入对象（{active[0][:60]}），请删去后上传", "macros or objects")
            found = {}
            for one in entries:
                if one.filename.endswith((".xml", ".rels")):
                    if one.file_size > MAX_PART:
                        raise _wrong("zip_bomb", f"部件 {one.filename[:60]} 解压后超过 2 MB，不接收", "part too large")
                    found[one.filename] = package.read(one)
    except InvalidInput:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError, ValueError) as wrong:
        raise _wrong("not_a_docx", "文件不是 .docx，请用 Word 另存为 .docx 后上传", "not a docx") from wrong
    for name, text in found.items():
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise _wrong("not_a_docx", f"部件 {name[:60]} 含有实体声明，不接收", "entity declarations")
        if name == "[Content_Types].xml" and b"macroEnabled" in text:
            raise _wrong("macros", "这是启用宏的文档，请另存为 .docx 后上传", "macro-enabled")
        if name.endswith(".rels") and _links_outside(name, text):
            raise _wrong("external", "模板链接到外部文件或模板，请在 Word 里断开链接后上传", "external relationship")
    return found


def _parsed(name: str, text: bytes) -> etree._Element:
    try:
        return etree.fromstring(text, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise _wrong("not_a_docx", f"部件 {name[:60]} 读不出来，请用 Word 重新保存后上传", "broken part") from wrong


def _links_outside(name: str, text: bytes) -> bool:
    return any(
        one.get("TargetMode") == "External" and not (one.get("Type") or "").endswith("/hyperlink")
        for one in _parsed(name, text).iter("{*}Relationship")
    )


def _broken_tags(trees: dict[str, etree._Element]) -> Iterator[tuple[str, str]]:
    """Tags that do not close in their paragraph, are too many, or that are for raw content."""
    count = 0
    for tree in trees.values():
        for name in ("p", "r", "t"):
            empty = sum(len(one) == 0 and not one.text for one in tree.iter(f"{_W}{name}"))
            if empty > MAX_EMPTY:
                yield "too_many_empty", f"文件里有 {empty} 处空的段落或文字，最多 {MAX_EMPTY} 处，请清理后上传"
        for paragraph in tree.iter(f"{_W}p"):
            text = "".join(one.text or "" for one in paragraph.iter(f"{_W}t"))
            tags = _TAG.findall(text)
            count += len(tags)
            rest = _TAG.sub("", text)
            if any(mark in rest for mark in ("{{", "}}", "{%", "%}", "{#", "#}")):
                yield "broken_tag", f"占位符没有写完整或跨段落：“{rest.strip()[:40]}”，请写成 {{{{ 字段名 }}}}"
            for tag in tags:
                if _PREFIXED.search(tag):
                    yield "not_supported", f"不支持这种占位符：{tag[:40]}"
    if count > MAX_TAGS:
        yield "too_many_tags", f"占位符共 {count} 个，最多 {MAX_TAGS} 个"


def _refused(kind: str, content: bytes, trees: dict[str, etree._Element]) -> Iterator[tuple[str, str]]:
    """What a template says beyond fields, rows and conditions, part by part."""
    try:
        template = DocxTemplate(io.BytesIO(content))
        template.init_docx()
        properties = template.docx.core_properties
        texts = [template.patch_xml(etree.tostring(tree, encoding="unicode")) for tree in trees.values()]
    except Exception as wrong:
        # python-docx raises KeyError, ValueError, AttributeError and its own for packages that are zip but not docx
        raise _wrong("not_a_docx", "文件打不开，请用 Word 另存为 .docx 后上传", "cannot be opened") from wrong
    texts += [getattr(properties, one) for one in ("author", "comments", "identifier", "language", "subject", "title")]
    for text in texts:
        try:
            tree = sandbox().parse(text)
        except TemplateError as wrong:
            yield "broken_tag", f"占位符写法有误：{str(wrong.message)[:80]}"
            continue
        yield from _walked(tree, KINDS[kind].fields)


def _walked(tree: nodes.Template, known: Mapping[str, Field]) -> Iterator[tuple[str, str]]:

    def unknown(name: str) -> tuple[str, str]:
        return "unknown_placeholder", f"没有这个占位符：{name[:60]}，请对照本页的字段表"

    def walk(node: nodes.Node, row: tuple[str, dict[str, str]] | None) -> Iterator[tuple[str, str]]:
        match node:
            case nodes.Name(name=name):
                if name not in known and not (row is not None and name == row[0]):
                    yield unknown(name)
                elif name in known and known[name].rows is not None and not (row is not None and name == row[0]):
                    yield "list", f"“{name}”是多行的表，请用 {{%tr for 行 in {name} %}} 逐行填写"
            case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
                if (
                    row is None
                    or name not in (row[0], "loop")
                    or (name == "loop" and attr not in _LOOP)
                    or (name != "loop" and attr not in row[1])
                ):
                    yield unknown(f"{name}.{attr}")
            case nodes.For(target=nodes.Name(name=target), iter=nodes.Name(name=name), test=None, recursive=False):
                columns = known[name].rows if name in known else None
                if row is not None:
                    yield "not_supported", "不支持循环里再套循环"
                elif columns is None:
                    yield unknown(name)
                else:
                    for one in (*node.body, *node.else_):
                        yield from walk(one, (target, dict(columns)))
            case nodes.If(test=test):
                yield from condition(test, row)
                for one in (*node.body, *node.elif_, *node.else_):
                    yield from walk(one, row)
            case nodes.Template() | nodes.Output():
                for one in node.iter_child_nodes():
                    yield from walk(one, row)
            case nodes.TemplateData():
                return
            case _:
                yield "not_supported", f"模板里只能写字段、逐行和条件，不支持：{type(node).__name__}"

    def condition(test: nodes.Node, row: tuple[str, dict[str, str]] | None) -> Iterator[tuple[str, str]]:
        match test:
            case nodes.Not(node=inner):
                yield from condition(inner, row)
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                yield from condition(left, row)
                yield from condition(right, row)
            case nodes.Name(name=name) if name in known:
                return
            case _:
                yield from walk(test, row)

    yield from walk(tree, None)
