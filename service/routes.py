"""The list of rooms that answer requests: ``module:router``. A new room adds its lines here.

Order matters only where two paths could match the same address; literal ones come first.
"""

from __future__ import annotations

ROUTERS: tuple[str, ...] = (
    "service.operations:router",
    "service.web.assets:router",
    "service.web.pages:router",
    "service.web.reference:router",
    "service.accounts.api:router",
    "service.accounts.pages:router",
    "service.accounts.admin:router",
    "service.items.api:router",
    "service.papers.api:router",
    "service.papers.labelling:router",
    "service.papers.pages:router",
    "service.papers.importing:router",
    "service.items.pages:router",
    "service.drafts.api:router",
    "service.receiving.pages:router",
    "service.registering.pages:router",
    "service.batches.api:router",
    "service.verdicts.api:router",
    "service.epcis.discovery:router",
    "service.epcis.api:router",
    "service.notices.api:router",
    "service.notices.pages:router",
    "service.tracing.api:router",
    "service.scan.pages:router",
    "service.scan.finding:router",
    "service.codes.pages:router",
    "service.batches.pages:router",
    "service.batches.acting:router",
    "service.verdicts.pages:router",
    "service.verdicts.supervision:router",
    "service.rulebooks.api:router",
    "service.rulebooks.pages:router",
    "service.rulebooks.signing:router",
    "service.standards.api:router",
    "service.standards.pages:router",
    "service.bulletins.api:router",
    "service.bulletins.pages:router",
    "service.bulletins.acting:router",
    "service.panorama.api:router",
    "service.panorama.pages:router",
)
