"""From a target of the manifest to the places that it is made of, in the order in which they are written."""

from collections.abc import Callable, Iterator

from msgspec import UNSET

from credex_actions.core.aws.clients import Clients
from credex_actions.github.connection.session import Session
from credex_actions.rotation.manifest import model as manifest
from credex_actions.rotation.manifest.model import PREVIOUS
from credex_actions.rotation.targets.place import Place
from credex_actions.rotation.values import NO_SECRETS


def open_places(
    target: manifest.Target, whole: str, clients: Clients, sessions: Callable[[str], Session], repository: str
) -> Iterator[Place]:
    """`whole`: the part that a target without names holds. `repository`: if none is named."""
    match target:
        case manifest.GithubSecret():
            yield from _github(target, sessions, repository)
        case manifest.SsmParameter(names=names):
            from credex_actions.rotation.targets.parameter import ParameterPlace

            for part, name in _ordered(names):
                yield ParameterPlace(clients, name, part, former=part == PREVIOUS)
        case manifest.SecretsManagerSecret(secret=secret, names=names):
            from credex_actions.rotation.targets.secret import SecretPlace

            keys = {whole: ""} if names is UNSET else names
            for former in (True, False):
                if chosen := {part: key for part, key in keys.items() if (part == PREVIOUS) is former}:
                    yield SecretPlace(clients, secret, chosen, former=former)
        case manifest.EnvFile(path=path, names=names):
            from credex_actions.rotation.targets.env_file import EnvFilePlace

            for former in (True, False):
                if chosen := {part: name for part, name in names.items() if (part == PREVIOUS) is former}:
                    yield EnvFilePlace(path, chosen, former=former)
        case manifest.CommandTarget(name=name, run=run, part=part):
            from credex_actions.rotation.targets.program import ProgramPlace

            yield ProgramPlace(name, run, part, former=part == PREVIOUS)


def _ordered(names: dict[str, str]) -> list[tuple[str, str]]:
    """The previous value first, so that nobody signs with a new one while the old is not accepted any more; what names a pair last."""
    return sorted(names.items(), key=lambda each: (each[0] != PREVIOUS, each[0] in NO_SECRETS))


def _github(target: manifest.GithubSecret, sessions: Callable[[str], Session], repository: str) -> Iterator[Place]:
    from credex_actions.rotation.targets.github_secret import GithubSecretPlace, MarkerPlace, Scope

    home = repository if target.repository is UNSET else target.repository
    environment = "" if target.environment is UNSET else target.environment
    organisation = "" if target.organisation is UNSET else target.organisation
    scope = Scope(home, environment, organisation, target.dependabot)

    def session() -> Session:
        return sessions(home)

    parts = _ordered(target.names)
    mark = next((part for part, _ in parts if part in NO_SECRETS), "")
    marked = target.marker is not UNSET and mark
    if marked:
        yield MarkerPlace(scope, str(target.marker), mark, session, opens=True)
    for part, name in parts:
        yield GithubSecretPlace(scope, name, part, session, former=part == PREVIOUS)
    if marked:
        yield MarkerPlace(scope, str(target.marker), mark, session, opens=False)
