"""What no schema can say of the configuration. All faults, each with its line."""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from msgspec import UNSET

from credex_actions.core.documents.document import Document
from credex_actions.core.faults import Fault
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.catalogue.offered import matching, unknown
from credex_actions.maintenance.configuration.model import Configuration

FROM_HERE: Final = "Paths begin at the folder of this file."
LONGEST: Final = 3 * 366
"""Days for which a finding may be accepted: what is accepted for ever is forgotten."""


def faults_of(given: Configuration, document: Document, checks: Mapping[str, Check], today: date) -> Iterator[Fault]:
    yield from _of_accounts(given, document)
    yield from _of_accepted(given, document, checks, today)
    yield from _of_paths(given, document)


def _of_accounts(given: Configuration, document: Document) -> Iterator[Fault]:
    names: set[str] = set()
    roles: set[str] = set()
    for at, account in enumerate(given.accounts):
        role = "" if account.role is UNSET else account.role
        if account.name in names:
            yield document.fault(("accounts", at, "name"), "is the name of another account too", "Give each account its own.")
        if role in roles:
            what = "is the role of another account too" if role else "has no role, as another account: both are the job's own"
            yield document.fault(("accounts", at, *(("role",) if role else ())), what, "Keep one of them, with the regions of both.")
        if len(set(account.regions)) < len(account.regions):
            yield document.fault(("accounts", at, "regions"), "names a region twice", "Keep one of them.")
        names.add(account.name)
        roles.add(role)


def _of_accepted(given: Configuration, document: Document, checks: Mapping[str, Check], today: date) -> Iterator[Fault]:
    for at, each in enumerate(given.accepted):
        path = ("accepted", at)
        if not matching(checks, each.check):
            yield document.fault((*path, "check"), *unknown(checks, each.check))
        try:
            until = date.fromisoformat(each.until)
        except ValueError:
            yield document.fault((*path, "until"), "is not a day of the calendar", "Write it as 2026-12-31.")
            continue
        if (until - today).days > LONGEST:
            yield document.fault((*path, "until"), "is more than three years away", "Accept it until a day on which somebody looks again.")
        if each.check.strip("*?") == "" and each.resource.strip("*?") == "":
            yield document.fault(path, "accepts every finding", "Name the check, the resource, or both.")


def _of_paths(given: Configuration, document: Document) -> Iterator[Fault]:
    base = os.path.dirname(document.file)
    for at, relative in enumerate(given.policies):
        if not os.path.isfile(os.path.join(base, relative)):
            yield document.fault(("policies", at), "is not a file", FROM_HERE)
    if given.repository is not UNSET and not os.path.isdir(os.path.join(base, given.repository)):
        yield document.fault(("repository",), "is not a folder", FROM_HERE)
    for at, each in enumerate(given.terraform):
        if given.repository is UNSET:
            yield document.fault(("terraform", at), "needs repository, which is not set", "Set repository to the folder of the checkout.")
        elif not os.path.isdir(os.path.join(base, given.repository, each.directory)):
            yield document.fault(("terraform", at, "directory"), "is not a folder of the repository", "Write it relative to repository.")
    if given.propose is not UNSET:
        if given.repository is UNSET:
            yield document.fault(("propose",), "needs repository, which is not set", "Set repository to the folder of the checkout.")
        elif not os.path.isdir(os.path.join(base, given.repository, given.propose.directory)):
            yield document.fault(("propose", "directory"), "is not a folder of the repository", "Write it relative to repository.")
