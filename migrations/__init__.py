"""Alembic migrations: dated, never edited after landing."""
