"""Which lines of user data hold a secret that is written down there: assigned to a name, given to a program as an argument, or of a shape that only secrets have. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from credex_actions.ecs.definition.secrets.guard import why_secret
from credex_actions.ecs.definition.secrets.shapes import shape_of

KEY_BEGINS: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
KEY_ENDS: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY")
WAIVER: Final = re.compile(r"#[ \t]{0,9}credex: not a secret[ \t\r]{0,9}$")
"""A comment on the line, or on the one before: what is taken for a secret wrongly is allowed where everybody who reviews the file reads it."""

SETTING: Final = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?([A-Za-z_][\w.-]{0,80})[\"']?[ \t]*[=:][ \t]+(.*)$")
"""Of YAML, or with blanks around the sign."""
ASSIGNED: Final = re.compile(r"(?<![\w.])([A-Za-z_][\w.-]{0,80})=(?=(\"[^\"]*|'[^']*|[^\s;&|\"']*))")
"""Anywhere in a line: behind `export`, `docker run -e`, `Environment=\"`, `--`."""
BLOCK: Final = re.compile(r"[|>][-+0-9]{0,2}")
PASSED_ON: Final = re.compile(r"\"?(?:\$(?![0-9a-z]{1,10}\$)|`|<|%\{|\{\{)|'\{\{|'?<")
"""How a value begins that is not written down here, but read where it is used. In single quotes a shell replaces nothing; `$6$` begins a hashed password."""
DEFAULT: Final = re.compile(r"\"?\$\{\w{1,80}:?[-=](?![$}\"`])[^}]{1,200}\}")
NO_SECRET: Final = re.compile(r"[*!x]{1,2}|[\w./-]{1,200}\.(?:key|pem|crt|cert?|der|jks|p12|pfx|conf|txt|json|ya?ml|gpg)|R|RANDOM")
"""Values under the name of a secret that are none: the name of a file, a locked password, one that cloud-init makes up."""

LITERAL: Final = r"(?!-|\$(?![0-9a-z]{1,10}\$)|`|<|%\{|\{\{|/|@|\\$|\|)(\S{2,200})"
ARGUMENTS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bset-(?:initial|default)-password[ ]+(?:--[\w-]+(?:=\S*)?[ ]+)*{LITERAL}",
        rf"[ ]--(?:password|passwd|pass|passphrase|token|api-key|client-secret|secret-string|auth-token|new-password|admin-password)[ =]+{LITERAL}",
        rf"\b(?:cypher-shell|sshpass|redis-cli|ldapsearch|neo4j-admin)\b.{{0,300}}[ ]-[pwa][ ]*{LITERAL}",
        rf"\b(?:mysql\w{{0,10}}|mariadb)\b.{{0,300}}[ ]-p{LITERAL}",
        rf"\b(?:curl|wget|http)\b.{{0,300}}[ ](?:-u|--user|--proxy-user)[ =]*[^\s:]{{1,80}}:{LITERAL}",
        rf"\b(?:echo|printf)(?:[ ]+-\S+|[ ]+%\S+)*[ ]+[\w.-]{{1,40}}:{LITERAL}.{{0,80}}\|[ ]*(?:sudo[ ]+)?chpasswd\b",
        rf"\b(?:echo|printf)(?:[ ]+-\S+|[ ]+%\S+)*[ ]+{LITERAL}.{{0,80}}\|[ ]*(?:sudo[ ]+)?(?:passwd\b|docker[ ]+login\b|gpg\b)",
        rf"\bchpasswd\b.{{0,40}}<<<[ ]*\S{{1,40}}:{LITERAL}",
        rf"\baws[ ]+configure[ ]+set[ ]+\S*(?:secret_access_key|session_token)[ ]+{LITERAL}",
        rf"\bput-parameter\b(?=.{{0,500}}SecureString).{{0,300}}[ ]--value[ =]+{LITERAL}",
        rf"(?i)\b(?:x-api-key|x-auth-token|private-token|x-vault-token|authorization)[ ]*:[ ]*(?:(?:bearer|basic|token)[ ]+)?{LITERAL}",
    )
)
LOGIN_OF_LIST: Final = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?[a-z_][\w-]{0,31}:(?!R$|RANDOM$|\$\{?\w+\}?$|\s|//|$)\S{2,}")
"""`user:password`, as `chpasswd` of cloud-config lists them."""


def secrets_in(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The number of each line that holds a secret, from 1 on, and why it is one. `lines` without their ends."""
    within_key = False
    below = _Below()
    for number, line in enumerate(lines, 1):
        why = below.why(line)
        if KEY_BEGINS.search(line):
            within_key = True
        if within_key:
            yield number, "it is part of a private key"
            within_key = not KEY_ENDS.search(line)
        elif (why := why or _why(line)) and not _waived(lines, number):
            yield number, why


def _waived(lines: list[str], number: int) -> bool:
    return any(WAIVER.search(line) for line in lines[max(number - 2, 0) : number])


class _Below:
    """What the lines above say of those below them: that a block is a secret, or a list of logins."""

    def __init__(self) -> None:
        self._indent: int | None = None
        self._logins = False

    def why(self, line: str) -> str:
        if not line.strip():
            return ""
        indent = len(line) - len(line.lstrip(" "))
        if self._indent is not None and indent > self._indent:
            if self._logins:
                return "it is a login" if LOGIN_OF_LIST.match(line) else ""
            return "its name suggests a secret"
        self._indent, self._logins = None, False
        if re.match(r"\s*chpasswd:\s*$", line):
            self._indent, self._logins = indent, True
        elif (setting := SETTING.match(line)) and BLOCK.fullmatch(setting[2].strip()) and why_secret(setting[1], "unknown value"):
            self._indent = indent
        return ""


def _why(line: str) -> str:
    for name, value in _named(line):
        if why := _why_named(name, value.strip()):
            return why
    plain = re.sub(r"[\[\],\"']", " ", line)
    if any(pattern.search(plain) for pattern in ARGUMENTS):
        return "a secret is an argument there"
    named = {name for name, _ in _named(line)}
    shape = shape_of(line)
    return f"it looks like {shape}" if shape and not (named and shape in GENERIC) else ""


GENERIC: Final = frozenset(("a connection string with a password", "a key in a list of settings", "JSON with a secret in it"))
"""Shapes that go by a name: where the line assigns something, it was judged by that name."""


def _named(line: str) -> Iterator[tuple[str, str]]:
    if setting := SETTING.match(line):
        yield setting[1], setting[2]
    for found in ASSIGNED.finditer(line):
        yield found[1], found[2]


def _why_named(name: str, value: str) -> str:
    if DEFAULT.match(value):
        return why_secret(name, "the default")
    if PASSED_ON.match(value):
        return ""
    plain = value.strip("\"'")
    if not plain or NO_SECRET.fullmatch(plain) or BLOCK.fullmatch(plain):
        return ""
    return why_secret(name, plain)
