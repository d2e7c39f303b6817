"""A credential that programs of the user's make, try and end."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import NoEffect
from credex_actions.core.secret import Secret
from credex_actions.rotation.deciding.state import Held, Identity
from credex_actions.rotation.escrow.escrow import Document
from credex_actions.rotation.kinds.source import Nature, SourceLook
from credex_actions.rotation.programs import ProgramFailed, findable, run
from credex_actions.rotation.values import Values


@dataclass
class ProgramSource:
    """`create` gets `{"id": …}` on its standard input: the same id means the same value, so that one that was made and lost is made once.

    It prints a JSON object of parts, all texts. `verify` and `revoke` get such an object; exit code 0 means that it works, or is gone.
    """

    name: str
    create: Sequence[str]
    try_it: Sequence[str]
    revoke: Sequence[str] | None
    values_of: Callable[[str], Values]
    _ended: set[str] = field(default_factory=set)
    _version_of: dict[str, str] = field(default_factory=dict)

    @property
    def nature(self) -> Nature:
        return Nature(revokes="login" if self.revoke else "")

    @property
    def where(self) -> str:
        return f"the program {self.create[0]}"

    def preflight(self) -> Iterator[Fault]:
        for program in (self.create, self.try_it, *([self.revoke] if self.revoke else [])):
            if not findable(program[0]):
                yield Fault(f"{program[0]} is not an executable program", "Correct its path, and its permissions.")

    def look(self, held: Held) -> SourceLook:
        """A previous value is there until its revocation is noted."""
        ended = {*self._ended, *([held.deactivated[0]] if held.deactivated else [])}
        known = [each for each in (held.previous, held.current, held.pending) if each]
        self._version_of.update({each.identity: each.id for each in known})
        return SourceLook(tuple(Identity(name=each.identity, created=each.created) for each in known if each.identity not in ended))

    def make(self, held: Held, version: str) -> Document:
        del held
        try:
            printed = run(self.create, json.dumps({"id": version}))
        except ProgramFailed as error:
            raise Failure(Exit.FAILED, Fault(f"{self.name}: {error}", "Nothing was written; run it manually to see why.")) from None
        try:
            parts = json.loads(printed)
            values = {str(part): Secret(text) for part, text in parts.items() if isinstance(text, str)}
            if not values or len(values) != len(parts):
                raise ValueError
        except (ValueError, AttributeError):
            hint = 'It must print one JSON object, such as {"value": "…"}, and nothing else.'
            raise Failure(Exit.FAILED, Fault(f"{self.name}: {self.create[0]} did not print a JSON object of strings", hint)) from None
        return Document(values, identity=version)

    def sample(self) -> None:
        return None

    def install(self, values: Values) -> None:
        raise AssertionError(values)

    def adopted(self, found: Values) -> None:
        del found

    def verify(self, values: Values) -> str:
        try:
            run(self.try_it, _as_json(values))
        except ProgramFailed as error:
            return str(error)
        return ""

    def delete(self, identity: str) -> None:
        assert self.revoke
        try:
            run(self.revoke, _as_json(self.values_of(self._version_of[identity])))
        except ProgramFailed as error:
            raise NoEffect(str(error)) from None
        self._ended.add(identity)

    def deactivate(self, identity: str) -> None:
        raise AssertionError(identity)

    activate = deactivate


def _as_json(values: Values) -> str:
    return json.dumps({part: text.reveal() for part, text in values.items()})
