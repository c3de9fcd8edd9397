# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Reports are read by what others read them with, and what these cannot take is found.

Run by scripts/readers, which says in READERS where the parsers are and in WRITE_REPORT_SAMPLE what
writes a report without a cluster.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

READERS = Path(os.environ["READERS"])
SCHEMA = Path(__file__).resolve().parents[2] / "reports" / "report.schema.json"
KINDS = ("clean", "leaking", "simulated", "pool-16", *(f"random-{seed}" for seed in range(1, 21)))


def sample(folder: Path, kind: str) -> Path:
    subprocess.run([os.environ["WRITE_REPORT_SAMPLE"], str(folder / kind), kind], check=True)
    return folder / kind


def read(*folders: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", str(READERS / "readers.mjs"), str(SCHEMA), *map(str, folders)],
                          capture_output=True, text=True)


class Readers(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def test_all_read_whatever_a_run_leaves(self) -> None:
        done = read(*(sample(self.folder, kind) for kind in KINDS))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, rf"^{len(KINDS)} reports, \d\d+ tests, 0 wrong$")

    def planted(self, name: str, old: str, new: str) -> str:
        report = sample(self.folder, "leaking")
        file = report / name
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new, 1))
        done = read(report)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def test_a_name_that_is_there_twice_is_found(self) -> None:
        said = self.planted("junit.xml", "/stranger_reaches_none", "/owner_reaches_its_own")
        self.assertIn("TestGrid takes two cases for one", said)
        self.assertIn("GitLab takes two cases for one", said)

    def test_a_count_that_is_wrong_is_found(self) -> None:
        self.assertIn("the root says 7", self.planted("junit.xml", 'failures="1"', 'failures="7"'))

    def test_what_is_no_xml_is_found(self) -> None:
        report = sample(self.folder, "clean")
        (report / "junit.xml").write_text("<testsuites><testsuite></testsuites>")
        self.assertEqual(read(report).returncode, 1)

    def test_a_report_that_breaks_its_schema_is_found(self) -> None:
        self.assertIn("report.json", self.planted("report.json", '"failed"', '"lost"'))

    def test_the_viewer_shows_every_case(self) -> None:
        report = sample(self.folder, "leaking")
        viewer = READERS / "node_modules" / "xunit-viewer" / "bin" / "xunit-viewer.js"
        done = subprocess.run(
            ["node", str(viewer), "-r", str(report / "junit.xml"), "-c", "-o", "false"],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("owner_reaches_its_own", "stranger_reaches_none", "log_names_no_device"):
            self.assertIn(f"secure_accelerator_access/{name}", done.stdout)


if __name__ == "__main__":
    unittest.main()
