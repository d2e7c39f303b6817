"""What no schema can say of the configuration. All faults, each with its line."""

import re
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import UNSET

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import listed
from credex_actions.neo4j.configuration.groups import faults_of_group
from credex_actions.neo4j.configuration.model import Backup, Configuration, Database, Image, Login, Window

CRON: Final = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")),
    ("day of week", 0, 7, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")),
)
"""Fields with their least and greatest number, and the names of the numbers from the least on. Source: POSIX, "crontab"."""


FOR_IMAGE_BUILDER: Final = re.compile(r"[-_A-Za-z0-9][-_A-Za-z0-9 .]*")
"""How the name of an AMI may begin. Source: Image Builder API reference, AmiDistributionConfiguration, name."""


def faults_of(given: Configuration, document: Document) -> Iterator[Fault]:
    yield from _of_backup(given.backup, document)
    yield from _of_image(given.image, document)
    if given.rollout.drain == "service" and given.rollout.service is UNSET:
        hint = "Set rollout.service, or drain: stop-writes."
        yield document.fault(("rollout", "drain"), "is service, and rollout.service does not say which", hint)
    if given.rollout.window is not UNSET:
        yield from _of_window(given.rollout.window, document, ("rollout", "window"))
    known: dict[tuple[object, ...], str] = {}
    for name, database in given.databases.items():
        path: Path = ("databases", name)
        yield from _of_login(database.login, document, (*path, "login"))
        if database.url is not UNSET and database.url_parameter is not UNSET:
            yield document.fault((*path, "url"), "is set, and url-parameter too: two places may say different things", "Set one of them.")
        if database.url is not UNSET and database.connect.via == "instance":
            yield document.fault((*path, "url"), "has no effect with connect.via: instance", "Remove it, or connect by bolt.")
        which = (database.database, *sorted(database.instances.tags.items()))
        if which in known:
            what = f"is the database {database.database} on the same instances as {known[which]}"
            yield document.fault(path, what, "One of the two is superfluous, or its tags are wrong.", at_key=True)
        known.setdefault(which, name)
        yield from _of_data(database, document, path)
        for where, what, hint in faults_of_group(database, path):
            yield document.fault(where, what, hint)


def _of_login(login: Login, document: Document, path: Path) -> Iterator[Fault]:
    parameters = [
        name
        for name, value in (("user-parameter", login.user_parameter), ("password-parameter", login.password_parameter))
        if value is not UNSET
    ]
    if login.secret is not UNSET and parameters:
        yield document.fault(path, f"has both secret and {listed(parameters)}", "Set secret, or the two parameters.")
    elif login.secret is UNSET and len(parameters) == 1:
        other = "password-parameter" if parameters == ["user-parameter"] else "user-parameter"
        yield document.fault(path, f"'{other}' is missing", "Set both parameters, or secret.")
    elif login.secret is UNSET and not parameters:
        yield document.fault(path, "does not say where the password is", "Set secret, or user-parameter and password-parameter.")


def _of_data(database: Database, document: Document, path: Path) -> Iterator[Fault]:
    if isinstance(database.data, str):
        return
    if database.data.volume.tags == database.instances.tags:
        what = "has the tags of the instances: a root volume that inherits them would match too"
        yield document.fault((*path, "data", "volume", "tags"), what, 'Add a tag that only the data volume has, such as Data: "true".')


def _of_backup(backup: Backup, document: Document) -> Iterator[Fault]:
    for method, name, value in (("dump", "bucket", backup.bucket), ("aws-backup", "vault", backup.vault)):
        if backup.method == method and value is UNSET:
            yield document.fault(("backup",), f"'{name}' is missing, which the method {method} needs", f"Set {name}.", at_key=True)


def _of_image(image: Image, document: Document) -> Iterator[Fault]:
    """What is read without TLS may be anybody's word, also its checksums."""
    for at, source in enumerate(() if image.sources is UNSET else image.sources):
        if source.url.startswith("http://") and not re.match(r"http://(localhost|127\.[0-9.]+)(:[0-9]+)?(/|$)", source.url):
            yield document.fault(("image", "sources", at, "url"), "is not encrypted", "Use https.")
    if image.builder.via == "image-builder" and not FOR_IMAGE_BUILDER.fullmatch(image.name):
        hint = "Begin with a letter, a digit, a dash or an underscore; use these, dots and spaces. Or set image.builder.via: ssm."
        yield document.fault(("image", "name"), "is not a name that Image Builder gives an AMI", hint)


def _of_window(window: Window, document: Document, path: Path) -> Iterator[Fault]:
    trouble = _trouble_of_cron(window.cron)
    if trouble:
        yield document.fault((*path, "cron"), trouble, "Write five fields, such as 0 2 * * 2 for Tuesdays at 02:00.")
    try:
        ZoneInfo(window.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield document.fault((*path, "time-zone"), "is not a known time zone", "Write it as Africa/Johannesburg or UTC.")


def _trouble_of_cron(text: str) -> str:
    fields = text.split()
    if len(fields) != len(CRON):
        return f"has {len(fields)} field{'' if len(fields) == 1 else 's'} instead of five"
    for field, (name, least, most, words) in zip(fields, CRON, strict=True):
        for part in field.split(","):
            if not _fits(part.upper(), least, most, words):
                return f"has a {name} that does not exist"
    return ""


def _fits(part: str, least: int, most: int, words: tuple[str, ...]) -> bool:
    found = re.fullmatch(r"(?:\*|([0-9A-Z]{1,3})(?:-([0-9A-Z]{1,3}))?)(?:/([0-9]{1,2}))?", part)
    if not found:
        return False
    numbers = [least + words.index(each) if each in words else int(each) if each.isdecimal() else -1 for each in found.groups()[:2] if each]
    step = found[3]
    return all(least <= each <= most for each in numbers) and numbers == sorted(numbers) and (step is None or int(step) > 0)
