"""AWS Backup's plans as Terraform meets them: selections (which resources a plan is for), which moto lacks, and tags, which it reads from an address of
another form than clients send. No job starts by itself.
"""

import json
import uuid
from typing import Any
from urllib.parse import unquote

from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow


def create_backup_selection(self: Any) -> ActionResult:
    plan, _ = _ids(self)
    given = json.loads(self.body)
    selection = {
        "SelectionId": str(uuid.uuid4()),
        "BackupPlanId": plan,
        "CreationDate": utcnow(),
        "CreatorRequestId": given.get("CreatorRequestId"),
        "BackupSelection": given["BackupSelection"],
    }
    _all(self)[plan, selection["SelectionId"]] = selection
    return ActionResult({name: selection[name] for name in ("SelectionId", "BackupPlanId", "CreationDate")})


def get_backup_selection(self: Any) -> ActionResult:
    return ActionResult(_found(self))


def list_backup_selections(self: Any) -> ActionResult:
    plan, _ = _ids(self)
    shown = [
        {
            **{name: each[name] for name in ("SelectionId", "BackupPlanId", "CreationDate", "CreatorRequestId")},
            **{name: each["BackupSelection"].get(name) for name in ("SelectionName", "IamRoleArn")},
        }
        for (owner, _), each in _all(self).items()
        if owner == plan
    ]
    return ActionResult({"BackupSelectionsList": shown})


def delete_backup_selection(self: Any) -> EmptyResult:
    found = _found(self)
    del _all(self)[found["BackupPlanId"], found["SelectionId"]]
    return EmptyResult()


def list_tags(self: Any) -> ActionResult:
    arn = unquote(self.path).partition("/tags/")[2].strip("/")
    return ActionResult({"Tags": self.backup_backend.list_tags(arn)})


def install() -> None:
    BackupResponse.list_tags = list_tags  # type: ignore[method-assign,assignment]
    for operation in (create_backup_selection, get_backup_selection, list_backup_selections, delete_backup_selection):
        setattr(BackupResponse, operation.__name__, operation)


def _ids(response: Any) -> tuple[str, str]:
    """Of the plan, which exists, and of the selection, from /backup/plans/PLAN/selections/SELECTION."""
    plan, _, selection = unquote(response.path).partition("/plans/")[2].partition("/selections")
    if plan not in response.backup_backend.plans:
        raise ResourceNotFoundException(msg="Cannot find Backup plan with ID " + plan)
    return plan, selection.strip("/")


def _all(response: Any) -> dict[tuple[str, str], Any]:
    """Kept with moto's own records of the account, so that they go with them."""
    kept: dict[tuple[str, str], Any] = response.backup_backend.__dict__.setdefault("selections", {})
    return kept


def _found(response: Any) -> Any:
    if (found := _all(response).get(_ids(response))) is None:
        raise ResourceNotFoundException(msg="Cannot find Backup selection")
    return found
