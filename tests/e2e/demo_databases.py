"""The databases' part of script/demo: Terraform brings up two, a newer AMI would wipe those of the old layout and is refused, and a backup is proven by a drill."""

import os
import re
import shutil
import subprocess
import sys
import time
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
from tests.terraform_example import EXAMPLE, ROLES, Cloud

NODES: Final = 20_000
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
    return refused(sandbox, cloud, console) and proven(sandbox, cloud, console)


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
        planned = cloud.plan_databases(sandbox.neo4j_image("5.26.16"))
        applied = cloud.apply("terraform", planned, str(cloud.folder / "terraform" / "guard.yml"))
    with console.status("the databases start, and are filled"):
        for role in ROLES:
            fill(sandbox, role)
    console.print(f"  {applied.applied} resources, {NODES:,} nodes in each database, {time.monotonic() - began:.0f} s\n")
    shutil.copy(EXAMPLE / "neo4j.yml", cloud.folder)
    return all(command(sandbox, cloud.folder, mode, console) == 0 for mode in ("backup", "drill", "list"))


def fill(sandbox: Sandbox, role: str) -> None:
    prefix = f"/credex/development/neo_4j_{role.removesuffix('Space').lower()}_space"
    names = {each: f"{prefix}_{each}" for each in ("bolt_url", "user", "pass")}
    known = {
        name: sandbox.client("ssm").get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"] for name, path in names.items()
    }
    with opened(known["bolt_url"], known["user"], known["pass"]) as driver:
        driver.execute_query(CONTENT[role], count=NODES)


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


def command(sandbox: Sandbox, folder: Path, mode: str, console: Console) -> int:
    console.print(Rule(f"[bold]credex-actions neo4j-backup --mode {mode}[/]", align="left", style="dim"))
    words = [sys.executable, "-m", "credex_actions", "neo4j-backup", "--mode", mode, "--environment", "development"]
    if mode == "drill":
        words += ["--evidence-file", str(folder / "evidence.json")]
    environment = os.environ | sandbox.environment
    ended = subprocess.run(words, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    for line in (ended.stdout + ended.stderr * bool(ended.returncode)).splitlines():
        if not re.match("State|Evidence", line):
            console.print(Text(f"    {line}", style="dim" if ended.returncode == 0 else "red"), soft_wrap=True)
    console.print()
    return ended.returncode
