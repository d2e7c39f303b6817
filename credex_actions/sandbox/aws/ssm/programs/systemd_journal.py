"""journalctl, for the unit neo4j alone: what the database said when it did not start."""

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said

LINES = 10
"""Source: journalctl(1), --lines without a number."""


def journalctl(call: Call) -> Said:
    numbers = [int(word) for word in call.words if word.isdecimal()]
    wanted = numbers[0] if numbers else LINES
    lines = list(call.machine.journal)[-wanted:]
    return Said("".join(f"{line}\n" for line in lines) or "-- No entries --\n")
