# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The fault proxy (docs/fault-proxy.md) before a cluster, while a block runs."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from twin import Json, TwinError

START_SECONDS = 20.0  # for it to listen


@dataclass(frozen=True)
class Proxied:
    """How assay reaches the cluster, and what the fault proxy on the way says of itself."""

    environment: dict[str, str]
    log: Path | None

    def altered(self) -> list[Json]:
        """Every answer it altered, in order: {rule, what, method, path}."""
        if self.log is None or not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def idle(self, rules: list[Json]) -> list[str]:
        """The rules that altered nothing: what they plant was not there to be found."""
        acted = {line.get("rule") for line in self.altered()}
        return [rule["name"] for rule in rules if rule["name"] not in acted]


def _wait_until_there(file: Path, process: subprocess.Popen[bytes], words: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TwinError(f"the fault proxy did not start: {words.read_text().strip()[-500:]}")
        time.sleep(0.02)


@contextmanager
def proxied(program: Path, document: Json, environment: dict[str, str]) -> Iterator[Proxied]:
    """The cluster of `environment` as the document's rules show it."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: Path(folder) / name for name in ("rules", "log", "kubeconfig", "words")}
        paths["rules"].write_text(json.dumps(document))
        command = [str(program), "--rules", str(paths["rules"]), "--log", str(paths["log"])]
        command += ["--write-kubeconfig", str(paths["kubeconfig"])]
        with paths["words"].open("w") as words:
            process = subprocess.Popen(
                command, env=environment, stderr=words, start_new_session=True
            )
        try:
            _wait_until_there(paths["kubeconfig"], process, paths["words"])
            yield Proxied(environment | {"KUBECONFIG": str(paths["kubeconfig"])}, paths["log"])
        finally:
            process.terminate()
            process.wait()
