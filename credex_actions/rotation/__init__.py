"""Rotating credentials: one manifest, and at no moment is anything lost or broken. As a library: the manifest.

What `__all__` names is public: it follows semantic versioning. It is imported when it is first asked for.
"""

TYPE_CHECKING = False  # as in `typing`, whose import costs 3 ms
if TYPE_CHECKING:
    from credex_actions.rotation.public import Manifest as Manifest
    from credex_actions.rotation.public import read_manifest as read_manifest

__all__ = ["Manifest", "read_manifest"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from credex_actions.rotation import public

    return getattr(public, name)
