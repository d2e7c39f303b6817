"""Buckets: public ones, and ones without encryption. S3 answers for one bucket at a time, so what excludes most is asked first."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.maintenance.account.data.public_access import BLOCKS, NO_BLOCK, block_in, block_of_account
from credex_actions.maintenance.account.found import Found, Record, aws, plain, tags_of
from credex_actions.maintenance.account.reading import Absent
from credex_actions.maintenance.account.survey import Survey, partition

EVERYBODY: Final = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everybody",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everybody with an AWS account",
}


def buckets(survey: Survey) -> tuple[str, ...]:
    """Of this region. What stands in for S3 may not know the filter, nor say the region."""
    here = survey.scope.region
    listed = survey.reading.pages("s3", "list_buckets", "Buckets", BucketRegion=here, PaginationConfig={"PageSize": 1000})
    return tuple(each["Name"] for each in listed if (each.get("BucketRegion") or _region(survey, each["Name"])) == here)


def _region(survey: Survey, name: str) -> str:
    """An old bucket of us-east-1 has no constraint, one of eu-west-1 may have its old name."""
    constraint = str(survey.reading.one("s3", "get_bucket_location", Bucket=name).get("LocationConstraint") or "")
    return {"": "us-east-1", "EU": "eu-west-1"}.get(constraint, constraint)


def check_public(survey: Survey) -> Iterator[Found]:
    account = survey.shared(block_of_account)
    if all(account.values()):
        return
    for name in survey.shared(buckets):
        block = {key: value or account[key] for key, value in _block(survey, name).items()}
        reasons = [] if all(block.values()) else list(public(block, _is_public_policy(survey, name, block), _grants(survey, name, block)))
        if reasons:
            yield opened(name, reasons, _tags(survey, name), survey)


def public(block: Mapping[str, bool], is_public_policy: bool, grants: tuple[Record, ...]) -> Iterator[str]:
    """A block of public policies keeps new ones out; only RestrictPublicBuckets takes effect on one that is there."""
    if is_public_policy and not block["RestrictPublicBuckets"]:
        yield "its policy is public"
    if not block["IgnorePublicAcls"]:
        for each in grants:
            who = EVERYBODY.get(each.get("Grantee", {}).get("URI", ""))
            if who:
                yield f"its access control list grants {each['Permission']} to {who}"


def _block(survey: Survey, name: str) -> dict[str, bool]:
    try:
        answer = survey.reading.one("s3", "get_public_access_block", Bucket=name)
    except Absent:
        return NO_BLOCK
    return block_in(answer)


def _is_public_policy(survey: Survey, name: str, block: Mapping[str, bool]) -> bool:
    if block["RestrictPublicBuckets"]:
        return False
    try:
        return bool(survey.reading.one("s3", "get_bucket_policy_status", Bucket=name)["PolicyStatus"]["IsPublic"])
    except Absent:
        return False


def _grants(survey: Survey, name: str, block: Mapping[str, bool]) -> tuple[Record, ...]:
    return () if block["IgnorePublicAcls"] else tuple(survey.reading.one("s3", "get_bucket_acl", Bucket=name).get("Grants", ()))


def _tags(survey: Survey, name: str) -> dict[str, str]:
    try:
        return tags_of(survey.reading.one("s3", "get_bucket_tagging", Bucket=name), "TagSet")
    except Absent:
        return {}


def check_encryption(survey: Survey) -> Iterator[Found]:
    needs_kms, needs_tls = (bool(survey.setting("bucket-unencrypted", each)) for each in ("kms", "tls"))
    for name in survey.shared(buckets):
        faults = list(unencrypted(_rules(survey, name), needs_kms=needs_kms))
        if needs_tls and not denies_plain(_policy(survey, name)):
            faults.append("its policy does not deny requests without TLS")
        if faults:
            yield bare(name, faults, _tags(survey, name), survey)


def unencrypted(algorithms: tuple[str, ...], *, needs_kms: bool) -> Iterator[str]:
    if not algorithms:
        yield "it has no default encryption"
    elif needs_kms and not any(each.startswith("aws:kms") for each in algorithms):
        yield "its default encryption does not use a KMS key"


def denies_plain(policy: Record) -> bool:
    statements: Any = policy.get("Statement", ())
    for each in [statements] if isinstance(statements, dict) else statements:
        condition = each.get("Condition", {}).get("Bool", {})
        value = next((value for key, value in condition.items() if key.lower() == "aws:securetransport"), None)
        if each.get("Effect") == "Deny" and str(value).strip("[]'").lower() == "false":
            return True
    return False


def _rules(survey: Survey, name: str) -> tuple[str, ...]:
    try:
        rules = survey.reading.one("s3", "get_bucket_encryption", Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    except Absent:
        return ()
    return tuple(
        each["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for each in rules if "ApplyServerSideEncryptionByDefault" in each
    )


def _policy(survey: Survey, name: str) -> Record:
    try:
        policy: Record = json.loads(survey.reading.one("s3", "get_bucket_policy", Bucket=name)["Policy"])
    except Absent:
        return {}
    return policy


def opened(name: str, reasons: list[str], tags: Mapping[str, str], survey: Survey) -> Found:
    return Found(
        check="bucket-public",
        resource=f"arn:{partition(survey.scope.region)}:s3:::{name}",
        title=f"bucket {plain(name)} is public",
        why=f"{'; '.join(reasons)}; no public access block covers it",
        fix=aws(
            "s3api",
            "put-public-access-block",
            survey.scope.region,
            bucket=name,
            public_access_block_configuration=",".join(f"{each}=true" for each in BLOCKS),
        ),
        tags=tags,
    )


def bare(name: str, faults: list[str], tags: Mapping[str, str], survey: Survey) -> Found:
    rules = '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"},"BucketKeyEnabled":true}]}'
    return Found(
        check="bucket-unencrypted",
        resource=f"arn:{partition(survey.scope.region)}:s3:::{name}",
        title=f"bucket {plain(name)} is not encrypted as it should be",
        why="; ".join(faults),
        fix=aws("s3api", "put-bucket-encryption", survey.scope.region, bucket=name, server_side_encryption_configuration=rules),
        tags=tags,
    )
