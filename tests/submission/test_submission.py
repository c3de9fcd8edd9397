# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""`assay submission` and `assay import` as a vendor calls them: exit codes and files. The programs
are those of the environment: ASSAY, and WRITE_REPORT_SAMPLE, which writes a run's report.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

CHECKLIST = """# A checklist of the tests
metadata:
  kubernetesVersion: v1.37
  platformName: "[Platform Name]"
  platformVersion: "[Platform Version]"
  vendorName: "[Vendor Name]"
  websiteUrl: "[Website URL]"
  documentationUrl: "[Documentation URL]"
  productLogoUrl: "[Logo URL]"
  description: "[Description]"
  contactEmailAddress: "[Contact Email Address]"

spec:
  security:
    - id: secure_accelerator_access
      description: "To each its own."
      level: MUST
      status: ""
      evidence: []
      notes: ""
"""
PRODUCT = """apiVersion: assay/v1alpha1
kind: Product
directory: turbo
metadata:
  platformName: Turbo
  platformVersion: v1
  vendorName: Yoyodyne
  websiteUrl: https://yoyodyne.example
  documentationUrl: https://yoyodyne.example/docs
  productLogoUrl: https://yoyodyne.example/turbo.svg
  description: It encabulates.
  contactEmailAddress: turbo@yoyodyne.example
  k8sConformanceUrl: https://github.com/cncf/k8s-conformance/tree/master/v1.37/turbo
"""


class Submission(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        (self.at / "checklist.yaml").write_text(CHECKLIST)
        (self.at / "product.yaml").write_text(PRODUCT)

    def sample(self, kind: str) -> Path:
        folder = self.at / kind
        subprocess.run([os.environ["WRITE_REPORT_SAMPLE"], folder, kind], check=True)
        return folder

    def assay(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [os.environ["ASSAY"], *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.at)

    def pack(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        given = ("--product", "product.yaml", "--checklist", "checklist.yaml", "--out", "out")
        return self.assay("submission", "pack", *words, *given)

    def lint(self, *words: str) -> subprocess.CompletedProcess[str]:
        place = "out/cncf/v1.37/turbo"
        return self.assay("submission", "lint", place, "--checklist", "checklist.yaml", *words)

    def packed(self) -> dict[str, bytes]:
        root = self.at / "out" / "cncf" / "v1.37" / "turbo"
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    def test_what_passed_is_taken_in(self) -> None:
        done = self.pack(self.sample("clean"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        files = self.packed()
        self.assertLessEqual({"PRODUCT.yaml", "junit.xml", "results.json", "e2e.log", "README.md"}, files.keys())
        self.assertIn(b"--- PASS: secure_accelerator_access ", files["e2e.log"])
        # The sample's statement names a registry of its own.
        self.assertFalse([name for name in files if name.startswith("signatures/")])
        self.assertIn("its signature is left out", done.stderr)
        linted = self.lint()
        self.assertEqual(linted.returncode, 0, linted.stdout + linted.stderr)
        self.assertIn("0 refusals, 0 objections", linted.stdout)

    def test_nothing_private_is_in_the_zip(self) -> None:
        self.pack(self.sample("clean"))
        with zipfile.ZipFile(self.at / "out" / "private-review.zip") as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        for name, content in files.items():
            self.assertNotIn(b"a-1", content, name)  # a node
            self.assertNotIn(b"registry.example", content, name)
        for line in files["SHA256SUMS"].decode().splitlines():
            digest, name = line.split("  ")
            self.assertEqual(hashlib.sha256(files[name]).hexdigest(), digest)
        self.assertIn("runs/1/report.json", files)

    def test_without_redaction_the_runs_are_byte_for_byte(self) -> None:
        run = self.sample("clean")
        self.assertEqual(self.pack(run, "--redact", "none").returncode, 0)
        kept = [name for name in self.packed() if name.endswith("/statement.intoto.json")]
        self.assertEqual(len(kept), 1)
        self.assertEqual(self.packed()[kept[0]], (run / "statement.intoto.json").read_bytes())
        with zipfile.ZipFile(self.at / "out" / "private-review.zip") as archive:
            self.assertEqual(archive.read("runs/1/report.json"), (run / "report.json").read_bytes())

    def test_what_failed_is_open(self) -> None:
        done = self.pack(self.sample("leaking"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("open: secure_accelerator_access", done.stdout)
        self.assertNotIn("junit.xml", self.packed())
        self.assertEqual(self.lint().returncode, 1)

    def test_simulated_is_refused_and_marked_where_it_is_allowed(self) -> None:
        run = self.sample("simulated")
        refused = self.pack(run)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--allow-simulated", refused.stderr)
        self.assertFalse((self.at / "out").exists())
        allowed = self.pack(run, "--allow-simulated")
        self.assertEqual(allowed.returncode, 0, allowed.stdout + allowed.stderr)
        for name, content in self.packed().items():
            if not name.startswith("signatures/"):
                self.assertIn(b"SIMULATED", content, name)
        self.assertIn("SIMULATED", (self.at / "out" / "pull-request.md").read_text())
        self.assertEqual(self.lint().returncode, 1)
        self.assertEqual(self.lint("--allow-simulated").returncode, 0)

    def test_a_run_that_was_touched_is_not_packed(self) -> None:
        run = self.sample("clean")
        report = run / "report.json"
        report.write_text(report.read_text().replace("passed", "failed", 1))
        self.assertEqual(self.pack(run).returncode, 6)

    def test_another_version_of_the_checklist_is_refused(self) -> None:
        (self.at / "checklist.yaml").write_text(CHECKLIST.replace("v1.37", "v1.36"))
        done = self.pack(self.sample("clean"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("v1.36", done.stderr)

    def test_another_suite_is_carried_and_verified(self) -> None:
        line = '{"Action":"%s","Package":"p","Test":"Test%s"}\n'
        for name, text, code in (
            ("passed", line % ("pass", "A"), 0),
            ("failed", line % ("pass", "A") + line % ("fail", "B"), 1),
            ("skipped", line % ("pass", "A") + line % ("skip", "B"), 4),
            ("no", "{", 2),
        ):
            (self.at / "results.json").write_text(text)
            done = self.assay("import", "go-test", "results.json", "--out", name)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            if code != 2:
                told = self.assay("verify", name)  # 6: nobody's signature was checked
                self.assertIn("result: ", told.stdout, told.stderr)


if __name__ == "__main__":
    unittest.main()
