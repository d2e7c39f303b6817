"""neo4j-admin: the real one, of the instance's version, on the instance's store."""

import re

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed
from credex_actions.sandbox.neo4j import NotStartedError

CODE = re.compile(r"exited with code (\d+)")


def neo4j_admin(call: Call) -> Said:
    try:
        return Said(call.machine.admin(*(_absolute(call, word) for word in call.words)))
    except NotStartedError as error:
        found = CODE.search(str(error))
        return failed(str(error), int(found[1]) if found else 1)


def _absolute(call: Call, word: str) -> str:
    """It runs elsewhere than the script: paths are those of the script."""
    option, equals, value = word.partition("=")
    return f"{option}={call.folder / value}" if equals and option.endswith("-path") else word
