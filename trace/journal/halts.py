"""Which measure a batch stands under, out of everything that was ordered, announced and lifted. Pure.

Measures stand beside each other: lifting one shows the next, and a lighter one never hides a graver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GRAVEST_FIRST = ("recall", "ordered_stop", "seized", "failed_sampling", "own_stop")
OFFICIAL: Mapping[str, str] = {"stop": "ordered_stop", "seal": "seized", "detain": "seized", "recall": "recall"}
"""Official measure → what the batch stands under while it is in effect."""

BEGINS = {
    "batch.stopped": "own_stop",
    "order.confirmed": "ordered_stop",
    "recall.announced": "recall",
    "sampling.failed": "failed_sampling",
}
ENDS = {
    "batch.stop_lifted": "own_stop",
    "order.lifted": "ordered_stop",
    "recall.closed": "recall",
    "sampling.cleared": "failed_sampling",
}
CHANGES = ("measure.taken", "measure.approved", "measure.served")
"""Acts that bring an official measure into effect or say its number anew; a served lifting ends another."""
KINDS = (*BEGINS, *ENDS, *CHANGES, "measure.lapsed")


def standing(acts: Iterable[tuple[int, str, Mapping[str, Any]]]) -> tuple[str, str]:
    """(halt, public text) after the acts ``(id, kind, body)`` in order; ('', '') where nothing stands.

    Failed samplings stand each for itself under its act's id, which ``sampling.cleared`` names as case; recalls
    under the recall they belong to (``recall_id``, else the proposal that ordered it, else their act's id), which
    ``recall.closed`` names: one recall that ends leaves the others standing. Said again for the same recall, a new
    text replaces the old. Official measures stand each under its own id until it lapses or a served lifting names it;
    ``order.*`` is how they were recorded before, and ``order.lifted`` ends all of those.
    """
    own: list[str] = []
    ordered: dict[str, str] = {}
    failed: dict[str, str] = {}
    recalls: dict[str, str] = {}
    official: dict[str, dict[str, str]] = {"ordered_stop": {}, "seized": {}, "recall": recalls}
    for act_id, kind, body in acts:
        text = str(body.get("public_text") or "")
        if kind == "batch.stopped":
            own = [text]
        elif kind == "batch.stop_lifted":
            own = []
        elif kind == "sampling.failed":
            failed[str(act_id)] = text
        elif kind == "sampling.cleared":
            failed.pop(str(body["case_id"]), None)
        elif kind == "recall.announced":
            recalls[str(body.get("recall_id") or body.get("proposal_id") or act_id)] = text
        elif kind == "recall.closed":
            recalls.pop(str(body.get("recall_id") or ""), None)
        elif kind == "order.confirmed":
            ordered[str(body.get("proposal_id") or "")] = text
        elif kind == "order.lifted":
            ordered.clear()
        elif kind == "measure.lapsed" or body.get("measure") == "lift":
            ended = str(body["measure_id"] if kind == "measure.lapsed" else body["ends"])
            for held in (ordered, *official.values()):
                held.pop(ended, None)
        elif kind in CHANGES:
            official[OFFICIAL[body["measure"]]][str(body["measure_id"])] = text
    said = {
        "recall": list(recalls.values()),
        "ordered_stop": [*list(ordered.values())[-1:], *official["ordered_stop"].values()],
        "seized": list(official["seized"].values()),
        "failed_sampling": ["、".join(dict.fromkeys(failed.values()))] if failed else [],
        "own_stop": own,
    }
    for halt in GRAVEST_FIRST:
        if said[halt]:
            return halt, "；".join(dict.fromkeys(said[halt]))
    return "", ""
