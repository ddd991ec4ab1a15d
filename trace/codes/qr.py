"""QR codes of a record's address, for screen, paper and terminal.

Source: ISO/IEC 18004:2024 (symbol, quiet zone of four modules, level M); GS1 General Specifications
5.9 on the QR with a Digital Link address. The address is encoded exactly as given: capitals would
allow the smaller alphanumeric mode, but lots tell upper from lower case.
"""

from __future__ import annotations

import struct
import zlib
from xml.sax.saxutils import escape

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules from the top, True for dark, without the quiet zone."""

QUIET = 4
"""Light modules that must surround the symbol on every side."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ANSI_PAPER = "\x1b[38;5;16;48;5;231m"
_ANSI_RESET = "\x1b[0m"


def matrix(uri: str, mask: int | None = None) -> Matrix:
    """The modules of the smallest symbol of level M that holds ``uri``.

    ``mask`` 0 to 7 fixes the mask pattern, which makes a bulk print about eight times cheaper; None
    lets the standard's penalty rules choose. ValueError for an address no symbol can hold.
    """
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=mask)
    code.add_data(uri)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ValueError(f"an address of {len(uri)} characters does not fit a QR code") from error
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def png(uri: str, dots_per_module: int = 8, mask: int | None = None) -> bytes:
    """A 1-bit greyscale PNG with every module the same whole number of dots, so that printers keep it sharp."""
    if dots_per_module < 1:
        raise ValueError(f"dots_per_module must be at least 1, not {dots_per_module}")
    modules = _with_quiet(matrix(uri, mask))
    side = len(modules) * dots_per_module
    lines = bytearray()
    for row in modules:
        bits = "".join(("0" if dark else "1") * dots_per_module for dark in row)
        bits += "0" * (-len(bits) % 8)
        lines += (b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")) * dots_per_module
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return _PNG_SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(lines), 9)) + _chunk(b"IEND")


def svg(uri: str, title: str = "二维码", mask: int | None = None) -> str:
    """An SVG element of one dark path on white: scales without blur and passes a CSP without inline style.

    One unit is one module; give it its size with a class of the page's own style sheet.
    """
    modules = matrix(uri, mask)
    side = len(modules) + 2 * QUIET
    path = "".join(
        f"M{start + QUIET} {y + QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(modules)
        for start, length in runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}"/></svg>'
    )


def terminal(uri: str, *, ansi: bool = True, mask: int | None = None) -> str:
    """Half-block text, two modules to a character cell; ends without a newline.

    With ``ansi`` the colours are fixed, black on white, and scan on any theme; without, the light
    modules are drawn, which scans where the terminal is dark.
    """
    modules = _with_quiet(matrix(uri, mask))
    if len(modules) % 2:
        modules = (*modules, (False,) * len(modules[0]))
    upper, lower, both, none = ("▀", "▄", "█", " ") if ansi else ("▄", "▀", " ", "█")
    cells = {(True, False): upper, (False, True): lower, (True, True): both, (False, False): none}
    lines = (
        "".join(cells[pair] for pair in zip(above, below, strict=True))
        for above, below in zip(modules[::2], modules[1::2], strict=True)
    )
    if ansi:
        return "\n".join(f"{_ANSI_PAPER}{line}{_ANSI_RESET}" for line in lines)
    return "\n".join(lines)


def runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """The dark stretches of a row as (first module, length)."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for x, dark in enumerate((*row, False)):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            found.append((start, x - start))
            start = None
    return found


def _with_quiet(modules: Matrix) -> Matrix:
    side = len(modules) + 2 * QUIET
    blank = ((False,) * side,) * QUIET
    edge = (False,) * QUIET
    return (*blank, *((*edge, *row, *edge) for row in modules), *blank)


def _chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
