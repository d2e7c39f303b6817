"""Values that are drawn here, and values that are provided: nothing at a source makes or ends them."""

import base64
import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from credex_actions.core.faults import Fault
from credex_actions.core.secret import Secret
from credex_actions.rotation.deciding.state import Held
from credex_actions.rotation.escrow.escrow import Document
from credex_actions.rotation.kinds.source import Nature, SourceLook
from credex_actions.rotation.values import VALUE, Values

PRIVATE, PUBLIC = "private-key", "public-key"
LENGTHS: Final = {"hex": 32, "base64": 32, "text": 40, "rsa-pem": 3072, "ed25519-pem": 32}
ALPHABET: Final = string.ascii_letters + string.digits


def draw(form: str, length: int, alphabet: str) -> dict[str, Secret]:
    """`length`: bytes of hex and base64, characters of text, bits of an RSA key."""
    match form:
        case "hex":
            return {VALUE: Secret(secrets.token_hex(length))}
        case "base64":
            return {VALUE: Secret(base64.b64encode(secrets.token_bytes(length)).decode())}
        case "text":
            return {VALUE: Secret("".join(secrets.choice(alphabet) for _ in range(length)))}
        case _:
            return _pair(form, length)


def _pair(form: str, bits: int) -> dict[str, Secret]:
    from cryptography.hazmat.primitives import serialization as to
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key = rsa.generate_private_key(65537, bits) if form == "rsa-pem" else ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption())
    public = key.public_key().public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo)
    return {PRIVATE: Secret(private.decode()), PUBLIC: Secret(public.decode())}


@dataclass
class GeneratedSource:
    form: str
    length: int
    alphabet: str
    nature: ClassVar[Nature] = Nature(adopts=True)
    where: str = "drawn here"

    def preflight(self) -> Iterator[Fault]:
        yield from ()

    def look(self, held: Held) -> SourceLook:
        del held
        return SourceLook()

    def make(self, held: Held, version: str) -> Document:
        del held, version
        return Document(draw(self.form, self.length, self.alphabet))

    def sample(self) -> Values:
        return draw(self.form, self.length, self.alphabet)

    def install(self, values: Values) -> None:
        raise AssertionError(values)

    def adopted(self, found: Values) -> Document | None:
        """A pair of keys is not taken apart, and starts again."""
        return Document({VALUE: found[VALUE]}) if VALUE in found and not self.form.endswith("pem") else None

    def verify(self, values: Values) -> str:
        """That its private and its public half belong together; a text proves nothing by itself."""
        if PRIVATE not in values:
            return ""
        from cryptography.hazmat.primitives import serialization as to

        key = to.load_pem_private_key(values[PRIVATE].reveal().encode(), None)
        public = key.public_key().public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo)
        return "" if public.decode() == values[PUBLIC].reveal() else "its public and private key do not match"

    def deactivate(self, identity: str) -> None:
        raise AssertionError(identity)

    activate = delete = deactivate


@dataclass
class CopiedSource:
    """`values_of`: the values of an escrowed version, for comparing."""

    variable: str
    given: Mapping[str, str]
    values_of: Callable[[str], Values]
    nature: ClassVar[Nature] = Nature()

    @property
    def where(self) -> str:
        return f"the environment variable {self.variable}"

    @property
    def _given(self) -> Secret | None:
        text = self.given.get(self.variable)
        return Secret(text) if text and text.strip() else None

    def preflight(self) -> Iterator[Fault]:
        if self._given is None:
            yield Fault(
                f"the environment variable {self.variable} is not set, or empty",
                "Provide it in copied-values, or in `env:` of the step, from a secret.",
            )

    def look(self, held: Held) -> SourceLook:
        """Without the variable nothing is offered: what is escrowed stays as it is."""
        given = self._given
        if given is None:
            return SourceLook(offered=False, remark=f"{self.variable} was not provided")
        current = self.values_of(held.current.id)[VALUE] if held.current else None
        return SourceLook(offered=given != current)

    def make(self, held: Held, version: str) -> Document:
        del held, version
        given = self._given
        assert given
        return Document({VALUE: given})

    def sample(self) -> Values | None:
        given = self._given
        return {VALUE: given} if given else None

    def install(self, values: Values) -> None:
        raise AssertionError(values)

    def adopted(self, found: Values) -> None:
        del found

    def verify(self, values: Values) -> str:
        return "" if values[VALUE].reveal() else "it is empty"

    def deactivate(self, identity: str) -> None:
        raise AssertionError(identity)

    activate = delete = deactivate
