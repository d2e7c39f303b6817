"""Which version of Neo4j a database runs: by its own word, or, where it does not answer, by the tag of the AMI that its instance was launched from."""

from typing import Final, NamedTuple

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.aws.tags import VERSION, as_mapping
from credex_actions.core.aws.looking import look_again
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.databases.around import Around
from credex_actions.databases.connection import reached
from credex_actions.databases.finding import Found
from credex_actions.databases.login import logins
from credex_actions.neo4j.configuration.model import Database
from credex_actions.neo4j.queries import QueryFailedError
from credex_actions.rollout.context import Context
from credex_actions.rollout.versions.version import Version, read_version

QUERY: Final = "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version, edition"
"""From 2025.05 on there are further components. Source: Neo4j operations manual, "dbms.components"."""
PATIENCE: Final = 15.0
"""Seconds for the query."""


class Running(NamedTuple):
    """`edition`: "" if only the AMI's tag is known. `doubt`: why it is the tag's word, "" where it is the database's own."""

    version: Version
    edition: str = ""
    doubt: str = ""


def running(context: Context, found: Found, database: Database) -> Running:
    """Raises Failure where neither tells."""
    if found.state != "running":
        return _by_tag(context, found, Failure(Exit.REMOTE, Fault(f"instance {found.instance_id} is {found.state}")))
    try:
        return _by_bolt(context, found, database)
    except Failure as failure:
        if failure.code is Exit.BAD_INPUT:
            raise
        return _by_tag(context, found, failure)


def _by_bolt(context: Context, found: Found, database: Database) -> Running:
    document = context.asked.given.document
    who = logins(context.clients, database, mask=context.runner.mask, name=found.name, document=document)
    around = Around(context.clients, context.clock, context.runner)
    try:
        with reached(found, database, who, around) as queries:
            row = next(queries.rows(QUERY, database=database.database, timeout=PATIENCE), {})
    except (DriverError, Neo4jError, QueryFailedError) as error:
        raise Failure(Exit.REMOTE, Fault(f"{found.name}: the query for its version failed: {one_line(str(error))}")) from None
    version = read_version(str(row.get("version", "")))
    if version is None:
        raise Failure(Exit.REMOTE, Fault(f"{found.name} names no version that is a release: {one_line(str(row.get('version')), 60)}"))
    return Running(version, str(row.get("edition", "")))


def _by_tag(context: Context, found: Found, failure: Failure) -> Running:
    ec2 = context.clients.read("ec2")
    images = look_again(context.clock, lambda: ec2.describe_images(Filters=[{"Name": "image-id", "Values": [found.image_id]}]))["Images"]
    version = read_version(as_mapping(images[0].get("Tags")).get(VERSION, "")) if images else None
    if version is None:
        hint = f"Check the database's log, then run the same command again. Its AMI {found.image_id} has no tag {VERSION} either."
        raise Failure(Exit.REMOTE, Fault(f"{found.name}: which version it runs is not known: {failure.faults[0].what}", hint))
    return Running(version, doubt=f"as the AMI {found.image_id} is tagged: {failure.faults[0].what}")
