"""Whether a deployment is healthy, and stays so: looks from outside (an address, a database's port) and from inside (service, alarms, log).

from credex_actions.declarations.verify_deployment import Inputs
from credex_actions.ecs.verification import verify

verdict = verify(Inputs(url="https://api.example.com/health", watch_minutes=5))
verdict.outcome      # healthy, unhealthy, rolled-back
"""

from credex_actions.ecs.verification.verdict import Verdict
from credex_actions.ecs.verification.verifying import verify

__all__ = ["Verdict", "verify"]
