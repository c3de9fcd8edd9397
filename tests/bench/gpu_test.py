# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/measure-gpu against a program that says what a probe may say: what it keeps, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

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
    document["device"] = {"name": "NVIDIA H200", "compute_capability": CAPABILITY}
    kernel = sys.argv[sys.argv.index("--kernel") + 1] if "--kernel" in sys.argv else "mma_sync"
    document["speed"] = [{"type": "bf16", "kernel": kernel, "tera_operations_per_s_median": 700.5,
                          "fraction_of_cublaslt": FRACTION, "cublaslt": BESIDE},
                         {"type": "fp8_e5m2", "kernel": kernel, "tera_operations_per_s_median": None,
                          "fraction_of_cublaslt": None, "cublaslt": {"left_out": "no such product"}}]
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

    def measure(self, *words: str, gpus: int = 1, capability: int = 90, beside: gpu.Json | None = None,
                fraction: float | None = 0.8614, wrong: str = "", silent: str = "") -> subprocess.CompletedProcess[str]:
        probe = self.folder / "probe"
        told = [{"name": "NVIDIA H200", "uuid": f"GPU-{index}"} for index in range(gpus)]
        beside = {"version": "13.10.0", "tera_operations_per_s_median": 813.2} if beside is None else beside
        text = PROBE
        for name, value in {"GPUS": told, "WRONG": wrong, "SILENT": silent, "CAPABILITY": capability,
                            "BESIDE": beside, "FRACTION": fraction}.items():
            text = text.replace(name, repr(value))
        probe.write_text(text)
        probe.chmod(0o755)
        return subprocess.run([sys.executable, "-B", gpu.__file__, "--probe", str(probe), "--out",
                               str(self.folder / "out"), *words], capture_output=True, text=True, timeout=60,
                              env=os.environ | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"})

    def sanitizer(self) -> None:
        """One that runs what it is given and finds nothing."""
        (self.folder / "bin").mkdir()
        tool = self.folder / "bin/compute-sanitizer"
        tool.write_text('#!/bin/sh\nshift 4\nexec "$@"\n')
        tool.chmod(0o755)

    def kept(self) -> gpu.Json:
        [path] = (self.folder / "out").glob("gpu-nvidia-h200-*.json")
        return json.loads(path.read_text())  # type: ignore[no-any-return]

    def test_everything_of_every_gpu_is_kept(self) -> None:
        done = self.measure(gpus=2)
        # All but compute-sanitizer, which is not here: not everything was measured.
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        kept = self.kept()
        self.assertEqual([one["index"] for one in kept["devices"]], [0, 1])
        self.assertEqual(kept["driver_version"], "580.95.05")
        self.assertFalse(kept["simulated"])
        for device in kept["devices"]:
            for verb in ("gemm", "gemm_wgmma", "hbm", "link", "selftest", "selftest_wgmma", "nccl"):
                self.assertEqual(device[verb]["document"]["verdict"], "passed")

    def test_the_speed_stands_beside_that_of_cublaslt_and_the_goal(self) -> None:
        self.sanitizer()
        done = self.measure()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("| gemm bf16, mma_sync | 700.5 Tera-operations/s | 813.2 | 86.1 % | passed |", done.stdout)
        self.assertIn("| gemm bf16, wgmma | 700.5 Tera-operations/s | 813.2 | 86.1 % (goal 85 %) | passed |", done.stdout)
        self.assertIn("| gemm fp8_e5m2, mma_sync | - | - | - | passed |", done.stdout)
        self.assertIn("cuBLASLt, fp8_e5m2: no such product", done.stdout)

    def test_the_goal_is_that_of_one_kernel_on_one_gpu(self) -> None:
        one: gpu.Json = {"kernel": "wgmma", "fraction_of_cublaslt": 0.9}
        self.assertEqual(gpu.fraction_of(one, "NVIDIA H200"), "90.0 % (goal 85 %)")
        self.assertEqual(gpu.fraction_of(one, "NVIDIA H100 PCIe"), "90.0 %")
        self.assertEqual(gpu.fraction_of(one | {"kernel": "mma_sync"}, "NVIDIA H200"), "90.0 %")

    def test_the_kernel_of_hopper_is_asked_of_hopper_alone(self) -> None:
        self.sanitizer()
        self.measure()
        of_hopper = [" ".join(run["command"]) for run in gpu.runs_in(self.kept()["devices"])]
        self.assertEqual(sum("--kernel wgmma" in words for words in of_hopper), 2 + len(gpu.SANITIZERS))
        for words in of_hopper:
            self.assertEqual("compute-sanitizer" in words and " gemm " in words, "--no-reference" in words, words)
        done = self.measure(capability=100)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("wgmma", done.stdout)

    def test_without_cublaslt_not_everything_was_measured(self) -> None:
        self.sanitizer()
        done = self.measure(beside={"missing": "there is no libcublasLt.so.13"}, fraction=None)
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn("| gemm bf16, mma_sync | 700.5 Tera-operations/s | - | - | passed |", done.stdout)
        self.assertIn("| - (goal 85 %) |", done.stdout)
        self.assertIn("cuBLASLt, bf16: there is no libcublasLt.so.13", done.stdout)

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
        self.assertEqual(gpu.exit_code([{"gemm": passed, "sanitizer": {"missing": "no tool"}}]), 4)


if __name__ == "__main__":
    unittest.main()
