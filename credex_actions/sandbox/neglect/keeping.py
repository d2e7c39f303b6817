"""Buckets, secrets and parameters."""

import json

from credex_actions.sandbox.neglect.place import OWNER, Place


def seed(place: Place) -> None:
    _buckets(place)
    _secrets(place)
    _parameters(place)


def _bucket(place: Place, name: str, *, encrypted: bool = True) -> str:
    s3, full = place.client("s3"), f"{name}-{place.account}"
    where = {} if place.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    s3.create_bucket(Bucket=full, **where)
    s3.put_bucket_tagging(Bucket=full, Tagging={"TagSet": [OWNER]})
    if encrypted:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket=full, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return full


def _read_by(bucket: str, principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _buckets(place: Place) -> None:
    s3 = place.client("s3")
    by_policy, by_list = _bucket(place, "exports"), _bucket(place, "old-website")
    s3.put_bucket_policy(Bucket=by_policy, Policy=_read_by(by_policy, "*"))
    s3.put_bucket_acl(Bucket=by_list, ACL="public-read")
    for each in (by_policy, by_list):
        place.expect("bucket-public", f"arn:aws:s3:::{each}")
    blocked, own = _bucket(place, "blocked"), _bucket(place, "own-account")
    s3.put_bucket_acl(Bucket=blocked, ACL="public-read")
    blocks = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=blocked, PublicAccessBlockConfiguration=blocks)
    s3.put_bucket_policy(Bucket=own, Policy=_read_by(own, f"arn:aws:iam::{place.account}:root"))
    place.expect("bucket-unencrypted", f"arn:aws:s3:::{_bucket(place, 'plain', encrypted=False)}")


def _secrets(place: Place) -> None:
    for name, age, changed in (("old-app/database", 500, 400), ("old-app/rotated", 500, 20), ("old-app/new", 3, 3)):
        made = place.client("secretsmanager").create_secret(Name=name, SecretString="an example", Tags=[OWNER])
        record = place.records("secretsmanager").secrets[name]
        record.created_date = int(place.now.timestamp() - age * 86400)
        record.last_changed_date = int(place.now.timestamp() - changed * 86400)
        if changed > 300:  # noqa: PLR2004 - of the ones above
            place.expect("secret-unrotated", made["ARN"])
    leaving = place.client("secretsmanager").create_secret(Name="old-app/deleted", SecretString="an example")
    record = place.records("secretsmanager").secrets["old-app/deleted"]
    place.client("secretsmanager").delete_secret(SecretId=leaving["ARN"], RecoveryWindowInDays=30)
    record.created_date = record.last_changed_date = int(place.now.timestamp() - 500 * 86400)


def _parameters(place: Place) -> None:
    for name, kind, expected in (
        ("/old-app/db_password", "String", True),
        ("/old-app/apiKey", "String", True),
        ("/old-app/jwt_secret", "SecureString", False),
        ("/old-app/db_secret_arn", "String", False),
        ("/old-app/token_ttl", "String", False),
        ("/secret/endpoint", "String", False),
        ("/old-app/passenger_count", "String", False),
    ):
        place.client("ssm").put_parameter(Name=name, Value="value-that-must-not-show", Type=kind)
        if expected:
            place.expect("parameter-plaintext", place.arn("ssm", f"parameter{name}"))
