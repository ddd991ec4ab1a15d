"""Passwords: argon2 by pwdlib, and a check that takes equally long for a log-in nobody has."""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service.settings import Settings
from trace.errors import InvalidInput

DEMO_PASSWORD = "liangpin-demo"  # noqa: S105 - published on purpose; a non-demo start refuses it
MINIMUM = 10
MAXIMUM = 200


@cache
def _hasher(time_cost: int, memory_kib: int, parallelism: int) -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism),))


def hasher(settings: Settings) -> PasswordHash:
    """The hasher with the costs of these settings; the name of the algorithm stands in every hash."""
    return _hasher(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism)


@cache
def _dummy(time_cost: int, memory_kib: int, parallelism: int) -> str:
    return _hasher(time_cost, memory_kib, parallelism).hash("nobody has this password")


def hash_password(settings: Settings, password: str) -> str:
    """A salted hash to store."""
    return hasher(settings).hash(password)


def verify(settings: Settings, password: str, stored: str | None) -> bool:
    """Whether the password fits; with ``stored`` None the same work is done for nothing and it does not."""
    if len(password) > MAXIMUM:
        password = ""
    costs = (settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism)
    fits = hasher(settings).verify(password, stored if stored is not None else _dummy(*costs))
    return fits and stored is not None


def check_strength(settings: Settings, password: str, pointer: str = "/password") -> None:
    """Refuse what is too short, too long, or published."""
    if password == DEMO_PASSWORD and settings.demo:
        return
    if not MINIMUM <= len(password) <= MAXIMUM or len(set(password)) < 5 or password == DEMO_PASSWORD:
        raise InvalidInput.of(
            pointer,
            "weak_password",
            f"密码须有 {MINIMUM} 到 {MAXIMUM} 个字符、至少 5 种不同字符，且不能是演示密码。",
            f"{MINIMUM} to {MAXIMUM} characters, at least 5 different ones, and not the demo password.",
        )
