"""script/demo [BRANCH ...]: a developer triggers dev manually; a push proposes the promotion; stage and prod get the service; then prod gets an
image that crashes, and keeps the one that it had; then every credential is rotated, while a client logs in to a database ten times a second; at last
Terraform brings up two databases on instances, a plan that would wipe them is refused, and a backup of them is proven. The account is reviewed in the end.

With branches, only those get the service, by pushes. Where a runner asks for a job summary, those of the inner runs become ours.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final
from urllib.request import urlopen

import yaml
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from credex_actions.core.faults import Exit, Failure
from credex_actions.sandbox import Sandbox, example
from credex_actions.sandbox.databases import Databases
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.git.store import AUTHOR
from credex_actions.sandbox.github.records import Issue, issues
from credex_actions.sandbox.neo4j import MissingToolError, Neo4jServer, NoDistributionError, NotStartedError
from tests.e2e import demo_databases
from tests.e2e.act import Event, WorkflowRun
from tests.e2e.chain import BRANCHES, Chain
from tests.e2e.demo_maintenance import maintenance
from tests.integration.logins import Logins

FOLLOWED: Final = ("Deploy", "Verify", "Test the deployment", "Roll back to the previous revision")
"""Steps whose own words are shown as they come."""

SHOWN: Final = ("Build", "Plan", "Deploy", "Test")


@dataclass(frozen=True)
class Pushed:
    branch: str
    message: str
    broken: bool
    run: WorkflowRun
    seconds: float
    serves: str


def told(branches: list[str]) -> int:
    """`main`, whose end is one message, also where it is interrupted in a program that it runs."""
    try:
        return main(branches)
    except KeyboardInterrupt as interrupt:
        code = Exit.of(interrupt)
    except Failure as failure:
        if failure.code not in {Exit.INTERRUPTED, Exit.TERMINATED}:
            sys.stderr.write(f"error: {failure}\n")
            return failure.code
        code = failure.code
    sys.stderr.write("error: interrupted\n  The local cloud is stopped, and its files are deleted. script/demo starts over.\n")
    return code


def main(branches: list[str]) -> int:
    if unknown := [branch for branch in branches if branch not in BRANCHES]:
        sys.stderr.write(f"there is no branch {unknown[0]}: it is {', '.join(BRANCHES)} or none\n")
        return 2
    if not shutil.which("git"):
        sys.stderr.write("script/demo needs git, which is missing. On Debian: apt-get install git\n")
        return 2
    console = Console(highlight=False, soft_wrap=False)
    began = time.monotonic()
    console.print(
        "[bold]A service and three environments.[/] Workflows, actions and clients are the real ones; AWS and GitHub are local.\n"
    )
    with (
        tempfile.TemporaryDirectory(prefix="credex-demo-") as folder,
        Sandbox(pace=0.1) as sandbox,
        GitHub() as github,
        Databases() as databases,
    ):
        chain = Chain(sandbox, Path(folder) / "chain")
        chain.folder.mkdir()
        chain.prepare()
        by_hand = with_databases = True
        if not branches:
            with console.status("two databases start"):
                with_databases = started(databases, console)
            with console.status("the local cloud gets three environments: clusters, services, load balancers, roles, log groups"):
                places = example.make(sandbox, github, databases if with_databases else None)
                example.clone(github.url, Path(folder) / "credex-core")
            for branch, environment in BRANCHES.items():
                chain.take(branch, places[environment])
            by_hand = developer(github, chain, Path(folder) / "credex-core", console)
        pushes = list(story(chain, console, branches))
        rotated = bool(branches) or rotation(sandbox, github, databases.servers, Path(folder) / "credex-core", console)
        databases.close()
        kept = bool(branches) or not with_databases or backups(sandbox, Path(folder) / "databases", console)
        reviewed = bool(branches) or maintenance(sandbox, github, Path(folder), console)
    verdict = expected(pushes) and by_hand and rotated and kept and reviewed
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        Path(summary).write_text("\n".join(push.run.summary for push in pushes))
    console.print(Rule("[bold]The job summary of the last run", align="left", style="dim"))
    console.print(job_summary(pushes[-1].run))
    console.print(outcome_table(pushes))
    ended = "[green]As it should be" if verdict else "[red]Not as it should be"
    console.print(f"{ended}[/]{'' if with_databases else ', without databases'}, {time.monotonic() - began:.0f} s.")
    return 0 if verdict else 1


def started(databases: Databases, console: Console) -> bool:
    """Whether the databases run. Where they cannot, one line says what is left out, and what to install."""
    try:
        databases.start()
    except (MissingToolError, NoDistributionError, NotStartedError) as error:
        console.print(Text(f"Left out: the databases, and the rotation of their passwords: {' '.join(str(error).split())}"), soft_wrap=True)
        return False
    return True


def backups(sandbox: Sandbox, folder: Path, console: Console) -> bool:
    """Whether the databases on instances came about, or were left out since nothing is here to bring them up with."""
    if not demo_databases.has_terraform():
        console.print(Text("Left out: the databases on instances, their backups and the refused plan: Terraform is missing (or OpenTofu)"))
        return True
    folder.mkdir()
    return demo_databases.databases(sandbox, folder, console)


def developer(github: GitHub, chain: Chain, checkout: Path, console: Console) -> bool:
    """Deploys dev manually, then pushes a change, which proposes itself for stage. Whether both came about."""
    console.print(Rule("[bold]credex-actions trigger-dev-deploy[/]   in a checkout, as the GitHub App", align="left", style="dim"))
    environment = os.environ | github.environment | github.app_environment(github.app()) | {"GITHUB_REPOSITORY": ""}
    before = answer(chain.environments["dev"].url)
    ended = subprocess.run(
        [sys.executable, "-m", "credex_actions", "trigger-dev-deploy", "--logs", "failed"], cwd=checkout, env=environment, check=False
    )
    serves = answer(chain.environments["dev"].url)
    console.print(f"  exit code {ended.returncode}; development is served by [bold]{serves}[/], before by {before}\n")
    console.print(Rule("[bold]git push origin dev[/]   a change, and its proposal for stage", align="left", style="dim"))
    with console.status("the push fires the workflows"):
        pull = proposed(github, checkout)
    if pull:
        shown = re.sub(r"<!--.*?-->|</?sub>|\(http[^)]*\)", "", pull.body)
        console.print(Padding(Markdown(f"**#{pull.number} {pull.title}**\n\n{shown}"), (0, 0, 1, 2)))
    return ended.returncode == 0 and serves != before and pull is not None


def rotation(sandbox: Sandbox, github: GitHub, servers: Mapping[str, Neo4jServer], checkout: Path, console: Console) -> bool:
    """Rotates what the example's manifest lists, while a client uses one of the databases. Whether all of it came about, and nobody noticed.

    Without databases, whatever is none of theirs.
    """
    meanwhile = "   while a client logs in ten times a second" if servers else ""
    console.print(Rule(f"[bold]credex-actions rotate-secrets --mode apply[/]{meanwhile}", align="left", style="dim"))
    issued = {"OPEN_EXCHANGE_RATES_API": f"issued-{token_hex(6)}", "GITHUB_REPOSITORY": ""}
    environment = os.environ | sandbox.environment | github.environment | github.app_environment(github.app()) | issued
    words = [sys.executable, "-m", "credex_actions", "rotate-secrets", "--mode", "apply", "--wait-minutes", "2"]
    logins = None
    with ExitStack() as stack:
        if servers:
            client = Logins(sandbox, servers["ledger_space"].bolt_url, "credex/development/ledger_space")
            logins = stack.enter_context(client.going_on())
        else:
            words += ["--credentials", ",".join(of_no_database(checkout))]
        ended = subprocess.run(words, cwd=checkout, env=environment, check=False, stderr=subprocess.PIPE, text=True)
    for line in ended.stderr.splitlines():
        if re.match(r"development-(deployment|ledger-space): |error", line):
            console.print(Text(f"    {line}", style="dim"))
    if logins is None:
        console.print(f"  exit code {ended.returncode}\n")
        return ended.returncode == 0
    users = " then ".join(dict.fromkeys(logins.users))
    console.print(f"  {logins.count} logins meanwhile, as {users}; [bold]{len(logins.failures)} failed[/]; exit code {ended.returncode}\n")
    return ended.returncode == 0 and not logins.failures and len(set(logins.users)) > 1


def of_no_database(checkout: Path) -> list[str]:
    """Names of the manifest's credentials."""
    manifest = yaml.safe_load((checkout / "rotation.yml").read_text())
    return [name for name, credential in manifest["credentials"].items() if credential["kind"] != "neo4j-password"]


def proposed(github: GitHub, checkout: Path) -> Issue | None:
    (checkout / "README.md").write_text("# credex-core\n")
    for words in (["commit", "--quiet", "--all", "--message", "Say what it is"], ["push", "--quiet", "origin", "dev"]):
        subprocess.run(["git", *words], cwd=checkout, check=True, env=os.environ | AUTHOR)
    repository = github.hub.repositories[example.REPOSITORY.lower()]
    github.until(lambda: all(run.status == "completed" for run in repository.runs), "the ends of the runs", 120)
    return next(iter(issues(repository)), None)


def story(chain: Chain, console: Console, branches: list[str]) -> Iterator[Pushed]:
    for branch in branches or list(BRANCHES)[1:]:
        if branch in chain.environments:
            yield show(chain, branch, "the service as it is", console)
            continue
        with console.status(f"the local cloud gets {BRANCHES[branch]}: cluster, service, load balancer, roles, log group"):
            chain.provision(branch)
        yield show(chain, branch, "the service as it is", console)
    if branches:
        return
    chain.break_image("crash")
    yield show(chain, "prod", "an image that crashes", console, broken=True)


def show(chain: Chain, branch: str, message: str, console: Console, *, broken: bool = False) -> Pushed:
    console.print(Rule(f"[bold]git push origin {branch}[/]   {escape(message)}", align="left", style="dim"))
    began, run = time.monotonic(), WorkflowRun()
    told: set[str] = set()
    with console.status("act starts the workflow") as status:
        for event in chain.push(branch):
            if isinstance(event, int):
                run.exit_code = event
                continue
            run.events.append(event)
            job = event.job.rpartition("/")[2]
            if event.kind == "job" and job in SHOWN:
                console.print(job_line(job, run, event))
            elif event.kind in {"line", "annotation"}:
                status.update(f"{time.monotonic() - began:3.0f} s  {job}: {escape(event.step)}")
                if news(event) and (text := f"{job} {event.text}") not in told:  # tasks that die of the same cause say the same
                    if not any(line.startswith(job) for line in told):
                        console.print(f"  [bold]{job}[/]")
                    console.print(words(event))
                    told.add(text)
    serves = answer(chain.environments[branch].url)
    console.print(f"  {BRANCHES[branch]} is served by [bold]{serves}[/]\n")
    return Pushed(branch, message, broken, run, time.monotonic() - began, serves)


def news(event: Event) -> bool:
    if event.kind == "annotation":
        return not event.good
    return event.step in FOLLOWED and not event.text.startswith("ok ")


def words(event: Event) -> Padding:
    style = "dim" if event.kind == "line" else "yellow" if event.good else "red"
    return Padding(Text(event.text.replace("%0A", "\n").rstrip(), style=style), (0, 0, 0, 4))


def job_line(job: str, run: WorkflowRun, event: Event) -> str:
    seconds = sum(each.seconds for each in run.events if each.kind == "step" and each.job == event.job)
    return f"  {'[green]✓[/]' if event.good else '[red]✗[/]'} [bold]{job:<8}[/]{seconds:5.1f} s"


def job_summary(run: WorkflowRun) -> Markdown:
    """What the deployment left on the run's page, as far as a terminal can show it: not the parts that fold, and not the drawing."""
    text = "\n".join(event.text for event in run.events if event.kind == "summary" and event.step in FOLLOWED)
    return Markdown(re.sub(r"<details>.*?</details>|```mermaid.*?```", "", text, flags=re.DOTALL).replace("<br>", "; "))


def answer(url: str) -> str:
    """Who answers behind the load balancer, in its own words."""
    with urlopen(f"{url}/health", timeout=10) as response:
        health = json.load(response)
    return f"{health.get('revision', '?')}"


def expected(pushes: list[Pushed]) -> bool:
    well = [push for push in pushes if not push.broken]
    undone = [
        push
        for push in pushes
        if push.broken and push.run.exit_code == 1 and "rolled-back" in push.run.summary and push.serves == well[-1].serves
    ]
    return all(push.run.exit_code == 0 for push in well) and len(well) + len(undone) == len(pushes)


def outcome_table(pushes: list[Pushed]) -> Table:
    table = Table(title="What came of it", title_justify="left", title_style="bold")
    for column in ("branch", "commit", "the run", "serves now", "seconds"):
        table.add_column(column, justify="right" if column == "seconds" else "left")
    for push in pushes:
        good = push.run.exit_code == 0
        failed = next((job.rpartition("/")[2] for job, well in push.run.jobs.items() if not well), "")
        table.add_row(
            push.branch, push.message, "[green]succeeded[/]" if good else f"[red]failed in {failed}[/]", push.serves, f"{push.seconds:.1f}"
        )
    return table


if __name__ == "__main__":
    sys.exit(told(sys.argv[1:]))
