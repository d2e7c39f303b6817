"""Verifying a deployment: the looks, the verdict, and the way back. `verify` is the library call."""

from credex_actions.ecs.verification.verifying import verify

__all__ = ["verify"]
