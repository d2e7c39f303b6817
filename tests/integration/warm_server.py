"""Imports what commands need once, and forks for each request; see warm.py. `warm_server.py FD`: the socket that requests come by."""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import cache

PACKAGES = (
    *("actions_toolkit.command", "actions_toolkit.file_command", "boto3", "botocore.session", "botocore.config", "botocore.exceptions"),
    *(
        "dotenv",
        "github",
        "github.Auth",
        "jsonpatch",
        "jsonschema",
        "jwt",
        "msgspec",
        "nacl.public",
        "neo4j",
        "requests",
        "tenacity",
        "yaml",
    ),
)
SERVICES = ("cloudwatch", "codedeploy", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "logs", "scheduler", "secretsmanager", "ssm", "sts")


def serve(requests: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the minders
    while True:
        heard, files, _, _ = socket.recv_fds(requests, 1, 4)
        if not heard:
            return
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            mind(*files)
            return
        for file in files:
            os.close(file)


def mind(request: int, stdout: int, stderr: int, status: int) -> None:
    """Starts the command, says its number and how it ended. In the command's own process it comes back as the command ends."""
    pid = os.fork()
    if pid == 0:
        os.close(status)
        become(request, stdout, stderr)
        return
    for file in (request, stdout, stderr):
        os.close(file)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        os.write(status, f"{pid}\n".encode())
        os.write(status, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
    os._exit(0)


def become(request: int, stdout: int, stderr: int) -> None:
    with os.fdopen(request, "rb") as asked:
        words, environment, folder = json.load(asked)
    for file, target in ((stdout, 1), (stderr, 2)):
        os.dup2(file, target)
        os.close(file)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", buffering=1, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv, sys.path[0] = ["credex_actions", *words], folder
    runpy.run_module("credex_actions", run_name="__main__", alter_sys=True)


def read_models() -> None:
    """botocore's descriptions of the services: each session of its own would read them anew, which takes half of a command's time."""
    names = vars(importlib.import_module("botocore.session"))
    names["create_loader"] = cache(names["create_loader"])
    session = importlib.import_module("boto3").Session(region_name="af-south-1", aws_access_key_id="none", aws_secret_access_key="none")
    for service in SERVICES:
        session.client(service)


def import_our_own() -> None:
    suite = importlib.import_module("credex_actions")
    for room in pkgutil.iter_modules(suite.__path__, "credex_actions."):
        if room.ispkg and room.name != "credex_actions.sandbox":
            folder = importlib.import_module(room.name)
            for module in pkgutil.walk_packages(folder.__path__, f"{room.name}."):
                importlib.import_module(module.name)


if __name__ == "__main__":
    gc.disable()
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        signal.signal(number, usual)
    for package in PACKAGES:
        importlib.import_module(package)
    read_models()
    import_our_own()
    gc.freeze()
    gc.enable()
    serve(socket.socket(fileno=int(sys.argv[1])))
