"""The checks of log groups."""

from typing import Final

from credex_actions.maintenance.catalogue.check import Check, Setting
from credex_actions.maintenance.catalogue.prices import LISTED_IN, LISTED_ON, LOG_INGESTION, PRICES

OURS: Final = f"the estimate of the price list of {LISTED_ON} for {LISTED_IN}"

CHECKS: Final = (
    Check(
        "log-pattern-new",
        "logs",
        "medium",
        "New patterns of errors",
        "a pattern of error lines in a log group that the earlier report did not know; with its number, first and last time, and a sample without secrets. It is new once, and stays until no line of it is left in what is read",
        {
            "times": Setting(2, "lines of a pattern from which on it is found", 1),
            "lines": Setting(
                1_000_000, "lines of a log group that are read at most, spread over the time that is looked at", 1_000, 100_000_000
            ),
        },
    ),
    Check(
        "log-cost",
        "logs",
        "low",
        "Log groups that cost",
        "a log group whose ingestion and storage cost more a month than a limit, or whose ingestion has multiplied within a week",
        {
            "dollars": Setting(50, "US dollars a month from which on it is found"),
            "times": Setting(3, "times the ingestion of the week before from which on it is found", 1),
            "price": Setting(LOG_INGESTION.usd, f"US dollars for a GB that is ingested; the default is {OURS}"),
            "storage": Setting(PRICES["log-storage"].usd, f"US dollars for a GB that is stored for a month; the default is {OURS}"),
        },
    ),
)
