"""python -m tests.pictures.terminal    deploys an image that crashes, in the sandbox, and stores what was printed: docs/assets/rolled-back.txt.

script/generate draws docs/assets/rolled-back.svg from it, which the README shows.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from credex_actions.sandbox import Sandbox

STORED: Final = Path(__file__).parents[2] / "docs" / "assets" / "rolled-back.txt"
COMMAND: Final = "credex-actions deploy-task-definition --task-definition task-definition.json --cluster {cluster} --service {service}"


def transcript(sandbox: Sandbox) -> str:
    """The command, and everything that it prints where nobody looks at a terminal: plain lines."""
    place = sandbox.provision("credex-core", "production", desired_count=1, load_balancer=False)
    image = sandbox.push_image(place.repository, "4f1c2ab-crash")
    with TemporaryDirectory() as folder:
        (Path(folder) / "task-definition.json").write_text(json.dumps(place.definition(image)))
        command = COMMAND.format(cluster=place.cluster, service=place.service)
        words = [sys.executable, "-m", "credex_actions", *command.split()[1:]]
        ran = subprocess.run(words, cwd=folder, env=sandbox.environment, capture_output=True, text=True, timeout=120, check=False)
    return f"$ {command}\n{ran.stderr}$ echo $?\n{ran.returncode}\n"


def lasting(text: str) -> list[str]:
    """What is the same in every run: without ids, times, and the progress, which may be read at any moment."""
    lines = [line for line in text.splitlines() if not re.match(r"\d+:\d\d", line)]
    return [re.sub(r"\b(subnet-|sg-)?[0-9a-f]{17,32}\b|\b\d+\.\d s\b|\b\d+ available", "…", line) for line in lines]


if __name__ == "__main__":
    with Sandbox() as started:
        STORED.write_text(transcript(started))
