"""Takes a dump of a database to S3: the effects at the edge of dump_steps.py."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.run_command import succeeded
from credex_actions.aws.tags import as_list, as_mapping
from credex_actions.backup.archive import CHECKSUM, UP_TO, Backup, read_backup, tags_of
from credex_actions.backup.context import Context, Target
from credex_actions.backup.live import Live
from credex_actions.backup.reading import bucket_and_key
from credex_actions.backup.taking import commands
from credex_actions.backup.taking.downtime import Downtime
from credex_actions.backup.taking.dump_steps import Dump, DumpStep, RemoveFile, SeenDump, TagDump, Upload, WantDump, after, decide
from credex_actions.backup.taking.guarantees import DUMPED
from credex_actions.backup.taking.stopping import back
from credex_actions.core.aws.clients import explain, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Cancelled
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Decision, Operation, Run, Step, drive, plan
from credex_actions.neo4j.fingerprint import Fingerprint, tag_of

SAID: Final = re.compile(r"^([0-9a-f]{64}) ([0-9]+)$", re.MULTILINE)
"""What the dump's script prints: its SHA-256, and its bytes."""
TROUBLE: Final = (Cancelled, Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


@dataclass
class DumpTaking:
    context: Context
    target: Target
    live: Live
    fingerprint: Fingerprint
    want: WantDump
    run: Run
    downtime: Downtime
    guarantee: str = DUMPED
    checksum: str = ""
    size: int = 0
    transaction: int | None = None
    transaction_read: bool = False
    verified: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    removed: bool = False
    wrote: bool = False

    def take(self) -> None:
        """Raises Failure, and Cancelled: the database runs again then, and the file is removed, or the failure says that it is not so."""
        self.downtime.look()
        with self.downtime.lease:
            try:
                drive(self._operation(partial(decide, self.want)), self.run)
            except TROUBLE:
                try:
                    if self.downtime.stopped_by == self.want.run:
                        with self.downtime.way_back():
                            drive(self._operation(partial(back, self.want)), self.run)
                finally:
                    self._remove_file()
                raise

    def _remove_file(self) -> None:
        """Where that fails it is told, and what failed before remains the failure."""
        if not self.wrote or self.removed:
            return
        try:
            with self.run.clock.last_asks():
                self.act(RemoveFile(self.want.instance, self.want.backup))
        except TROUBLE as error:
            why = (
                error.faults[0].what
                if isinstance(error, Failure)
                else "it was cut off"
                if isinstance(error, Cancelled)
                else explain(error).faults[0].what
            )
            what = f"a copy of {self.want.name} may be left on {self.want.instance}, in {commands.folder(self.want.backup)}: {why}"
            self.context.runner.warning(Fault(what, "Remove the folder. The next dump does, too, from six hours on."))

    def _operation(self, by: Callable[[SeenDump], Decision[DumpStep]]) -> Operation[SeenDump, DumpStep]:
        return Operation(self.observe, by, self.act, after)

    def plan(self) -> list[str]:
        """What `take` would do."""
        return [str(move) for move in plan(self._operation(partial(decide, self.want)), self.observe()) if isinstance(move, Step)]

    def observe(self) -> SeenDump:
        downtime = self.downtime
        answers = downtime.answers
        if self.checksum and answers and not self.transaction_read:
            self.transaction, self.transaction_read = self.live.last_transaction(), True
        return SeenDump(
            now=self.run.clock.now(),
            rolled_by=downtime.rolled_by,
            stopped_by=downtime.stopped_by,
            running=downtime.running,
            answers=answers,
            down_since=downtime.down_since,
            dumped=bool(self.checksum),
            verified=self.verified,
            tagged=bool(self.tags),
            removed=self.removed,
        )

    def act(self, step: DumpStep) -> None:
        command, want = self.downtime.command, self.want
        match step:
            case Dump():
                self.wrote = True
                script = commands.dump(step.database, step.backup)
                ended = succeeded(command(script, commands.DUMPS_WITHIN, f"dump {want.name}"), f"dumping {want.name}")
                self._said(ended.output)
            case Upload():
                key = self.context.asked.configuration.backup.kms_key
                script = commands.upload(step.backup, want.database, step.place, key if isinstance(key, str) else "")
                succeeded(command(script, commands.UPLOADS_WITHIN, f"upload the dump of {want.name}"), f"uploading to {step.place}")
                self._verify(step.place)
            case TagDump():
                bucket, key_ = bucket_and_key(step.place)
                with one_write():
                    tags = self._tags()
                    self.context.clients.write("s3").put_object_tagging(Bucket=bucket, Key=key_, Tagging={"TagSet": as_list(tags)})
                self.tags = tags
            case RemoveFile():
                succeeded(command(commands.remove(step.backup), 60, "remove a dump"), "removing the dump from the instance")
                self.removed = True
            case _:
                self.downtime.act(step)

    def _said(self, output: str) -> None:
        found = SAID.search(output)
        if not found or not int(found[2]):
            what = f"the dump of {self.want.name} says neither its checksum nor its size, or is empty"
            raise Failure(Exit.FAILED, Fault(what, "It is no backup. Look at the command's output under Run Command, Command history."))
        self.checksum, self.size = found[1], int(found[2])

    def _verify(self, place: str) -> None:
        """What S3 has is what the instance has: by size, and by S3's own SHA-256 where the upload was in one part; of parts, S3 has checked each."""
        seen = self._head(place)
        checksum = seen.get("ChecksumSHA256", "")
        whole = base64.b64encode(bytes.fromhex(self.checksum)).decode()
        if seen["ContentLength"] != self.size or not checksum or ("-" not in checksum and checksum != whole):
            what = (
                f"{place} differs from the dump: {seen['ContentLength']:,} of {self.size:,} bytes, SHA-256 {checksum or 'not known to S3'}"
            )
            raise Failure(Exit.FAILED, Fault(what, "It is no backup, and has no tags. Run the command again."))
        self.verified = True

    def _head(self, place: str) -> dict[str, Any]:
        bucket, key = bucket_and_key(place)
        s3 = self.context.clients.read("s3")
        answer: dict[str, Any] = look_again(self.run.clock, lambda: s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED"))
        return answer

    def _tags(self) -> dict[str, str]:
        tags = tags_of(
            self.want.backup,
            self.target.name,
            self.context.asked.environment,
            self.want.run,
            tag_of(self.fingerprint),
            self.fingerprint.identity.version,
        )
        up_to = {UP_TO: str(self.transaction)} if self.transaction is not None else {}
        return tags | up_to | {CHECKSUM: self.checksum}

    def backup(self) -> Backup:
        """As S3 has it now."""
        bucket, key = bucket_and_key(self.want.place)
        s3, seen = self.context.clients.read("s3"), self._head(self.want.place)
        tags = as_mapping(look_again(self.run.clock, lambda: s3.get_object_tagging(Bucket=bucket, Key=key))["TagSet"])
        return read_backup(
            tags, method="dump", place=self.want.place, taken=seen["LastModified"], state="complete", size=seen["ContentLength"]
        )
