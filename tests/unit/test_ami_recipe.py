"""The recipe of an AMI: the same content is the same digest, its script verifies what it installs, and what is pruned is never in use."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.aws.scratch.launching import Place, encrypted_root_disk, launch_request
from credex_actions.core.loop import Done, Wait
from credex_actions.neo4j.configuration.model import Source
from credex_actions.rollout.image import boot_test, sweeping
from credex_actions.rollout.image.pruning import Candidate, choose
from credex_actions.rollout.image.recipe import MISMATCH, File, Recipe, package_names, recipe_of
from credex_actions.rollout.image.sweeping import DeregisterLeftover, Leftover, TerminateLeftover
from credex_actions.rollout.versions.indexes import Package
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Version
from tests import version_sources
from tests.version_sources import Sources, serving

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FILES = tuple(File(name, f"https://yum.example/{name}.rpm", "0" * 64) for name in ("cypher-shell", "neo4j"))
RECIPE = Recipe("5.26.16", "community", 17, "ami-1", FILES)
PLACE = Place("t3.small", "subnet-1", ("sg-1",), "neo4j")


def test_the_same_recipe_has_the_same_digest_and_any_other_has_another() -> None:
    others = [
        replace(RECIPE, version="5.26.15"),
        replace(RECIPE, edition="enterprise"),
        replace(RECIPE, java=21),
        replace(RECIPE, base="ami-2"),
        replace(RECIPE, files=(FILES[0], replace(FILES[1], sha256="1" * 64))),
        replace(RECIPE, files=(FILES[0], replace(FILES[1], url="https://elsewhere.example/neo4j.rpm"))),
    ]
    assert RECIPE.digest == replace(RECIPE).digest
    assert len({RECIPE.digest, *(each.digest for each in others)}) == 7
    assert RECIPE.name("neo4j") == f"neo4j-5.26.16-{RECIPE.digest}"


def test_a_recipe_names_the_files_of_the_index() -> None:
    source = Published(Source(kind="yum", url="https://yum.example/stable/5"))
    package = Package("neo4j", Version(5, 26, 16), "neo4j-5.26.16-1.noarch.rpm", "a" * 64)
    made = recipe_of(Version(5, 26, 16), "community", "ami-1", [(source, package)])
    assert made.files == (File("neo4j", "https://yum.example/stable/5/neo4j-5.26.16-1.noarch.rpm", "a" * 64),)
    assert (made.java, recipe_of(Version(2025, 1, 0), "community", "ami-1", [(source, package)]).java) == (17, 21)


def test_the_licence_is_accepted_for_enterprise_alone() -> None:
    assert package_names("enterprise")[-1] == "neo4j-enterprise"
    assert "NEO4J_ACCEPT_LICENSE_AGREEMENT=yes dnf" in replace(RECIPE, edition="enterprise").script()
    assert "LICENSE" not in RECIPE.script()


@pytest.mark.parametrize("text", [RECIPE.script(), boot_test.script("neo4j")])
def test_a_script_is_one_for_sh(text: str) -> None:
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def there() -> Iterator[Sources]:
    with serving() as sources:
        yield sources


def run(recipe: Recipe, folder: Path) -> "subprocess.CompletedProcess[str]":
    """With stand-ins that note what they were called with, and an rpm that names the version."""
    bin_ = folder / "bin"
    bin_.mkdir()
    for name, text in (("dnf", 'echo "dnf $*" >> "$LOG"'), ("systemctl", 'echo "systemctl $*" >> "$LOG"'), ("rpm", "printf 5.26.16")):
        (bin_ / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin_ / name).chmod(0o755)
    environment = {"PATH": f"{bin_}:/usr/bin:/bin", "TMPDIR": str(folder), "LOG": str(folder / "log")}
    return subprocess.run(["sh"], input=recipe.script(), text=True, capture_output=True, env=environment, check=False, timeout=60)


def served(there: Sources) -> Recipe:
    """As `there` publishes it."""
    files = tuple(
        File(
            name,
            f"{there.url}/yum/{version_sources.path_of(name, '5.26.16')}",
            version_sources.digest(version_sources.package(name, "5.26.16")),
        )
        for name in ("cypher-shell", "neo4j")
    )
    return replace(RECIPE, files=files)


def test_the_script_installs_what_it_has_verified(there: Sources, tmp_path: Path) -> None:
    got = run(served(there), tmp_path)
    assert (got.returncode, got.stdout) == (0, "5.26.16\n"), got.stderr
    assert (tmp_path / "log").read_text().splitlines() == [
        "dnf install -y -q java-17-amazon-corretto-headless",
        "dnf install -y -q ./cypher-shell.rpm ./neo4j.rpm",
        "systemctl enable neo4j",
    ]
    assert not list(tmp_path.glob("credex-image-*"))


def test_nothing_is_installed_of_which_one_file_is_another(there: Sources, tmp_path: Path) -> None:
    whole = served(there)
    got = run(replace(whole, files=(whole.files[0], replace(whole.files[1], sha256="f" * 64))), tmp_path)
    assert got.returncode == MISMATCH
    assert "mismatch: the SHA-256 of" in got.stderr
    assert not (tmp_path / "log").exists()
    assert not list(tmp_path.glob("credex-image-*"))


def test_another_version_than_the_recipe_s_is_no_success(there: Sources, tmp_path: Path) -> None:
    got = run(replace(served(there), version="5.26.15"), tmp_path)
    assert got.returncode != 0
    assert "5.26.16 is installed, not 5.26.15" in got.stderr


def test_a_machine_is_launched_hardened() -> None:
    disks = [encrypted_root_disk("/dev/xvda")]
    request = launch_request("ami-1", PLACE, disks, {"credex:run": "r"}, "token", shuts_down="stop")
    assert request["MetadataOptions"]["HttpTokens"] == "required"
    assert request["IamInstanceProfile"] == {"Name": "neo4j"}
    (volume,) = request["BlockDeviceMappings"]
    assert volume["Ebs"]["Encrypted"]
    assert volume["Ebs"]["DeleteOnTermination"]
    assert not {"KeyName", "UserData"} & request.keys()
    by_arn = launch_request("ami-1", PLACE._replace(profile="arn:aws:iam::1:instance-profile/x"), disks, {}, "t", shuts_down="stop")
    assert by_arn["IamInstanceProfile"] == {"Arn": "arn:aws:iam::1:instance-profile/x"}


CANDIDATES = st.lists(
    st.builds(Candidate, st.uuids().map(str), st.just("5.26.16"), st.integers(1, 9).map(lambda day: f"2026-01-0{day}T00:00:00.000Z")),
    unique_by=lambda each: each.id,
)


@given(CANDIDATES, st.integers(1, 5), st.data())
def test_pruning_keeps_the_newest_and_whatever_is_in_use(candidates: list[Candidate], keep: int, data: st.DataObject) -> None:
    used = data.draw(st.sets(st.sampled_from([each.id for each in candidates]))) if candidates else set()
    chosen = choose(candidates, keep, dict.fromkeys(used, "an instance runs it"))
    assert {each.id for each in chosen.goes}.isdisjoint(used)
    assert len(chosen.goes) + len(chosen.stays) == len(candidates)
    newest = sorted(candidates, key=lambda each: (each.created, each.id), reverse=True)[:keep]
    assert set(chosen.goes).isdisjoint(newest)
    assert all(each in used or each in {one.id for one in newest} for each in (one.id for one, _ in chosen.stays))


LATER = NOW + timedelta(minutes=2)
MACHINE, IMAGE = TerminateLeftover("builder", "i-1", "r"), DeregisterLeftover("ami-1", "r")


def swept(*leftovers: Leftover, first: tuple[Leftover, ...] = ()) -> object:
    return sweeping.decide(sweeping.Seen(now=NOW, leftovers=leftovers, first=first))


def test_what_belongs_to_a_run_that_is_over_is_swept() -> None:
    assert swept(Leftover(MACHINE, None), Leftover(IMAGE, None)) == MACHINE
    assert swept(Leftover(IMAGE, None)) == IMAGE
    assert swept() == Done("swept")
    assert isinstance(sweeping.decide(sweeping.Seen(now=NOW, leftovers=(), first=(), going=("i-1",))), Wait)


def test_what_belongs_to_a_run_that_may_be_alive_is_waited_for_and_left_alone_if_it_renews_its_lease() -> None:
    held = Leftover(MACHINE, LATER)
    assert isinstance(swept(held, first=(held,)), Wait)
    assert swept(Leftover(MACHINE, LATER + timedelta(seconds=30)), first=(held,)) == Done("swept")
