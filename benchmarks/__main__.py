"""script/bench [--peer DIR ...]: our figures, and with --peer a Node action's in the same run.

DIR is the folder of a released action, with its action.yml and dist/index.js; which one it is, its name says. The goals are the
project's own (docs/reference/figures.md).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import guarding, rendering, setting_up
from benchmarks.row import Row

WIDTHS = (58, 14, 14, 8, 8)


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--peer", type=Path, action="append", default=[], help="folder of a Node action to measure in the same run")
    parser.add_argument(
        "--only",
        choices=["render", "setup", "release", "deploy", "trigger", "rotate", "roll", "guard", "logs", "maintain"],
        help="one part alone",
    )
    asked = parser.parse_args()
    peers = {path.name: path.resolve() for path in asked.peer}
    line("what", "ours", "against", "ratio", "goal")
    met = True
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(asked.only, peers, Path(folder)):
            line(row.what, row.ours, row.against, f"{row.ratio:.2f}" if row.ratio is not None else "", row.goal)
            met = met and row.met
    print("Every goal that was measured is met." if met else "Not every goal is met: see the marked rows.")
    return 0 if met else 1


def rows(only: str | None, peers: dict[str, Path], folder: Path) -> Iterator[Row]:
    if only in (None, "render"):
        yield from rendering.rows(peers.get("amazon-ecs-render-task-definition"), folder)
    if only in (None, "guard"):
        yield from guarding.rows(folder)
    if only in (None, "setup"):
        yield from setting_up.rows(folder)
    if only in (None, "release"):
        from benchmarks import released  # builds one

        yield from released.rows(peers.get("amazon-ecs-render-task-definition"), folder)
    if only in (None, "deploy"):
        from benchmarks import deploying  # moto takes two seconds to import

        yield from deploying.rows(peers.get("amazon-ecs-deploy-task-definition"), folder)
    if only in (None, "trigger"):
        from benchmarks import following

        yield from following.rows()
    if only in (None, "rotate"):
        from benchmarks import rotating

        yield from rotating.rows()
    if only in (None, "roll"):
        from benchmarks import rolling

        yield from rolling.rows()
    if only in (None, "logs"):
        from benchmarks import reviewing_logs

        yield from reviewing_logs.rows()
    if only in (None, "maintain"):
        from benchmarks import maintaining

        yield from maintaining.rows()


def line(*cells: str) -> None:
    print("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
