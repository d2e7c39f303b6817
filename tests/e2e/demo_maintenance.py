"""The demo's last part: an account that nobody has looked after for a year is reviewed, and one issue says what to decide."""

import json
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from credex_actions.maintenance.catalogue.account import CHECKS
from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.records import Issue, issues
from credex_actions.sandbox.neglect.seeding import neglect

SHOWN = 6
COLOURS = {"high": "red", "medium": "yellow", "low": "blue"}


def maintenance(sandbox: Sandbox, github: GitHub, folder: Path, console: Console) -> bool:
    """Whether all that was neglected is found, and the issue says so."""
    console.print(
        Rule("[bold]credex-actions maintenance-report --issue[/]   in an account that nobody has looked after", align="left", style="dim")
    )
    with console.status("the local cloud gets a year of neglect"):
        seeded = {(each.check, each.resource) for each in neglect(sandbox)}
    files = {name: folder / f"maintenance-report.{name}" for name in ("json", "html")}
    (folder / "maintenance.yml").write_text("{}\n")
    environment = os.environ | sandbox.environment | github.environment | github.app_environment(github.app())
    words = ["maintenance-report", "--issue", "--repository", example.REPOSITORY, "--checks", ",".join(each.name for each in CHECKS)]
    words += ["--report-file", str(files["json"]), "--html-file", str(files["html"])]
    command = [sys.executable, "-m", "credex_actions", *words]
    with console.status("the checks run"):
        ended = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if not files["json"].exists():
        console.print(Text(ended.stderr, style="red"))
        return False
    report = json.loads(files["json"].read_text())
    found = {(each["check"], each["resource"]) for each in report["findings"]}
    missed = seeded - found
    console.print(_table(report))
    issue = _issue(github)
    told = (
        f"  {len(seeded) - len(missed)} of {len(seeded)} neglected things found in {report['seconds']:.0f} s with {report['calls']} calls"
    )
    beside = len(found - seeded)
    console.print(
        f"{told}; {beside} more that are so in the demo's own environments; issue [bold]#{issue.number if issue else '-'}[/]; exit code {ended.returncode}\n"
    )
    return ended.returncode == 0 and not missed and issue is not None


def _table(report: dict[str, list[dict[str, str]]]) -> Table:
    table = Table(box=None, pad_edge=True, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in report["findings"][:SHOWN]:
        table.add_row(Text(each["severity"], style=COLOURS[each["severity"]]), Text(each["title"]))
    more = len(report["findings"]) - SHOWN
    if more > 0:
        table.add_row("", Text(f"and {more} more", style="dim"))
    return table


def _issue(github: GitHub) -> Issue | None:
    repository = github.hub.repositories[example.REPOSITORY.lower()]
    return next((each for each in issues(repository) if each.title.startswith("Maintenance")), None)
