"""The issue that says that there is a newer version: its text is pure, and it is kept current by a scheduled check."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Failure
from credex_actions.core.summary import Page
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.github.connection.credentials import INPUTS, GivenCredentials
from credex_actions.github.connection.session import Session
from credex_actions.github.issues.keeping import keep, opened
from credex_actions.rollout.checking import Checked, Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.report import HOW_TO
from credex_actions.rollout.versions.paths import end_of_life, release_notes


def title(environment: str) -> str:
    """The same from version to version, so that people find it, and can mute it."""
    return f"Neo4j: an update is available{f' in {environment}' if environment else ''}"


def key(environment: str) -> str:
    return f"neo4j-ami-rollout {environment}".strip()


def about(there: Discovered, results: Sequence[Checked]) -> str:
    """What the issue is about: "" where every database is current and has booted with the user data of neo4j.yml, so that it is closed."""
    behind = [each.name for each in results if each.outcome.startswith("newer-version")]
    version = f"{there.target} for {', '.join(behind)}" if behind and there.target else ""
    if not version and not known(there, results):
        return ""
    differ = [each.name for each in results if each.user_data and each.user_data.outcome == "differs"]
    return "; ".join(filter(None, (version, f"new user data for {', '.join(differ)}" if differ else "")))


def known(there: Discovered, results: Sequence[Checked]) -> bool:
    """Whether it can be said that there is nothing to say."""
    return there.target is not None and all(each.outcome != "unknown" for each in results)


def body(page: Page, there: Discovered, results: Sequence[Checked], today: date) -> str:
    """Nothing in it changes from look to look unless there is something new."""
    page.paragraph(f"Neo4j {there.target} is the newest of the series {there.series}, as two kinds of sources agree.")
    page.facts(((each.name, each.says) for each in results), title="Databases")
    page.points([[note] for each in results for note in each.notes], title="To know before")
    page.points([[line] for line in _links(there, today)])
    page.paragraph(
        f"Next: plan the roll-out, review it, and apply it ({HOW_TO}). This issue is kept up to date, and closed once all databases run it, with the user data of neo4j.yml."
    )
    return str(page)


def _links(there: Discovered, today: date) -> Iterator[str]:
    if there.target:
        yield f"Release notes: {release_notes(there.target)}"
    if life := end_of_life(there.series, today):
        yield f"{life}."
    if there.later.version:
        yield f"{there.later.version} is the newest of the next series."


def session_of(inputs: Inputs, context: Context) -> Session:
    """Before anything is looked at. Raises Failure(BAD_INPUT) where nobody may write the issue."""
    given = GivenCredentials(inputs.token, inputs.app_id, inputs.app_private_key, inputs.app_installation_id, INPUTS)
    return opened(given, inputs.repository, context.runner, context.clock)


def announced(
    context: Context, session: Session, there: Discovered, results: Sequence[Checked], outputs: Mapping[str, Any]
) -> dict[str, str | None]:
    """The issue's output. Raises Partial, with `outputs`: what was found out is known, whatever becomes of the issue."""
    try:
        return {"issue_url": _announce(context, session, there, results) or None}
    except Failure as failure:
        raise Partial(failure, outputs, summarised=True) from None


def _announce(context: Context, session: Session, there: Discovered, results: Sequence[Checked]) -> str:
    environment = context.asked.environment
    says = about(there, results)
    if not says and not known(there, results):
        context.runner.info("The issue was left as it is: not all versions are known.")
        return ""
    text = body(Page(context.runner.redact), there, results, context.clock.now().date()) if says else ""
    return keep(session, key(environment), title(environment), says, text, context.runner, context.clock, dry_run=context.asked.dry_run)
