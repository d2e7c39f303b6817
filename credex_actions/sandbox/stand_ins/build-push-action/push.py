"""push.py IMAGE DOCKERFILE: puts IMAGE into the sandbox's ECR, with the behaviour that the Dockerfile's `LABEL sandbox="..."` names."""

# ruff: noqa: INP001 - an action's folder is not a package

import re
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3

from credex_actions.sandbox.provision import push_image

image, dockerfile = sys.argv[1:]
label = re.search(r'^LABEL sandbox="([^"]*)"', Path(dockerfile).read_text(), re.MULTILINE)
repository, _, tag = image.partition("/")[2].rpartition(":")
here: Any = SimpleNamespace(client=boto3.client)  # all that push_image asks of a sandbox
with suppress(boto3.client("ecr").exceptions.ImageAlreadyExistsException):  # a registry takes the same image twice without a word
    print(push_image(here, repository, tag, "linux/amd64", label[1] if label else ""))
