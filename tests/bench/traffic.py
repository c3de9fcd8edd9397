#!/usr/bin/env python3
# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""How many requests a second the probe's `serve` and `client` do on loopback, one core each.

  tests/bench/traffic.py build/release/probe/assay-probe [--requests N] [--bar N]

Prints a line per protocol with answers a second and the CPU seconds of each side; exit code 1 if one
is below the bar or a request was not answered. On a machine that does other things the rate by CPU
seconds of the busier side says what the programs can do.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, CLIENT_CORE = 0, 1


@dataclass(frozen=True)
class Rate:
    protocol: str
    answered: int
    requests: int
    per_second: float
    server_cpu: float  # seconds
    client_cpu: float

    def per_busy_second(self) -> float:
        return self.answered / max(self.server_cpu, self.client_cpu)

    def line(self) -> str:
        return (f"{self.protocol}: {self.answered} of {self.requests} answered, "
                f"{self.per_second:.0f} a second; CPU {self.server_cpu:.2f} s server, "
                f"{self.client_cpu:.2f} s client: {self.per_busy_second():.0f} a second of CPU")


def on_core(core: int) -> None:
    os.sched_setaffinity(0, {core})


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(probe: str, protocol: str, requests: int) -> Rate:
    server = subprocess.Popen(
        [probe, "serve", "--port", "0", "--address", "127.0.0.1", "--name", "a"],
        stdout=subprocess.PIPE, text=True, preexec_fn=lambda: on_core(SERVER_CORE))
    try:
        assert server.stdout
        port = json.loads(server.stdout.readline())["port"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [probe, "client", f"http://127.0.0.1:{port}/x", "--protocol", protocol,
             "--requests", str(requests), "--parallel", "64"],
            stdout=subprocess.PIPE, check=True, preexec_fn=lambda: on_core(CLIENT_CORE))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        (phase,) = json.loads(done.stdout)["phases"]
        client = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Rate(protocol, phase["answered"], requests, phase["per_second"],
                    cpu_seconds(server.pid), client)
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("probe", help="the program, as it goes into the image")
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--bar", type=int, default=20_000, help="answers a second")
    args = parser.parse_args()
    good = True
    for protocol in ("http1", "h2c"):
        rate = measure(args.probe, protocol, args.requests)
        print(rate.line(), flush=True)
        good = good and rate.answered == rate.requests and rate.per_second >= args.bar
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
