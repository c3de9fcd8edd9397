# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The recipes of docs/ci, run as the shell scripts they are, against a stand-in for assay that ends as
it is told to."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from recipes import CI, Job, github_steps, github_variables, gitlab_jobs, gitlab_variables

# Ends with the codes in $ENDS, one a call, and leaves what assay leaves then; an option that the real
# one does not have is refused as by it.
ASSAY = """#!/usr/bin/env bash
set -euo pipefail
echo "$*" >>"$CALLS"
[ -s "$KUBECONFIG" ] || { echo "no kubeconfig" >&2; exit 2; }
verb=$1 out=''
shift
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2 ;;
    --profile | --wait-settled | --rerun-unsettled | --base | --retry-inconclusive) ;;
    *) echo "unknown: $1" >&2; exit 2 ;;
  esac
  shift 2
done
read -ra codes <"$ENDS"
echo "${codes[*]:1}" >"$ENDS"
code=${codes[0]}
case $code in 0 | 1 | 4) mkdir "$out"; echo '<testsuites/>' >"$out/junit.xml"; cp "$out/junit.xml" "$out/junit-gate.xml" ;; esac
echo "verdict of $verb: $code"
exit "$code"
"""
CURL = """#!/usr/bin/env bash
set -euo pipefail
[ "$1" = -fsSLO ] && exec cp "$RELEASE/${2#"$URL/"}" .
echo "not the curl of the recipes: $*" >&2
exit 2
"""
URL = "https://downloads.example/assay"


class Recipe(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="assay-recipe-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("bin", "release", "work", "temp"):
            (self.folder / name).mkdir()
        for name, text in {"curl": CURL, "apt-get": "#!/bin/sh\nexit 0\n"}.items():
            self.program(name, text)
        self.work = self.folder / "work"
        self.environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": folder.name,
            "ASSAY_URL": URL,
            "URL": URL,
            "RELEASE": str(self.folder / "release"),
            "CALLS": str(self.folder / "calls"),
            "ENDS": str(self.folder / "ends"),
        }

    def program(self, name: str, text: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def publish(self, version: str, broken: bool = False) -> None:
        """What scripts/release leaves, as far as a recipe downloads it."""
        name = f"assay-{version}-linux-amd64"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            entry = tarfile.TarInfo(f"{name}/assay")
            entry.size, entry.mode = len(ASSAY.encode()), 0o755
            archive.addfile(entry, io.BytesIO(ASSAY.encode()))
        content = packed.getvalue()
        release = self.folder / "release"
        (release / f"{name}.tar.gz").write_bytes(content + (b"more" if broken else b""))
        digest = hashlib.sha256(content).hexdigest()
        (release / "SHA256SUMS").write_text(f"{digest}  {name}.tar.gz\n{'0' * 64}  another.tar.gz\n")

    def bash(self, script: str) -> subprocess.CompletedProcess[str]:
        """As both run a step; what a step exports stays where GitLab has one shell for all."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=self.work,
            env=self.environment, capture_output=True, text=True, timeout=60)

    def ends_with(self, *codes: int) -> None:
        (self.folder / "ends").write_text(" ".join(map(str, codes)) + "\n")

    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


class GitHub(Recipe):
    def setUp(self) -> None:
        super().setUp()
        self.environment |= github_variables()
        self.files = {name: self.folder / name
                      for name in ("GITHUB_PATH", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
        for name, file in self.files.items():
            file.touch()
            self.environment[name] = str(file)
        self.environment |= {"RUNNER_TEMP": str(self.folder / "temp"),
                             "ASSAY_KUBECONFIG": "apiVersion: v1"}

    def run_job(self) -> tuple[int, str, list[str]]:
        """The job's exit code, what was printed, and which of the artifact's paths are there."""
        code, said, kept = 0, "", list[str]()
        for step in github_steps():
            if code != 0 and not step.always:
                continue
            if step.script:
                done = self.bash(step.script)
                code, said = done.returncode, said + done.stdout + done.stderr
            kept += [path for path in step.paths if (self.work / path).exists()]
            self.take_over()
        return code, said, kept

    def take_over(self) -> None:
        for folder in self.files["GITHUB_PATH"].read_text().split():
            self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"
        self.files["GITHUB_PATH"].write_text("")
        for line in self.files["GITHUB_ENV"].read_text().splitlines():
            name, value = line.split("=", 1)
            self.environment[name] = value

    def test_all_passed(self) -> None:
        self.publish(self.environment["ASSAY_VERSION"])
        self.ends_with(0)
        code, said, kept = self.run_job()
        self.assertEqual((code, kept), (0, ["report", "verdict.txt"]), said)
        self.assertNotIn("::", said)
        self.assertIn("verdict of run: 0", self.files["GITHUB_STEP_SUMMARY"].read_text())

    def test_what_failed_fails_the_job_and_is_kept(self) -> None:
        self.publish(self.environment["ASSAY_VERSION"])
        self.ends_with(1)
        code, said, kept = self.run_job()
        self.assertEqual((code, kept), (1, ["report", "verdict.txt"]))
        self.assertIn("::error title=assay::a requirement", said)
        self.assertEqual(len(self.calls()), 1)  # what failed is not asked again

    def test_what_could_not_be_told_is_asked_once_more(self) -> None:
        for second, notice in ((0, ""), (4, "::warning"), (1, "::error")):
            with self.subTest(second=second):
                self.setUp()
                self.publish(self.environment["ASSAY_VERSION"])
                self.ends_with(4, second)
                code, said, kept = self.run_job()
                self.assertEqual((code, kept), (second, ["report", "again", "verdict.txt"]), said)
                self.assertEqual(self.calls()[1], "run --rerun-unsettled report --out again")
                self.assertIn(notice, said)

    def test_nothing_examined_fails_the_job(self) -> None:
        self.publish(self.environment["ASSAY_VERSION"])
        self.ends_with(3)
        code, said, kept = self.run_job()
        self.assertEqual((code, kept), (3, ["verdict.txt"]))
        self.assertIn("nothing was examined, exit code 3", said)

    def test_a_download_that_is_not_what_was_released_is_not_run(self) -> None:
        self.publish(self.environment["ASSAY_VERSION"], broken=True)
        code, _, _ = self.run_job()
        self.assertNotEqual(code, 0)
        self.assertEqual(self.calls(), [])

    def test_the_credentials_are_nobody_elses_to_read(self) -> None:
        self.publish(self.environment["ASSAY_VERSION"])
        self.ends_with(0)
        self.run_job()
        self.assertEqual((self.folder / "temp" / "kubeconfig").stat().st_mode & 0o077, 0)

    def test_the_reports_are_kept_always(self) -> None:
        keeping = [step for step in github_steps() if step.paths]
        self.assertEqual([step.always for step in keeping], [True])


class GitLab(Recipe):
    def setUp(self) -> None:
        super().setUp()
        self.environment |= gitlab_variables()
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text("apiVersion: v1\n")
        self.environment["ASSAY_KUBECONFIG"] = str(kubeconfig)
        self.publish(self.environment["ASSAY_VERSION"])

    def run_job(self, name: str) -> tuple[Job, int, str]:
        jobs = gitlab_jobs()
        job = jobs[name]
        before = jobs[job.extends].before if job.extends else ""
        done = self.bash(before + job.script)
        return job, done.returncode, done.stdout + done.stderr

    def test_before_passes_with_a_verdict_and_not_without(self) -> None:
        for code, wanted in ((0, 0), (1, 0), (4, 0), (3, 3), (2, 2)):
            with self.subTest(code=code):
                self.setUp()
                self.ends_with(code)
                job, got, said = self.run_job("before")
                self.assertEqual(got, wanted, said)
                if code in (0, 1, 4):
                    self.assertTrue((self.work / job.junit).is_file())

    def test_the_gate_ends_as_assay_does(self) -> None:
        for code, sentence in ((0, "the gate is open"), (1, "the gate is closed"),
                               (4, "could not tell"), (3, "nothing was examined")):
            with self.subTest(code=code):
                self.setUp()
                self.ends_with(code)
                job, got, said = self.run_job("gate")
                self.assertEqual(got, code)
                self.assertIn(sentence, said)
                if code != 3:
                    self.assertTrue((self.work / job.junit).is_file())
                    self.assertTrue(all((self.work / path).is_dir() for path in job.paths))

    def test_only_what_cannot_be_told_may_be_a_warning(self) -> None:
        self.assertEqual(gitlab_jobs()["gate"].may_end_with, [4])

    def test_the_reports_are_kept_always(self) -> None:
        jobs = gitlab_jobs()
        self.assertTrue(jobs["before"].artifacts_always and jobs["gate"].artifacts_always)

    def test_a_download_that_is_not_what_was_released_is_not_run(self) -> None:
        self.publish(self.environment["ASSAY_VERSION"], broken=True)
        _, code, _ = self.run_job("gate")
        self.assertNotEqual(code, 0)
        self.assertEqual(self.calls(), [])


ASSAY_UNDER_TEST = os.environ.get("ASSAY", "")


class Words(unittest.TestCase):
    @unittest.skipUnless(ASSAY_UNDER_TEST, "ASSAY names no program")
    def test_assay_has_the_options_that_the_recipes_give_it(self) -> None:
        seen = 0
        for recipe in sorted(CI.glob("*.yml")):
            for verb, rest in re.findall(r"^ +assay (\w+)( --.*)$", recipe.read_text(), re.M):
                offered = subprocess.run([ASSAY_UNDER_TEST, "__complete", verb, "--"],
                                         check=True, capture_output=True, text=True).stdout
                names = {line.split("\t")[0] for line in offered.splitlines()}
                options = set(re.findall(r"--[a-z-]+", rest))
                self.assertLessEqual(options, names, recipe.name)
                seen += len(options)
        self.assertGreater(seen, 8)


class Versions(unittest.TestCase):
    def test_both_are_of_this_version(self) -> None:
        text = (Path(__file__).resolve().parents[2] / "CMakeLists.txt").read_text()
        for variables in (github_variables(), gitlab_variables()):
            self.assertIn(f"VERSION {variables['ASSAY_VERSION']} ", text)


if __name__ == "__main__":
    unittest.main()
