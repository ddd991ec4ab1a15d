"""What takes seconds to load and few requests need, loaded beside the requests once the server is up.

Whoever asks for it earlier waits for the rest of it, as they would have waited for the server.
"""

from __future__ import annotations

import threading
from importlib import import_module

import structlog

from service.background import PREFIX
from service.panorama import reading


def warm() -> None:
    """Pinyin with the chain's search index, and the numerics of the risk ranking."""
    try:
        reading.book()
        import_module("chain.esri")
    except Exception:  # the request that needs it meets the same, and says so
        structlog.get_logger().exception("warm_failed")


def warmer() -> threading.Thread:
    """The thread that does it once; not yet started."""
    return threading.Thread(target=warm, name=PREFIX + "warm", daemon=True)
