"""The front door: one URI for every notation of one key."""

from __future__ import annotations

import pytest

from trace.errors import InvalidInput
from trace.identifiers.canonical import canonical, in_journal
from trace.identifiers.epc import parse_epc
from trace.identifiers.models import Kind
from trace.identifiers.private_key import private_key, short_code

PUBLIC = "https://lp.example.cn"
LOT = "https://id.gs1.org/01/00614141123452/10/1A%2F2"


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/00614141123452/10/1A%2F2",
        "https://anyone.example/01/614141123452/10/1A%2F2",
        "urn:epc:class:lgtin:0614141.012345.1A%2F2",
        "(01)00614141123452(10)1A/2",
        "(10)1A/2(01)00614141123452 (17)270101",
        "/01/00614141123452/10/1A%2F2",
        "01/00614141123452/10/1A%2F2",
        "  https://id.gs1.org/01/00614141123452/10/1A%2F2 ",
    ],
)
def test_every_notation_of_a_lot_has_one_uri(text: str) -> None:
    assert canonical(text, PUBLIC).uri == LOT


# GS1 EPC Tag Data Standard 2.0, the worked examples of section 6.3
@pytest.mark.parametrize(
    ("urn", "kind", "uri"),
    [
        ("urn:epc:id:sgtin:0614141.112345.400", Kind.SERIAL, "https://id.gs1.org/01/10614141123459/21/400"),
        ("urn:epc:id:sgtin:0614141.012345.32a%2Fb", Kind.SERIAL, "https://id.gs1.org/01/00614141123452/21/32a%2Fb"),
        ("urn:epc:class:lgtin:4012345.012345.998877", Kind.LOT, "https://id.gs1.org/01/04012345123456/10/998877"),
        ("urn:epc:idpat:sgtin:0614141.112345.*", Kind.PRODUCT, "https://id.gs1.org/01/10614141123459"),
        ("urn:epc:id:sscc:0614141.1234567890", Kind.SSCC, "https://id.gs1.org/00/106141412345678908"),
        ("urn:epc:id:sgln:0614141.12345.400", Kind.LOCATION, "https://id.gs1.org/414/0614141123452/254/400"),
        ("urn:epc:id:sgln:0614141.12345.0", Kind.LOCATION, "https://id.gs1.org/414/0614141123452"),
        ("urn:epc:id:sgln:952000000001..0", Kind.LOCATION, "https://id.gs1.org/414/9520000000011"),
        ("urn:epc:id:pgln:0614141.12345", Kind.PARTY, "https://id.gs1.org/417/0614141123452"),
        ("URN:EPC:id:pgln:0614141.12345", Kind.PARTY, "https://id.gs1.org/417/0614141123452"),
    ],
)
def test_epc_urns(urn: str, kind: Kind, uri: str) -> None:
    identifier = canonical(urn, PUBLIC)
    assert (identifier.kind, identifier.uri) == (kind, uri)


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:sgtin:0614141.112345",
        "urn:epc:id:sgtin:0614141.11234.400",
        "urn:epc:id:sgtin:06141.11234567.400",
        "urn:epc:id:sgtin:0614141123456..400",
        "urn:epc:id:sgtin:0614141.112345.%",
        "urn:epc:id:sgtin:0614141.112345.%FF",
        "urn:epc:id:sgtin:0614141.112345.%20",
        "urn:epc:idpat:sgtin:0614141.*.*",
        "urn:epc:id:sscc:0614141.123456789",
        "urn:epc:id",
    ],
)
def test_urns_that_name_no_object_of_ours_are_refused_but_filed(urn: str) -> None:
    with pytest.raises(InvalidInput):
        parse_epc(urn)
    filed = in_journal(urn, PUBLIC)
    assert (filed.kind, filed.uri) == (Kind.OTHER, urn)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("6901234567892", Kind.PRODUCT),
        ("(00)106141412345678908", Kind.SSCC),
        ("(414)0614141123452(254)A1", Kind.LOCATION),
        ("(414)0614141123452", Kind.LOCATION),
        ("(417)0614141123452", Kind.PARTY),
        ("(01)06901234567892(21)S(1)", Kind.SERIAL),
        (private_key(7).lower(), Kind.PRIVATE),
        (short_code(7).lower().replace("-", " "), Kind.SHORT_CODE),
        (f"s/{short_code(7)}", Kind.SHORT_CODE),
        (f"{PUBLIC}/s/{short_code(7)}", Kind.SHORT_CODE),
    ],
)
def test_typed_and_scanned_forms(text: str, kind: Kind) -> None:
    assert canonical(text, PUBLIC).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "卤鹅",
        "x(01)06901234567892",
        "(10)L1",
        "(01)06901234567892(10)A(10)B",
        "(99)1",
        "6901234567890",
        "ftp://id.gs1.org/01/06901234567892",
        "https:///01/06901234567892",
        "https://example.com/",
        "https://" + "a" * 3000,
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        canonical(text, PUBLIC)
    assert caught.value.errors[0].detail


def test_the_journal_reads_full_uris_only() -> None:
    assert in_journal("6901234567892", PUBLIC).kind is Kind.OTHER
    assert in_journal("ni:///sha-256;abc?ver=CBV2.0", PUBLIC).uri == "ni:///sha-256;abc?ver=CBV2.0"
    assert in_journal("https://other.example/id/1", PUBLIC).uri == "https://other.example/id/1"


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:grai:0614141.12345.400", "8003/00614141123452400"),
        ("urn:epc:idpat:grai:0614141.12345.*", "8003/00614141123452"),
        ("urn:epc:id:giai:4000001.logger%2F7", "8004/4000001logger%2F7"),
        ("urn:epc:id:gdti:95252084.0001.0003555480001000", "253/95252084000140003555480001000"),
        ("urn:epc:id:gsrn:95252084.000000001", "8018/952520840000000010"),
        ("urn:epc:id:gsin:0614141.123456789", "402/06141411234567890"),
        ("urn:epc:id:ginc:0614141.xyz3311cba", "401/0614141xyz3311cba"),
        ("urn:epc:id:cpi:0614141.123ABC.123456789", "8010/0614141123ABC/8011/123456789"),
        ("urn:epc:id:itip:4012345.012345.01.02.987", "8006/040123451234560102/21/987"),
        ("urn:epc:id:upui:1234567.089456.51qIgY)%3C%26Jp3*j7SDB", "01/01234567894560/235/51qIgY%29%3C%26Jp3%2Aj7SDB"),
    ],
)
def test_other_keys_are_filed_under_their_digital_link(urn: str, link: str) -> None:
    with pytest.raises(InvalidInput):
        parse_epc(urn)
    filed = in_journal(urn, PUBLIC)
    assert (filed.kind, filed.uri) == (Kind.OTHER, f"https://id.gs1.org/{link}")


@pytest.mark.parametrize(
    "urn", ["urn:epc:id:grai:0614141.123.400", "urn:epc:id:usdod:CJ194.12", "urn:epc:id:itip:4012345.012345.1a.2.9"]
)
def test_a_urn_of_no_key_is_filed_as_it_came(urn: str) -> None:
    assert in_journal(urn, PUBLIC).uri == urn
