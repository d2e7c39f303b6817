"""`credex-actions NAME --flag value`. Finds the command by its name and imports it alone; help comes from a generated table of plain strings."""

import sys


def run() -> None:
    """`main` as a program: ends the process at once. To take its modules apart costs a twentieth of a rendering, and a second that a cancelled step does not have."""
    import gc

    gc.set_threshold(100_000, 50, 100)  # what is imported is no garbage, and looking through it costs as much again
    from credex_actions.core.interrupt import remember, undisturbed

    remember()
    code = main()
    threading = sys.modules.get("threading")
    if threading is not None and any(not each.daemon for each in threading.enumerate() if each is not threading.main_thread()):
        sys.exit(code)  # waits for them
    with undisturbed():
        import atexit

        atexit._run_exitfuncs()  # noqa: SLF001 - temporary folders go as they do at any other end
        for stream in (sys.stdout, sys.stderr):
            try:
                if stream is not None:
                    stream.flush()
            except OSError:  # whoever was to read it has gone, or there is no room: a command that could tell has told it
                code = code or 4
        import os

        os._exit(code)


def main(arguments: "list[str] | None" = None) -> int:
    try:
        return _main(arguments)
    except KeyboardInterrupt:  # while Python still loads; a command that runs has words of its own (core/command/edge.py)
        sys.stderr.write("error: interrupted\n")
        return 130


def _main(arguments: "list[str] | None") -> int:
    given = sys.argv[1:] if arguments is None else arguments
    name, rest = (given[0], given[1:]) if given else ("--help", [])
    from credex_actions._commands import COMMANDS, HELP

    if name in {"--help", "-h", "help"}:
        return _print(HELP)
    if name == "--version":
        from credex_actions._version import __version__

        return _print(f"credex-actions {__version__}")
    if name == "sandbox":
        return _sandbox(rest)
    if name == "completion":
        from credex_actions._completion import script

        return _print(script(rest[0] if rest else "bash"))
    if name not in COMMANDS:
        return _unknown(name, [*COMMANDS, "sandbox", "completion"])
    if "--help" in rest or "-h" in rest:
        return _print(COMMANDS[name])
    from credex_actions.core.command.edge import main as run

    module = f"credex_actions.commands.{name.replace('-', '_')}"
    __import__(module)  # importlib's own way would load importlib and warnings, which nothing else needs here
    return run(name, sys.modules[module], rest)


def _print(text: str) -> int:
    try:
        print(text, flush=True)  # to a closed stdout, too: it has nobody to read it
    except OSError as error:
        import os

        # What is left in the buffer must not fail once more when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"error: stdout cannot be printed to: {error.strerror}\n")
            return 4
    return 0


def _unknown(name: str, known: "list[str]") -> int:
    from credex_actions.core.text import nearest, one_line

    guess = nearest(name, known)
    meant = f" Did you mean {guess}?" if guess else ""
    sys.stderr.write(f"error: there is no command '{one_line(name, 60)}'.{meant}\n  credex-actions --help lists the commands.\n")
    return 2


def _sandbox(arguments: "list[str]") -> int:
    try:
        from credex_actions.sandbox.cli import main as sandbox
    except ImportError as error:
        sys.stderr.write(
            f"error: the sandbox is an extra that is not installed ({error.name}).\n  From a checkout of credex-actions, script/bootstrap installs it.\n"
        )
        return 2
    return sandbox(arguments)
