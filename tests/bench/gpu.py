#!/usr/bin/env python3
# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What the probe does on this machine's GPUs, kept as data.

  scripts/measure-gpu                     on a machine with an NVIDIA driver: every GPU it shows
  scripts/measure-gpu --backend cpu --out DIR      how far it goes without one

Of each GPU: gemm, beside cuBLASLt on the same products, where the GPU has wgmma with that kernel, too; hbm, link and
selftest (every fault planted); a product of each kernel and a stream under each tool of compute-sanitizer; NCCL with one
rank; before and after, what NVML knows of it. Writes gpu-NAME-DATE.json with the probe's documents as they are, and a
table of it, .md, below docs/measurements.

The probe loads cuBLASLt by its name. Of a wheel (pip install nvidia-cublas, or nvidia-cublas-cu12 for a driver before
580), its folder is named: LD_LIBRARY_PATH=.../site-packages/nvidia/cu13/lib scripts/measure-gpu

Exit code 0: all of it ran and passed; 1: something failed; 2 usage; 4: no GPU, or something could not be measured, for one
because cuBLASLt or compute-sanitizer is not there.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SANITIZERS = ("memcheck", "racecheck", "initcheck", "synccheck")
SANITIZER_FOUND = 99  # its exit code then; the probe has none like it
WGMMA = ["--kernel", "wgmma"]
HAS_WGMMA = 90  # the one compute capability that does: sm_90a
GOAL = {"kernel": "wgmma", "device": "H200", "fraction": 0.85}
# Without cuBLASLt: what a sanitizer says of its kernels is nothing of ours.
SMALL = {
    "gemm": ["--shape", "512x512x512", "--speed-shape", "512x512x512", "--warm-up-seconds", "0", "--samples", "5",
             "--no-reference"],
    "hbm": ["--stream-bytes", "16Mi", "--pattern-bytes", "64Mi", "--samples", "5"],
}
LIMIT_SECONDS = 900.0
Json = dict[str, object]


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def ran(command: list[str]) -> Json:
    """Exit code, seconds and document; what was said where there is none."""
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"command": command, "exit_code": None, "seconds": LIMIT_SECONDS, "said": "took too long"}
    except OSError as error:
        return {"command": command, "exit_code": None, "seconds": 0.0, "said": str(error)}
    result: Json = {"command": command, "exit_code": done.returncode,
                    "seconds": round(time.monotonic() - began, 1)}
    documents = [line for line in done.stdout.splitlines() if line.startswith('{"schema"')]
    if documents:
        result["document"] = json.loads(documents[-1])
    else:
        result["said"] = (done.stdout + done.stderr)[-4000:]
    return result


def has_wgmma(gemm: object) -> bool:
    device = gemm.get("document", {}).get("device", {})  # type: ignore[attr-defined]
    return device.get("compute_capability") == HAS_WGMMA


class Measuring:
    """One GPU's measurements, by the probe's own verbs."""

    def __init__(self, probe: Path, backend: str, device: int) -> None:
        self._probe = [str(probe)]
        self._where = ["--backend", backend, "--device", str(device), "--termination-log", "/dev/null"]
        self._device = device

    def verb(self, name: str, *more: str, under: tuple[str, ...] = ()) -> Json:
        say(f"GPU {self._device}: {name}{' under ' + under[-1] if under else ''}")
        return ran([*under, *self._probe, name, *self._where, *more])

    def all_verbs(self) -> Json:
        results: Json = {"gemm": self.verb("gemm")}
        if has_wgmma(results["gemm"]):
            results["gemm_wgmma"] = self.verb("gemm", *WGMMA)
            results["selftest_wgmma"] = self.verb("selftest", *WGMMA)
        return results | {name: self.verb(name) for name in ("hbm", "link", "selftest")}

    def sanitized(self, tool: str | None, wgmma: bool) -> Json:
        if tool is None:
            return {"missing": "compute-sanitizer is not in PATH (it comes with the CUDA toolkit)"}
        asked = {name: [name, *more] for name, more in SMALL.items()}
        if wgmma:
            asked["gemm_wgmma"] = [*asked["gemm"], *WGMMA]
        return {kind: {name: self.verb(*words, under=(
                    tool, "--error-exitcode", str(SANITIZER_FOUND), "--tool", kind)) for name, words in asked.items()}
                for kind in SANITIZERS}

    def nccl(self) -> Json:
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text("of one rank, which has nobody to hide from\n")
            return ran([*self._probe, "allreduce", "--backend", "nccl", "--rank", "0", "--ranks", "1", "--rendezvous",
                        "127.0.0.1:7999", "--secret-file", str(secret), "--device", str(self._device),
                        "--termination-log", "/dev/null"])


def measured(probe: Path, backend: str, device: int) -> Json:
    measuring = Measuring(probe, backend, device)
    result: Json = {"index": device, **measuring.all_verbs()}
    if backend == "cuda":
        result["sanitizer"] = measuring.sanitized(shutil.which("compute-sanitizer"), "gemm_wgmma" in result)
        result["nccl"] = measuring.nccl()
    return result


def runs_in(tree: object) -> Iterator[Json]:
    """Whatever ran, at any depth."""
    if isinstance(tree, dict):
        if "exit_code" in tree:
            yield tree
        else:
            for below in tree.values():
                yield from runs_in(below)
    elif isinstance(tree, list):
        for below in tree:
            yield from runs_in(below)


def is_missing(tree: object) -> bool:
    """Whether something could not be had, at any depth."""
    if isinstance(tree, dict):
        return "missing" in tree or any(is_missing(below) for below in tree.values())
    return isinstance(tree, list) and any(is_missing(below) for below in tree)


def exit_code(devices: list[Json]) -> int:
    runs = list(runs_in(devices))
    if any(run["exit_code"] in (1, SANITIZER_FOUND) for run in runs):
        return 1
    whole = runs and all(run["exit_code"] == 0 and "document" in run for run in runs)
    return 0 if whole and not is_missing(devices) else 4


def fraction_of(one: Json, device: str) -> str:
    """Of cuBLASLt's speed, and what it should be where that is said."""
    fraction = one.get("fraction_of_cublaslt")
    words = "-" if fraction is None else f"{100 * float(fraction):.1f} %"  # type: ignore[arg-type]
    if one.get("kernel") == GOAL["kernel"] and str(GOAL["device"]) in device:
        words += f" (goal {100 * float(GOAL['fraction']):.0f} %)"  # type: ignore[arg-type]
    return words


def product_rows(document: Json) -> Iterator[tuple[str, ...]]:
    device = str(document.get("device", {}).get("name", ""))  # type: ignore[attr-defined]
    for one in document.get("speed", []):  # type: ignore[attr-defined]
        own, other = (side.get("tera_operations_per_s_median") for side in (one, one.get("cublaslt") or {}))
        yield (f"gemm {one['type']}, {one['kernel']}", "-" if own is None else f"{own} Tera-operations/s",
               "-" if other is None else str(other), fraction_of(one, device), str(document.get("verdict")))


def rows(device: Json) -> Iterator[tuple[str, ...]]:
    """What was measured, by the probe, by cuBLASLt, the fraction, and how that part ended."""
    for part in ("gemm", "gemm_wgmma"):
        yield from product_rows(device.get(part, {}).get("document", {}))  # type: ignore[attr-defined]
    for verb, items in (("hbm", "streams"), ("link", "transfers")):
        document = device[verb].get("document", {})  # type: ignore[attr-defined]
        for one in document.get(items, []):
            median = one.get("gb_per_s_median")
            yield (f"{verb} {one.get('kind') or one.get('way')}", "-" if median is None else f"{median} GB/s", "-", "-",
                   document.get("verdict", "no document"))


def without_reference(device: Json) -> list[str]:
    """Why there is no speed of cuBLASLt's, each reason once."""
    words: dict[str, None] = {}
    for part in ("gemm", "gemm_wgmma"):
        for one in device.get(part, {}).get("document", {}).get("speed", []):  # type: ignore[attr-defined]
            beside = one.get("cublaslt") or {}
            if "missing" in beside or "left_out" in beside:
                words[f"cuBLASLt, {one['type']}: {beside.get('missing') or beside.get('left_out')}"] = None
    return list(words)


def table(facts: Json) -> str:
    lines = [f"# {facts['name']}", "",
             f"{facts['date']}, driver {facts['driver_version']}, {facts['kernel']}. "
             f"`scripts/measure-gpu`, probe {facts['probe_version']}; medians, all samples are in the .json beside."]
    if facts["simulated"]:
        lines += ["", "**SIMULATED: the processor computed in an accelerator's place.**"]
    for device in facts["devices"]:  # type: ignore[attr-defined]
        lines += ["", f"GPU {device['index']}", "", "| what | probe | cuBLASLt | fraction | verdict |",
                  "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in rows(device)]
        lines += [line for why in without_reference(device) for line in ("", why)]
        lines += ["", "| beside | exit code | seconds |", "|---|---|---|"]
        lines += [f"| `{' '.join(Path(word).name if '/' in word else word for word in run['command'])}` "
                  f"| {run['exit_code']} | {run['seconds']} |" for run in runs_in(device)]
    return "\n".join(lines) + "\n"


def facts_of(probe: Path) -> Json:
    return ran([str(probe), "facts", "--termination-log", "/dev/null"])


def gathered(probe: Path, backend: str) -> Json:
    before = facts_of(probe)
    document: Json = before.get("document", {})  # type: ignore[assignment]
    gpus: list[Json] = document.get("gpus", [])  # type: ignore[assignment]
    count = len(gpus) if backend == "cuda" else 1
    devices = [measured(probe, backend, device) for device in range(count)]
    return {"date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "name": str(gpus[0]["name"]) if backend == "cuda" and gpus else "the processor",
            "driver_version": document.get("driver_version"), "kernel": platform.release(),
            "probe_version": document.get("probe_version"), "simulated": backend == "cpu",
            "facts_before": before, "devices": devices, "facts_after": facts_of(probe)}


def written(facts: Json, out: Path) -> Path:
    name = re.sub(r"[^a-z0-9]+", "-", str(facts["name"]).lower()).strip("-")
    path = out / f"gpu-{name}-{facts['date']}.json"
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=1) + "\n")
    path.with_suffix(".md").write_text(table(facts))
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     prog="scripts/measure-gpu")
    parser.add_argument("--probe", type=Path, default=ROOT / "build/release/probe/assay-probe")
    parser.add_argument("--backend", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--out", type=Path, help="folder (default: docs/measurements)")
    given = parser.parse_args()
    if not given.probe.is_file():
        parser.error(f"{given.probe} is not there: build it (cmake --preset release -DASSAY_CUDA=ON && "
                     "cmake --build --preset release --target assay-probe), or give --probe")
    if given.backend == "cpu" and given.out is None:
        parser.error("what a processor does is no measurement of a GPU: give --out for where to put it")
    facts = gathered(given.probe, given.backend)
    if not facts["devices"]:
        say("NVML shows no GPU here: run this on a machine with NVIDIA's driver (or see how far it goes with "
            "--backend cpu --out DIR)")
        return 4
    path = written(facts, given.out or ROOT / "docs/measurements")
    print(path.with_suffix(".md").read_text())
    print(path)
    return exit_code(facts["devices"])  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main())
