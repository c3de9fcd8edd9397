# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""On what a measurement was made."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path


def _cpu() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _memory_gib() -> float:
    found = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return round(int(found[1]) / 2**20, 1) if found else 0.0


def _cached(built: Path, key: str) -> str:
    found = re.search(rf"^{key}:\w+=(.*)$", (built / "CMakeCache.txt").read_text(), re.MULTILINE)
    return found[1] if found else ""


def _flags(built: Path) -> str:
    kind = _cached(built, "CMAKE_BUILD_TYPE")
    return f"{kind}: {_cached(built, f'CMAKE_CXX_FLAGS_{kind.upper()}')}"


def _first_line(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True,
                          check=True).stdout.partition("\n")[0]


def facts(kubernetes: str, go: str, built: Path) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cpu": f"{os.cpu_count()} cores, {_cpu()}",
        "memory": f"{_memory_gib()} GiB",
        "kernel": platform.release(),
        "kubernetes": kubernetes,
        "go": _first_line(go, "env", "GOVERSION"),
        "compiler": _first_line(_cached(built, "CMAKE_CXX_COMPILER") or "c++", "--version"),
        "flags": _flags(built),
    }
