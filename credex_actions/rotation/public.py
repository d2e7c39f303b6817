"""The public part of credex_actions.rotation: the manifest of credentials."""

from credex_actions.rotation.manifest.model import Manifest
from credex_actions.rotation.manifest.reading import read_manifest as read

__all__ = ["Manifest", "read_manifest"]


def read_manifest(path: str) -> Manifest:
    """A `rotation.yml`, checked against its schema and rules (docs/reference/rotation-manifest.md); it holds no credential.

    Raises Failure (exit code 2) with all faults, each with line and column, counted from 1.
    """
    return read(path).manifest
