"""Why a database cannot be used, in words: the same for every way to it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, NamedTuple

from credex_actions.core.durations import in_words
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed, one_line
from credex_actions.databases.finding import Found

TUNNEL: Final = "or set connect.via to ssm-tunnel or instance, which need no open port"


class Status(NamedTuple):
    """A row of SHOW DATABASES."""

    name: str
    current: str
    requested: str
    message: str = ""


def wrong_password(where: str, tried: int) -> Failure:
    versions = "user and password" if tried == 1 else f"user and password, in neither of {tried} versions"
    hint = "Correct the secret or the parameters that login names. It is not tried again: three failures lock the user."
    return Failure(Exit.BAD_INPUT, Fault(f"{where}: the database does not accept {versions}", hint))


def locked(where: str) -> Failure:
    what = f"{where}: AuthenticationRateLimit: the database has locked the user after too many failed logins"
    hint = "A lock lasts five seconds (dbms.security.auth_lock_time). Find out who logs in with an old password, then run the same command again."
    return Failure(Exit.REMOTE, Fault(what, hint))


def password_expired(where: str) -> Failure:
    what = f"{where}: the database requires a new password before anything else (CredentialsExpired)"
    return Failure(Exit.BAD_INPUT, Fault(what, "Set one with ALTER CURRENT USER SET PASSWORD, and store it where login says."))


class UnheardError(Failure):
    """The way there works as far as is known, and nothing responds at its end: neither the DBMS, nor SSM, had a word to say."""


def unreachable(where: str, found: Found, waited: float, way_out: str, why: str) -> UnheardError:
    what = f"{where}: the database does not respond within {in_words(timedelta(seconds=waited))}: {one_line(why)}"
    return UnheardError(Exit.REMOTE, Fault(what, f"Check that Neo4j runs on {found.instance_id}, {way_out}"))


def closed_port(found: Found) -> str:
    groups = f" ({', '.join(found.security_groups)})" if found.security_groups else ""
    return f"that its security groups{groups} let this machine reach that port, {TUNNEL}."


def no_tls(where: str, why: str) -> Failure:
    what = f"{where}: no encrypted connection: {one_line(why)}"
    hint = "Check that Neo4j has a certificate for Bolt that this machine trusts; +ssc in the URL trusts any, and bolt:// without +s does not encrypt."
    return Failure(Exit.BAD_INPUT, Fault(what, hint))


class NotOnlineError(Failure):
    """The DBMS answers, and the database in it is not online."""


def not_online(where: str, name: str, seen: Iterable[Status]) -> Failure:
    known = {each.name: each for each in seen}
    if name not in known:
        others = [each for each in known if each != "system"]
        what = f"{where}: there is no database {name}"
        has = f": the DBMS has {listed(sorted(others))}" if others else ""
        return Failure(Exit.BAD_INPUT, Fault(what, f"Correct `database`{has}."))
    each = known[name]
    message = f": {one_line(each.message)}" if each.message else ""
    what = f"{where}: the database {name} is {each.current}, requested {each.requested}{message}"
    return NotOnlineError(
        Exit.REMOTE, Fault(what, "The log of Neo4j (neo4j.log, debug.log) has the cause; START DATABASE starts one that was stopped.")
    )
