"""systemctl and systemd-run, for the unit neo4j and timers that start it."""

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed
from credex_actions.sandbox.neo4j import NotStartedError

UNIT = "neo4j"
INACTIVE = 3
"""Source: systemctl(1), exit status."""


def systemctl(call: Call) -> Said:
    words = [word for word in call.words if not word.startswith("-")]
    verb, units = (words[0], words[1:]) if words else ("", [])
    if verb == "stop" and units and all(unit.endswith(".timer") or unit.removesuffix(".service") in call.machine.timers for unit in units):
        return _stop_timers(call, units)
    if verb == "daemon-reload":
        return Said()
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
                call.machine.enable_database(enabled=verb == "enable")
            case "is-enabled":
                return _told(call, "enabled" if call.machine.database_enabled else "disabled", 0 if call.machine.database_enabled else 1)
            case "is-active":
                running = call.machine.database_running
                return _told(call, "active" if running else "inactive", 0 if running else INACTIVE)
            case _:
                return failed(f"Unknown command verb '{verb}', or one that the sandbox does not know.")
    except NotStartedError as error:
        what = f"Job for {UNIT}.service failed because the control process exited with error code.\nsandbox: {error}"
        return failed(what)
    return Said()


def _told(call: Call, state: str, code: int) -> Said:
    quiet = "--quiet" in call.words or "-q" in call.words
    return Said("" if quiet else f"{state}\n", "", code)


def _stop_timers(call: Call, units: list[str]) -> Said:
    known = [unit.removesuffix(".timer") for unit in units if unit.removesuffix(".timer") in call.machine.timers]
    for name in known:
        call.machine.cancel_timer(name)
    return Said() if known else failed(f"Failed to stop {units[0]}: Unit {units[0]} not loaded.", 5)


def systemd_run(call: Call) -> Said:
    """As far as it sets a timer that starts the database at its end, whatever it waits for before."""
    options = dict(word.partition("=")[::2] for word in call.words if word.startswith("--"))
    if not call.words[-1].endswith(f"systemctl start {UNIT}"):
        return failed(f"sandbox: only a timer that ends with systemctl start {UNIT} is there")
    name = options.get("--unit", "")
    if name in call.machine.timers:
        return failed(f"Failed to start transient timer unit: Unit {name}.timer was already loaded or has a fragment file.")
    call.machine.start_database_after(float(options["--on-active"]), name)
    return Said()
