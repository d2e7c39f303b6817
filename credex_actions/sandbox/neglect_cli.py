"""`credex-actions sandbox neglect`."""

import argparse
import json
from typing import Any, Final

from credex_actions.sandbox import process
from credex_actions.sandbox.machines_cli import table

COLUMNS: Final = ("check", "resource", "key")


def add(commands: Any) -> None:
    """The parser, below argparse's `commands`."""
    neglected = commands.add_parser(
        "neglect", help="let the account look as if nobody had maintained it for a year, and print what is to be found in it"
    )
    neglected.add_argument("--json", action="store_true", help="as a JSON list")


def answer(given: argparse.Namespace) -> str:
    rows = process.ask("neglect")
    return json.dumps(rows, indent=2) if given.json else table(rows, COLUMNS)
