"""The packaged model of RegisterTaskDefinition is the one that the installed botocore ships."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "script" / "extract-model"


def test_the_packaged_model_knows_all_that_botocore_knows() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], check=False)
    assert done.returncode == 0, "botocore knows something else: run script/extract-model, read the difference, run the tests"
