"""The checks of one database, each from what it needs to what it finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from credex_actions.aws.tunnel import tunnel
from credex_actions.core.durations import duration
from credex_actions.core.text import one_line
from credex_actions.databases.connection import bolt_url
from credex_actions.maintenance.checking import Checking, Skipped
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.graph import backups, certificates, memory, releases, space, working
from credex_actions.maintenance.graph.looks import PATIENCE, Looks
from credex_actions.rollout.running import Running
from credex_actions.rollout.versions.version import read_version


@dataclass(frozen=True)
class OneDatabase:
    checking: Checking
    looks: Looks

    @property
    def resource(self) -> str:
        return self.looks.resource

    @property
    def now(self) -> datetime:
        return self.checking.context.clock.now()

    def examine(self) -> None:
        run = self.checking.run
        run((backups.STALE, backups.UNDRILLED), self._ages)
        run(working.SLOW, self._running)
        run(working.SLOW, self._logged)
        run(working.UNUSED, self._indexes)
        run(space.CHECK, self._space)
        run(memory.CACHE, self._page_cache)
        run(memory.SETTINGS, self._memory)
        run(releases.CHECK, self._version)
        run(certificates.CHECK, self._certificate)

    def _ages(self) -> Iterator[Finding]:
        wanted = self.looks.shared.given.configuration.backup
        return backups.of_ages(self.looks.name, self.looks.shared.environment, self.resource, self.looks.own, wanted, self.now)

    def _running(self) -> Iterator[Finding]:
        return working.running(self.resource, self.looks.part("transactions").running, self.checking.setting(working.SLOW, "seconds"))

    def _logged(self) -> Iterator[Finding]:
        log = self.looks.on_disk.log
        if log is None:
            self.checking.note(
                working.SLOW, f"{self.resource} has no query log (Enterprise Edition writes one): only running queries were looked at"
            )
        return working.logged(self.resource, log, self.checking.setting(working.SLOW, "times"))

    def _indexes(self) -> Iterator[Finding]:
        found, days = self.looks.part("indexes").indexes, self.checking.setting(working.UNUSED, "days")
        if found and not any(working.counted_for(each, self.now, days) for each in found):
            what = f"{self.resource} has counted the reads of its indexes for less than {days:g} days: only whether one has failed was looked at"
            self.checking.note(working.UNUSED, what)
        return working.indexes(self.resource, found, self.now, days)

    def _space(self) -> Iterator[Finding]:
        disk, sizes = self.looks.on_disk.disk, self.looks.sizes()
        self.checking.note(space.CHECK, space.note(self.resource, disk, sizes))
        if len(sizes) > 1:
            self.checking.chart(space.CHECK, space.chart(self.resource, sizes))
        volume = self.looks.found.volume_id
        fix = f"aws ec2 modify-volume --volume-id {volume} --size {self.looks.found.volume_size * 3 // 2 + 1}, then grow the file system" if volume else "Move the data to a volume of its own: credex-actions neo4j-ami-rollout --mode migrate-data-volume"  # fmt: skip
        percent, days = (self.checking.setting(space.CHECK, name) for name in ("percent", "days"))
        return space.growing(self.resource, disk, sizes, percent, days, fix)

    def _page_cache(self) -> Iterator[Finding]:
        told, seen = self.looks.told, None
        try:
            seen = self.looks.on_disk
        except Skipped:
            if told.hit_ratio is None:
                raise
        percent = self.checking.setting(memory.CACHE, "percent")
        return memory.page_cache(self.resource, told, seen.log if seen else None, seen.disk if seen else None, percent)

    def _memory(self) -> Iterator[Finding]:
        told = self.looks.part("settings", "memory")
        if told.memory is None:
            raise Skipped(f"{self.resource} does not tell the memory of its machine")
        return memory.settings(self.resource, told.memory, self.checking.setting(memory.SETTINGS, "percent"))

    def _version(self) -> Iterator[Finding]:
        told = self.looks.part("version")
        version = read_version(told.version)
        if version is None:
            raise Skipped(f"{self.resource} names no version that is a release: {one_line(told.version, 60)}")
        self.checking.note(releases.CHECK, f"{self.resource} runs {version}, {told.edition}")
        today, patches = self.now.date(), self.checking.setting(releases.CHECK, "patches")
        return releases.behind(self.resource, Running(version, told.edition), self.looks.shared.releases, today, patches)

    def _certificate(self) -> Iterator[Finding]:
        url = bolt_url(self.looks.found, self.looks.database, self.looks.around.clients)
        if not certificates.encrypted(url):
            self.checking.note(certificates.CHECK, f"{self.resource} is reached without encryption: it presents no certificate")
            return
        host, port = certificates.place(url)
        if self.looks.database.connect.via == "instance":
            raise Skipped(f"{self.resource} is reached by commands on its instance alone: its certificate is not seen from here")
        if self.looks.database.connect.via == "ssm-tunnel":
            around, within = self.looks.around, duration(PATIENCE).total_seconds()
            with tunnel(
                around.clients,
                around.clock,
                self.looks.found.instance_id,
                self.looks.database.connect.port,
                runner=around.runner,
                within=within,
            ) as local:
                found = certificates.presented("127.0.0.1", local, host)
        else:
            found = certificates.presented(host, port)
        left = found.until - self.now
        self.checking.note(certificates.CHECK, f"the certificate of {self.resource} is valid for {max(left, timedelta()).days} more days")
        yield from certificates.expiring(self.resource, url, found, self.now, self.checking.setting(certificates.CHECK, "days"))
