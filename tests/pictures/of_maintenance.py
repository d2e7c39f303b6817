"""Reports of maintenance-report: as summaries, and as pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from credex_actions.core.runner import Runner
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.configuration.model import Accepted
from credex_actions.maintenance.examining.gathering import Outcome
from credex_actions.maintenance.finding import Chart, Finding, Place, Ran
from credex_actions.maintenance.parts import summary as of_part
from credex_actions.maintenance.parts.part import Part
from credex_actions.maintenance.reporting.judging import Earlier, Gathered, judged
from credex_actions.maintenance.reporting.report import Former, Report, ScopeName
from credex_actions.maintenance.reporting.summary import summary
from tests.pictures.summarised import HOSTILE, summarised

NOW: Final = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
ACCOUNT: Final = "123456789012"

CHECKS: Final = {
    name: Check(name, "account", "low", name.replace("-", " ").capitalize(), "what it finds")
    for name in (
        "security-group-open",
        "volume-unattached",
        "access-key-old",
        "bucket-public",
        "provider-behind",
        "document-broken",
        "query-slow",
    )
}


def _at(check: str, severity: str, resource: str, title: str, why: str, fix: str, cost: float | None = None, owner: str = "") -> Finding:
    return Finding(
        check=check,
        severity=severity,  # type: ignore[arg-type] # one of the three
        resource=resource,
        title=title,
        why=why,
        fix=fix,
        account=ACCOUNT,
        region="af-south-1",
        monthly_cost=cost,
        owner=owner,
    )


OPEN: Final = _at(
    "security-group-open",
    "high",
    "arn:aws:ec2:af-south-1:123456789012:security-group/sg-0a1b2c3d4e5f60718",
    "credex-core-neo4j lets the whole internet reach port 7687",
    "its rule sgr-0f1e2d3c4b5a69788 allows 0.0.0.0/0\nthe instance i-0f2f1a7b3c4d5e6f7 (LedgerSpace) uses it",
    "aws ec2 revoke-security-group-ingress --group-id sg-0a1b2c3d4e5f60718 --security-group-rule-ids sgr-0f1e2d3c4b5a69788",
    owner="platform",
)
UNATTACHED: Final = _at(
    "volume-unattached",
    "medium",
    "vol-0123456789abcdef0",
    "vol-0123456789abcdef0 (200 GiB) has been attached to nothing for 41 days",
    "detached on 2026-01-26; 200 GiB of gp3 cost 19.20 USD a month",
    "aws ec2 create-snapshot --volume-id vol-0123456789abcdef0\naws ec2 delete-volume --volume-id vol-0123456789abcdef0",
    19.2,
    "data",
)
BEHIND: Final = replace(
    _at(
        "provider-behind",
        "low",
        "hashicorp/aws",
        "hashicorp/aws is 3 minor versions behind",
        "6.31.0 is locked, 6.34.0 is allowed and newest",
        "terraform init -upgrade",
    ),
    account="",
    region="",
    place=Place(file="terraform/.terraform.lock.hcl", line=4),
)
KEY: Final = _at(
    "access-key-old",
    "medium",
    "deployer",
    "the access key AKIAIOSFODNN7EXAMPLE of deployer is 400 days old",
    "created on 2025-02-01, used yesterday",
    "credex-actions rotate-secrets --mode apply",
)
CHARTS: Final = (
    Chart(
        "Monthly cost by check",
        "USD",
        "bars",
        (("volume-unattached", 19.2), ("snapshot-old", 7.45), ("address-unattached", 3.65), ("load-balancer-idle", 0.0)),
    ),
    Chart("Age of access keys", "days", "bars", tuple((f"user-{number:02}", float(400 - number * 13)) for number in range(30))),
    Chart(
        "Size of ledger-space",
        "GiB",
        "line",
        tuple((f"2026-{month:02}-{day:02}T00:00:00+00:00", 40 + month * 3 + day / 9) for month in (1, 2) for day in range(1, 29)),
    ),
)


def report() -> Report:
    """After a week: something of everything."""
    gone = _at(
        "bucket-public",
        "high",
        "arn:aws:s3:::credex-exports",
        "credex-exports may be read by anybody",
        "its policy allows it",
        "aws s3api …",
    )
    earlier = Earlier(
        NOW - WEEK,
        {
            each.id: Former(id=each.id, finding=each, first_seen=NOW - age * WEEK, last_seen=NOW - WEEK)
            for each, age in (
                (OPEN, 6),
                (KEY, 2),
                (gone, 3),
                (replace(BEHIND, check="query-slow", resource="ledger-space", title="MATCH (n) RETURN n takes 14 s", place=None), 1),
            )
        },
        history=(((NOW - 3 * WEEK).isoformat(), 2), ((NOW - 2 * WEEK).isoformat(), 5), ((NOW - WEEK).isoformat(), 4)),
    )
    ran = [Ran(name, "ran") for name in CHECKS if name != "query-slow"]
    skipped = Ran("query-slow", "skipped", "access denied: ssm:SendCommand on i-0f2f1a7b3c4d5e6f7")
    gathered = Gathered(
        findings=[(each.id, each) for each in (OPEN, UNATTACHED, BEHIND, KEY)],
        ran=[*ran, skipped],
        charts=CHARTS,
        notes=(("bucket-public", "4 buckets, none of them public"),),
        calls=214,
    )
    accepted = [Accepted(check="access-key-*", until="2026-06-30", reason="the partner rotates it with the next contract")]
    scopes = [ScopeName(ACCOUNT, "af-south-1", "production"), ScopeName("210987654321", "eu-west-1", "shared")]
    return judged(CHECKS, gathered, accepted, earlier, made=NOW, seconds=41.7, scopes=scopes)


def hostile() -> Report:
    strange = replace(
        OPEN, resource=HOSTILE, title=HOSTILE, why=HOSTILE, fix=HOSTILE, owner=HOSTILE, account=HOSTILE, place=Place(file=HOSTILE, line=1)
    )
    gathered = Gathered(
        findings=[(strange.id, strange)],
        ran=[Ran(name, "failed" if name == "query-slow" else "ran", HOSTILE if name == "query-slow" else "") for name in CHECKS],
        charts=(
            Chart(HOSTILE, HOSTILE, "bars", ((HOSTILE, 1.0),)),
            Chart(HOSTILE, HOSTILE, "line", ((HOSTILE, 1.0), ("2026-03-08T06:00:00+00:00", float("nan")))),
        ),
        notes=(("bucket-public", HOSTILE),),
    )
    return judged(CHECKS, gathered, [], None, made=NOW, seconds=1, scopes=[ScopeName(HOSTILE, HOSTILE, HOSTILE)], remarks=[HOSTILE])


def _summarised(given: Report) -> str:
    def act(runner: Runner) -> None:
        runner.summary(str(summary(given, runner.redact)))

    return summarised(act)


def summarised_report() -> str:
    return _summarised(report())


def summarised_hostile() -> str:
    return _summarised(hostile())


def summarised_part() -> str:
    ran = tuple(Ran(name, "ran") for name in CHECKS if name != "query-slow")
    skipped = Ran("query-slow", "skipped", "access denied: ssm:SendCommand on i-0f2f1a7b3c4d5e6f7")
    return _left(
        Outcome(group="account", account="production", ran=ran, findings=tuple((each.id, each) for each in (OPEN, UNATTACHED))),
        Outcome(group="databases", account="", ran=(skipped,)),
    )


def summarised_hostile_part() -> str:
    return _left(Outcome(group="account", account=HOSTILE, ran=(Ran(HOSTILE, "failed", HOSTILE),)))


def _left(*outcomes: Outcome) -> str:
    about = {"number": 2, "count": 5, "digest": "", "run": "", "made": NOW, "seconds": 12.0, "since": None, "remarks": (), "home": None}
    part = Part(complete=True, outcomes=outcomes, **about)  # type: ignore[arg-type] # of many types
    return summarised(lambda runner: runner.summary(str(of_part.summary(part, runner.redact))))
