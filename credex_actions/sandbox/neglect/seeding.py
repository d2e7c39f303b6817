"""All neglect at once, and the table of what has to be found."""

from typing import TYPE_CHECKING

from credex_actions.sandbox.neglect import disks, identity, keeping, launched, network, serving, watching
from credex_actions.sandbox.neglect.place import Neglected, Place

if TYPE_CHECKING:
    from credex_actions.sandbox.local import Sandbox


def neglect(sandbox: "Sandbox") -> tuple[Neglected, ...]:
    """Makes each kind of neglect that maintenance-report knows of an account, and look-alikes of each. What is returned is all that there is to find,
    beside what was in the account before. Raises ValueError for an account that is neglected already.
    """
    place = Place(sandbox)
    if "attached-to-nobody" in {each["PolicyName"] for each in place.client("iam").list_policies(Scope="Local")["Policies"]}:
        raise ValueError("the account is neglected already: start a new sandbox")
    for seed in (launched.seed, disks.seed, network.seed, serving.seed, identity.seed, keeping.seed, watching.seed):
        seed(place)
    return tuple(sorted(place.found))
