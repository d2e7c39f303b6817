"""Lines of a .env file. It is replaced as a whole, readable by its owner alone; its other lines stay as they are."""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO

from dotenv.parser import parse_stream

from credex_actions.core.faults import Fault
from credex_actions.core.private_file import write_private
from credex_actions.core.secret import Secret
from credex_actions.rotation.targets.place import Receipt
from credex_actions.rotation.values import Values, text_of

PLAIN = re.compile(r"[A-Za-z0-9_./:@%+=,-]+")


@dataclass
class EnvFilePlace:
    """`names`: part -> variable."""

    path: str
    names: Mapping[str, str]
    former: bool = False

    @property
    def key(self) -> str:
        return f"env-file:{self.path}#{','.join(sorted(self.names.values()))}"

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.names)

    def can_write(self, values: Values | None) -> Iterator[Fault]:
        folder = os.path.dirname(os.path.realpath(self.path))
        if not os.path.isdir(folder):
            yield Fault(f"{self.key}: the folder {folder} does not exist", "Create it, or correct the path.")
        elif os.path.exists(self.path) and not os.path.isfile(self.path):
            yield Fault(f"{self.key}: is not a regular file", "Correct the path.")
        elif not os.access(folder, os.W_OK):
            yield Fault(f"{self.key}: its folder is not writable", "Grant this user permission.")
        for part in self.names if values is not None else ():
            if "'" in (text := text_of(values or {}, part).reveal()) and re.search(r'["\\$`]', text):
                what = f"{self.key}: the value of {part} has a quote next to characters that readers of .env files interpret"
                yield Fault(what, "Use another alphabet, or another target.")

    def write(self, values: Values) -> str:
        with _alone(self.path):
            text = "".join(self._with(values))
            write_private(self.path, text.encode(), "env-file")
        return ""

    def _with(self, values: Values) -> Iterator[str]:
        """The file's text in pieces, as it is but for our lines; what is not there yet comes last."""
        ours = {name: f"{name}={_quoted(text_of(values, part).reveal())}\n" for part, name in self.names.items()}
        ended = True
        for binding in parse_stream(StringIO(self._text())):
            if binding.key is None or binding.key not in self.names.values():
                yield binding.original.string
                ended = binding.original.string.endswith("\n")
            elif line := ours.pop(binding.key, None):
                yield line
        for line in ours.values():
            yield line if ended else f"\n{line}"
            ended = True

    def _text(self) -> str:
        try:
            with open(self.path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def receipt(self) -> Receipt:
        found = {binding.key: binding.value for binding in parse_stream(StringIO(self._text()))}
        values = {part: Secret(found[name] or "") for part, name in self.names.items() if name in found}
        return Receipt(exists=os.path.exists(self.path), values=values)


def _quoted(text: str) -> str:
    """As every reader of .env files understands it."""
    if PLAIN.fullmatch(text):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Credentials of one run are written side by side, and their lines must not overwrite each other."""
    handle = os.open(os.path.dirname(os.path.realpath(path)), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
