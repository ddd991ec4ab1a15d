"""What a server process starts: ``service.asgi:make`` (a factory), with logging set up."""

from __future__ import annotations

from fastapi import FastAPI

from service import memory
from service.app import create_app
from service.middleware import configure_logging
from service.settings import Settings


def make() -> FastAPI:
    """The application of the environment's settings."""
    settings = Settings()
    configure_logging(settings)
    made = create_app(settings)
    memory.settle()
    return made
