"""An account with very many resources, one in a hundred of them neglected: put straight into moto's records, since so many requests would take an hour."""

import copy
from typing import TYPE_CHECKING, Final

from credex_actions.sandbox.neglect.place import Place

if TYPE_CHECKING:
    from credex_actions.sandbox.local import Sandbox

ONE_IN: Final = 100


def many(sandbox: "Sandbox", count: int) -> int:
    """As many volumes and snapshots as `count` together; how many of them are to be found: volumes that have been unattached for long, snapshots of volumes that are gone."""
    place = Place(sandbox)
    ec2, records = place.client("ec2"), place.records("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{place.region}a", Size=8, VolumeType="gp3", Encrypted=True)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    sandbox.until(lambda: records.snapshots[snapshot].status == "completed", "the snapshot")
    a_volume, a_snapshot = records.volumes.pop(volume), records.snapshots.pop(snapshot)
    neglected = 0
    for number in range(count // 2):
        is_neglected = number % ONE_IN == 0
        neglected += 2 * is_neglected
        made, taken = copy.copy(a_volume), copy.copy(a_snapshot)
        made.id, taken.id = f"vol-{number:017x}", f"snap-{number:017x}"
        made.create_time = taken.start_time = place.ago(300 if is_neglected else 2)
        taken.volume = copy.copy(a_volume)
        taken.volume.id = f"vol-{count + number:017x}" if is_neglected else made.id
        records.volumes[made.id], records.snapshots[taken.id] = made, taken
    return neglected
