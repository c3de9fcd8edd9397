# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""`assay run --wait-settled` on a cluster that lacks, at first, the accelerator that is named. Needs a
running lab; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import json
import signal
import subprocess
import unittest

import cluster
from cluster import Json, assay, lab, scratch

LATE = "late.example.com"  # no driver is behind it: what it would hand out is only published
CLASSES = "/apis/resource.k8s.io/v1/deviceclasses"
SLICES = "/apis/resource.k8s.io/v1/resourceslices"


def published() -> list[Json]:
    node = lab().api.get("/api/v1/nodes")["items"][0]["metadata"]["name"]
    return [
        {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": LATE},
         "spec": {"selectors": [{"cel": {"expression": f"device.driver == '{LATE}'"}}]}},
        {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": LATE},
         "spec": {"driver": LATE, "nodeName": node, "devices": [{"name": "one"}],
                  "pool": {"name": node, "generation": 1, "resourceSliceCount": 1}}}]


class Wait(unittest.TestCase):
    def test_what_never_comes_is_named_and_nothing_is_asked(self) -> None:
        done = assay("--wait-settled", "3s", accelerator=LATE)
        self.assertEqual(done.code, 4, done.out + done.err)
        assert done.report is not None
        waited = done.report["run"]["waitSettled"]
        self.assertFalse(waited["settled"])
        self.assertIn(f"no node offers accelerator {LATE} yet", json.dumps(done.report))
        self.assertNotIn("starting pod", done.err)

    def test_it_goes_on_when_the_accelerator_is_offered(self) -> None:
        before = cluster.settled()
        out = scratch() / "report"
        process = subprocess.Popen(
            [str(cluster.ASSAY), "run", "--select", "dra_support", "--accelerator", LATE,
             "--wait-settled", "60s", "--kubeconfig", str(lab().kubeconfig), "--out", str(out)],
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stderr is not None
        for line in process.stderr:
            if f"no node offers accelerator {LATE} yet" in line:
                for thing in published():
                    lab().api.create(thing)
            if f"examining {LATE}" in line:
                process.send_signal(signal.SIGINT)  # what it asks then is not the question here
                break
        process.communicate(timeout=120)
        for path in (f"{SLICES}/{LATE}", f"{CLASSES}/{LATE}"):
            lab().api.delete(path)
        report = json.loads((out / "report.json").read_text())
        self.assertTrue(report["run"]["waitSettled"]["settled"])
        self.assertEqual([one["accelerator"] for one in report["cluster"]["accelerators"]
                          if one["examined"]], [LATE])
        self.assertEqual(cluster.changes(before), {})


if __name__ == "__main__":
    unittest.main()
