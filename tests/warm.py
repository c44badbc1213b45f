"""The command line in a process that has imported it already.

Most of what a command takes is the start of Python and the imports, and the tests of the docs and
of the command line run hundreds of them. One process a worker imports symparam and is forked for
each command, with the command's own streams, folder and environment. ``pytest --cold`` starts a
new interpreter for each, as a user does; ``make check-all`` runs these tests in that way, too.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

is_cold = not hasattr(os, "fork")
COLD = [sys.executable, "-m", "symparam"]
BROKEN = 70  # the exit status where a command ended without one


def command() -> list[str]:
    """What to put before the arguments."""
    return COLD if is_cold else [str(_shim())]


def folder() -> Path:
    """Where ``symparam`` is found, to be put first on the path."""
    return Path(sys.executable).parent if is_cold else _shim().parent


@cache
def _shim() -> Path:
    place = tempfile.TemporaryDirectory(prefix="symparam")
    address, shim = Path(place.name) / "socket", Path(place.name) / "symparam"
    server = subprocess.Popen(
        [sys.executable, __file__, "serve", address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    server.stdout.readline()  # it listens

    def stop() -> None:
        server.kill()
        server.wait()
        place.cleanup()

    atexit.register(stop)
    shim.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -I -S "{__file__}" ask "{address}" "$@"\n', "utf-8"
    )
    shim.chmod(0o755)
    return shim


def ask(address: str, arguments: list[str]) -> int:
    """Have a command run with our streams, and say how it ended."""
    told = json.dumps([arguments, os.getcwd(), dict(os.environ)]).encode()
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [len(told).to_bytes(8, "big")], [0, 1, 2])
        server.sendall(told)
        status = server.recv(1)
    return status[0] if status else BROKEN


def serve(address: str) -> None:
    """Fork for every command that somebody asks for."""
    import symparam
    from symparam.cli import main

    symparam.parse("Input(n) -> Dense(m)").explain()  # which imports sympy
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        print("listening", flush=True)
        while True:
            client, _ = server.accept()
            length, files, _, _ = socket.recv_fds(client, 8, 3)
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                with client.makefile("rb") as told:
                    request = json.loads(told.read(int.from_bytes(length, "big")))
                status = _run(main, files, *request)
                with contextlib.suppress(OSError):  # nobody waits for it any more
                    client.sendall(bytes([status]))
                os._exit(status)
            for file in (client.fileno(), *files):
                os.close(file)
            client.detach()


def _run(
    main: Any, files: list[int], arguments: list[str], place: str, environment: dict[str, str]
) -> int:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["symparam", *arguments]
    try:
        main(prog_name="symparam")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[2], sys.argv[3:]))
