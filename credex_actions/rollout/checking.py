"""The mode check: which version each database runs, and which newer one it could be updated to. It reads only; the judging is pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import botocore.exceptions

from credex_actions.core.aws.clients import explain
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.databases.finding import Found
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.context import Context
from credex_actions.rollout.running import Running, running
from credex_actions.rollout.versions.agreement import WITNESSES, Newest, doubt_about, newest_beyond, newest_of
from credex_actions.rollout.versions.paths import Path, end_of_life, path
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Series, Version


@dataclass(frozen=True)
class Discovered:
    """What the sources say. `target`: the version that was asked for, or the newest of the series; None if it is not known."""

    series: Series
    published: tuple[Published, ...]
    target: Version | None
    doubt: str
    later: Newest

    @property
    def troubles(self) -> list[Published]:
        return [each for each in self.published if each.trouble]

    @property
    def code(self) -> Exit:
        """Where they do not agree: with fewer than two kinds that respond, it is the network that has to be mended; sources that contradict each other are refused."""
        respond = {each.source.kind for each in self.published if not each.trouble}
        return Exit.REMOTE if self.troubles and len(respond) < WITNESSES else Exit.REFUSED


def discovered(series: Series, asked: Version | None, published: tuple[Published, ...]) -> Discovered:
    newest = _asked(asked, published) if asked else newest_of(series, published)
    return Discovered(series, published, newest.version, newest.doubt, newest_beyond(series, published))


def _asked(version: Version, published: tuple[Published, ...]) -> Newest:
    known = any(version in each.versions for each in published)
    return Newest(version if known else None, doubt_about(version, published))


@dataclass(frozen=True)
class UserData:
    """Those that a root volume was booted with, beside those of neo4j.yml. `says`: "" where they are the same."""

    outcome: Literal["as-configured", "differs"]
    says: str = ""


@dataclass
class Checked:
    """One database. `outcome`: current, newer-version, newer-version-refused, unknown. `user_data`: None where neo4j.yml names none, or that is not known."""

    name: str
    running: Running | None = None
    outcome: str = "unknown"
    user_data: UserData | None = None
    says: str = ""
    notes: list[str] = field(default_factory=list)
    fault: Fault | None = None
    code: Exit = Exit.DONE


def check(context: Context, name: str, database: Database, found: Found, there: Discovered) -> Checked:
    """Never raises but Cancelled: a database that does not answer keeps nobody from hearing about the others."""
    try:
        return judged(name, running(context, found, database), there, context.clock.now().date())
    except Failure as failure:
        return failed(name, failure)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        return failed(name, explain(error))


def failed(name: str, failure: Failure) -> Checked:
    fault = failure.faults[0]
    return Checked(name, says=fault.what, fault=fault, code=failure.code)


def judged(name: str, running: Running, there: Discovered, today: date) -> Checked:
    now, target, later = running.version, there.target, there.later.version
    result = Checked(name, running)
    if target is None:
        result.says = f"it runs {now}; {there.doubt}"
    elif target == now:
        result.outcome, result.says = "current", f"it runs {now}, the newest of {there.series}" if not there.doubt else f"it runs {now}"
    else:
        _towards(result, now, target, path(now, target))
    if running.doubt:
        result.notes.append(running.doubt)
    if later and later > now and later != target:
        beyond = path(now, later)
        result.notes.append(f"{later} is the newest of {later.series}: {beyond.refused or 'the path allows it'}")
        result.notes += beyond.notes
    if life := end_of_life(now.series, today):
        result.notes.append(life)
    return result


def _towards(result: Checked, now: Version, target: Version, way: Path) -> None:
    if target < now and target.series < now.series:
        result.outcome, result.says = "current", f"it runs {now}, which is newer than the series {target.series}"
        return
    if way.refused:
        result.outcome, result.says = "newer-version-refused" if target > now else "current", f"it runs {now}; {way.refused}"
        return
    result.outcome, result.says = "newer-version", f"it runs {now}; {target} can replace it"
    result.notes += way.notes


def verdict(results: list[Checked]) -> str | None:
    """Of all databases. None where that is not known of one, and none of the others could be updated."""
    outcomes = {result.outcome for result in results}
    if outcomes & {"newer-version", "newer-version-refused"}:
        return "newer-version"
    return None if "unknown" in outcomes else "current"
