"""Whether CloudWatch's GetMetricData returned all that there is. What could not be read would otherwise pass for what nobody used."""

from collections.abc import Mapping
from typing import Any, Final

COMPLETE: Final = "Complete"


def state_of(result: Mapping[str, Any]) -> str:
    return str(result.get("StatusCode") or COMPLETE)


def incomplete(states: Mapping[str, str]) -> str:
    """Why some values are missing; "" where none is. `states`: of each metric, from the last page that has it, since it is PartialData while there is more."""
    codes = sorted({each for each in states.values() if each != COMPLETE})
    return f"cloudwatch:get_metric_data did not return all values: {', '.join(codes)}" if codes else ""
