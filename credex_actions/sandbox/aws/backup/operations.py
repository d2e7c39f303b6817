"""The operations of AWS Backup that the sandbox answers itself; moto answers the others."""

from collections.abc import Callable
from typing import Final

from credex_actions.sandbox.aws.backup import jobs, points
from credex_actions.sandbox.aws.backup.records import Backups, Document
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.shapes import model

Answering = Callable[[Backups, Document, float], Document]

OPERATIONS: Final[dict[str, Answering]] = {
    "StartBackupJob": jobs.start_backup_job,
    "StopBackupJob": jobs.stop_backup_job,
    "DescribeBackupJob": jobs.describe_backup_job,
    "ListBackupJobs": jobs.list_backup_jobs,
    "StartRestoreJob": jobs.start_restore_job,
    "DescribeRestoreJob": jobs.describe_restore_job,
    "ListRecoveryPointsByBackupVault": points.list_recovery_points,
    "DescribeRecoveryPoint": points.describe_recovery_point,
    "GetRecoveryPointRestoreMetadata": points.get_recovery_point_restore_metadata,
    "DeleteRecoveryPoint": points.delete_recovery_point,
    "DeleteBackupVault": points.delete_backup_vault,
    "TagResource": points.tag_resource,
    "UntagResource": points.untag_resource,
    "ListTags": points.list_tags,
}


def answer(backups: Backups, name: str, request: Document, now: float) -> Document:
    """Raises Refusal. A request that is sent twice with its token happens once."""
    shape = model("backup").operation_model(name).input_shape
    missing = [each for each in (shape.required_members if shape else ()) if each not in request]
    if missing:
        raise Refusal("MissingParameterValueException", f"{missing[0]} is missing.")
    backups.site.settle()
    token = request.get("IdempotencyToken")
    if token and (name, token) in backups.answered:
        asked, answered = backups.answered[name, token]
        if asked != request:
            raise Refusal("InvalidParameterValueException", "The idempotency token was used for another request.")
        return answered
    answered = OPERATIONS[name](backups, request, now)
    if token:
        backups.answered[name, token] = (request, answered)
    return answered
