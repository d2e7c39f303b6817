"""The local cloud: AWS on loopback, with an ECS that deploys, fails and rolls back. An extra: `credex-actions[sandbox]`."""

from credex_actions.sandbox.local import Sandbox
from credex_actions.sandbox.provision import Provisioned

__all__ = ["Provisioned", "Sandbox"]
