"""What an instance is told before its database starts for the first time: by user data."""

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

RUN: Final = "var/lib/cloud/instances/{instance}/user-data.txt"
"""On a root volume: what its first boot on that instance was told. So it survives a stop and a start, and is gone from a new root volume. Source: cloud-init documentation, "Instance metadata"."""
SETTING: Final = re.compile(r"^\s*(?:export\s+)?(NEO4J_[A-Za-z_0-9]+)=[\"']?([^\"'\s]+)", re.MULTILINE)


class Instructions(NamedTuple):
    """`parameter`: the name of the Parameter Store parameter with the first password. `device`: the device to wait for, which carries the store.
    `settings`: of neo4j.conf.
    """

    parameter: str = ""
    device: str = ""
    settings: tuple[tuple[str, str], ...] = ()


def once(root: Path, instance: str, user_data: Any) -> None:
    """The boot of a root volume on an instance: user data are taken at its first one there, and what they have become since counts for nothing."""
    file = root / RUN.format(instance=instance)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_text(user_data))


def _text(user_data: Any) -> str:
    try:
        return user_data.decode() if user_data is not None else ""
    except UnicodeDecodeError:
        return ""


def taken(root: Path, instance: str) -> Instructions | None:
    """What the first boot was told; None before it."""
    file = root / RUN.format(instance=instance)
    return _read(file.read_text()) if file.exists() else None


def instructions(user_data: Any) -> Instructions:
    """From lines such as `NEO4J_INITIAL_PASSWORD_PARAMETER=/path` of user data, which may be binary, or absent. What begins in lower case after NEO4J_ is a
    setting, with its dots and underscores as the official container image writes them.
    """
    return _read(_text(user_data))


def _read(text: str) -> Instructions:
    said = dict(SETTING.findall(text))
    settings = {name.removeprefix("NEO4J_"): value for name, value in said.items()}
    return Instructions(
        said.get("NEO4J_INITIAL_PASSWORD_PARAMETER", ""),
        said.get("NEO4J_DATA_DEVICE", ""),
        tuple((_dotted(name), value) for name, value in settings.items() if name[:1].islower()),
    )


def _dotted(name: str) -> str:
    """Source: Neo4j operations manual, "Docker: configuration": a dot is an underscore, an underscore two."""
    return "_".join(part.replace("_", ".") for part in name.split("__"))


def settings(file: Path) -> dict[str, str]:
    """Of a neo4j.conf, which need not exist."""
    lines = file.read_text().splitlines() if file.exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def new(home: Path) -> bool:
    """Whether there is no store yet."""
    return not (home / "data" / "databases" / "system").exists()
