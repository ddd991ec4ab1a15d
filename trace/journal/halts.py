"""Which measure a batch stands under, out of everything that was ordered, announced and lifted. Pure.

Measures stand beside each other: lifting one shows the next, and a lighter one never hides a graver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GRAVEST_FIRST = ("recall", "ordered_stop", "failed_sampling", "own_stop")

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
KINDS = (*BEGINS, *ENDS)


def standing(acts: Iterable[tuple[int, str, Mapping[str, Any]]]) -> tuple[str, str]:
    """(halt, public text) after the acts ``(id, kind, body)`` in order; ('', '') where nothing stands.

    Failed samplings stand each for itself under its act's id, which ``sampling.cleared`` names as case; recalls
    under the recall they belong to (``recall_id``, else their act's id), which ``recall.closed`` names: one recall
    that ends leaves the others standing. Said again for the same recall, a new text replaces the old.
    """
    plain: dict[str, str] = {}
    failed: dict[int, str] = {}
    recalls: dict[str, str] = {}
    for act_id, kind, body in acts:
        text = str(body.get("public_text") or "")
        if kind == "sampling.failed":
            failed[act_id] = text
        elif kind == "sampling.cleared":
            failed.pop(int(body["case_id"]), None)
        elif kind == "recall.announced":
            recalls[str(body.get("recall_id") or act_id)] = text
        elif kind == "recall.closed":
            recalls.pop(str(body.get("recall_id") or ""), None)
        elif kind in BEGINS:
            plain[BEGINS[kind]] = text
        elif kind in ENDS:
            plain.pop(ENDS[kind], None)
    if failed:
        plain["failed_sampling"] = "、".join(dict.fromkeys(failed.values()))
    if recalls:
        plain["recall"] = "；".join(dict.fromkeys(recalls.values()))
    for halt in GRAVEST_FIRST:
        if halt in plain:
            return halt, plain[halt]
    return "", ""
