"""assume.py ROLE: prints the key, its secret and the token of a session of ROLE, a line each, for which GitHub's OIDC token is given."""

# ruff: noqa: INP001 - an action's folder is not a package

import os
import sys

import boto3
import requests
from botocore import UNSIGNED
from botocore.config import Config

address, bearer = os.environ["ACTIONS_ID_TOKEN_REQUEST_URL"], os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
answer = requests.get(f"{address}&audience=sts.amazonaws.com", headers={"Authorization": f"bearer {bearer}"}, timeout=10)
answer.raise_for_status()
token = answer.json()["value"]
sts = boto3.client("sts", config=Config(signature_version=UNSIGNED))
try:
    session = sts.assume_role_with_web_identity(RoleArn=sys.argv[1], RoleSessionName="GitHubActions", WebIdentityToken=token)["Credentials"]
except sts.exceptions.ClientError as error:
    sys.exit(f"Could not assume role with OIDC: {error.response['Error']['Message']}")
print(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"], sep="\n")
