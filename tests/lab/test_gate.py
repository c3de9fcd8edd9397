# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""assay gate on a real cluster: open where nothing got worse, closed for a regression and only then, and neither
where it cannot be told. Needs a running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import json
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cluster
from cluster import ASSAY, assay, lab, scratch, tell_lab

LEAKS = {"env_all_reaches_none", "env_index_reaches_none", "env_uuid_reaches_none",
         "env_cdi_name_reaches_none", "image_variable_reaches_none", "legacy_image_reaches_none"}


class Gate(unittest.TestCase):
    base: Path

    @classmethod
    def setUpClass(cls) -> None:
        done = assay()
        assert done.code == 0, done.out + done.err
        cls.base = done.folder

    def gate(self, *words: str, code: int) -> tuple[Path, cluster.Json]:
        out = scratch() / "gate"
        done = subprocess.run(
            [str(ASSAY), "gate", "--base", str(self.base), "--kubeconfig", str(lab().kubeconfig),
             "--select", "secure_accelerator_access", "--out", str(out), "--quiet", *words],
            capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        diff = json.loads((out / "diff.json").read_text())
        self.assertEqual(diff["exitCode"], code)
        self.assertIn(diff["headline"], done.stdout)
        root = ElementTree.parse(out / "junit-gate.xml").getroot()
        self.assertEqual(int(root.get("failures", "")) > 0, code == 1)
        return out, diff

    def test_nothing_got_worse(self) -> None:
        before = cluster.settled()
        newer = scratch() / "newer.yaml"
        profile = (self.base / "profile.yaml").read_text()
        raised = "{id: workload_sandboxing, category: security, level: "
        self.assertIn(raised + "should", profile)
        newer.write_text(profile.replace(raised + "should", raised + "must"))
        out, diff = self.gate("--readiness", str(newer), code=0)
        beyond = [one for one in diff["differences"] if one["change"] == "readiness"]
        self.assertEqual([(one["requirement"], one["new"], one["effect"]) for one in beyond],
                         [("workload_sandboxing", "inconclusive", "none")])
        self.assertTrue((out / "readiness" / "report.json").is_file())
        self.assertTrue(diff["headline"].startswith("SIMULATED: gate open"), diff["headline"])
        self.assertEqual([one for one in diff["differences"] if one["effect"] != "none"], [])
        self.assertGreater(diff["unchanged"], 15)
        # By the accelerator and the profile of the base, though neither was named.
        self.assertEqual((out / "run" / "profile.yaml").read_bytes(), (self.base / "profile.yaml").read_bytes())
        self.assertEqual(cluster.changes(before), {})

    def test_a_regression_closes_it_and_is_confirmed(self) -> None:
        tell_lab("plant", "toolkit-as-shipped")
        self.addCleanup(tell_lab, "undo", "toolkit-as-shipped")
        out, diff = self.gate("--confirm", code=1)
        worse = {one["assertion"] for one in diff["differences"] if one["change"] == "regression"}
        self.assertEqual(worse, LEAKS)
        for one in diff["differences"]:
            if one["change"] == "regression":
                self.assertIn("failed in 3 of 3 runs", one["detail"])
                self.assertIn("accept-nvidia-visible-devices-envvar-when-unprivileged", one["nextStep"])
        self.assertTrue((out / "confirm-2" / "report.json").is_file())
        self.assertIn("env\\_all\\_reaches\\_none", (out / "diff.md").read_text())

    def test_what_cannot_be_measured_is_no_regression(self) -> None:
        _, diff = self.gate("--timeout", "2", "--retry-inconclusive", "1", code=4)
        self.assertEqual({one["change"] for one in diff["differences"] if one["effect"] != "none"}, {"inconclusive"})

    def test_a_base_that_somebody_changed_is_refused_before_anything_is_asked(self) -> None:
        changed = scratch() / "base"
        subprocess.run(["cp", "-r", str(self.base), str(changed)], check=True)
        report = changed / "report.json"
        report.write_text(report.read_text().replace('"outcome": "passed"', '"outcome": "failed"', 1))
        done = subprocess.run([str(ASSAY), "gate", "--base", str(changed), "--kubeconfig", str(lab().kubeconfig),
                               "--out", str(scratch() / "gate")], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 6, done.stdout + done.stderr)
        self.assertNotIn("starting pod", done.stderr)


if __name__ == "__main__":
    unittest.main()
