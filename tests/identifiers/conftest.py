from __future__ import annotations

from hypothesis import settings

# A busy machine is no reason to fail: no test here measures time.
settings.register_profile("liangpin")
settings.load_profile("liangpin")
