"""Every table of the platform in one MetaData, for migrations; importing this is enough to know them all.

A room adds its tables by having a ``tables.py``: each is found and imported here, so that a
forgotten line cannot hide a table from alembic.
"""

from __future__ import annotations

import importlib
import pkgutil

from sqlmodel import SQLModel

import chain
import service
import trace

for _package in (trace, chain, service):
    for _found in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        if _found.name.rsplit(".", 1)[-1] == "tables":
            importlib.import_module(_found.name)

metadata = SQLModel.metadata
