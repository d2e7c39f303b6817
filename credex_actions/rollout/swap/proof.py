"""Whether a database that was stopped responds again, and is the one from before."""

from dataclasses import dataclass
from datetime import datetime

from credex_actions.backup.live import Live
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Failure
from credex_actions.neo4j.difference import Another, Later, Same, SameContent, Verdict, difference, difference_by_tag
from credex_actions.neo4j.fingerprint import Fingerprint, Tag, tag_of


@dataclass(kw_only=True)
class Proof:
    """`since`: from when it has its time to start. `first`: the last fingerprint from before the stop that this run has read.

    `wrong`: how it differs on the root volume that it goes to, "" if it does not, None as long as that is not known; `verdict`: what the comparison says.
    `foreign`: whether that is another database altogether, such as an empty one where the data volume is not mounted.
    `sure`, `another`: of the root volume that it comes from: whether this run knows by itself that the database responds, and how it differs.
    """

    live: Live
    clock: Clock
    first: Fingerprint | None = None
    since: datetime | None = None
    back_at: datetime | None = None
    why_not: str = ""
    wrong: str | None = None
    verdict: str = ""
    foreign: bool = False
    sure: bool = False
    another: str = ""

    def responds(self) -> bool:
        """Once it is judged, whether it still does is looked at while it is watched."""
        if self.wrong is not None:
            return True
        self.why_not = self.live.silence()
        if not self.why_not:
            self.back_at = self.back_at or self.clock.now()
        return not self.why_not

    def judge(self, before: Tag, version: str, moment: str) -> None:
        """By the tag of its fingerprint from before `moment`, and of the version that it is to have. Raises Failure where it cannot be read: it may have begun to respond just now."""
        now = self.live.fingerprint()
        verdict = self._verdict(before, now)
        self.verdict, self.foreign = str(verdict), isinstance(verdict, Another)
        if now.identity.version != version:
            self.wrong = f"it runs Neo4j {now.identity.version}, not {version}"
        else:
            self.wrong = "" if _is_the_one(verdict) else f"seen from before {moment} it is: {verdict}"

    def is_the_one(self, before: Tag) -> bool:
        """On the root volume that it comes from: whether it responds, and is the one from before."""
        if self.sure or self.another:
            return self.sure
        self.since = self.since or self.clock.now()
        self.why_not = self.live.silence()
        if self.why_not:
            return False
        try:
            now = self.live.fingerprint()
        except Failure as failure:
            self.why_not = failure.faults[0].what
            return False
        verdict = self._verdict(before, now)
        self.sure = _is_the_one(verdict)
        if self.sure:
            self.first = now
        else:
            self.another = f"seen from before the stop it is: {verdict}"
        return self.sure

    def _verdict(self, before: Tag, now: Fingerprint) -> Verdict:
        if self.first and before == tag_of(self.first):
            return difference(self.first, now).verdict
        return difference_by_tag(before, tag_of(now))


def _is_the_one(verdict: Verdict) -> bool:
    return isinstance(verdict, Same | Later | SameContent)
