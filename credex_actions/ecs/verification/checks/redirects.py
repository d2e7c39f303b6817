"""What becomes of a redirect: by default it is an answer with a status of its own, since where it leads may be a log-in or a maintenance page. Pure."""

from typing import Final

from credex_actions.ecs.verification.address import Address

STATUSES: Final = frozenset((301, 302, 303, 307, 308))
"""Source: RFC 9110, 15.4: those whose Location a client goes to."""

MOST: Final = 5


def onward(follow: str, start: Address, address: Address, location: str) -> Address | str:
    """The address to ask next, or in words why this redirect is not followed.

    `follow`: no, same-host or yes. `start`: what was asked first; `address`: what redirected.
    """
    there = address.towards(location)
    if there is None:
        return "it redirects to something that is not an HTTP or HTTPS address"
    if follow == "no":
        return f"it redirects to {there}, and follow-redirects is no"
    if follow == "same-host" and there.host != start.host:
        return f"it redirects to {there}, which is another host"
    if follow == "same-host" and address.scheme == "https" and there.scheme == "http":
        return f"it redirects to {there}, which is not encrypted"
    return there
