"""The application: one factory, no globals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import APIRouter, Depends, FastAPI

from service import errors
from service.accounts.dependencies import guard
from service.database import Database
from service.limiting import Buckets
from service.measures.lapsing import lapser
from service.middleware import Edge, Metrics
from service.notices.delivering import courier
from service.panorama.shocking import Shocker
from service.routes import ROUTERS
from service.rulebooks.draining import drainer
from service.settings import Settings
from service.tracing.nightly import checker
from service.verdicts.spreading import spreader
from service.warming import warmer


def create_app(
    settings: Settings | None = None,
    clock: Callable[[], int] | None = None,
    database: Database | None = None,
) -> FastAPI:
    """The platform as an ASGI application.

    ``clock`` gives integer µs UTC; ``database`` is made from the settings (and closed at the end)
    unless one is handed in, which stays the caller's to close.
    """
    settings = settings or Settings()
    db = database or Database(settings, clock)

    shocker, metrics = Shocker(db), Metrics()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        workers = (drainer(db), courier(db), spreader(db), lapser(db), *checker(db, metrics.checks_failed.inc))
        warming = warmer()
        warming.start()
        for worker in workers:
            worker.start()
        yield
        warming.join()
        for worker in workers:
            worker.stop()
        shocker.stop()
        if database is None:
            db.close()

    app = FastAPI(
        title="良品 Liangpin",
        version="0.1.0",
        summary="预制菜产业链与从产地到餐桌追溯平台",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(guard)],
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.db = db
    app.state.shocker = shocker
    app.state.metrics = metrics
    app.state.buckets = Buckets(settings.rate_per_minute, settings.rate_burst)
    errors.install(app)
    for line in ROUTERS:
        module, name = line.split(":")
        router: APIRouter = getattr(import_module(module), name)
        app.include_router(router)
    app.add_middleware(Edge, settings=settings, metrics=metrics)
    return app
