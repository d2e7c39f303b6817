"""Actions for teams that deploy to AWS ECS: as GitHub Actions, as the command `credex-actions`, and as functions of this package.

    import credex_actions
    outputs = credex_actions.verify_deployment(url="https://api.example.com/health", expect_json={"status": "OK"})

Every command is a function of its inputs (credex_actions/library.py); it is imported when it is first asked for.
"""

TYPE_CHECKING = False  # as in `typing`, whose import costs 3 ms
if TYPE_CHECKING:
    from typing import Any

    from credex_actions._version import __version__ as __version__


def __getattr__(name: str) -> "Any":
    if name == "__version__":
        from credex_actions._version import __version__

        return __version__
    from credex_actions._commands import COMMANDS

    if name.replace("_", "-") not in COMMANDS:
        raise AttributeError(f"module 'credex_actions' has no attribute '{name}'")
    from credex_actions.library import function

    return function(name)


def __dir__() -> list[str]:
    from credex_actions._commands import COMMANDS

    return sorted([*globals(), "__version__", *(name.replace("-", "_") for name in COMMANDS)])
