"""Bring a database to this code's schema, from wherever the package is installed."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from service.database import normal_url
from service.settings import Settings

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config(settings: Settings) -> Config:
    """Alembic without an ini file: the scripts lie beside the package, the URL comes from the settings."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s")
    config.attributes["url"] = normal_url(settings.database_url)
    return config


def migrate(settings: Settings, revision: str = "head") -> None:
    """Upgrade (or, with an older ``revision``, downgrade with ``downgrade``) the configured database."""
    settings.make_folder()
    command.upgrade(alembic_config(settings), revision)


def downgrade(settings: Settings, revision: str) -> None:
    """Go back to ``revision``; ``base`` empties the schema."""
    command.downgrade(alembic_config(settings), revision)
