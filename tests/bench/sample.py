# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What one run of a program took."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from errors import LabError


@dataclass
class Sample:
    wall_s: float = 0.0
    cpu_s: float = 0.0  # user and system, of the program alone
    server_cpu_s: float = 0.0  # of the API server meanwhile, with all else it does
    max_rss_kib: int = 0  # of the largest process, where it is several
    wire_bytes: int = 0  # received from the lab's network, with headers and TLS
    load: float = 0.0  # of the machine in the last minute, when it began
    sums: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return (f"{self.wall_s:.2f} s, CPU {self.cpu_s:.2f} s (API server "
                f"{self.server_cpu_s:.2f} s), {self.max_rss_kib / 1024:.0f} MiB, "
                f"{self.wire_bytes / 1e6:.1f} MB received, load {self.load:.1f}")


class Far:
    """The lab seen from the host: its only link, and its API server."""

    def __init__(self, lab: str, router: int) -> None:
        self._counter = Path(f"/sys/class/net/lab-{lab}/statistics/rx_bytes")
        self._server = _child(router, "kube-apiserver")

    def received(self) -> int:
        return int(self._counter.read_text())

    def cpu_s(self) -> float:
        user, system = _stat(self._server)[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _stat(process: Path) -> list[str]:
    """The fields of /proc/PID/stat from the state on: the name before may hold blanks."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def _child(parent: int, name: str) -> Path:
    for process in Path("/proc").iterdir():
        try:
            if (process.name.isdigit() and (process / "comm").read_text().strip() == name
                    and int(_stat(process)[1]) == parent):
                return process
        except OSError:
            continue  # it has ended
    raise LabError(f"the lab's {name} does not run; scripts/lab status")


class Stopwatch:
    """Adds processes up in one sample."""

    def __init__(self, far: Far) -> None:
        self.sample = Sample(load=os.getloadavg()[0])
        self._far = far
        self._bytes, self._server = far.received(), far.cpu_s()
        self._begun = time.monotonic()

    def run(self, argv: list[str]) -> tuple[int, bytes]:
        """Exit code and output of one more process."""
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        assert process.stdout
        with process.stdout:
            output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.sample.cpu_s += used.ru_utime + used.ru_stime
        self.sample.max_rss_kib = max(self.sample.max_rss_kib, used.ru_maxrss)
        return process.returncode, output

    def stop(self) -> Sample:
        self.sample.wall_s = time.monotonic() - self._begun
        self.sample.wire_bytes = self._far.received() - self._bytes
        self.sample.server_cpu_s = self._far.cpu_s() - self._server
        return self.sample
