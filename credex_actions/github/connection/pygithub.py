"""PyGithub, as far as it carries our requests, also where PyNaCl is not installed: PyGithub imports that for sealed boxes, which only a rotation makes.

A release carries no PyNaCl, since it has to be compiled.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

_absent = find_spec("nacl") is None
if _absent:
    sys.modules["nacl"] = ModuleType("nacl")
    for _name in ("encoding", "public"):
        setattr(sys.modules["nacl"], _name, ModuleType(f"nacl.{_name}"))

from github import Auth, Github  # noqa: E402 - see above
from github.Requester import Requester  # noqa: E402

if _absent:
    del sys.modules["nacl"]  # for all others it is not there

__all__ = ["Auth", "Github", "Requester"]
