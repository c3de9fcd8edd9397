#!/usr/bin/env python3
# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Runs assay on one cluster again and again: do its verdicts agree, and how long does each requirement take?

  tests/bench/agreement.py [--runs 20] [--json FILE] [--keep DIR] -- FLAGS OF assay run

Prints a line per run, then the table of docs/measurements/musts.md. Exit code 1 if two runs disagree about
any assertion, or one of them left something in the cluster.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import machine

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """What one run said, and how long it took."""

    code: int
    wall_s: float
    verdicts: dict[str, str]  # by requirement/assertion
    reasons: dict[str, str]  # of those that failed or are inconclusive
    took_s: dict[str, float]  # by requirement that was examined: asking and clean-up
    leftovers: int
    kubernetes: str

    def differences(self, other: Run) -> list[str]:
        names = sorted(self.verdicts.keys() | other.verdicts.keys())
        return [f"{name}: {self.verdicts.get(name)}, then {other.verdicts.get(name)}{other.reason(name)}"
                for name in names if self.verdicts.get(name) != other.verdicts.get(name)]

    def wrong(self) -> list[str]:
        return [f"{name}: {self.verdicts[name]}{self.reason(name)}" for name in self.reasons]

    def reason(self, name: str) -> str:
        return f" ({self.reasons[name]})" if self.reasons.get(name) else ""


def read(report: dict[str, Any], code: int, wall_s: float) -> Run:
    verdicts: dict[str, str] = {}
    reasons: dict[str, str] = {}
    took: dict[str, float] = {}
    for requirement in report["requirements"]:
        if not requirement["selected"] or not requirement["assertions"]:
            continue
        for one in requirement["assertions"]:
            name = f"{requirement['id']}/{one['id']}"
            verdicts[name] = one["outcome"]
            if one["outcome"] in ("failed", "inconclusive"):
                reasons[name] = one.get("reason") or next(
                    (found.get("reason") or found.get("actual", "") for found in one.get("findings", [])
                     if found["outcome"] == one["outcome"]), "")
        took[requirement["id"]] = (requirement["duration_ms"] + requirement["cleanupDuration_ms"]) / 1000
    return Run(code, wall_s, verdicts, reasons, took, len(report["cleanup"]["leftovers"]),
               report["cluster"]["gitVersion"])


def run_once(assay: Path, flags: list[str], keep: Path | None) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        out = keep or Path(folder) / "report"
        begun = time.monotonic()
        done = subprocess.run([str(assay), "run", "--quiet", "--out", str(out), *flags],
                              capture_output=True, text=True, check=False)
        wall_s = time.monotonic() - begun
        if not (out / "report.json").exists():
            sys.exit(f"no report, exit code {done.returncode}: {done.stderr[-500:]}")
        return read(json.loads((out / "report.json").read_text()), done.returncode, wall_s)


def table(runs: list[Run]) -> list[str]:
    lines = ["| requirement | median | least | most |", "|---|---|---|---|"]
    for name in sorted(runs[0].took_s):
        took = [one.took_s[name] for one in runs if name in one.took_s]
        lines.append(f"| {name} | {statistics.median(took):.1f} s | {min(took):.1f} s | {max(took):.1f} s |")
    walls = [one.wall_s for one in runs]
    lines.append(f"| the run, checks beside each other | {statistics.median(walls):.1f} s | {min(walls):.1f} s "
                 f"| {max(walls):.1f} s |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--assay", type=Path, default=ROOT / "build" / "release" / "cli" / "assay")
    parser.add_argument("--json", type=Path, help="where the samples go")
    parser.add_argument("--keep", type=Path, help="where the reports stay, each run's in a folder of its own")
    parser.add_argument("flags", nargs="*", help="of assay run")
    arguments = parser.parse_args()
    runs: list[Run] = []
    troubles = 0
    for number in range(arguments.runs):
        one = run_once(arguments.assay, arguments.flags,
                       arguments.keep / f"run-{number + 1}" if arguments.keep else None)
        wrong = runs[0].differences(one) if runs else []
        wrong += [f"{one.leftovers} objects left"] if one.leftovers else []
        troubles += len(wrong)
        runs.append(one)
        print(f"run {number + 1}: exit code {one.code}, {one.wall_s:.1f} s, {len(one.verdicts)} verdicts"
              f"{': ' + '; '.join(wrong) if wrong else ''}", flush=True)
        if number == 0:
            print("\n".join(f"  {words}" for words in one.wrong()), flush=True)
    if arguments.json:
        samples = [{"code": one.code, "wall_s": one.wall_s, "took_s": one.took_s} for one in runs]
        facts = machine.facts(runs[0].kubernetes, shutil.which("go") or "true", arguments.assay.parents[1])
        arguments.json.write_text(json.dumps({"facts": facts, "runs": samples}, indent=1) + "\n")
    print("\n".join(table(runs)))
    print(f"{len(runs)} runs, {troubles} differences")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
