"""What is said of a rotation: ages, last uses, what is due, where each value is, and what was done. Never a value, and nothing that a guess could be tried against."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET

from credex_actions.core.durations import duration, in_words
from credex_actions.core.interrupt import undisturbed
from credex_actions.core.runner import Runner
from credex_actions.core.summary import Page
from credex_actions.core.timeline import Bar, lasted
from credex_actions.rotation.manifest import model as manifest
from credex_actions.rotation.manifest.model import Manifest
from credex_actions.rotation.outcome import WORDS, Result
from credex_actions.rotation.surroundings import Caller

Told = dict[str, Any]
ELSE = "another value, or none"
MARKS = {"failed": "❌", "cancelled": "❌", "waiting": "⏳", "unfinished": "⏳", "planned": "📝"}


def told(results: Sequence[Result], given: Manifest, caller: Caller, began: datetime, ended: datetime, mode: str) -> Told:
    return {
        "mode": mode,
        "as": caller.arn,
        "began": began.isoformat(timespec="seconds"),
        "seconds": round((ended - began).total_seconds(), 1),
        "credentials": [_one(result, given, ended, caller, mode) for result in results],
    }


def _one(result: Result, given: Manifest, now: datetime, caller: Caller, mode: str) -> Told:
    seen, credential = result.seen, given.credentials[result.name]
    current = seen.held.current if seen else None
    age = now - current.created if current else None
    after = given.defaults.rotate_after if credential.rotate_after is UNSET else credential.rotate_after
    due = None if current is None or isinstance(credential, manifest.Copied) else current.created + duration(after)
    stamps = result.stamps()
    steps = result.run.sent.items() if result.run else ()
    return {
        "name": result.name,
        "kind": result.kind,
        "outcome": result.outcome,
        "why": result.why,
        "tried": result.tried,
        "age_days": round(age.total_seconds() / 86_400, 5) if age is not None else None,
        "created": current.created.isoformat(timespec="seconds") if current else None,
        "due": due.isoformat(timespec="seconds") if due else None,
        "identities": [
            {
                "name": each.name,
                "active": each.active,
                "created": each.created.isoformat(timespec="seconds") if each.created else None,
                "last_used": each.used.isoformat(timespec="seconds") if each.used else None,
                "used_for": each.used_for,
                "current": bool(current and each.name == current.identity),
            }
            for each in (seen.identities if seen else ())
        ],
        "breaks": list(_breaks(result)) if mode == "emergency" else [],
        "source": result.source,
        "escrow": result.escrow,
        "places": [{"place": key, "holds": _holds(result, key), "receipt": stamps.get(key, "")} for key in result.places],
        "plan": list(result.plan),
        "steps": [
            {
                "step": str(step),
                "at": sent.began.isoformat(timespec="seconds"),
                "seconds": round((sent.ended - sent.began).total_seconds(), 1) if sent.ended else None,
            }
            for step, sent in steps
        ],
        "faults": [fault._asdict() for fault in result.faults],
        "state": result.left if result.faults else "",
        "advice": [*_advice(credential, caller), *_strangers(result)],
    }


def _breaks(result: Result) -> Iterator[str]:
    """Who still has the previous value, and will notice that it is gone. An emergency waits for nobody."""
    seen = result.seen
    if seen is None:
        return
    foreseen = result.outcome == "planned"
    since = seen.held.distributed[1] if seen.held.distributed and not foreseen else seen.now
    for user in seen.users:
        if user.since is not None and user.since < since and not (foreseen and user.redeployable):
            yield f"{user.name}, which started before the new value {'is' if foreseen else 'was'} written"
    current = seen.held.current
    for each in result.identities_before:
        if each.used and (foreseen or current is None or each.name != current.identity):
            yield f"whoever used {each.name} last, at {each.used:%Y-%m-%d %H:%M} UTC{f' for {each.used_for}' if each.used_for else ''}"


def _holds(result: Result, key: str) -> str:
    """In words: a version's id means nothing to people."""
    held = result.seen.held if result.seen else None
    version = result.seen.places.get(key) if result.seen else None
    if held is None or not version:
        return ELSE
    for word, each in (("current", held.current), ("new", held.pending), ("former", held.previous)):
        if each and each.id == version:
            return f"the {word} value"
    return ELSE


def _advice(credential: manifest.Credential, caller: Caller) -> list[str]:
    if not isinstance(credential, manifest.IamAccessKey):
        return []
    advice = []
    if any(isinstance(target, manifest.GithubSecret) for target in credential.targets):
        advice.append(f"{credential.user}: a role that GitHub assumes with OIDC needs no access key, and no rotation")
    if caller.user == credential.user:
        advice.append(f"{credential.user} runs this rotation, so it was rotated last; replace it with a role that GitHub assumes with OIDC")
    return advice


def _strangers(result: Result) -> Iterator[str]:
    """Keys next to the current one that no rotation made or replaced."""
    held = result.seen.held if result.seen else None
    if held is None or held.current is None or result.kind != "iam-access-key":
        return
    known = held.current.known | {each.identity for each in (held.current, held.pending, held.previous) if each}
    for each in result.seen.identities if result.seen else ():
        if each.name not in known:
            yield f"{result.source} has another access key, {each.name}, that rotation does not manage: delete it if nobody needs it"


def sentence(results: Sequence[Result]) -> str:
    counts: dict[str, int] = {}
    for result in results:
        counts[result.outcome] = counts.get(result.outcome, 0) + 1
    order = ("rotated", "mended", "ended", "waiting", "unfinished", "planned", "fresh", "looked", "failed", "cancelled")
    return ", ".join(f"{counts[each]} {'checked' if each == 'looked' else each}" for each in order if each in counts) or "nothing to do"


@undisturbed()
def say(runner: Runner, report: Told, results: Sequence[Result]) -> None:
    runner.report.update(report)
    good = None if any(result.outcome in {"waiting", "unfinished"} for result in results) else True
    if any(result.faults for result in results):
        good = False
    head = f"rotate-secrets {report['mode']}: {sentence(results)}"
    lines = [head]
    for told_one in report["credentials"]:
        lines.append(f"  {told_one['name']}: {_verdict(told_one)}")
        lines += [f"    {line}" for line in told_one["plan"]]
        lines += [f"    breaks {line}" for line in told_one["breaks"]]
    runner.result("\n".join(lines))
    advice = [line for each in report["credentials"] for line in each["advice"]]
    for line in advice:
        runner.info(f"Advice: {line}.")
    page = Page(runner.redact)
    page.verdict(good=good, sentence=head)
    _summary(page, report, advice)
    runner.summary(str(page))


def _verdict(one: Told) -> str:
    words = _words(one)
    if one["age_days"] is not None:
        words += f" ({_age(one)}{', due ' + one['due'][:10] if one['due'] else ''})"
    return words


def _words(one: Told) -> str:
    if one["outcome"] == "looked" and not one["faults"]:
        return one["tried"] or "; ".join(_standing(one))
    return WORDS[one["outcome"]] + (f": {one['why']}" if one["why"] else "")


def _standing(one: Told) -> Iterator[str]:
    """How a credential stands: what it is at its source, and where it is."""
    if one["age_days"] is None:
        yield "its escrow is empty"
    for each in one["identities"]:
        role = "" if each["current"] else ", the previous one" if one["age_days"] is not None else ""
        purpose = f" for {each['used_for']}" if each["used_for"] else ""
        used = f"last used {each['last_used'][:16].replace('T', ' ')}{purpose}" if each["last_used"] else ""
        facts = ", ".join(filter(None, ["" if each["active"] else "inactive", used]))
        yield f"{each['name']}{role}{f' ({facts})' if facts else ''}"
    if one["places"]:
        there = sum(1 for each in one["places"] if each["holds"] != ELSE)
        targets = f"{len(one['places'])} {'target' if len(one['places']) == 1 else 'targets'}"
        yield f"in {there} of {targets}" if one["age_days"] is not None else f"intended for {targets}"


def _age(one: Told) -> str:
    from datetime import timedelta

    return f"{in_words(timedelta(days=one['age_days']))} old"


def _summary(page: Page, report: Told, advice: Sequence[str]) -> None:
    credentials = report["credentials"]
    page.points(
        [
            [f"❌ {fault['what']}", f"What to do: {fault['hint']}" if fault["hint"] else "", f"State: {one['state']}"]
            for one in credentials
            for fault in one["faults"]
        ],
        "Errors",
    )
    page.facts([(f"{MARKS.get(one['outcome'], '✅')} {one['name']}", list(_happened(one))) for one in credentials], "Results")
    page.points([f"{one['name']} breaks {line}" for one in credentials for line in one["breaks"]], "What breaks")
    page.facts([(one["name"], one["plan"]) for one in credentials], "Plan")
    page.timeline("Steps and times", list(_bars(report)))
    _folded(page, "Steps", [(one["name"], [_done(step) for step in one["steps"]]) for one in credentials])
    places = [(one["name"], [f"{each['place']} ({each['holds']})" for each in one["places"]]) for one in credentials]
    _folded(page, "Where each value is", places)
    page.points(advice, "Advice")


def _happened(one: Told) -> Iterator[str]:
    yield _words(one)
    if one["age_days"] is not None:
        yield f"{_age(one)}{', due ' + one['due'][:10] if one['due'] else ''}"
    if used := max((each["last_used"] or "" for each in one["identities"]), default=""):
        yield f"Last used {used[:16].replace('T', ' ')}"


def _done(step: Told) -> str:
    return f"{step['step']} ({'no answer' if step['seconds'] is None else lasted(step['seconds'])})"


def _folded(page: Page, title: str, facts: Sequence[tuple[str, Sequence[str]]]) -> None:
    if any(lines for _, lines in facts):
        with page.folded(title):
            page.facts(facts)


def _bars(report: Told) -> Iterator[Bar]:
    """One for each credential, from its first step to its last."""
    began = datetime.fromisoformat(report["began"])
    for one in report["credentials"]:
        spans = [((datetime.fromisoformat(step["at"]) - began).total_seconds(), step["seconds"] or 1.0) for step in one["steps"]]
        if spans:
            yield Bar(one["name"], spans[0][0], max(at + seconds for at, seconds in spans), failed=bool(one["faults"]))


def outputs(report: Told, results: Sequence[Result]) -> dict[str, str | None]:
    def names(*which: str) -> str:
        return json.dumps([result.name for result in results if result.outcome in which])

    return {
        "outcome": sentence(results),
        "rotated": json.dumps([result.name for result in results if result.rotated]),
        "waiting": names("waiting", "unfinished"),
        "failed": names("failed", "cancelled"),
        "details": json.dumps(report["credentials"]),
    }
