"""Sizes of EC2 instances, in the order in which a family has them."""

from typing import Final

SIZES: Final = {
    "nano": 0.0625,
    "micro": 0.125,
    "small": 0.25,
    "medium": 0.5,
    "large": 1.0,
    "xlarge": 2.0,
    "2xlarge": 4.0,
    "4xlarge": 8.0,
    "8xlarge": 16.0,
    "12xlarge": 24.0,
    "16xlarge": 32.0,
    "24xlarge": 48.0,
    "32xlarge": 64.0,
}
"""How many times the price of `large`. Families of the kind t have the four smallest, medium is also in some Graviton families."""

BURSTABLE: Final = ("t2", "t3", "t3a", "t4g")
WITH_MEDIUM: Final = ("m6g", "m7g", "c6g", "c7g", "r6g", "r7g", "m8g", "c8g", "r8g")


def size_factor(size: str) -> float:
    """0 for a size that is not known, such as metal."""
    return SIZES.get(size, 0.0)


def half_of(kind: str) -> str:
    """The instance type with half the CPU and memory; "" where the family has none that is known."""
    family, _, size = kind.partition(".")
    factor = SIZES.get(size)
    smaller = next((name for name, each in SIZES.items() if factor and each == factor / 2), "")
    least = "nano" if family in BURSTABLE else "medium" if family in WITH_MEDIUM else "large"
    if not smaller or SIZES[smaller] < SIZES[least]:
        return ""
    return f"{family}.{smaller}"
