"""Small makers of chain data for tests."""

from datetime import date, timedelta
from decimal import Decimal

from chain.models import Basis, Demand, Flow, Link, Presence, Survey, Weight

AS_OF = date(2026, 11, 24)


def link(link_id: str = "M12", *, weight: Weight = "A", batches: bool = True) -> Link:
    return Link(
        id=link_id,
        layer=link_id[0],  # type: ignore[arg-type]
        group="组",
        name="酱卤肉" if link_id == "M12" else f"环节{link_id}",
        short=link_id,
        codes=(),
        inputs=("禽肉",),
        outputs=("卤味",),
        weight=weight,
        expects_batches=batches,
        source="K",
        confidence="M",
    )


def presence(
    org: str = "A",
    capacity: str | None = "100",
    *,
    link_id: str = "M12",
    unit: str = "吨",
    inside: bool = True,
    controller: str | None = None,
    basis: Basis = "declared",
    days_ago: int = 30,
) -> Presence:
    return Presence(
        org_code=org,
        name=f"{org}（演示）",
        link_id=link_id,
        capacity=None if capacity is None else Decimal(capacity),
        unit=unit,
        data_date=AS_OF - timedelta(days=days_ago),
        source="企业申报",
        inside_district=inside,
        demo=True,
        controller=controller,
        basis=basis,
    )


def demand(quantity: str = "100", *, unit: str = "吨", link_id: str = "M12", days_ago: int = 20) -> Demand:
    return Demand(link_id, Decimal(quantity), unit, AS_OF - timedelta(days=days_ago), "需求测算")


def survey(link_id: str = "M12", days_ago: int = 10) -> Survey:
    return Survey(link_id, AS_OF - timedelta(days=days_ago), "走访")


def flow(
    last: int | None = 5,
    batches: int | None = 40,
    *,
    observed: int | None = 200,
    enterprises: int = 3,
    share: str | None = "0.4",
    link_id: str = "M12",
) -> Flow:
    """``last`` and ``observed`` in days before AS_OF."""
    return Flow(
        link_id=link_id,
        last_flow_date=None if last is None else AS_OF - timedelta(days=last),
        batches_90d=batches,
        observed_since=None if observed is None else AS_OF - timedelta(days=observed),
        enterprises=enterprises,
        top_share=None if share is None else Decimal(share),
    )
