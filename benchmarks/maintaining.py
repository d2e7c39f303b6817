"""The account's checks on 100,000 resources: memory beside that for 10,000 (where pages are as full), calls, and that all of the neglect is found. A report
of as many findings: memory beyond that of the findings.

The sandbox is in this process, the look at it in another one, whose memory is its own; so is the report.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.row import Row

SMALL, LARGE = 10_000, 100_000
ROOT = Path(__file__).parents[1]
A_PAGE = 500
OTHER_CALLS = 40


def rows() -> Iterator[Row]:
    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.neglect.many import many

    peaks = {}
    for count in (SMALL, LARGE):
        with Sandbox() as sandbox:
            expected = many(sandbox, count)
            seen = looked(sandbox.environment)
            peaks[count] = seen["peak"]
            calls = len(sandbox.calls())
        yield Row(
            f"{count:,} resources: neglect that was not found, or is none",
            str(abs(seen["findings"] - expected)),
            value=abs(seen["findings"] - expected),
            limit=0,
        )
        yield Row(f"{count:,} resources: calls", str(calls), value=calls, limit=1.5 * count / A_PAGE + OTHER_CALLS)
        yield Row(f"{count:,} resources: wall, the sandbox's share included", f"{seen['seconds']:.1f} s")
    beyond = told()
    yield Row(f"report, page and SARIF of {LARGE:,} findings: memory beyond theirs", f"{beyond:.0f} MiB", value=beyond, limit=100)
    mib = {count: f"{peak:.0f} MiB" for count, peak in peaks.items()}
    yield Row(f"peak memory, {LARGE:,} resources against {SMALL:,}", mib[LARGE], mib[SMALL], peaks[LARGE] / peaks[SMALL], 1.25)


def looked(environment: dict[str, str]) -> dict[str, float]:
    seen: dict[str, float] = json.loads(_apart("look", environment))
    return seen


def told() -> float:
    return float(_apart("tell", {}))


def _apart(what: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "benchmarks.maintaining", what]
    return subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def high_water() -> float:
    """Of this program alone, in MiB: getrusage's figure has in it what the sandbox's process had when it started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def look() -> None:
    from io import StringIO

    from credex_actions.core.aws.clients import Clients
    from credex_actions.core.clock import SystemClock
    from credex_actions.core.runner import Runner
    from credex_actions.core.workers import WorkerClock
    from credex_actions.maintenance.account import examine
    from credex_actions.maintenance.context import Context, Scope

    clock = WorkerClock(SystemClock())
    context = Context(Runner({}, StringIO(), StringIO()), clock, clock.now() + timedelta(hours=1), {})
    began = clock.monotonic()
    clients = Clients()
    account = clients.read("sts").get_caller_identity()["Account"]
    examined = examine(context, [Scope(account, str(clients.region), clients)])
    peak = high_water()
    print(json.dumps({"findings": len(examined.findings), "seconds": clock.monotonic() - began, "peak": peak}))


def tell() -> None:
    from io import StringIO
    from tempfile import TemporaryDirectory

    from credex_actions.core.runner import Runner
    from credex_actions.declarations.maintenance_report import Inputs
    from credex_actions.maintenance.catalogue.check import Check
    from credex_actions.maintenance.finding import Examined, Finding, Ran
    from credex_actions.maintenance.groups import Group
    from credex_actions.maintenance.maintaining import maintain

    check = Check("volume-unattached", "account", "low", "Unattached volumes", "a volume that no instance uses")
    findings = tuple(
        Finding(
            check=check.name,
            severity="low",
            resource=f"arn:aws:ec2:af-south-1:123456789012:volume/vol-{number:017x}",
            title=f"vol-{number:017x} (100 GB) is attached to nothing",
            why=f"It is available, for {number % 40} days; nothing has read or written it since then.",
            fix=f"aws ec2 delete-volume --volume-id vol-{number:017x} --region af-south-1",
            account="123456789012",
            region="af-south-1",
            monthly_cost=9.5,
        )
        for number in range(LARGE)
    )
    group = Group((check,), lambda _: Examined(findings, (Ran(check.name, "ran"),)))
    with TemporaryDirectory() as folder:
        (Path(folder) / "maintenance.yml").write_text("{}\n")
        files = {f"{kind}_file": f"{folder}/report.{kind}" for kind in ("html", "sarif")}
        before = high_water()
        inputs = Inputs(config=f"{folder}/maintenance.yml", report_file=f"{folder}/report.json", **files)  # type: ignore[arg-type] # texts
        maintain(inputs, Runner({}, StringIO(), StringIO()), {"volumes": group})
        print(high_water() - before)


if __name__ == "__main__":
    {"look": look, "tell": tell}[sys.argv[1]]()
