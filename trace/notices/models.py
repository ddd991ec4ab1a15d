"""Topics of notices, and how a delivery is signed and tried again. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress

TOPICS = {
    "recall": "召回",
    "stop_sale": "停止销售、责令停止经营、抽检不合格",
    "verdict": "系统比对结论变化",
}
"""Topic → what it is about. Verdicts go to the maker and supervisors only, the others to holders too."""

STATES = {"pending": "待发送", "delivered": "已送达", "failed": "已放弃"}
BACKOFF = (60, 300, 1800, 7200, 21_600, 43_200)
"""Seconds from one attempt to the next; after the last the delivery is given up, and can be sent again by hand."""
ALGORITHM = "hmac-sha256"
SIGNATURE = "Liangpin-Signature"


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of the signature header: ``t={seconds},alg={algorithm},v1={hex}`` over ``{t}.{body}``.

    The receiver computes the same with its secret, compares in constant time, and refuses an old ``t``.
    """
    seconds = at // 1_000_000
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},alg={ALGORITHM},v1={digest}"


def next_attempt(attempts: int, now: int) -> int | None:
    """When to try again after ``attempts`` failures, in µs UTC; None when it is given up."""
    return now + BACKOFF[attempts - 1] * 1_000_000 if attempts <= len(BACKOFF) else None


_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32", "::/96", "fec0::/10"))
"""IPv6 ranges that stand for other addresses, among them our own network's."""


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the public internet, and neither a group's nor a way back inside."""
    found = ipaddress.ip_address(address.split("%")[0])
    tunnel = found.version == 6 and any(found in net for net in _TUNNELS)
    return found.is_global and not found.is_multicast and not tunnel
