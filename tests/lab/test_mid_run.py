# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What happens to a cluster, a machine or an account in the middle of a run: whatever becomes of the
run, no verdict is wrong, and what it leaves it names. Needs a running lab with `add nvidia --closed`;
its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import cluster
from cluster import ROOT, Json, assay, lab, scratch
from running import Running

sys.path.insert(0, str(ROOT / "tests" / "twins"))
from fault_proxy import Proxied, proxied  # noqa: E402
from twin import assertions_of  # noqa: E402

import control_plane  # noqa: E402  (the lab's own)
import node as lab_node  # noqa: E402
import process as lab_process  # noqa: E402
from plants_stack import node_path, ready_status  # noqa: E402

PROXY = ROOT / "build" / "release" / "tests" / "api" / "assay-fault-proxy"
REQUIREMENT = "secure_accelerator_access"
FIRST_POD = "starting pod owner"


def outcomes(report: Json) -> dict[str, str]:
    return {name: one["outcome"] for name, one in assertions_of(report, REQUIREMENT).items()}


@cache
def calm() -> dict[str, str]:
    done = assay("--quiet")
    assert done.report is not None, done.err
    return outcomes(done.report)


def clean_up() -> None:
    subprocess.run([str(cluster.ASSAY), "cleanup", "--all", "--kubeconfig", str(lab().kubeconfig)],
                   check=True, capture_output=True, timeout=200)


class MidRun(unittest.TestCase):
    def right_or_unknown(self, report: Json) -> None:
        """Nothing failed on the closed lab, and what can be asked there is not called inapplicable.
        (A kubelet that starts anew offers what it had forgotten: that may be asked only later.)"""
        self.assertIn("passed", calm().values())
        wrong = {name: one for name, one in outcomes(report).items()
                 if one == "failed" or (one == "not_applicable" and calm()[name] == "passed")}
        self.assertEqual(wrong, {})


class Cluster(MidRun):
    """A part of the cluster goes away, and comes back."""

    def test_the_api_server_is_restarted(self) -> None:
        before = cluster.settled()
        run = Running(FIRST_POD, scratch() / "report")
        init = lab_process.inits(lab().state)[control_plane.ROLE]
        lab_node.request(init, "restart", "kube-apiserver")
        report = run.ended()
        self.right_or_unknown(report)
        self.assertEqual(run.code, 0, run.said)  # it was away for less than a run is patient
        self.assertEqual(cluster.changes(before), {})

    def test_every_kubelet_hangs_and_its_node_is_lost(self) -> None:
        before = cluster.settled()
        run = Running(FIRST_POD, scratch() / "report", "", "--timeout", "60")
        with self.kubelets_hung():
            for one in lab().nodes:
                lab().api.wait(node_path(one), lambda seen: ready_status(seen) == "Unknown", 120,
                               f"{one.name} being missed")
            report = run.ended()
        self.assertEqual(run.code, 4, run.said)
        self.right_or_unknown(report)
        self.assertIn(run.namespace, json.dumps(report["cleanup"]))
        clean_up()
        self.assertEqual(cluster.changes(before), {})

    @contextmanager
    def kubelets_hung(self) -> Iterator[None]:
        pids = {one.index: next(service["pid"] for service in one.services()
                                if service["name"] == "kubelet") for one in lab().nodes}
        try:
            for one in lab().nodes:
                one.exec("kill", "-STOP", str(pids[one.index]))
            yield
        finally:
            for one in lab().nodes:
                one.exec("kill", "-CONT", str(pids[one.index]))
            for one in lab().nodes:
                lab().api.wait(node_path(one), lambda seen: ready_status(seen) == "True", 120,
                               f"{one.name} being Ready again")


class Account(MidRun):
    """The account loses one right, after the run has asked for its rights and begun: here from the
    request of that number on."""

    LOST: dict[str, tuple[Json, int]] = {
        "logs": ({"resource": "pods/log"}, 2),
        "the watch of pods": ({"resource": "pods", "verb": "watch"}, 1),
        "new pods": ({"resource": "pods", "verb": "create"}, 2),
        "new claims": ({"resource": "resourceclaims", "verb": "create"}, 1),
        "the end of namespaces": (
            {"resource": "namespaces", "verb": "delete", "name": "assay-.*"}, 1),
    }

    @contextmanager
    def without(self, match: Json, first: int) -> Iterator[Proxied]:
        rule = {"name": "lost", "match": match, "answer": {"status": 403},
                "nth": list(range(first, 2000))}
        environment = os.environ | {"KUBECONFIG": str(lab().kubeconfig)}
        with proxied(PROXY, {"seed": 1, "rules": [rule]}, environment) as seen:
            yield seen

    def test_what_is_refused_is_named_and_nothing_is_guessed(self) -> None:
        before = cluster.settled()
        for what, (match, first) in self.LOST.items():
            with self.subTest(lost=what), self.without(match, first) as seen:
                done = assay("--quiet", kubeconfig=seen.environment["KUBECONFIG"])
                assert done.report is not None, done.err
                self.assertNotEqual(seen.altered(), [])
                self.right_or_unknown(done.report)
                self.assertIn("planted by the fault proxy", json.dumps(done.report))
                if match.get("verb") == "delete":
                    self.assertTrue(done.report["cleanup"]["leftovers"])
                    clean_up()
                elif match["resource"] != "resourceclaims":  # of those one assertion beyond
                    self.assertEqual(done.code, 4, done.out)
            self.assertEqual(cluster.changes(before), {})


class Machine(MidRun):
    """The machine that the run is on."""

    FAKETIME = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu/faketime/libfaketimeMT.so.1"

    def test_its_clock_is_ten_minutes_off(self) -> None:
        before = cluster.settled()
        for offset in ("+10m", "-10m"):
            with self.subTest(offset=offset):
                out = scratch() / "report"
                done = subprocess.run(
                    [str(cluster.ASSAY), "run", "--select", REQUIREMENT, "--accelerator",
                     "gpu.nvidia.com", "--kubeconfig", str(lab().kubeconfig), "--out", str(out)],
                    capture_output=True, text=True, timeout=300,
                    env=os.environ | {"LD_PRELOAD": str(self.FAKETIME), "FAKETIME": offset,
                                      "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
                if done.returncode == 3:  # a lab younger than that has no valid certificate yet
                    self.assertEqual(offset, "-10m", done.stderr)
                    self.assertIn("is not valid yet; check the clock", done.stderr)
                    continue
                self.assertEqual(done.returncode, 0, done.stdout)
                self.right_or_unknown(json.loads((out / "report.json").read_text()))
        self.assertEqual(cluster.changes(before), {})

    def on_disk(self, kibibytes: int, *, more: str = "") -> subprocess.CompletedProcess[str]:
        """A run whose --out is on a disk of its own, which only it sees."""
        place = scratch()
        command = (f"mount -t tmpfs -o size={kibibytes}k{more} tmpfs {place} && exec {cluster.ASSAY} "
                   f"run --select {REQUIREMENT} --accelerator gpu.nvidia.com --quiet "
                   f"--kubeconfig {lab().kubeconfig} --out {place}/report")
        return subprocess.run(["unshare", "--mount", "sh", "-c", command], capture_output=True,
                              text=True, timeout=300)

    def test_its_disk_is_full(self) -> None:
        before = cluster.settled()
        for kibibytes in (8, 64):  # of 8 the journal soon has no room, of 64 the report
            with self.subTest(kibibytes=kibibytes):
                done = self.on_disk(kibibytes)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn("No space left on device", done.stderr)
                self.assertIn("assay run --resume ", done.stderr)
                found = set(re.findall("^([A-Z]+) +secure_accelerator_access", done.stdout, re.M))
                self.assertEqual(found, {"INCONCLUSIVE" if kibibytes == 8 else "PASSED"}, done.stdout)
                self.assertEqual(cluster.changes(before), {})

    def test_its_disk_is_read_only(self) -> None:
        before = cluster.settled()
        done = self.on_disk(64, more=",ro")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("Read-only file system; give another folder with --out", done.stderr)
        self.assertEqual(cluster.changes(before), {})


if __name__ == "__main__":
    unittest.main()
