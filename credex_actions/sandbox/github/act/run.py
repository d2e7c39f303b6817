"""Executes a workflow file by act, and says what happens as GitHub would name it.

What act does not tell is missing here too: jobs and steps that an `if` left out, and what a step does before and after itself (`pre`, `post`).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from credex_actions.sandbox.github.act import gates as act_gates
from credex_actions.sandbox.github.act import secrets as act_secrets
from credex_actions.sandbox.github.act import step_signals
from credex_actions.sandbox.github.act.log import broken, told
from credex_actions.sandbox.github.act.names import Names
from credex_actions.sandbox.github.runs.happenings import Happening

ACT: Final = Path(sys.executable).with_name("act")
KEPT: Final = (
    *("PATH", "HOME", "LANG", "TMPDIR", "UV_CACHE_DIR", "PIP_CERT", "SSL_CERT_FILE", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
)
"""Of this process's environment: act hands its own to the steps, and the keys and tokens of whoever runs the sandbox stay out."""
SEATS: Final = 8
"""Jobs at a time: one that waits for a review holds up no other."""
LABELS: Final = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "self-hosted")
"""Of runners that act plays on this machine."""


@dataclass(frozen=True)
class Setting:
    """What GitHub knows next to the repository. `secrets`: of organisation and repository; `of_environments`: by the environment's name.

    `local_actions`: OWNER/REPOSITORY@REF -> folder. `token`: the run's github.token.
    """

    secrets: Mapping[str, str]
    of_environments: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    local_actions: Mapping[str, Path]
    actor: str
    token: str


def happenings(
    checkout: Path, workflow: str, event: str, payload: Mapping[str, Any], setting: Setting, stop: threading.Event, kill: threading.Event
) -> Iterator[Happening]:
    """As they happen. `stop` cancels the run as GitHub does, `kill` at once; no process of it outlives the iteration."""
    scratch = Path(tempfile.mkdtemp(prefix="act-"))
    try:
        if not ACT.exists():
            yield from broken("act is not installed; from a checkout of credex-actions, script/bootstrap installs it")
            return
        gates = scratch / "gates"
        gates.mkdir()
        reused = act_gates.prepare(checkout, dict(setting.local_actions), scratch, gates)
        names = Names(checkout / workflow, [folder / ".github" / "workflows" for folder in (checkout, *reused.values())])
        tracking = f"sandbox_{token_hex(8)}"
        given = replace(setting, local_actions=reused, environment={**setting.environment, "RUNNER_TRACKING_ID": tracking})
        command = _command(scratch, checkout, workflow, event, payload, given)
        with subprocess.Popen(
            command,
            cwd=checkout,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            over = threading.Event()
            watcher = threading.Thread(target=step_signals.watch, args=(process, stop, kill, over), daemon=True)
            watcher.start()
            try:
                hidden = [value for vault in (setting.secrets, *setting.of_environments.values()) for value in vault.values()]
                yield from told(process, names, (*hidden, setting.token), stop)
            finally:
                over.set()
                watcher.join()
                step_signals.end(process)
                step_signals.end_strays(tracking)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _command(scratch: Path, checkout: Path, workflow: str, event: str, payload: Mapping[str, Any], setting: Setting) -> list[str]:
    # JSON is YAML, which act reads for these names; in its dotenv format a `$` or a quote in a value would not survive.
    secrets = act_secrets.handed({**setting.secrets, "GITHUB_TOKEN": setting.token}, setting.of_environments)
    options = []
    for kind, values in (("secret", secrets), ("var", setting.variables), ("env", setting.environment)):
        file = scratch / f"{kind}.yml"
        file.touch(mode=0o600)
        file.write_text(json.dumps(dict(values)))
        options += [f"--{kind}-file", str(file)]
    (scratch / "event.json").write_text(json.dumps(dict(payload)))
    options += [part for name, folder in setting.local_actions.items() for part in ("--local-repository", f"{name}={folder}")]
    options += ["--eventpath", str(scratch / "event.json"), "--actor", setting.actor, "--action-cache-path", str(scratch / "cache")]
    options += [
        "-W",
        str(checkout / workflow),
        *(part for label in LABELS for part in ("-P", f"{label}=-self-hosted")),
        "--action-offline-mode",
        "--no-cache-server",
        *("--concurrent-jobs", str(SEATS)),
    ]
    return [str(ACT), event, "--json", *options]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in KEPT}
