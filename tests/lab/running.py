# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""An `assay run` that is still running, so that something can happen to its cluster or to itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cluster
from cluster import Json, lab


class Running:
    """A run that has come as far as a line with these words."""

    def __init__(self, until: str, out: Path, kubeconfig: str = "", *words: str,
                 requirement: str = "secure_accelerator_access") -> None:
        self.out = out
        self.process = subprocess.Popen(
            [str(cluster.ASSAY), "run", "--select", requirement, "--accelerator",
             "gpu.nvidia.com", "--kubeconfig", kubeconfig or str(lab().kubeconfig), "--out",
             str(out), *words],
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if until in line:
                return
        raise AssertionError(self.said)

    def ended(self, seconds: float = 200) -> Json:
        """Its report, once it has ended; what it printed is then in `said`."""
        out, err = self.process.communicate(timeout=seconds)
        self.said += err + out
        report = self.out / "report.json"
        if not report.is_file():
            raise AssertionError(self.said)
        return dict(json.loads(report.read_text()))

    @property
    def code(self) -> int | None:
        return self.process.returncode

    @property
    def namespace(self) -> str:
        """Of the run, by the id that its pods' names end with."""
        run = self.said.split("starting pod owner-", 1)[1].split()[0]
        return f"assay-{run}-secure-accelerator-access"
