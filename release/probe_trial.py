# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The probe as the image has it, in the image's own root: of each platform, the one for another machine under
an emulator. What they compute must be the same, and they must understand each other."""

from __future__ import annotations

import json
import platform
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

from image_roots import roots_of
from pins import ReleaseError
from toolchain import TARGETS

Json = dict[str, Any]
Commands = dict[str, list[str]]  # by architecture: the probe
SECONDS = 300
SECRET = "tmp/secret"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # chroot is there


def command(architecture: str, root: Path, emulator: str) -> list[str]:
    inside = ["chroot", str(root)]
    if TARGETS[architecture].processor != platform.machine():
        shutil.copy2(emulator, root / "emulator")
        inside.append("/emulator")
    return [*inside, "/usr/bin/assay-probe"]


def document(where: str, done: subprocess.CompletedProcess[str]) -> Json:
    if done.returncode != 0:
        raise ReleaseError(f"{where}: exit code {done.returncode}:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
    told: Json = json.loads(done.stdout.splitlines()[-1])
    return told


def ask(architecture: str, probe: list[str], *words: str) -> Json:
    where = f"probe for {architecture}: {' '.join(words)}"
    done = subprocess.run([*probe, *words], capture_output=True, text=True, timeout=SECONDS, env=ENVIRONMENT)
    told = document(where, done)
    if told.get("verdict", "passed") != "passed":
        raise ReleaseError(f"{where}: {told['verdict']}: {told['reasons']}")
    print(f"{where}: {told.get('verdict', 'told')}", flush=True)
    return told


def products(told: Json) -> list[tuple[object, ...]]:
    """What must not depend on the machine: digests of exact products."""
    return [(one["type"], one["pass"], one["seed"], one["digest"]) for one in told["exact"]]


def try_each(probes: Commands) -> None:
    computed = {}
    for architecture, probe in probes.items():
        machine = ask(architecture, probe, "facts")["kernel"]["machine"]
        if machine != TARGETS[architecture].processor:
            raise ReleaseError(f"the probe for {architecture} says that it runs on {machine}")
        ask(architecture, probe, "selftest", "--backend", "cpu")
        computed[architecture] = products(ask(architecture, probe, "gemm", "--backend", "cpu"))
    first, *others = computed.values()
    if not first or any(other != first for other in others):
        raise ReleaseError(f"products differ between architectures: {computed}")
    print(f"{len(first)} products: the same on {' and '.join(computed)}", flush=True)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def try_together(probes: Commands, roots: dict[str, Path]) -> None:
    """An all-reduce around all of them."""
    secret = secrets.token_hex(32)
    port = free_port()
    running = []
    for rank, (architecture, probe) in enumerate(sorted(probes.items())):
        (roots[architecture] / SECRET).write_text(secret)
        running.append(subprocess.Popen(
            [*probe, "allreduce", "--rank", str(rank), "--ranks", str(len(probes)), "--rendezvous",
             f"127.0.0.1:{port}", "--secret-file", f"/{SECRET}", "--max-bytes", "1048576"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT))
    for rank, process in enumerate(running):
        out, err = process.communicate(timeout=SECONDS)
        where = f"all-reduce of {' and '.join(sorted(probes))}, rank {rank}"
        done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
        if (verdict := document(where, done)["verdict"]) != "passed":
            raise ReleaseError(f"{where}: {verdict}:\n{out[-1500:]}")
        print(f"{where}: {verdict}", flush=True)


def try_probe(assay: list[str], emulator: str, folder: Path) -> None:
    """assay: the command of a program that runs here and carries the images."""
    tar = folder / "probe.tar"
    subprocess.run([*assay, "images", "export", str(tar)], check=True, stdout=subprocess.DEVNULL)
    roots = roots_of(tar, folder / "probe")
    if missing := [name for name in TARGETS if name not in roots]:
        raise ReleaseError(f"the carried image is not for {' and '.join(missing)}")
    probes = {name: command(name, root, emulator) for name, root in roots.items()}
    try_each(probes)
    try_together(probes, roots)
