"""Draws the tables of inputs, old and new, into the how-to of migrate. Runs at development time only (script/generate)."""

from collections.abc import Iterator
from typing import Final

from credex_actions.github.migration.counterparts import COUNTERPARTS, PAGE, SCRIPTS, Counterpart

BEGIN, END = "<!-- generated: counterparts -->", "<!-- end of the generated part -->"
EXAMPLES: Final = {
    r"\baws\s+ecs\s+describe-task-definition\b": "aws ecs describe-task-definition",
    r"\baws\s+ecs\s+register-task-definition\b": "aws ecs register-task-definition",
    r"\baws\s+ecs\s+update-service\b": "aws ecs update-service",
    r"\baws\s+ecs\s+run-task\b": "aws ecs run-task",
    r"\baws\s+ecs\s+wait\s+[a-z-]+": "aws ecs wait services-stable",
    r"\baws\s+deploy\s+create-deployment\b": "aws deploy create-deployment",
}
"""What stands on the page for a pattern that no words of its own explain."""


def filled(text: str) -> str:
    """The page with its generated part renewed."""
    before, _, rest = text.partition(BEGIN)
    part = [line for old, counterpart in COUNTERPARTS.items() for line in _table(old, counterpart)]
    return f"{before}{BEGIN}\n{chr(10).join([*part, *_scripts()])}\n{END}{rest.partition(END)[2]}"


def _table(old: str, counterpart: Counterpart) -> Iterator[str]:
    yield from (f"### {old}", "", f"| input | in {counterpart.name} | what differs |", "| --- | --- | --- |")
    yield from (f"| `{name}` | `{name}` | {taken.differs} |" for name, taken in counterpart.inputs.items())
    yield from ("", f"Outputs of the same names: {', '.join(f'`{name}`' for name in counterpart.outputs)}.", "")


def _scripts() -> Iterator[str]:
    yield from ("### Scripts", "", "| in a `run` | instead |", "| --- | --- |")
    yield from (
        f"| {f'`{EXAMPLES[pattern]}`' if pattern in EXAMPLES else what} | {hint.replace(PAGE, 'this page')} |"
        for pattern, what, hint in SCRIPTS
    )
