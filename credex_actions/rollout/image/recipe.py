"""What an AMI is made of, as a value: the same recipe is the same AMI, whoever builds it. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from shlex import quote
from typing import Final
from urllib.parse import urlsplit

from credex_actions.rollout.versions.fetching import below
from credex_actions.rollout.versions.indexes import Package
from credex_actions.rollout.versions.paths import java_of
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Version

RECIPE: Final = "credex:recipe"
SHOWN: Final = 16
"""Characters of the digest in tags and names: 64 bits."""
MISMATCH: Final = 65
"""Code of the script: what was downloaded is not what the package index vouches for."""
OTHER_VERSION: Final = 66
"""Code of the script: the package that was installed is of another version."""


@dataclass(frozen=True)
class File:
    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Recipe:
    """`base`: the AMI that it begins with."""

    version: str
    edition: str
    java: int
    base: str
    files: tuple[File, ...]

    @property
    def digest(self) -> str:
        """Of all that is in it, the script included."""
        text = json.dumps({**asdict(self), "script": self.script()}, sort_keys=True)
        return sha256(text.encode()).hexdigest()[:SHOWN]

    def name(self, begins: str) -> str:
        """Of the AMI. EC2 gives a name once in an account and region, so that two runs cannot both create it."""
        return f"{begins}-{self.version}-{self.digest}"

    def told(self) -> list[str]:
        """For people, who compare it with what they reviewed."""
        first = f"recipe {self.digest}: Neo4j {self.version} {self.edition}, Java {self.java}, on {self.base}"
        return [first, *(f"{each.url} with SHA-256 {each.sha256}" for each in self.files)]

    def script(self) -> str:
        """For a builder of Amazon Linux 2023, as root, without a secret. It installs exactly the files that were chosen, and ends with the version that is installed."""
        accepts = "NEO4J_ACCEPT_LICENSE_AGREEMENT=yes " if self.edition == "enterprise" else ""
        fetches = "\n".join(
            f"fetch {quote(urlsplit(each.url).scheme)} {each.name}.rpm {quote(each.url)} {each.sha256}" for each in self.files
        )
        local = " ".join(f"./{each.name}.rpm" for each in self.files)
        return f"""\
set -eu
where="$(mktemp -d "${{TMPDIR:-/var/tmp}}/credex-image-XXXXXX")"; trap 'rm -rf "$where"' EXIT; cd "$where"
fetch() {{
  curl --fail --silent --show-error --proto "=$1" --max-time 900 --retry 3 --output "$2" "$3"
  printf '%s  %s\\n' "$4" "$2" | sha256sum --check --status || {{ echo "mismatch: the SHA-256 of $3 is not $4" >&2; exit {MISMATCH}; }}
}}
{fetches}
dnf install -y -q java-{self.java}-amazon-corretto-headless >&2
{accepts}dnf install -y -q {local} >&2
systemctl enable neo4j >&2
installed="$(rpm -q --queryformat '%{{VERSION}}' {self.files[-1].name})"
[ "$installed" = {quote(self.version)} ] || {{ echo "$installed is installed, not {self.version}" >&2; exit {OTHER_VERSION}; }}
printf '%s\\n' "$installed"
"""


def package_names(edition: str) -> tuple[str, ...]:
    """Of yum, in the order in which they need each other. The last one is Neo4j itself."""
    return ("cypher-shell", "neo4j-enterprise" if edition == "enterprise" else "neo4j")


def recipe_of(version: Version, edition: str, base: str, packages: Sequence[tuple[Published, Package]]) -> Recipe:
    files = tuple(File(package.name, below(published.source.url, package.path), package.sha256) for published, package in packages)
    return Recipe(str(version), edition, java_of(version), base, files)
