"""A GitHub on loopback: real git repositories, real keys, runs that act executes."""

from credex_actions.sandbox.github.local import GitHub

__all__ = ["GitHub"]
