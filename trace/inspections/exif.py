"""The time a photo says it was taken, out of its own EXIF block. Pure; a device's word, never proof.

JPEG APP1, PNG ``eXIf`` and WebP ``EXIF`` hold the same TIFF structure (Exif 2.3, tags 0x9003 DateTimeOriginal,
0x0132 DateTime, 0x8769 the Exif IFD).
"""

from __future__ import annotations

import re
import struct

_TIME = re.compile(rb"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_ORIGINAL, _CHANGED, _BELOW = 0x9003, 0x0132, 0x8769
_MOST = 200
"""Entries read of one directory."""


def taken_at(content: bytes) -> str:
    """``2026-11-24 09:30:05`` as the device wrote it, without a zone; '' where it says nothing readable."""
    block = _block(content)
    if not block:
        return ""
    try:
        order = {b"II": "<", b"MM": ">"}[block[:2]]
        first = _directory(block, order, struct.unpack_from(f"{order}I", block, 4)[0])
        below = first.get(_BELOW)
        inner = _directory(block, order, below) if below is not None else {}
        place = inner.get(_ORIGINAL) or first.get(_CHANGED)
        found = _TIME.match(block, place) if place else None
    except (KeyError, struct.error):
        return ""
    if found is None:
        return ""
    year, month, day, hour, minute, second = (part.decode() for part in found.groups())
    return f"{year}-{month}-{day} {hour}:{minute}:{second}"


def _directory(block: bytes, order: str, at: int) -> dict[int, int]:
    """Tag → value or offset of the entries we need."""
    (count,) = struct.unpack_from(f"{order}H", block, at)
    found = {}
    for place in range(min(count, _MOST)):
        tag, _, _, value = struct.unpack_from(f"{order}HHII", block, at + 2 + 12 * place)
        if tag in (_ORIGINAL, _CHANGED, _BELOW):
            found[tag] = value
    return found


def _block(content: bytes) -> bytes:
    if content.startswith(b"\xff\xd8"):
        return _in_jpeg(content)
    if content.startswith(b"\x89PNG"):
        return _in_chunks(content, 8, ">", b"eXIf", name_first=False)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _in_chunks(content, 12, "<", b"EXIF", name_first=True)
    return b""


def _in_jpeg(content: bytes) -> bytes:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] == 0xE1 and content[at + 4 : at + 10] == b"Exif\0\0":
            return content[at + 10 : at + 2 + size]
        at += 2 + max(size, 2)
    return b""


def _in_chunks(content: bytes, at: int, order: str, wanted: bytes, *, name_first: bool) -> bytes:
    while at + 8 <= len(content):
        name, size = content[at : at + 4], content[at + 4 : at + 8]
        if not name_first:
            name, size = size, name
        length = struct.unpack(f"{order}I", size)[0]
        if name == wanted:
            return content[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
        at += 8 + length + (length % 2 if name_first else 4)
    return b""
