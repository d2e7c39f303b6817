"""The price list: what things cost where AWS's bill is not asked. Estimates, which rank findings; the bill is the truth.

AWS's own pages show prices by script, so that most are read elsewhere: each has the page that says so, and that page's date.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

LISTED_IN: Final = "us-east-1"
LISTED_ON: Final = "2026-11-30"
"""When the pages below were read; they are older."""
HOURS: Final = 730
"""Of a month, as AWS's own calculator counts."""


class Price(NamedTuple):
    """`usd`: a month. `source`: a page and its date; "" where no dated page was found."""

    usd: float
    of: str
    source: str


_IPV4: Final = (
    "[AWS community, February 2024](https://community.aws/content/2c6cKl0W4KQZIO6dWnnDHs1tHSp/aws-to-charge-public-ipv4-addresses)"
)
_BALANCERS: Final = "[awsnegotiations.com, May 2026](https://awsnegotiations.com/elastic-load-balancer-cost.html)"
_CONTAINERS: Final = "[factualminds.com, June 2026](https://www.factualminds.com/blog/amazon-fargate-ecs-task-pricing-2026/)"
_LOGS: Final = "[hykell.com, without a date](https://hykell.com/knowledge-base/aws-cloudwatch-logs-pricing)"
_REGISTRY: Final = "[cloudburn.io, March 2026](https://cloudburn.io/blog/amazon-ecr-pricing)"
_SNAPSHOTS: Final = "[Amazon EBS guide](https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive-pricing.html)"
_GP3: Final = (
    "[cloudoptimo.com, without a date](https://cloudoptimo.com/blog/everything-you-need-to-know-about-aws-ebs-pricing-and-cost-saving-tips)"
)
_GP2: Final = "[a copy of AWS's page, July 2019](https://gist.github.com/turtlemonvh/3465e7d295403c61181590e95e5a620d)"
_SC1: Final = "[zesty.co, May 2021](https://zesty.co/blog/ebs-pricing-tutorial/)"
OF_INSTANCES: Final = (
    "[Karpenter's copy of AWS's Price List API, 2026-01-19]"
    "(https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/pricing/zz_generated.pricing_aws.go)"
)

PRICES: Final[Mapping[str, Price]] = {
    "volume-gp3": Price(0.08, "GiB", _GP3),
    "volume-gp2": Price(0.10, "GiB", _GP2),
    "volume-io1": Price(0.125, "GiB", _GP2),
    "volume-io2": Price(0.125, "GiB", ""),
    "volume-st1": Price(0.045, "GiB", ""),
    "volume-sc1": Price(0.015, "GiB", _SC1),
    "volume-standard": Price(0.05, "GiB", ""),
    "snapshot": Price(0.05, "GiB", _SNAPSHOTS),
    "address": Price(0.005 * HOURS, "address", _IPV4),
    "load-balancer-application": Price(0.0225 * HOURS, "load balancer", _BALANCERS),
    "load-balancer-network": Price(0.0225 * HOURS, "load balancer", _BALANCERS),
    "load-balancer-gateway": Price(0.0125 * HOURS, "load balancer", _BALANCERS),
    "log-storage": Price(0.03, "GiB", _LOGS),
    "registry-storage": Price(0.10, "GiB", _REGISTRY),
    "fargate-cpu": Price(0.04048 * HOURS, "vCPU", _CONTAINERS),
    "fargate-memory": Price(0.004445 * HOURS, "GiB of memory", _CONTAINERS),
}
"""Without requests, IOPS, throughput and capacity units."""

LOG_INGESTION: Final = Price(0.50, "GB that is ingested", _LOGS)

LARGE: Final[Mapping[str, float]] = {
    "t2": 0.0928,
    "t3": 0.0832,
    "t3a": 0.0752,
    "t4g": 0.0672,
    "m5": 0.096,
    "m5a": 0.086,
    "m6i": 0.096,
    "m6a": 0.0864,
    "m6g": 0.077,
    "m7i": 0.1008,
    "m7g": 0.0816,
    "m8g": 0.08976,
    "c5": 0.085,
    "c6i": 0.085,
    "c6g": 0.068,
    "c7i": 0.08925,
    "c7g": 0.0725,
    "c8g": 0.07976,
    "r5": 0.126,
    "r5a": 0.113,
    "r6i": 0.126,
    "r6g": 0.1008,
    "r7i": 0.1323,
    "r7g": 0.1071,
    "r8g": 0.11782,
}
"""USD an hour for the size `large` of a family, Linux on demand; the other sizes are multiples of it. Source: OF_INSTANCES."""
