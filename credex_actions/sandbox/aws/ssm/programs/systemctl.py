"""systemctl, for the unit neo4j alone."""

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed
from credex_actions.sandbox.neo4j import NotStartedError

UNIT = "neo4j"
INACTIVE = 3
"""Source: systemctl(1), exit status."""


def systemctl(call: Call) -> Said:
    words = [word for word in call.words if not word.startswith("-")]
    verb, units = (words[0], words[1:]) if words else ("", [])
    if [unit.removesuffix(".service") for unit in units] != [UNIT]:
        return failed(f"Unit {units[0] if units else '?'} could not be found: the sandbox's instances have the unit {UNIT} alone.", 5)
    try:
        match verb:
            case "start":
                call.machine.start_database()
            case "stop":
                call.machine.stop_database()
            case "restart":
                call.machine.stop_database()
                call.machine.start_database()
            case "enable" | "disable":
                pass  # an instance of the sandbox starts what is installed
            case "is-enabled":
                return Said("", "", 0 if call.machine.version else 1)
            case "is-active":
                running = call.machine.database_running
                quiet = "--quiet" in call.words or "-q" in call.words
                word = "" if quiet else "active\n" if running else "inactive\n"
                return Said(word, "", 0 if running else INACTIVE)
            case _:
                return failed(f"Unknown command verb '{verb}', or one that the sandbox does not know.")
    except NotStartedError as error:
        what = f"Job for {UNIT}.service failed because the control process exited with error code.\nsandbox: {error}"
        return failed(what)
    return Said()
