"""The local cloud: AWS on loopback, with an ECS that deploys, fails and rolls back. An extra: `credex-actions[sandbox]`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from credex_actions.sandbox.local import Sandbox
    from credex_actions.sandbox.provision import Provisioned

__all__ = ["Provisioned", "Sandbox"]


def __getattr__(name: str) -> Any:
    """Imported when asked for: moto takes two seconds, which `sandbox calls` need not wait for."""
    if name == "Sandbox":
        from credex_actions.sandbox.local import Sandbox

        return Sandbox
    if name == "Provisioned":
        from credex_actions.sandbox.provision import Provisioned

        return Provisioned
    raise AttributeError(name)
