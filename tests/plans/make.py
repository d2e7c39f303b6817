"""Makes the plans of cases.py anew, by real Terraform and its AWS provider, without AWS: `python -m tests.plans.make [NAME ...]`.

The state of each case is what before.tf would have created, with the values that only AWS knows made up. Needs the terraform binary, and the
provider, from a folder `registry.terraform.io` where distributions put one, else from the registry. What nothing reads is left out of the JSON. Cases that
share no resource are planned in one run, since a run loads the provider's 1,500 schemas.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from tests.plans.cases import CASES, Case

HERE: Final = Path(__file__).resolve().parent
MADE: Final = HERE / "made"
KEPT: Final = (
    "format_version",
    "terraform_version",
    "variables",
    "resource_drift",
    "resource_changes",
    "output_changes",
    "applyable",
    "complete",
    "errored",
)
IDS: Final = {
    "aws_instance": "i-0123456789abcdef0",
    "aws_ebs_volume": "vol-0123456789abcdef0",
    "aws_ebs_snapshot": "snap-0123456789abcdef0",
    "aws_ami": "ami-0aaaaaaaaaaaaaaaa",
    "aws_kms_key": "11111111-2222-3333-4444-555555555555",
    "aws_efs_file_system": "fs-0123456789abcdef0",
    "aws_security_group": "sg-0123456789abcdef0",
    "aws_s3_bucket": "credex-backups",
    "aws_s3_bucket_versioning": "credex-backups",
    "aws_s3_bucket_lifecycle_configuration": "credex-backups",
}
KNOWN: Final = {
    "instance_id": IDS["aws_instance"],
    "volume_id": IDS["aws_ebs_volume"],
    "security_groups": [],
    "ipv6_addresses": [],
    "expected_bucket_owner": "",
}
"""What AWS would have answered where null would not do: it refers to another resource, or would force a replacement."""


def mirrors() -> Iterator[Path]:
    for place in (Path.home() / ".terraform.d" / "plugins", Path("/usr/share"), Path("/usr/local/share"), Path("/opt")):
        yield from (found.parent for depth in ("", "*/") for found in sorted(place.glob(f"{depth}registry.terraform.io")))


def main() -> int:
    wanted = sys.argv[1:] or list(CASES)
    MADE.mkdir(exist_ok=True)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        terraform = Terraform(Path(folder))
        state = resources_of(terraform.plan("before", (HERE / "before.tf").read_text(), [], ()))
        with ThreadPoolExecutor(2) as pool:
            runs = [(names, pool.submit(plans_of, terraform, state, names)) for names in groups(wanted)]
            for names, run in runs:
                if error := run.exception():
                    print(f"{', '.join(names)}: {error}", file=sys.stderr, flush=True)
                    failed = True
                    continue
                for name, plan in run.result().items():
                    (MADE / f"{name}.json").write_text(json.dumps(slim(plan), separators=(",", ":"), ensure_ascii=False) + "\n")
                    print(name, flush=True)
    return int(failed)


def groups(wanted: list[str]) -> list[list[str]]:
    """Names of cases that can be planned in one run: those of a group share no resource, and none changes the run itself."""
    found: list[tuple[list[str], set[str]]] = []
    for name in wanted:
        own = addresses(CASES[name])
        alone = bool(CASES[name].flags or CASES[name].fails or CASES[name].refreshed or CASES[name].more or not CASES[name].state)
        fitting = next((group for group in found if not alone and group[1] and not group[1] & own), None)
        if fitting:
            fitting[0].append(name)
            fitting[1].update(own)
        else:
            found.append(([name], set() if alone else own))
    return [names for names, _ in found]


def addresses(case: Case) -> set[str]:
    return {*case.state.split(), *case.keep.split(), *case.edit}


class Terraform:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = folder / "terraform.rc"
        mirror = next(mirrors(), None)
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n' if mirror else "")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))},
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_DATA_DIR": str(folder / "data"),
            "TF_IN_AUTOMATION": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        shutil.copy(HERE / "provider.tf", folder)
        self.run(folder, "init", "-input=false")

    def run(self, folder: Path, *arguments: str, fails: bool = False, **environment: str) -> str:
        command = ["terraform", *arguments]
        done = subprocess.run(command, cwd=folder, env={**self.environment, **environment}, capture_output=True, text=True, check=False)
        if (done.returncode != 0) != fails:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def plan(
        self, name: str, configuration: str, state: list[Any], flags: tuple[str, ...], *, fails: bool = False, endpoint: str = ""
    ) -> dict[str, Any]:
        work = self.folder / name
        work.mkdir()
        shutil.copy(HERE / "provider.tf", work)
        shutil.copy(self.folder / ".terraform.lock.hcl", work)
        (work / "main.tf").write_text(configuration)
        (work / "terraform.tfstate").write_text(json.dumps({"version": 4, "serial": 1, "lineage": "made-up", "resources": state}))
        refresh = [] if endpoint else ["-refresh=false"]
        settings = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
        self.run(work, "plan", "-input=false", "-lock=false", "-out=tfplan", *refresh, *flags, fails=fails, **settings)
        plan: dict[str, Any] = json.loads(self.run(work, "show", "-json", "tfplan"))
        return plan


def plans_of(terraform: Terraform, before: Mapping[str, list[Any]], names: list[str]) -> dict[str, dict[str, Any]]:
    """The plan of each case of a group: one run of Terraform, whose entries are told apart by their addresses."""
    cases = [CASES[name] for name in names]
    arguments = ("\n".join(map(configuration, cases)), [each for case in cases for each in state_of(case, before)], cases[0].flags)
    if len(cases) > 1:
        plan = terraform.plan(names[0], *arguments)
        return {name: {**plan, "resource_changes": entries_of(plan, CASES[name]), "output_changes": {}} for name in names}
    if not cases[0].refreshed:
        return {names[0]: terraform.plan(names[0], *arguments, fails=cases[0].fails)}
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        return {names[0]: terraform.plan(names[0], *arguments, endpoint=f"http://{host}:{port}")}
    finally:
        server.stop()


def entries_of(plan: Mapping[str, Any], case: Case) -> list[Any]:
    own = {case.rename.get(address, address) for address in addresses(case)}
    return [each for each in plan["resource_changes"] if re.sub(r"\[.*\]$", "", each["address"]) in own]


def configuration(case: Case) -> str:
    blocks = blocks_of((HERE / "before.tf").read_text())
    texts = [blocks[address] for address in case.keep.split()]
    for address, edits in case.edit.items():
        text = blocks[address]
        for old, new in edits:
            if old not in text:
                raise RuntimeError(f"{old!r} does not stand in {address}")
            text = text.replace(old, new, 1)
        texts.append(text)
    return "\n".join([*texts, case.more])


def blocks_of(text: str) -> dict[str, str]:
    found = re.finditer(r'^resource "(\w+)" "(\w+)" \{.*?^\}\n', text, re.MULTILINE | re.DOTALL)
    return {f"{match[1]}.{match[2]}": match[0] for match in found}


def resources_of(plan: Mapping[str, Any]) -> dict[str, list[Any]]:
    """By address without index: the instances that the state would hold after `plan`."""
    versions = {each["address"]: each["schema_version"] for each in plan["planned_values"]["root_module"]["resources"]}
    found: dict[str, list[Any]] = {}
    for each in plan["resource_changes"]:
        values = filled(each["change"]["after"], each["change"]["after_unknown"])
        if "id" in each["change"]["after_unknown"]:
            values["id"] = IDS.get(each["type"], f"{each['name']}-id")
        instance = {"schema_version": versions[each["address"]], "attributes": values}
        if "index" in each:
            instance["index_key"] = each["index"]
        found.setdefault(f"{each['type']}.{each['name']}", []).append(instance)
    return found


def filled(value: Any, unknown: Any, name: str = "") -> Any:
    if unknown is True:
        return KNOWN.get(name, "arn:aws:made:af-south-1:123456789012:arn" if name == "arn" else None)
    if isinstance(value, dict):
        inner = unknown if isinstance(unknown, dict) else {}
        return {key: filled(value.get(key), inner.get(key), key) for key in {**value, **inner}}
    if isinstance(value, list):
        each_unknown = [*(unknown if isinstance(unknown, list) else []), *(None for _ in value)]
        return [filled(each, hidden) for each, hidden in zip(value, each_unknown, strict=False)]
    return value


def state_of(case: Case, before: Mapping[str, list[Any]]) -> list[Any]:
    found = []
    for address in case.state.split():
        instances = [dict(each) for each in before[address]]
        if address == case.tainted:
            instances = [{**each, "status": "tainted"} for each in instances]
        if address == case.deposed:
            instances += [{**each, "deposed": "00000001"} for each in instances]
        path = case.rename.get(address, address).split(".")
        module = {"module": ".".join(path[:-2])} if path[:-2] else {}
        provider = 'provider["registry.terraform.io/hashicorp/aws"]'
        found.append({**module, "mode": "managed", "type": path[-2], "name": path[-1], "provider": provider, "instances": instances})
    return found


def slim(plan: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: plan[name] for name in KEPT if name in plan}
    for each in [*kept.get("resource_changes", []), *kept.get("resource_drift", [])]:
        del each["provider_name"]
    return kept


if __name__ == "__main__":
    sys.exit(main())
