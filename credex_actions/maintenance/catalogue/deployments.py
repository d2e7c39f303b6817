"""The checks of deployments."""

from typing import Final

from credex_actions.maintenance.catalogue.check import Check, Setting

CHECKS: Final = (
    Check(
        "deployment-measures",
        "deployments",
        "medium",
        "How well is deployed",
        "an environment whose last deployment failed, deployments that fail often, or changes that wait for long between two environments; with the four measures of DORA: frequency, lead time, failure rate, time to restore",
        {
            "waiting": Setting(30, "days that a change waits for the next environment until it is found", 1),
            "failures": Setting(30, "percent of an environment's deployments that fail until it is found", 1, 100),
            "least": Setting(5, "deployments of which a percentage is made", 1),
        },
    ),
)
