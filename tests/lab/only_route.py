# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a network namespace whose only address is the API server's, on its loopback; what
is sent there is passed on through a Unix socket, which no namespace keeps apart.

    only_route.py ADDRESS PORT SOCKET COMMAND…       in the namespace: `unshare --net`

Prints the command's exit code and how many packets had no route: whoever connects to anything else is
counted there by the kernel (Ip and Ip6 OutNoRoutes)."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(one: socket.socket, other: socket.socket) -> None:
    with one, other:
        back = threading.Thread(target=pump, args=(other, one), daemon=True)
        back.start()
        pump(one, other)
        back.join()


def accept_all(listener: socket.socket, reach: Callable[[], socket.socket]) -> None:
    while True:
        try:
            taken, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=join, args=(taken, reach()), daemon=True).start()


def without_route() -> int:
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    names, values = [line for line in lines if line[0] == "Ip:"]
    found = int(values[names.index("OutNoRoutes")])
    for line in Path("/proc/net/snmp6").read_text().splitlines():
        name, value = line.split()
        found += int(value) if name == "Ip6OutNoRoutes" else 0
    return found


def main() -> None:
    address, port, path, *command = sys.argv[1:]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    listener = socket.create_server((address, int(port)), backlog=64)

    def reach() -> socket.socket:
        end = socket.socket(socket.AF_UNIX)
        end.connect(path)
        return end

    threading.Thread(target=accept_all, args=(listener, reach), daemon=True).start()
    before = without_route()
    done = subprocess.run(command, capture_output=True, text=True)
    print(json.dumps({"code": done.returncode, "out": done.stdout, "err": done.stderr,
                      "without_route": without_route() - before}))


if __name__ == "__main__":
    main()
