"""Digital Link addresses: read from the raw path, one canonical form, back again; never another error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.identifiers.test_gs1 import LOTS
from trace.errors import InvalidInput
from trace.identifiers import gs1, models
from trace.identifiers.canonical import canonical, in_journal
from trace.identifiers.digital_link import build_path, parse_path, parse_uri
from trace.identifiers.models import Identifier, Kind
from trace.identifiers.private_key import private_key, short_code

PUBLIC = "https://lp.example.cn"
GTIN = "09521234543213"
KEY = private_key(123_456_789_012_345_678)

GTINS = st.text(alphabet="0123456789", min_size=13, max_size=13).filter(lambda b: b.strip("0")).map(
    lambda body: body + gs1.check_digit(body)
)  # fmt: skip
GLNS = st.text(alphabet="0123456789", min_size=12, max_size=12).map(lambda body: body + gs1.check_digit(body))
SSCCS = st.text(alphabet="0123456789", min_size=17, max_size=17).map(lambda body: body + gs1.check_digit(body))
KEYS = st.integers(0, 2**63 - 1).map(private_key)

IDENTIFIERS = st.one_of(
    st.builds(models.product, GTINS, st.none() | LOTS, st.none() | LOTS),
    st.builds(lambda k, lot, serial: models.private(PUBLIC, k, lot, serial), KEYS, st.none() | LOTS, st.none() | LOTS),
    st.builds(models.logistic_unit, SSCCS),
    st.builds(models.location, GLNS, st.none() | LOTS),
    st.builds(models.party, GLNS),
    st.integers(0, 2**63 - 1).map(lambda i: models.short(PUBLIC, short_code(i))),
)


@given(IDENTIFIERS)
def test_every_identifier_survives_its_address(identifier: Identifier) -> None:
    path = build_path(identifier)
    assert path.isascii()
    assert parse_path(path, PUBLIC) == identifier
    assert parse_path(path.encode(), PUBLIC) == identifier
    assert parse_uri(PUBLIC + build_path(identifier), PUBLIC) == identifier
    assert canonical(path, PUBLIC) == identifier
    assert canonical(identifier.uri, PUBLIC).uri == identifier.uri
    assert in_journal(identifier.uri, PUBLIC).uri == identifier.uri


@pytest.mark.parametrize(
    ("path", "uri", "lot"),
    [
        (f"/01/{GTIN}/10/A%2F21%2FB", f"https://id.gs1.org/01/{GTIN}/10/A%2F21%2FB", "A/21/B"),
        (f"/01/{GTIN}/10/50%25", f"https://id.gs1.org/01/{GTIN}/10/50%25", "50%"),
        (f"/01/{GTIN}/10/%2550", f"https://id.gs1.org/01/{GTIN}/10/%2550", "%50"),
        (f"/01/{GTIN}/10/A%3FB?17=270101", f"https://id.gs1.org/01/{GTIN}/10/A%3FB", "A?B"),
        (f"/01/{GTIN}/10/A+B", f"https://id.gs1.org/01/{GTIN}/10/A%2BB", "A+B"),
        (f"/01/{GTIN}/10/abc/", f"https://id.gs1.org/01/{GTIN}/10/abc", "abc"),
        ("/01/9521234543213/10/abc", f"https://id.gs1.org/01/{GTIN}/10/abc", "abc"),
        (f"/01/{GTIN}/22/2A/10/abc", f"https://id.gs1.org/01/{GTIN}/10/abc", "abc"),
        (f"/id/{KEY.lower()}/10/L1#top", f"{PUBLIC}/id/{KEY}/10/L1", "L1"),
    ],
)
def test_lots_are_read_from_the_raw_path_and_encoded_once(path: str, uri: str, lot: str) -> None:
    identifier = parse_path(path, PUBLIC)
    assert (identifier.kind, identifier.uri, identifier.lot) == (Kind.LOT, uri, lot)


def test_a_serial_keeps_its_lot_beside_its_uri() -> None:
    identifier = parse_path(f"/01/{GTIN}/10/L1/21/S1", PUBLIC)
    assert identifier.uri == f"https://id.gs1.org/01/{GTIN}/21/S1"
    assert identifier.lot_uri == f"https://id.gs1.org/01/{GTIN}/10/L1"
    assert identifier.product_uri == f"https://id.gs1.org/01/{GTIN}"
    assert build_path(identifier) == f"/01/{GTIN}/10/L1/21/S1"


def test_walking_up_from_a_private_lot() -> None:
    identifier = parse_path(f"/id/{KEY}/10/L1", PUBLIC)
    assert identifier.product_uri == f"{PUBLIC}/id/{KEY}"
    assert parse_path(f"/id/{KEY}", PUBLIC).kind is Kind.PRIVATE
    assert parse_path("/417/0614141123452", PUBLIC).product_uri is None
    assert parse_path(f"/id/{KEY}", PUBLIC).lot_uri is None


@pytest.mark.parametrize(
    "url",
    [
        f"https://id.gs1.org/01/{GTIN}/10/L1",
        f"http://example.com/01/{GTIN}/10/L1?17=270101&linkType=all",
        f"HTTPS://Example.COM:8443/some/stem/01/{GTIN}/10/L1/",
        f"https://lp.example.cn/01/{GTIN}/10/L1",
        f"https://example.com/01/99/01/{GTIN}/10/L1",
    ],
)
def test_a_gs1_key_is_the_same_on_any_host_and_below_any_stem(url: str) -> None:
    assert canonical(url, PUBLIC).uri == f"https://id.gs1.org/01/{GTIN}/10/L1"


def test_private_addresses_are_ours_only_on_our_host() -> None:
    assert canonical(f"http://LP.example.cn/id/{KEY}", PUBLIC).uri == f"{PUBLIC}/id/{KEY}"
    with pytest.raises(InvalidInput):
        canonical(f"https://other.example/id/{KEY}", PUBLIC)
    stem = "https://example.cn/liangpin"
    assert canonical(f"{stem}/id/{KEY}/10/L1", stem).uri == f"{stem}/id/{KEY}/10/L1"
    with pytest.raises(InvalidInput):
        canonical(f"https://example.cn/id/{KEY}", stem)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/01",
        "/01/",
        "/01/123",
        f"/01/{GTIN}/10",
        f"/01/{GTIN}/10/",
        f"/01/{GTIN}/21/S/10/L",
        f"/01/{GTIN}/10/L/10/L",
        f"/01/{GTIN}/99/L",
        f"/01/{GTIN}/10/%",
        f"/01/{GTIN}/10/%zz",
        f"/01/{GTIN}/10/%FF",
        f"/01/{GTIN}/10/%20L",
        f"/01/{GTIN}/10/%2E%2E",
        f"/01/{GTIN}/10/批号",
        f"/01/{GTIN}/10/{'A' * 21}",
        f"//01/{GTIN}",
        "/00/106141412345678908/10/L",
        "/414/0614141123452/10/L",
        "/417/0614141123452/254/1",
        "/id/",
        "/id/ABC",
        "/s/ABC",
        "/robots.txt",
        b"/01/\xff\xfe",
        b"/01/" + b"9" * 5000,
    ],
)
def test_malformed_paths_are_refused_with_a_printable_reason(path: str | bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_path(path, PUBLIC)
    assert caught.value.detail.isprintable()
    assert caught.value.errors


def test_what_has_no_address_cannot_be_built() -> None:
    with pytest.raises(InvalidInput):
        build_path(in_journal("urn:uuid:1", PUBLIC))


BEGINNINGS = [
    "/01/",
    f"/01/{GTIN}/",
    f"/01/{GTIN}/10/",
    "/id/",
    "/s/",
    "/414/",
    "https://x/01/",
    "http://[",
    "urn:epc:id:sgtin:",
    "urn:epc:class:lgtin:0614141.012345.",
    "(01)",
    f"(01){GTIN}(10)",
    PUBLIC + "/id/",
]
ANYTHING = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(exclude_categories=())),  # lone surrogates too
    st.builds(lambda head, tail: head + tail, st.sampled_from(BEGINNINGS), st.text()),
)


@given(ANYTHING)
def test_no_text_brings_another_error(text: str) -> None:
    for read in (parse_path, parse_uri, canonical):
        try:
            identifier = read(text, PUBLIC)
        except InvalidInput as error:
            error.detail.encode()
            continue
        assert canonical(identifier.uri, PUBLIC).uri == identifier.uri
    filed = in_journal(text, PUBLIC)
    assert filed.uri == text or filed.kind is not Kind.OTHER


@given(st.binary())
def test_no_bytes_bring_another_error(raw: bytes) -> None:
    for data in (raw, b"/01/" + raw, f"/01/{GTIN}/10/".encode() + raw):
        try:
            assert parse_path(data, PUBLIC).uri
        except InvalidInput as error:
            error.detail.encode()
