"""Writes the files of this run's artifacts to $FOLDER: of that with $NAME, or of those whose names match $PATTERN."""

# ruff: noqa: INP001 - an action's folder is not a package

import io
import json
import os
import sys
import zipfile
from fnmatch import fnmatchcase
from urllib.request import ProxyHandler, build_opener

given = os.environ
opened = build_opener(ProxyHandler({})).open  # on loopback, whatever proxy this machine has
blobs = f"{given['GITHUB_API_URL']}/_blobs/{given['GITHUB_REPOSITORY']}"
with opened(f"{blobs}/runs/{given['GITHUB_RUN_ID']}/artifacts", timeout=60) as response:
    listed = {each["name"]: each["id"] for each in json.load(response)}
wanted = [name for name in listed if (name == given["NAME"] if given["NAME"] else fnmatchcase(name, given["PATTERN"]))]
if given["NAME"] and not wanted:
    sys.exit(f"::error::Artifact not found for name: {given['NAME']}")
for name in wanted:
    folder = given["FOLDER"] if given["NAME"] or given["MERGE"] == "true" else os.path.join(given["FOLDER"], name)
    with opened(f"{blobs}/artifacts/{listed[name]}", timeout=60) as response:
        zipfile.ZipFile(io.BytesIO(response.read())).extractall(folder)
print(f"Total of {len(wanted)} artifact(s) downloaded")
