"""Packs the files of $FILES, and hands them to the sandbox's GitHub as the artifact $NAME of this run."""

# ruff: noqa: INP001 - an action's folder is not a package

import io
import os
import sys
import zipfile
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

given = os.environ
opened = build_opener(ProxyHandler({})).open  # on loopback, whatever proxy this machine has
files = [line.strip() for line in given["FILES"].split("\n") if line.strip()]
folder = os.path.commonpath([os.path.dirname(os.path.abspath(file)) for file in files])
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
    for file in files:
        archive.write(file, os.path.relpath(file, folder))
        print(f"artifact {given['NAME']}: {os.path.basename(file)}, {os.path.getsize(file)} bytes")
run = f"{given['GITHUB_API_URL']}/_blobs/{given['GITHUB_REPOSITORY']}/runs/{given['GITHUB_RUN_ID']}"
address = f"{run}/artifacts/{quote(given['NAME'])}?overwrite={given['OVERWRITE']}"
try:
    opened(Request(address, packed.getvalue(), method="PUT"), timeout=60).close()  # noqa: S310 - the sandbox, on loopback
except HTTPError as error:
    sys.exit(f"::error::Failed to CreateArtifact: {error.read().decode()}")
