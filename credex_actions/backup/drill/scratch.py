"""The scratch instance of a drill: like the database's own, with the backup on its data volume."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from credex_actions.aws.lease import LEASE, own_lease
from credex_actions.aws.scratch.instance import ScratchInstance
from credex_actions.aws.scratch.launching import data_disk, launch_request, root_disk
from credex_actions.aws.scratch.like import like
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, SCRATCH
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Context, Target
from credex_actions.core.faults import Fault

DATA_DEVICE: Final = "/dev/sdf"
LEAST_SIZE: Final = 8
"""GiB, of a blank volume where the size of the database's own is not known."""


def scratch_instance(context: Context, target: Target, backup: Backup) -> ScratchInstance:
    filters = [
        {"Name": f"tag:{RUN}", "Values": [context.run]},
        {"Name": f"tag:{DATABASE}", "Values": [target.name]},
        {"Name": "tag-key", "Values": [SCRATCH]},
    ]

    def no_image(image: str) -> Fault:
        what = f"the AMI {image} of {target.found.instance_id} does not exist any more: nothing can be launched from it"
        return Fault(what, "Roll the database onto an AMI that exists; until then it cannot be restored either.")

    return ScratchInstance(context.clients, context.clock, filters, lambda: _request(context, target, backup), no_image)


def _request(context: Context, target: Target, backup: Backup) -> Mapping[str, Any]:
    """The data volume is as it is attached: what is configured may be another device, and the copy would be empty. The root volume is as large as the
    database's own: data on it, and a dump that is downloaded, need that.
    """
    found = target.found
    own = like(context.clients, context.clock, found.instance_id)
    snapshot = backup.place if backup.method != "dump" else ""
    data = data_disk(found.volume_device or DATA_DEVICE, snapshot, max(found.volume_size, LEAST_SIZE))
    tags = {
        "Name": f"drill-{backup.id}"[:256],
        RUN: context.run,
        DATABASE: target.name,
        ENVIRONMENT: context.asked.environment,
        SCRATCH: f"drill of {backup.id}"[:256],
        LEASE: str(own_lease(context.clock.now())),
    }
    token = sha256(f"{context.run} {target.name} {backup.place}".encode()).hexdigest()
    disks = [root_disk(own.root_device, own.root_size), data]
    return launch_request(own.image, own.place, disks, tags, token, shuts_down="terminate", user_data=own.user_data)
