"""start.py FOLDER [--found] run NAME [ARGUMENT ...] | script NAME FILE: what install.sh does, in a release, whose packages are beside the suite: no index is asked.

start.sh starts it with whatever `python3` is. One that is too old or not whole hands over to install.sh, which looks for another (`--found`: this is that one). So does what
a release does not carry because it has to be compiled: a command that needs such a package has a list in requirements/, which install.sh installs as on a branch.
FOLDER is where byte code is kept. Written so that old Pythons can read it.
"""

import os
import stat
import sys

TYPE_CHECKING = False  # typing's own would have to be loaded
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.abc import PathEntryFinder
    from types import CodeType

TOKEN_SUFFICES = ("comment-on-pull-request", "promote", "trigger-dev-deploy")
"""These need compiled packages for the private key of a GitHub App only."""


def is_usable() -> bool:
    """Whether this interpreter can run the suite: Debian's python3-minimal has no json, and one that was built without OpenSSL no ssl."""
    if sys.version_info < (3, 11) or sys.implementation.name != "cpython":
        return False
    import _frozen_importlib_external as machinery  # importlib would load more than the suite does

    return all(name in sys.builtin_module_names or machinery.PathFinder.find_spec(name) for name in ("json", "_ssl", "zlib"))


def needs_installing(name: str, arguments: "list[str]", environment: "Mapping[str, str]", here: str) -> bool:
    """`here`: the folder of this file."""
    if not os.path.exists(os.path.join(here, "requirements", name + ".txt")):
        return False
    if name not in TOKEN_SUFFICES:
        return True
    keys = [prefix + each for prefix in ("INPUT_", "GH_") for each in ("APP_ID", "APP_PRIVATE_KEY")]
    return any(environment.get(key) for key in keys) or any(each.startswith("--app-") for each in arguments)


def hand_over(here: str, *arguments: str) -> None:
    """To bash, which takes this process's place, where a system can do that: signals are meant for whoever runs the command."""
    command = ["bash", os.path.join(here, "install.sh"), *arguments]
    if os.name == "nt":
        import subprocess

        sys.exit(subprocess.call([first_bash(os.environ.get("PATH", "").split(os.pathsep)), *command[1:]]))
    os.execvp(command[0], command)  # noqa: S606 - bash is what runs the action


def first_bash(folders: "Iterable[str]") -> str:
    """Windows looks into its own folder before it looks at PATH, and finds there the bash of its subsystem for Linux, which knows nothing of this one's files."""
    found = (os.path.join(folder, "bash.exe") for folder in folders)
    return next((each for each in found if os.path.isfile(each)), "bash")


def is_private(folder: str) -> bool:
    """Creates it if it does not exist, for this user alone whatever the umask is: whoever can write byte code runs it as this user."""
    try:
        if not os.path.lexists(folder):
            os.mkdir(folder, 0o700)
        seen = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and (os.name == "nt" or (seen.st_uid == os.geteuid() and not seen.st_mode & 0o022))


def keep_byte_code(suite: str, folder: str) -> None:
    """In `folder`, since the suite's may not be written to. Python's own modules have theirs nearly everywhere: compiling them again would take twice as long as all of ours."""
    import _frozen_importlib_external as machinery

    if not os.path.exists(machinery.cache_from_source(sys.modules["encodings"].__file__)):
        sys.pycache_prefix, sys.dont_write_bytecode = folder, False
        return

    class Loader(machinery.SourceFileLoader):
        def get_code(self, name: str) -> "CodeType":
            sys.pycache_prefix, sys.dont_write_bytecode = folder, False
            try:
                return super().get_code(name)
            finally:
                sys.pycache_prefix, sys.dont_write_bytecode = None, True

    def ours(path: str) -> "PathEntryFinder":
        if path.startswith(suite) and os.path.isdir(path):  # runpy asks for a script's file, too
            return machinery.FileFinder(path, (Loader, [".py"]))
        raise ImportError

    sys.path_hooks.insert(0, ours)


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv.pop(1)
    found = sys.argv[1:2] == ["--found"]
    if found:
        del sys.argv[1]
    arguments = sys.argv[1:]
    if not found and not is_usable():
        hand_over(here, *arguments)
    if len(arguments) > 1 and needs_installing(arguments[1], arguments[2:], os.environ, here):
        hand_over(here, "installing", *arguments)
    suite = os.path.dirname(here)
    if is_private(os.path.dirname(folder)):
        keep_byte_code(suite, folder)
    # After the standard library, so that nothing here can hide a module of Python's own.
    sys.path += [suite, os.path.join(suite, "packages")]
    del sys.argv[1]
    if arguments[0] == "script":
        import runpy

        runpy.run_path(sys.argv[2], run_name="__main__")
    else:
        from credex_actions.cli import run

        run()


if __name__ == "__main__":
    main()
