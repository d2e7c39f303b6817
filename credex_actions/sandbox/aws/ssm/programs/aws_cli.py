"""The AWS CLI, as far as scripts use it: `aws SERVICE OPERATION --member value … --query … --output text`, and `aws s3 cp`. It speaks to the sandbox."""

import json
import os
from collections.abc import Sequence
from typing import Any, Final

import boto3
import jmespath
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed

USAGE, NO_CREDENTIALS, SERVICE_SAID_NO = 252, 253, 254
"""Exit codes. Source: AWS CLI user guide, "Command line return codes"."""
OWN: Final = {"--query", "--output", "--region", "--endpoint-url"}
FLAGS: Final = {"--only-show-errors", "--no-progress", "--quiet", "--with-decryption", "--no-with-decryption", "--no-cli-pager"}
COPY_SETTINGS: Final = {
    "--sse": "ServerSideEncryption",
    "--sse-kms-key-id": "SSEKMSKeyId",
    "--checksum-algorithm": "ChecksumAlgorithm",
    "--storage-class": "StorageClass",
}


class _WrongWordsError(Exception):
    pass


def aws(call: Call) -> Said:
    try:
        words, options = _read(call.words)
        if len(words) < 2:  # noqa: PLR2004 - service and operation
            raise _WrongWordsError("usage: aws [options] <command> <subcommand> [parameters]")
        environment = call.environment
        own = call.machine.region  # version 2 takes the instance's own, if it is told none
        region = options.pop("--region", "") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or own
        if call.credentials is None:
            return failed('Unable to locate credentials. You can configure credentials by running "aws configure".', NO_CREDENTIALS)
        session = boto3.Session(*call.credentials, region_name=region)
        service = {"s3api": "s3"}.get(words[0], words[0])
        client: Any = session.client(service, endpoint_url=call.endpoint, config=Config(s3={"addressing_style": "path"}))  # type: ignore[call-overload]
        if words[:2] == ["s3", "cp"]:
            return _copy(client, call, words[2:], options)
        return _ask(client, words[1], options)
    except _WrongWordsError as wrong:
        return failed(f"aws: [ERROR]: {wrong}", USAGE)
    except ClientError as error:
        return failed(f"\n{error}", SERVICE_SAID_NO)
    except (BotoCoreError, boto3.exceptions.Boto3Error, OSError) as error:
        return failed(f"\n{error}", 1)


def _read(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """What is no option, and the options; a flag's value is "true" or "false"."""
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("--"):
            plain.append(word)
        elif equals:
            options[name] = value
        elif word in FLAGS:
            options[f"--{word.removeprefix('--no-')}" if word.startswith("--no-with") else word] = (
                "false" if word.startswith("--no-with") else "true"
            )
        elif word == "--sse" and (not rest or rest[0].startswith("-")):
            options[word] = "AES256"
        elif not rest:
            raise _WrongWordsError(f"argument {word}: expected one argument")
        else:
            options[word] = rest.pop(0)
    return plain, options


def _ask(client: Any, operation: str, options: dict[str, str]) -> Said:
    method = operation.replace("-", "_")
    names = {xform_name(name): name for name in client.meta.method_to_api_mapping.values()}
    if method not in names:
        raise _WrongWordsError(f"argument operation: Found invalid choice '{operation}'")
    members = client.meta.service_model.operation_model(names[method]).input_shape.members
    known = {f"--{xform_name(name, '-')}": (name, shape) for name, shape in members.items()}
    request = {}
    for option, value in options.items():
        if option in OWN or option in FLAGS - {"--with-decryption"}:
            continue
        if option not in known:
            raise _WrongWordsError(f"Unknown options: {option}")
        name, shape = known[option]
        request[name] = _value(shape, value)
    answer = getattr(client, method)(**request)
    answer.pop("ResponseMetadata", None)
    found = jmespath.search(options["--query"], answer) if "--query" in options else answer
    if options.get("--output") == "text":
        return Said(f"{_text(found)}\n")
    return Said(f"{json.dumps(found, indent=4, default=str)}\n")


def _value(shape: Any, text: str) -> Any:
    match shape.type_name:
        case "boolean":
            return text == "true"
        case "integer" | "long":
            return int(text)
        case "string":
            return text
        case _:
            return json.loads(text)


def _text(value: Any) -> str:
    match value:
        case list():
            return "\t".join(map(_text, value))
        case dict():
            return "\t".join(_text(value[key]) for key in sorted(value))
        case _:
            return str(value)


def _copy(client: Any, call: Call, words: Sequence[str], options: dict[str, str]) -> Said:
    if len(words) != 2:  # noqa: PLR2004 - from and to
        raise _WrongWordsError("the following arguments are required: paths")
    source, target = words
    extra = {member: options[option] for option, member in COPY_SETTINGS.items() if option in options}
    if "--metadata" in options:
        extra["Metadata"] = dict(each.split("=", 1) for each in options["--metadata"].split(","))  # type: ignore[assignment]
    upload = target.startswith("s3://")
    try:
        if upload:
            bucket, _, key = target.removeprefix("s3://").partition("/")
            key = f"{key}{os.path.basename(source)}" if not key or key.endswith("/") else key
            client.upload_file(str(call.folder / source), bucket, key, ExtraArgs=extra)
        else:
            bucket, _, key = source.removeprefix("s3://").partition("/")
            path = call.folder / target
            client.download_file(bucket, key, str(path / os.path.basename(key) if path.is_dir() else path))
    except (ClientError, boto3.exceptions.Boto3Error, OSError) as error:
        return failed(f"{'upload' if upload else 'download'} failed: {source} to {target} {error}", 1)
    quiet = {"--only-show-errors", "--quiet"} & options.keys()
    return Said("" if quiet else f"{'upload' if upload else 'download'}: {source} to {target}\n")
