# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/measure-gpu against a program that says what a probe may say: what it keeps, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cublas
import gpu

PROBE = """#!/usr/bin/env python3
import json, sys
verb = sys.argv[1]
document = {"schema": "assay.probe/v1", "verb": verb, "probe_version": "0.1.0"}
if verb == "facts":
    document |= {"driver_version": "580.95.05", "gpus": GPUS}
else:
    document |= {"verdict": "passed", "speed": [], "streams": [], "transfers": []}
if verb == "gemm":
    document["speed"] = [{"type": "bf16", "m": 8, "n": 8, "k": 8, "tera_operations_per_s_median": 700.5}]
if verb == WRONG:
    document["verdict"] = "failed"
if verb != SILENT:
    print(json.dumps(document))
sys.exit(1 if verb == WRONG else 3 if verb == SILENT else 0)
"""


class MeasureGpu(unittest.TestCase):
    def setUp(self) -> None:
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = Path(held.name)

    def measure(self, *words: str, gpus: int = 1, wrong: str = "", silent: str = "") -> subprocess.CompletedProcess[str]:
        probe = self.folder / "probe"
        told = [{"name": "NVIDIA H200", "uuid": f"GPU-{index}"} for index in range(gpus)]
        probe.write_text(PROBE.replace("GPUS", json.dumps(told)).replace("WRONG", repr(wrong))
                         .replace("SILENT", repr(silent)))
        probe.chmod(0o755)
        return subprocess.run([sys.executable, "-B", gpu.__file__, "--probe", str(probe), "--out",
                               str(self.folder / "out"), *words], capture_output=True, text=True, timeout=60)

    def test_everything_of_every_gpu_is_kept(self) -> None:
        done = self.measure(gpus=2)
        # All but cuBLAS and compute-sanitizer, which are not here: not everything was measured.
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        [path] = (self.folder / "out").glob("gpu-nvidia-h200-*.json")
        kept = json.loads(path.read_text())
        self.assertEqual([one["index"] for one in kept["devices"]], [0, 1])
        self.assertEqual(kept["driver_version"], "580.95.05")
        self.assertFalse(kept["simulated"])
        for device in kept["devices"]:
            for verb in ("gemm", "hbm", "link", "selftest", "nccl"):
                self.assertEqual(device[verb]["document"]["verdict"], "passed")
            self.assertIn("missing", device["cublas"])
        self.assertIn("| gemm bf16 | 700.5 Tera-operations/s | - | passed |", done.stdout)

    def test_a_failure_and_a_silence_are_no_success(self) -> None:
        self.assertEqual(self.measure(wrong="hbm").returncode, 1)
        self.assertEqual(self.measure(silent="link").returncode, 4)
        self.assertEqual(self.measure(wrong="hbm", silent="link").returncode, 1)

    def test_without_a_gpu_nothing_is_written(self) -> None:
        done = self.measure(gpus=0)
        self.assertEqual(done.returncode, 4)
        self.assertIn("NVML shows no GPU here", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_a_processor_is_said_to_be_one(self) -> None:
        done = self.measure("--backend", "cpu", gpus=0)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("SIMULATED", done.stdout)

    def test_what_a_sanitizer_finds_fails(self) -> None:
        passed: gpu.Json = {"exit_code": 0, "document": {}}
        found: gpu.Json = {"sanitizer": {"memcheck": {"gemm": {"exit_code": gpu.SANITIZER_FOUND}}}, "gemm": passed}
        self.assertEqual(gpu.exit_code([found]), 1)

    def test_only_what_is_whole_is_a_success(self) -> None:
        passed: gpu.Json = {"exit_code": 0, "document": {}}
        self.assertEqual(gpu.exit_code([{"gemm": passed}]), 0)
        self.assertEqual(gpu.exit_code([]), 4)
        self.assertEqual(gpu.exit_code([{"gemm": {"exit_code": 0, "said": "nothing"}}]), 4)
        self.assertEqual(gpu.exit_code([{"gemm": passed, "cublas": {"missing": "no library"}}]), 4)

    def test_cublas_that_is_not_there_is_said_so(self) -> None:
        with self.assertRaisesRegex(cublas.Missing, "none of libnone.so is there"):
            cublas.library("libnone.so")


if __name__ == "__main__":
    unittest.main()
