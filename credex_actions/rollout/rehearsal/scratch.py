"""The scratch instance of a rehearsal: like the database's own, but of the new AMI, and with a clone of the data. The tags by which the database is found are not on it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from credex_actions.aws.lease import LEASE, own_lease
from credex_actions.aws.scratch.instance import ScratchInstance
from credex_actions.aws.scratch.launching import data_disk, launch_request, root_disk
from credex_actions.aws.scratch.like import Like
from credex_actions.aws.tags import DATABASE, ENVIRONMENT, RUN, SCRATCH
from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Target
from credex_actions.core.faults import Fault
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.user_data.content import digest


def scratch_instance(context: Context, target: Target, backup: Backup, candidate: Candidate, own: Like) -> ScratchInstance:
    filters = [
        {"Name": f"tag:{RUN}", "Values": [context.run]},
        {"Name": f"tag:{DATABASE}", "Values": [target.name]},
        {"Name": f"tag:{SCRATCH}", "Values": [_purpose(backup)]},
    ]

    def no_image(image: str) -> Fault:
        return Fault(f"the AMI {image} does not exist any more: nothing can be launched from it", "Run the same command again.")

    return ScratchInstance(context.clients, context.clock, filters, lambda: _request(context, target, backup, candidate, own), no_image)


def _purpose(backup: Backup) -> str:
    return f"rehearsal with {backup.id}"[:256]


def _request(context: Context, target: Target, backup: Backup, candidate: Candidate, own: Like) -> Mapping[str, Any]:
    tags = {
        "Name": f"rehearsal-{backup.id}"[:256],
        RUN: context.run,
        RECIPE: candidate.recipe,
        DATABASE: target.name,
        ENVIRONMENT: context.asked.environment,
        SCRATCH: _purpose(backup),
        LEASE: str(own_lease(context.clock.now())),
    }
    what = f"{context.run} {target.name} {backup.place} {candidate.image} {digest(own.user_data)}"
    token = sha256(what.encode()).hexdigest()
    groups = context.asked.rehearsal.security_groups
    place = own.place._replace(security_groups=tuple(groups)) if isinstance(groups, list) else own.place
    root = root_disk(candidate.root_device, max(own.root_size, candidate.root_size))
    disks = [root, data_disk(target.found.volume_device, backup.place)]
    return launch_request(candidate.image, place, disks, tags, token, shuts_down="terminate", user_data=own.user_data)
