"""Terraform for tests: whatever the machine's own settings are, and with the providers that it keeps, if it keeps any."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tests.plans.make import mirrors


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    """`folder`: where the settings go. Nothing of the caller's account or of a workflow is in it."""
    settings = folder / "terraform.rc"
    mirror = next(mirrors(), None)
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n' if mirror else "")
    own = {name: value for name, value in os.environ.items() if not re.match("(TF|AWS|GITHUB|RUNNER|INPUT)_", name)}
    return {**own, "TF_CLI_CONFIG_FILE": str(settings), "AWS_EC2_METADATA_DISABLED": "true", **more}
