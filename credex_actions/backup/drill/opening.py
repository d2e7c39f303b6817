"""From a backup to the drill of it."""

from dataclasses import replace
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from credex_actions.backup.archive import DRILL, Backup, Drill
from credex_actions.backup.context import Context, Target
from credex_actions.backup.drill.drilling import Drilling
from credex_actions.backup.drill.scratch import ScratchInstance
from credex_actions.backup.drill.steps import Want
from credex_actions.backup.live import Live
from credex_actions.backup.reaching import live
from credex_actions.core.aws.clients import one_write
from credex_actions.core.loop import Run
from credex_actions.neo4j.configuration.model import Database


def open_drill(context: Context, target: Target, backup: Backup, run: Run) -> Drilling:
    want = Want(backup=backup.id, place=backup.place, run=context.run, loads=backup.method == "dump", give_up=context.give_up)
    return Drilling(
        context=context,
        backup=backup,
        scratch=ScratchInstance(context, target, backup, context.run),
        want=want,
        run=run,
        live_of=lambda instance, address: _restored(context, target, backup, instance, address),
        check_script=check_script(target.database.database),
        record=lambda backup, drill: _record(context, backup, drill),
        load=lambda backup, instance: None,
    )


def _restored(context: Context, target: Target, backup: Backup, instance: str, address: str) -> Live:
    """The database on the scratch instance: never at the address by which the service reaches the one that is in use."""
    found = replace(target.found, instance_id=instance, address=address)
    return live(context, Target(target.name, at_its_own_address(target.database, address), found), taken=backup.taken)


def at_its_own_address(database: Database, address: str) -> Database:
    """With encryption where the database has it; a certificate is not for this address, so it is not verified."""
    scheme = urlsplit(database.url).scheme if isinstance(database.url, str) else "bolt"
    encrypted = "bolt+ssc" if scheme.endswith(("+s", "+ssc")) else "bolt"
    return msgspec.structs.replace(database, url=f"{encrypted}://{address}:{database.connect.port}", url_parameter=UNSET)


def _record(context: Context, backup: Backup, drill: Drill) -> None:
    with one_write():
        context.clients.write("ec2").create_tags(Resources=[backup.place], Tags=[{"Key": DRILL, "Value": str(drill)}])
