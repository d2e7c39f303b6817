"""What a container does is written in the name of its image: words of the last path part and the tag (docs/sandbox.md has the table)."""

import re
from typing import NamedTuple

WORD = r"(?:^|[-_.:]){}(?:$|[-_.:])"
SECONDS = r"(\d+(?:\.\d+)?)s"


class Behaviour(NamedTuple):
    """Times are real seconds after the container started. `exits`: None runs on until it is stopped."""

    exits: int | None = None
    exits_after: float = 0
    reason: str = ""  # what ECS gives as the container's reason when it exits
    trace: bool = False  # prints a stack trace before it exits
    listens: bool = True
    healthy: bool = True
    healthy_after: float = 0
    unhealthy_after: float | None = None
    stopped_code: int = 143  # the exit code after SIGTERM

    def is_well(self, age: float) -> bool:
        """Whether its health check passes `age` seconds after the start."""
        late = self.unhealthy_after is not None and age >= self.unhealthy_after
        return self.listens and self.healthy and age >= self.healthy_after and not late

    def has_exited(self, age: float) -> bool:
        return self.exits is not None and age >= self.exits_after


def behaviour_of(image: str, extra: str = "") -> Behaviour:
    """`extra`: further words, from the container's SANDBOX environment variable or the annotation that the image was pushed with; with any, the image's own words do not count."""
    text = extra or image.split("@", 1)[0].rsplit("/", 1)[-1]
    behaviour = Behaviour(stopped_code=137 if _has(text, "ignores-sigterm") else 143)
    if found := _seconds(text, "slow-start"):
        behaviour = behaviour._replace(healthy_after=found)
    if found := _seconds(text, "unhealthy-after"):
        behaviour = behaviour._replace(unhealthy_after=found)
    elif _has(text, "unhealthy"):
        behaviour = behaviour._replace(healthy=False)
    if _has(text, "not-listening"):
        behaviour = behaviour._replace(listens=False)
    return _exit(text, behaviour)


def _exit(text: str, behaviour: Behaviour) -> Behaviour:
    if _has(text, "oom"):
        return behaviour._replace(exits=137, reason="OutOfMemoryError: Container killed due to memory usage")
    if found := _seconds(text, "fails-after"):
        return behaviour._replace(exits=1, exits_after=found, trace=True)
    if code := re.search(WORD.format(rf"exit-(\d+)(?:-after-{SECONDS})?"), text):
        return behaviour._replace(exits=int(code[1]) % 256, exits_after=float(code[2] or 0))
    if job := re.search(WORD.format(rf"job(?:-{SECONDS})?"), text):
        return behaviour._replace(exits=0, exits_after=float(job[1] or 0), listens=False)
    if _has(text, "crash"):
        return behaviour._replace(exits=1, trace=True)
    return behaviour


def _has(text: str, word: str) -> bool:
    return re.search(WORD.format(word), text) is not None


def _seconds(text: str, word: str) -> float | None:
    found = re.search(WORD.format(f"{word}-{SECONDS}"), text)
    return float(found[1]) if found else None
