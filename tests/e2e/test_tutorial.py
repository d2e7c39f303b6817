"""The tutorial's commands, executed as they stand on the page."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.chain import ROOT

pytestmark = pytest.mark.slow


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tutorial.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    here = "\n".join(blocks).replace("script/bootstrap", "true").replace("source .venv/bin/activate", "true")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TMPDIR": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    script = f"set -euo pipefail\ntrap 'credex-actions sandbox down 2>/dev/null || true' EXIT\n{here}"
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=360, check=False)
    told = ran.stdout + ran.stderr
    assert ran.returncode == 0, told
    for words in (
        "no value is provided for ${CONTAINER_IMAGE}",
        "exit code 2",
        "Dry run: nothing was changed",
        "unchanged: credex-core:2 already serves in credex-core-service-development in credex-cluster-development.",
        "essential container credex-core exited with code 1",
        "ECS rolled back to credex-core:2",
        "exit code 1",
        "credex-core:4 serves",
        "✓ Development / Deploy: success",
        "Pull request #1, dev to stage, 1 change",
        "which was created and lost before it was escrowed, and was never used",
        "rotate-secrets apply: 2 rotated",
        "development-deployment: works, 5 times in a row",
    ):
        assert words in told, told
    assert "not-a-real-secret" not in told
    assert "ledger.internal" not in told  # by its origin alone is the address of a database a secret
    assert "(secret NEO_4J_LEDGER_SPACE_BOLT_URL)" in told
    assert len(re.findall(r"^.* ecs:UpdateService$", ran.stdout, re.MULTILINE)) == 3
    assert len(re.findall(r"^.* github:create-dispatch$", ran.stdout, re.MULTILINE)) == 2
    assert not (tmp_path / "my-secrets").exists()
