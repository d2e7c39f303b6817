"""How the user data of an instance are changed, a request each. EC2 takes another value only while the instance is stopped, and a boot from the same root volume does not run it:
only a new root volume does. Sources: Amazon EC2 User Guide, "Run commands when you launch an EC2 instance with user data input" and "Replace the root volume for an Amazon EC2 instance",
which wants it running.
"""

from dataclasses import dataclass

from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Refuse, Step


@dataclass(frozen=True)
class KeepUserData(Step):
    """Before they are changed: a tag is too small for them, so that nothing else could put them back."""

    says = "keep the user data {digest:.12} of {instance} in a launch template, for going back"
    harmless = True
    twice = "nothing: a launch template of that name exists"
    instance: str
    digest: str


@dataclass(frozen=True)
class StopBeforeRestart(Step):
    """Another step than the stop before the root volume is replaced: one run sends both."""

    says = "stop Neo4j on {instance}, before the instance is stopped to change its user data"
    harmless = True
    twice = "nothing: it is stopped already"
    instance: str


@dataclass(frozen=True)
class StopInstance(Step):
    says = "stop {instance}, to change its {what}"
    harmless = True
    twice = "nothing: it is stopped"
    instance: str
    what: str = "data volume"


@dataclass(frozen=True)
class SetUserData(Step):
    says = "set the user data of {instance} to {digest:.12}"
    harmless = True
    twice = "nothing: the same user data"
    instance: str
    digest: str


@dataclass(frozen=True)
class StartInstance(Step):
    """`what`: what was changed meanwhile. One run may start an instance twice, and the second start is another intention than the first."""

    says = "start {instance}, which was stopped to change its {what}"
    harmless = True
    twice = "nothing: it runs"
    instance: str
    what: str = "data volume"


@dataclass(frozen=True)
class NoteRestarted(Step):
    """Whoever continues from here on need not wait for the database to respond again: it may be stopped already."""

    says = "note on {instance} that its database was restarted, and is the one from before"
    harmless = True
    twice = "nothing: the same tags"
    instance: str


@dataclass(frozen=True)
class StartAgain(Step):
    """Of what undoes: another intention than the start that failed, so that it is sent although that one was."""

    says = "start {instance} again"
    harmless = True
    twice = "nothing: it runs"
    instance: str


def changed_by_others(name: str, instance: str) -> Refuse:
    what = (
        f"the user data of {instance} are neither those from before the roll-out of {name} nor its new ones: somebody else has changed them"
    )
    return Refuse((Fault(what, "Set them to one of the two while the instance is stopped, then run the same command again."),), Exit.REMOTE)
