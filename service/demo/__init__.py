"""The fictional demo district: organisations, log-ins and a record of batches, made through the real commands."""

from __future__ import annotations

from service.demo.seeding import first_code, seed

__all__ = ["first_code", "seed"]
