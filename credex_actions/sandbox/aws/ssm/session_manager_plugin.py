"""A stand-in for AWS's session-manager-plugin, for the sandbox's sessions alone: the same words, the same variable, the same output.

Run by itself, without the suite.
"""

import contextlib
import json
import os
import socket
import sys
import threading
from urllib.parse import urlsplit

VERSION = "1.2.707.0"
WORDS = 7


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(1 << 16):
            target.sendall(part)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def serve(client: socket.socket, host: str, port: int, token: str) -> None:
    with client, contextlib.suppress(OSError), socket.create_connection((host, port)) as way:
        way.sendall(f"{token}\n".encode())
        threading.Thread(target=pump, args=(way, client), daemon=True).start()
        pump(client, way)


def main() -> int:
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"{VERSION}\n")
        return 0
    if len(sys.argv) != WORDS or sys.argv[3] != "StartSession":
        sys.stdout.write("\nUnknown operation. Use session-manager-plugin --version to check the version.\n")
        return 1
    response = os.environ.get(sys.argv[1], sys.argv[1])
    session = json.loads(response)
    request = json.loads(sys.argv[5])
    where = urlsplit(session["StreamUrl"])
    wanted = int(request["Parameters"].get("localPortNumber", ["0"])[0])
    with socket.create_server(("127.0.0.1", wanted)) as listener:
        sys.stdout.write(f"\nStarting session with SessionId: {session['SessionId']}\n")
        sys.stdout.write(f"Port {listener.getsockname()[1]} opened for sessionId {session['SessionId']}.\nWaiting for connections...\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            sys.stdout.write(f"\nConnection accepted for session [{session['SessionId']}]\n")
            sys.stdout.flush()
            assert where.hostname
            assert where.port
            threading.Thread(target=serve, args=(client, where.hostname, where.port, session["TokenValue"]), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
