"""Looks: all checks side by side, each in a thread of its own, so that one that hangs holds up neither the others nor a signal."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import credex_actions.ecs.verification.judgement as judging
from credex_actions.core.aside import Aside
from credex_actions.core.clock import Clock
from credex_actions.core.loop import Decision, Operation, Step
from credex_actions.ecs.verification.judgement import Answer, Look, Seen, Want

HANGS: Final = 15.0
"""Seconds that a check may take. A server that sends a byte now and then would hold it for ever."""

NOTICED_EVERY: Final = 0.02
"""Seconds after which a finished check, or a signal, is noticed."""


class Check(NamedTuple):
    """`look` answers, or raises what ends the verification. `passes`: whether an error of it passes by itself."""

    name: str
    look: Callable[[], Answer]
    passes: Callable[[BaseException], str] = lambda _: ""


class Looking:
    """`seen`: what was seen so far; `on_look` is told of each look."""

    def __init__(self, checks: Sequence[Check], want: Want, clock: Clock, on_look: Callable[[Look, Seen], None]) -> None:
        self.seen = Seen(now=clock.now())
        self._checks, self._want, self._clock, self._on_look = checks, want, clock, on_look
        self._hanging: dict[str, Aside[Answer]] = {}

    def operation(self) -> Operation[Seen, Step]:
        return Operation(self.observe, self._decide, _writes_nothing, judging.after)

    def _decide(self, seen: Seen) -> Decision[Step]:
        return judging.decide(self._want, seen)

    def observe(self) -> Seen:
        answers = self._ask()
        look = Look(at=self._clock.now(), answers=tuple(answers[check.name] for check in self._checks))
        self.seen = judging.looked(self._want, self.seen, look)
        self._on_look(look, self.seen)
        return self.seen

    def _ask(self) -> Mapping[str, Answer]:
        answers = {name: _hangs(name) for name, asked in self._hanging.items() if asked.is_alive()}
        checks = [check for check in self._checks if check.name not in answers]
        asked = {check.name: Aside(check.look) for check in checks}
        for each in asked.values():
            each.start()
        end = time.monotonic() + HANGS
        while any(each.is_alive() for each in asked.values()) and time.monotonic() < end:
            self._clock.sleep(NOTICED_EVERY)
        self._hanging = {name: each for name, each in asked.items() if each.is_alive()} | {name: self._hanging[name] for name in answers}
        return answers | {check.name: _answer(check, asked[check.name]) for check in checks}


def _answer(check: Check, asked: Aside[Answer]) -> Answer:
    if asked.is_alive():
        return _hangs(check.name)
    try:
        return asked.answer()
    except Exception as error:
        if why := check.passes(error):
            return Answer(check=check.name, state="unknown", what=why)
        raise


def _hangs(name: str) -> Answer:
    return Answer(check=name, state="bad", what=f"timed out: no complete answer after {HANGS:.0f} seconds", seconds=HANGS)


def _writes_nothing(step: Step) -> None:
    raise AssertionError(f"a verification only looks, and was asked to {step}")
