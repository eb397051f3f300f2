"""What a shop of containers costs while it waits: the least of all that must always run, and where ours costs as much.

Whatever such a shop pays besides by use (transfer, load balancer units, letters, logs, metrics) is left out, and so is
the question whether so small a one carries the load: both in its favour.
"""

from __future__ import annotations

from bench.estimate import MONTH_HOURS, Amounts

VCPUS, GIGABYTES = 0.25, 0.5
DATABASE_GB = 20
# A load balancer stands in two zones, with an address in each; a container without a NAT gateway has one of its own.
BALANCER_ADDRESSES = 2


def month(containers: int) -> Amounts:
    """Return a month of some containers behind a load balancer, a database and a cache, in amounts of priced things."""
    return {
        "container_vcpu_hours": containers * VCPUS * MONTH_HOURS,
        "container_gb_hours": containers * GIGABYTES * MONTH_HOURS,
        "load_balancer_hours": MONTH_HOURS,
        "public_address_hours": (BALANCER_ADDRESSES + containers) * MONTH_HOURS,
        "database_hours": MONTH_HOURS,
        "database_gb_months": DATABASE_GB,
        "cache_hours": MONTH_HOURS,
    }


def even_at(idle: float, each: float, always_on: float) -> float:
    """Return the orders a month at which a shop that costs `idle` and `each` more costs as much as one always on."""
    return max(0.0, (always_on - idle) / each)
