"""The summary of a plan, as the reusable workflow writes it before a reviewer is asked."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.pictures.summarised import HOSTILE

ROOT: Final = Path(__file__).resolve().parents[2]


def plan() -> str:
    given = {
        "environment": "production",
        "deploy": "true",
        "cluster": "credex-cluster-production",
        "service": "credex-core-service-production",
        "image": "123456789012.dkr.ecr.af-south-1.amazonaws.com/credex-core-production:4f1c2ab3d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0",
        "compare-with": HOSTILE,
        "secret-names": "JWT_SECRET, NEO_4J_LEDGER_SPACE_BOLT_URL, NEO_4J_SEARCH_SPACE_BOLT_URL",
        "on-failure": "rollback",
    }
    with TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.md"
        environment = {"PYTHONPATH": str(ROOT), "GITHUB_STEP_SUMMARY": str(summary)}
        environment |= {f"INPUT_{name.upper().replace('-', '_')}": value for name, value in given.items()}
        script = ROOT / ".github" / "actions" / "look-at-inputs" / "look.py"
        subprocess.run([sys.executable, script], env=environment, cwd=folder, check=True, capture_output=True, timeout=60)
        return summary.read_text()
