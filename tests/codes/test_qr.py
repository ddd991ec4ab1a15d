"""What is drawn is decoded again by another library, zxing-cpp, and must be the address to the letter."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from PIL import Image

from trace.codes import qr

ADDRESSES = [
    "https://lp.example.cn/01/09521234543213/10/A261124-01",
    "http://127.0.0.1:8000/id/00J5K8M2N4P6QR/10/a%2FB%25%3F",
    "https://lp.example.cn/01/09521234543213/10/" + "%2F" * 20 + "/21/" + "%3F" * 20,
]


def decode(image: Image.Image) -> str:
    found = zxingcpp.read_barcodes(image)
    assert len(found) == 1
    assert found[0].format == zxingcpp.BarcodeFormat.QRCode
    return found[0].text


def picture(rows: list[list[bool]], scale: int = 4) -> Image.Image:
    image = Image.new("1", (len(rows[0]), len(rows)), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x, y), 0)
    return image.resize((image.width * scale, image.height * scale)).convert("L")


@pytest.mark.parametrize("uri", ADDRESSES)
@pytest.mark.parametrize("dots", [2, 3, 8])
def test_a_png_decodes_and_has_whole_dots(uri: str, dots: int) -> None:
    image = Image.open(io.BytesIO(qr.png(uri, dots)))
    assert image.mode == "1"
    modules = len(qr.matrix(uri)) + 2 * qr.QUIET
    assert image.size == (modules * dots, modules * dots)
    coarse = image.resize((modules, modules), Image.Resampling.NEAREST)
    assert coarse.resize(image.size, Image.Resampling.NEAREST).tobytes() == image.tobytes()
    assert decode(image.convert("L")) == uri


def test_the_quiet_zone_is_four_modules_on_every_side() -> None:
    image = Image.open(io.BytesIO(qr.png(ADDRESSES[0], 3))).convert("L")
    left, top, right, bottom = image.point(lambda v: 255 - v).getbbox() or (0, 0, 0, 0)
    assert (left, top, image.width - right, image.height - bottom) == (12, 12, 12, 12)


def test_the_symbol_is_of_level_m() -> None:
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(ADDRESSES[0]))).convert("L"))[0]
    assert found.ec_level == "M"


@pytest.mark.parametrize("mask", range(8))
def test_every_fixed_mask_decodes(mask: int) -> None:
    assert decode(Image.open(io.BytesIO(qr.png(ADDRESSES[0], 4, mask))).convert("L")) == ADDRESSES[0]


@pytest.mark.parametrize("uri", ADDRESSES)
def test_an_svg_is_one_path_without_inline_style_and_decodes(uri: str) -> None:
    markup = qr.svg(uri, title="批次 A<1>")
    assert "style" not in markup
    root = ET.fromstring(markup)
    paths = root.findall("{http://www.w3.org/2000/svg}path")
    assert len(paths) == 1
    side = int(root.attrib["viewBox"].split()[2])
    rows = [[False] * side for _ in range(side)]
    drawn = 0
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", paths[0].attrib["d"]):
        drawn += 1
        for place in range(int(x), int(x) + int(width)):
            rows[int(y)][place] = True
    assert drawn == paths[0].attrib["d"].count("M")
    assert decode(picture(rows)) == uri


@pytest.mark.parametrize("uri", ADDRESSES)
@pytest.mark.parametrize("ansi", [True, False])
def test_what_a_terminal_shows_decodes(uri: str, ansi: bool) -> None:
    halves = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
    rows: list[list[bool]] = []
    for line in qr.terminal(uri, ansi=ansi).split("\n"):
        cells = [halves[c] for c in re.sub(r"\x1b\[[0-9;]*m", "", line)]
        # without colours the ink is the light of a dark terminal
        rows += [[pair[half] is ansi for pair in cells] for half in (0, 1)]
    assert decode(picture(rows)) == uri
    assert ("\x1b" in qr.terminal(uri, ansi=ansi)) is ansi


def test_what_no_symbol_can_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        qr.matrix("https://x/" + "a" * 3000)
    with pytest.raises(ValueError, match="dots_per_module"):
        qr.png(ADDRESSES[0], 0)
