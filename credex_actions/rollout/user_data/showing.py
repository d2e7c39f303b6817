"""Which lines of user data are shown in a diff, that goes into logs, summaries and plans: by a list of what is surely harmless. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from credex_actions.ecs.definition.secrets.guard import HARMLESS, why_secret
from credex_actions.ecs.definition.secrets.shapes import shape_of

SETTING: Final = re.compile(r"[ \t]*((?:[a-z][\w-]*\.)+[\w.-]+|NEO4J_[a-z]\w*)=([\w.,:;/*+%=@{}$ -]{0,200})")
"""Of neo4j.conf, or as the official container image writes one. Source: Neo4j operations manual, "The neo4j.conf file"; "Docker: configuration"."""
NAMES_A_SECRET: Final = re.compile(r"(?i)pass|pwd|secret|token|key|credential|auth|://")
WORD: Final = r"[\w@./+:=-]{1,80}"
HARMLESS_LINES: Final = re.compile(
    r"[ \t]*(?:"
    r"|#![\w/ -]{1,60}"
    r"|#cloud-config"
    r"|set -[a-z]{1,8}(?: pipefail)?"
    r"|fi|done|else|then|esac|do|[{}]|;;|exit [0-9]{1,3}"
    r"|cat >{1,2} ?/[\w./-]{1,120} ?<<-? ?(?:[A-Z]{2,12}|'[A-Z]{2,12}'|\"[A-Z]{2,12}\")"
    r"|cat <<-? ?(?:[A-Z]{2,12}|'[A-Z]{2,12}'|\"[A-Z]{2,12}\") ?>{1,2} ?/[\w./-]{1,120}"
    r"|systemctl (?:daemon-reload|(?:start|stop|restart|enable|disable)(?: --now)? (?:neo4j|amazon-ssm-agent)(?:\.service)?)"
    rf"|(?:mkdir|chown|chmod)(?: -[a-zA-Z]{{1,4}})*(?: (?:[0-7]{{3,4}}|[a-z_][a-z0-9_-]{{0,20}}:[a-z_][a-z0-9_-]{{0,20}}))?(?: /{WORD})+"
    r")"
)
"""Structure, and what has no place for a secret."""
HEREDOC: Final = re.compile(r"<<-?[ ]?[\"']?([A-Z]{2,12})[\"']?")


def ends_of(lines: Iterable[str]) -> frozenset[str]:
    """The words that end the here-documents of a script: harmless where they are alone on a line."""
    return frozenset(found[1] for line in lines for found in HEREDOC.finditer(line))


def is_harmless(line: str, ends: frozenset[str]) -> bool:
    if line in ends or HARMLESS_LINES.fullmatch(line):
        return True
    setting = SETTING.fullmatch(line)
    if setting is None or shape_of(line) or why_secret(setting[1], setting[2]):
        return False
    name, value = setting.groups()
    return not NAMES_A_SECRET.search(f"{name}={value}") or bool(re.fullmatch(HARMLESS, value))


def told(line: str, number: int, ends: frozenset[str]) -> str:
    """`line`, or how long it is: whoever has the file finds it by its number."""
    bare = line.removesuffix("\r")
    if is_harmless(bare, ends):
        return f"{bare}\\r" if bare != line else line
    return f"(line {number}, {len(line):,} character{'' if len(line) == 1 else 's'}, not shown)"
