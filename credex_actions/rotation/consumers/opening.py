"""From a `used-by` of the manifest to who it names."""

from collections.abc import Callable

from msgspec import UNSET

from credex_actions.core.aws.clients import Clients
from credex_actions.github.connection.session import Session
from credex_actions.rotation.consumers.consumer import Consumer
from credex_actions.rotation.consumers.ecs_service import Follow
from credex_actions.rotation.manifest import model as manifest


def open_consumer(
    given: manifest.Consumer,
    clients: Clients,
    sessions: Callable[[str], Session],
    repository: str,
    own_run: str,
    follow: Follow,
) -> Consumer:
    match given:
        case manifest.EcsService(cluster=cluster, service=service, redeploy=redeploy):
            from credex_actions.rotation.consumers.ecs_service import EcsTasks

            return EcsTasks(clients, cluster, service, redeploy, follow)
        case manifest.Workflows(repository=named, files=files):
            from credex_actions.rotation.consumers.workflows import WorkflowRuns

            home = repository if named is UNSET else named
            return WorkflowRuns(home, files, own_run, lambda: sessions(home))
