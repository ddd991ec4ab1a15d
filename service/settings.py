"""What an operator may set: every value comes from the environment as ``LIANGPIN_*``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url


class Settings(BaseSettings):
    """One running platform. Nothing here is a secret except a password inside ``database_url``."""

    model_config = SettingsConfigDict(env_prefix="LIANGPIN_", extra="ignore")

    database_url: str = "sqlite:///var/liangpin.db"
    """``sqlite:///…`` or ``postgresql+psycopg://…``."""
    public_url: str = "http://127.0.0.1:8000"
    """Origin of printed private codes and of links we give out; no trailing slash."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    demo: bool = True
    """The demonstration district: demo log-ins are offered and pages say 演示."""

    platform_name: str = "良品"
    host_organisation: str = "重庆市梁平区（演示）"
    """Who runs the platform, shown in the footer."""
    icp_number: str = ""
    """ICP filing number, e.g. 渝ICP备00000000号."""
    police_number: str = ""
    """Public-security filing number, e.g. 渝公网安备00000000000000号."""

    log_json: bool = True
    log_level: str = "info"
    trust_proxy: bool = False
    """Take the caller's address from X-Forwarded-For: only behind our own reverse proxy."""
    max_body_bytes: int = Field(default=20 * 1024 * 1024, ge=1024)

    webhook_private: bool = False
    """Allow notices to addresses in our own network and over plain http: for an intranet or a test."""

    rate_per_minute: int = Field(default=60, ge=0)
    """Requests a minute from one address without an account, where the platform computes an answer; 0 for no limit."""
    rate_burst: int = Field(default=30, ge=1)
    """How many of them may come at once."""

    session_idle_minutes: int = Field(default=120, ge=1)
    session_hours: int = Field(default=24 * 7, ge=1)
    login_attempts: int = Field(default=5, ge=1)
    """Failures of one account within the window before it is locked."""
    login_attempts_address: int = Field(default=30, ge=1)
    """Failures from one address within the window before it is locked."""
    login_lock_minutes: int = Field(default=15, ge=1)
    argon2_time_cost: int = Field(default=3, ge=1)
    argon2_memory_kib: int = Field(default=65536, ge=8)
    argon2_parallelism: int = Field(default=4, ge=1)

    check_hour: int | None = Field(default=3, ge=0, le=23)
    """Hour in Asia/Shanghai at which the whole record is checked every night; empty or ``off``: not at all."""

    @field_validator("check_hour", mode="before")
    @classmethod
    def _hour(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() in ("", "off") else value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("LIANGPIN_PUBLIC_URL must be an origin such as https://code.example.cn")
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_sqlite(self) -> bool:
        return make_url(self.database_url).get_backend_name() == "sqlite"

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    def make_folder(self) -> None:
        """Make the folder of the SQLite file, so that a first start needs no preparation."""
        url = make_url(self.database_url)
        if self.is_sqlite and url.database and url.database != ":memory:":
            Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
