"""Whether an instance can be rolled at all, and whether somebody has changed it by hand: pure, by what EC2 describes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credex_actions.aws.tags import as_mapping
from credex_actions.core.faults import Fault
from credex_actions.core.text import listed
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.gates.gate import Gate, unread
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.swap.layout import BY_A_NEW_ONE, kept_by_ec2, misfits, obstacles
from credex_actions.rollout.swap.note import Note, UnreadableNoteError, read_note, rollback_of

TEMPLATE, TEMPLATE_VERSION = "aws:ec2launchtemplate:id", "aws:ec2launchtemplate:version"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One instance, and what its launch template says of it. `record`: DescribeInstances'. `root_of`: the snapshot that its root volume was made of. `user_data`: its digest.
    `template`: its id and version, "" without one; `says`: None where that cannot be read. `built_here`: whether its AMI has a recipe of ours; `root_image`: what its root volume was made of, "" if that AMI does not exist any more. `root_encrypted`: of its root volume.
    """

    record: Mapping[str, Any]
    user_data: str
    root_volume: str = ""
    root_of: str = ""
    built_here: bool = False
    root_image: str = ""
    root_encrypted: bool = True
    template: str = ""
    says: Mapping[str, str] | None = None

    @property
    def image(self) -> str:
        return str(self.record["ImageId"])

    @property
    def instance_type(self) -> str:
        return str(self.record["InstanceType"])

    @property
    def tags(self) -> dict[str, str]:
        return as_mapping(self.record.get("Tags"))

    @property
    def note(self) -> Note | None:
        """Of the last roll-out; None also where somebody has changed it."""
        try:
            return read_note(self.tags)
        except UnreadableNoteError:
            return None

    @property
    def rolled_by_us(self) -> bool:
        """Whether a roll-out has brought its AMI, also one that was not built here."""
        return self.built_here or (self.note is not None and self.image in (self.note.new.image, self.note.old.image))

    @property
    def set_by_us(self) -> bool:
        """Whether a roll-out has set its user data, and nobody since."""
        note = self.note
        return note is not None and note.changes_user_data and self.user_data in (note.new.user_data, note.old.user_data)

    @property
    def booted_with(self) -> str:
        """The digest of the user data that its root volume was booted with; of one that is in the middle, those from before. Those that are set may be others: a boot does not run them."""
        note = self.note
        noted = ((note.old.booted or note.old.user_data) if note.unfinished else note.booted_with(self.root_volume)) if note else ""
        return noted or self.user_data

    @property
    def set_before(self) -> str:
        """The digest of the user data that were set before anything was changed."""
        note = self.note
        return (note.old.user_data if note and note.unfinished else "") or self.user_data

    @property
    def unfinished(self) -> bool:
        return self.note is not None and self.note.unfinished

    @property
    def runs_from(self) -> str:
        """The AMI that it was started from before anything is changed. The notes know better than EC2, which may name the AMI of the launch; one that is
        in the middle counts as what it was, so that its plan stays the same.
        """
        note = self.note
        if note is None:
            return self.image
        sides = (note.old,) if note.unfinished else (note.new, note.old)
        return next((side.image for side in sides if note.unfinished or side.root == self.root_volume), self.image)


def layout_gate(name: str, database: Database, standing: Standing, candidate: Candidate, succession: Sequence[Fault] | None = None) -> Gate:
    """Whether its root volume can be replaced by one of the AMI; or whether a new instance can take its place: then `succession` is what stands in the way of that."""
    found = [*obstacles(name, database, standing.record), *misfits(name, standing.record, candidate.record)]
    found += kept_by_ec2(name, standing.record, candidate.record) if succession is None else succession
    if found:
        says, hint = "; ".join(fault.what for fault in found), " ".join(dict.fromkeys(fault.hint for fault in found))
        return Gate(name="layout", says=says, shut=True, hint=hint, database=name)
    says = (
        "its root volume can be replaced, and its data stay on their own"
        if succession is None
        else "a new instance can take its place, and get its data volume"
    )
    return Gate(name="layout", says=says, database=name)


def back_gate(name: str, standing: Standing, candidate: Candidate) -> Gate | None:
    """Of a root volume that cannot be put back: EC2 puts no unencrypted one in the place of an encrypted one. Source: EC2 API reference, CreateReplaceRootVolumeTask, VolumeId."""
    if standing.root_encrypted or not candidate.encrypted:
        return None
    why = f"its root volume is not encrypted, and that of {candidate.image} is: EC2 would not put it back"
    if not standing.root_image:
        says = f"{why}, and the AMI that it was made of does not exist any more"
        return Gate(name="the way back", says=says, shut=True, hint=BY_A_NEW_ONE, database=name)
    says = f"{why}; going back makes one of {standing.root_image}, by the user data: keep that AMI"
    return Gate(name="the way back", says=says, database=name)


def unfinished_gate(name: str, standing: Standing) -> Gate:
    """Whether a roll-out of it was cut off. One that is to be continued keeps nobody from continuing it."""
    what = "a roll-out"
    try:
        note = read_note(standing.tags)
    except UnreadableNoteError as error:
        hint = "Restore the tag, or remove those that begin with credex:roll once it is certain that no roll-out is in progress."
        return unread(what, f"somebody has changed the tag {error}", hint, name)
    if note and note.state == "rolling":
        says = f"one to {note.new.image} by the run {note.run} is half-way since {note.since:%Y-%m-%d %H:%M} UTC: --mode apply continues it first"
        return Gate(name=what, says=says, database=name)
    if note and note.unfinished:
        says = f"one to {note.new.image} by the run {note.run} is {note.state} since {note.since:%Y-%m-%d %H:%M} UTC"
        hint = f"Wait for it; if it was cut off, {rollback_of(name)} continues it."
        return Gate(name=what, says=says, shut=True, hint=hint, database=name)
    return Gate(name=what, says="none is in progress", database=name)


def drift_gate(name: str, standing: Standing) -> Gate:
    """What somebody changed by hand would be lost, or come back, at the next launch. An AMI of ours, and user data that a roll-out has set, differ from the template by our own doing."""
    if standing.says is None:
        where = (
            f"its launch template {standing.template} cannot be read" if standing.template else "it was not launched from a launch template"
        )
        return Gate(name="hand-made changes", says=f"none is known: {where}, there is nothing to compare with", database=name)
    has = {"AMI": standing.image, "instance type": standing.instance_type, "user data": standing.user_data}
    differs = [
        f"{what} is {has[what] if what != 'user data' else 'another one'}, {'not ' + said if what != 'user data' else 'not the one'} of the template"
        for what, said in standing.says.items()
        if said and said != has[what] and not (what == "AMI" and standing.rolled_by_us) and not (what == "user data" and standing.set_by_us)
    ]
    if not differs:
        return Gate(name="hand-made changes", says=f"none: it is as {standing.template} says", database=name)
    hint = "Bring the launch template, or the instance, in line, so that it is known which of the two counts."
    return Gate(name="hand-made changes", says=f"{listed(differs)} ({standing.template})", shut=True, hint=hint, database=name)


def offered_gate(name: str, standing: Standing, zone: str, offered: bool) -> Gate:
    """For the rehearsal, and for whoever has to launch the instance anew."""
    if offered:
        return Gate(name="instance type", says=f"{standing.instance_type} is offered in {zone}", database=name)
    what = f"{standing.instance_type} is not offered in {zone} any more: the instance could not be launched again"
    return Gate(name="instance type", says=what, shut=True, hint="Change its type to one that is offered there.", database=name)


def template_says(data: Mapping[str, Any], user_data: str) -> dict[str, str]:
    """`data`: LaunchTemplateData. `user_data`: the digest of its user data. What it does not say is empty."""
    image = str(data.get("ImageId", ""))
    return {
        "AMI": "" if image.startswith("resolve:") else image,
        "instance type": str(data.get("InstanceType", "")),
        "user data": user_data if data.get("UserData") else "",
    }
