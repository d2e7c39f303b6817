"""Notes a drill on the backup that was drilled: `list` reads it there."""

from credex_actions.aws.tags import as_list, as_mapping
from credex_actions.backup.archive import DRILL, Backup, Drill
from credex_actions.backup.context import Context
from credex_actions.backup.reading import bucket_and_key
from credex_actions.backup.taking.sources import tag_snapshot
from credex_actions.core.aws.clients import one_write
from credex_actions.core.aws.looking import look_again


def record(context: Context, backup: Backup, drill: Drill) -> None:
    """S3 replaces all tags of an object at once; EC2 adds one."""
    if backup.method == "dump":
        bucket, key = bucket_and_key(backup.place)
        reading, s3 = context.clients.read("s3"), context.clients.write("s3")
        tags = as_mapping(look_again(context.clock, lambda: reading.get_object_tagging(Bucket=bucket, Key=key))["TagSet"])
        with one_write():
            s3.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": as_list(tags | {DRILL: str(drill)})})
        return
    tag_snapshot(context.clients, backup.place, {DRILL: str(drill)})
