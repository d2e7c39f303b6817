"""Chromium, which draws summaries as GitHub does, and the documentation site: what it measures comes back, and pictures for people where a folder is named."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tests import npm

HERE: Final = Path(__file__).parent
WIDTHS: Final = (900, 390)
"""Pixels: a window on a desk, a telephone."""
ENDS_WITHIN: Final = 240.0
"""Seconds, on a machine that has much else to do."""


@dataclass(frozen=True)
class Look:
    """One summary at one width.

    `errors`: Mermaid's. `wide`: parts that do not fit their place. `failed_bars`: bars of a chart that are drawn as critical. `cut_labels`: texts that
    reach over the edge of their chart. `added`, `removed`: coloured lines of a difference. `elements`: names of all there is, but within charts.
    """

    name: str
    width: int
    errors: tuple[str, ...]
    head: str
    empty_heads: int
    page_overflows: int
    wide: tuple[str, ...]
    charts: int
    failed_bars: int
    cut_labels: tuple[str, ...]
    crowded_axes: int
    covered_names: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    elements: tuple[str, ...]
    links: tuple[str, ...]
    text: str


def looks(pages: Mapping[str, str], folder: Path | None = None) -> list[Look]:
    """Every page at every width, in one browser. Raises FileNotFoundError where a tool is missing."""
    order = {"widths": WIDTHS, "folder": str(folder) if folder else None, "pages": pages}
    return msgspec.json.decode(seen_by("draw.mjs", order), type=list[Look])


def seen_by(name: str, order: Mapping[str, object]) -> str:
    """What the program in this folder prints about `order`. Raises FileNotFoundError where a tool is missing."""
    packages = npm.installed(HERE)
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("Chromium is needed to look at pages. On Debian: apt-get install chromium")
    program = packages / name  # Node looks for packages beside the program
    part = packages / f"{os.getpid()}-{name}"
    part.write_text((HERE / name).read_text())
    part.replace(program)  # at once: another process may just be starting it
    pipe = subprocess.PIPE
    with subprocess.Popen(["node", str(program)], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            seen, trouble = process.communicate(json.dumps({"chromium": chromium, **order}), timeout=ENDS_WITHIN)
        except BaseException:
            process.terminate()  # not kill: on SIGTERM puppeteer ends Chromium too
            raise
    if process.returncode:
        raise RuntimeError(f"the pages could not be drawn: {trouble[-2000:]}")
    return seen
