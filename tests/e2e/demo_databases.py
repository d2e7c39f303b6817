"""The databases' part of script/demo: Terraform brings up two, a newer AMI would wipe those of the old layout and is refused, a backup is proven by a drill, and
both are moved to a newer version while clients write to them, with a plan of Terraform at the end that changes nothing that holds data.
"""

import os
import re
import subprocess
import sys
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final, LiteralString

from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from credex_actions.core.command.partial import Partial
from credex_actions.sandbox import Sandbox
from credex_actions.terraform.plan.showing import program_on_path
from tests.integration.writing_client import WritingClient, writing
from tests.terraform_example import EXAMPLE, ROLES, Cloud

NODES: Final = 20_000
OLD, NEW = "5.26.0", "5.26.16"
BAKE: Final = "5s"
STARTS_WITHIN: Final = 120.0
CONTENT: Final[dict[str, LiteralString]] = {
    "LedgerSpace": "UNWIND range(1, $count) AS id CREATE (:Account {id: id}) WITH count(*) AS accounts CREATE (:Daynode {Active: true})",
    "SearchSpace": "UNWIND range(1, $count) AS id CREATE (:Member {id: id})",
}


def has_terraform() -> bool:
    return program_on_path(os.environ) is not None


def databases(sandbox: Sandbox, folder: Path, console: Console) -> bool:
    """Whether all of it came about."""
    sandbox.renew()
    with console.status("terraform init"):
        cloud = Cloud(sandbox, folder)
    return refused(sandbox, cloud, console) and proven(sandbox, cloud, console) and rolled(sandbox, cloud, console)


def refused(sandbox: Sandbox, cloud: Cloud, console: Console) -> bool:
    """The old layout: data on the root volume, the newest AMI of a name."""
    console.print(Rule("[bold]plan-terraform[/]   data on root volumes, and a newer AMI", align="left", style="dim"))
    for role in ROLES:
        name = f"/credex/development/neo_4j_{role.removesuffix('Space').lower()}_space_pass"
        sandbox.client("ssm").put_parameter(Name=name, Value=f"first-password-of-{role}", Type="SecureString")
    variables = {"subnet_id": cloud.subnets[0], "image_name": "neo4j-enterprise-*"}
    with console.status("terraform apply: two instances, each a Neo4j server"):
        cloud.image("neo4j-enterprise-5.26.0")
        cloud.apply("terraform-root-volume", cloud.plan("terraform-root-volume", vars=variables))
    cloud.image("neo4j-enterprise-5.26.16")
    with console.status("terraform plan"):
        try:
            cloud.plan("terraform-root-volume", vars=variables)
        except Partial as refusal:
            for fault in refusal.faults:
                console.print(Text(f"    {fault.place.rpartition(chr(47))[2]}: {fault.what}", style="red"), soft_wrap=True)
            cloud.terraform(
                "terraform-root-volume", "destroy", "-auto-approve", *(f"-var={name}={value}" for name, value in variables.items())
            )
            console.print()
            return True
    console.print("  [red]not refused[/]")
    return False


def proven(sandbox: Sandbox, cloud: Cloud, console: Console) -> bool:
    """The example's layout, backed up, and the backup restored on trial."""
    console.print(Rule("[bold]apply-terraform[/]   data on volumes of its own: LedgerSpace and SearchSpace", align="left", style="dim"))
    for parameter in sandbox.client("ssm").describe_parameters()["Parameters"]:
        sandbox.client("ssm").delete_parameter(Name=parameter["Name"])
    began = time.monotonic()
    with console.status("terraform apply: instances, volumes, parameters, roles, alarms, the service; about a minute"):
        planned = cloud.plan_databases(sandbox.neo4j_image(OLD))
        applied = cloud.apply("terraform", planned, str(cloud.folder / "terraform" / "guard.yml"))
    with console.status("the databases start, and are filled"):
        for role in ROLES:
            fill(sandbox, role)
    console.print(f"  {applied.applied} resources, {NODES:,} nodes in each database, {time.monotonic() - began:.0f} s\n")
    configuration = (EXAMPLE / "neo4j.yml").read_text()
    (cloud.folder / "neo4j.yml").write_text(configuration.replace("bake: 15m", f"bake: {BAKE}"))
    drilled = ("--evidence-file", str(cloud.folder / "evidence.json"))
    return all(
        command(sandbox, cloud.folder, console, "neo4j-backup", "--mode", mode, *more) == 0
        for mode, more in (("backup", ()), ("drill", drilled), ("list", ()))
    )


def rolled(sandbox: Sandbox, cloud: Cloud, console: Console) -> bool:
    """Both databases, from one version to the next, while a client writes to each."""
    image = sandbox.neo4j_image(NEW)
    words = ("--image", image, "--force-window", "a demonstration")
    if command(sandbox, cloud.folder, console, "neo4j-ami-rollout", "--mode", "plan", *words) != 0:
        return False
    with ExitStack() as clients:
        writers = [clients.enter_context(_writing(sandbox, cloud.folder, role)) for role in ROLES]
        code = command(sandbox, cloud.folder, console, "neo4j-ami-rollout", "--mode", "apply", *words)
        journals = {role: writer.stop() for role, writer in zip(ROLES, writers, strict=True)}
    lost = {role: journal.lost(_known(sandbox, role)) for role, journal in journals.items()}
    for role, journal in journals.items():
        told = f"{len(journal.acknowledged):,} writes acknowledged meanwhile, {len(lost[role])} lost; longest pause {journal.longest_without_service:.0f} s"
        console.print(f"  {role}: {told}")
    if code != 0:
        return False
    with console.status("terraform plan"):
        verdict = cloud.plan_databases(image).verdict
    console.print(f"  terraform plan with the new AMI: [bold]{verdict}[/]\n")
    return not any(lost.values()) and verdict == "safe"


def _writing(sandbox: Sandbox, folder: Path, role: str) -> AbstractContextManager[WritingClient]:
    known = parameters(sandbox, role)
    return writing(known["bolt_url"], known["pass"], folder, role)


def _known(sandbox: Sandbox, role: str) -> Driver:
    known = parameters(sandbox, role)
    return opened(known["bolt_url"], known["user"], known["pass"])


def fill(sandbox: Sandbox, role: str) -> None:
    with _known(sandbox, role) as driver:
        driver.execute_query(CONTENT[role], count=NODES)


def parameters(sandbox: Sandbox, role: str) -> dict[str, str]:
    """`bolt_url`, `user` and `pass`."""
    prefix = f"/credex/development/neo_4j_{role.removesuffix('Space').lower()}_space"
    ssm = sandbox.client("ssm")
    return {
        each: str(ssm.get_parameter(Name=f"{prefix}_{each}", WithDecryption=True)["Parameter"]["Value"])
        for each in ("bolt_url", "user", "pass")
    }


def opened(url: str, user: str, password: str) -> Driver:
    end = time.monotonic() + STARTS_WITHIN
    while True:
        driver = GraphDatabase.driver(url, auth=(user, password))
        try:
            driver.verify_connectivity()
        except (DriverError, Neo4jError, OSError):
            driver.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
        else:
            return driver


def command(sandbox: Sandbox, folder: Path, console: Console, *words: str) -> int:
    console.print(Rule(f"[bold]credex-actions {' '.join(words[:3])}[/]", align="left", style="dim"))
    started = [sys.executable, "-m", "credex_actions", *words, "--environment", "development"]
    environment = os.environ | sandbox.environment
    ended = subprocess.run(started, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    for line in (ended.stdout + ended.stderr * bool(ended.returncode)).splitlines():
        if not re.match("State|Evidence|Plan: ", line):
            console.print(Text(f"    {line}", style="dim" if ended.returncode == 0 else "red"), soft_wrap=True)
    console.print()
    return ended.returncode
