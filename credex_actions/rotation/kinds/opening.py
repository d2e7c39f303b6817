"""From a credential of the manifest to the source that it names."""

from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError
from msgspec import UNSET

from credex_actions.core.aws.clients import Clients, code_of
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rotation.kinds.source import Source
from credex_actions.rotation.manifest import model as manifest
from credex_actions.rotation.values import Values


def open_source(
    name: str,
    credential: manifest.Credential,
    clients: Clients,
    values_of: Callable[[str], Values],
    copied: Mapping[str, str],
    clock: Clock,
) -> Source:
    """`values_of`: the values of a version in this credential's escrow. `copied`: what was provided, by variable."""
    match credential:
        case manifest.IamAccessKey(user=user, verify=verify):
            from credex_actions.rotation.kinds.iam_access_key import IamAccessKeySource

            return IamAccessKeySource(clients, user, verify.probe)
        case manifest.Neo4jPassword(users=users, length=length, verify=verify):
            from credex_actions.rotation.kinds.neo4j_password import Neo4jPasswordSource

            return Neo4jPasswordSource(_url(name, credential, clients), users, length, verify.query, values_of, clock)
        case manifest.Generated(format=form, length=length, alphabet=alphabet):
            from credex_actions.rotation.kinds.drawn import ALPHABET, LENGTHS, GeneratedSource

            drawn = LENGTHS[form] if length is UNSET else length
            return GeneratedSource(form, drawn, ALPHABET if alphabet is UNSET else alphabet)
        case manifest.Copied(variable=variable):
            from credex_actions.rotation.kinds.drawn import CopiedSource

            return CopiedSource(variable, copied, values_of)
        case manifest.CommandCredential(create=create, verify_with=try_it, revoke=revoke):
            from credex_actions.rotation.kinds.program import ProgramSource

            return ProgramSource(name, create, try_it, None if revoke is UNSET else revoke, values_of)


def _url(name: str, credential: manifest.Neo4jPassword, clients: Clients) -> str:
    if credential.url is not UNSET:
        return credential.url
    try:
        found = clients.read("ssm").get_parameter(Name=credential.url_parameter, WithDecryption=True)
    except ClientError as error:
        if code_of(error) != "ParameterNotFound":
            raise
        what = f"{name}: the parameter {credential.url_parameter}, which should contain the database's address, does not exist"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Create it with Terraform, or set url instead of url-parameter.")) from None
    return str(found["Parameter"]["Value"]).strip()
