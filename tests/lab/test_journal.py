# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed: `cleanup` leaves the cluster as it was, whenever the kill came; `--resume`
completes the report; a run beside them is not disturbed. Needs a running lab with `add nvidia
--closed`; its name is in ASSAY_TEST_LAB.

  ASSAY_TEST_KILLS=100 ASSAY_TEST_SEED=7 python3 -B -m unittest tests/lab/test_journal.py
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cluster  # noqa: E402

KILLS = int(os.environ.get("ASSAY_TEST_KILLS", "8"))
SEED = int(os.environ.get("ASSAY_TEST_SEED", str(random.randrange(2**32))))
REQUIREMENT = "secure_accelerator_access"


def kubeconfig() -> str:
    return str(cluster.lab().kubeconfig)


def new_folder() -> Path:
    return cluster.scratch() / "report"


def begin(out: Path) -> subprocess.Popen[str]:
    command = [str(cluster.ASSAY), "run", "--select", REQUIREMENT, "--accelerator", "gpu.nvidia.com",
               "--kubeconfig", kubeconfig(), "--out", str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(cluster.ASSAY), *words, "--kubeconfig", kubeconfig()],
                          capture_output=True, text=True, timeout=300)


def records(out: Path) -> list[cluster.Json]:
    """The whole lines of a journal; none if the run was killed before it began one."""
    file = out / "journal.jsonl"
    text = file.read_text() if file.is_file() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def run_id(out: Path) -> str:
    known = records(out)
    return known[0]["run"] if known else ""


def wait_for_record(process: subprocess.Popen[str], out: Path, word: str, count: int = 1) -> None:
    deadline = time.monotonic() + 120
    while sum(one["record"] == word for one in records(out)) < count:
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the run ended before its journal said {word}")
        time.sleep(0.01)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def seconds_of_a_run() -> float:
    began = time.monotonic()
    process = begin(new_folder())
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 0, text
    return time.monotonic() - began


class Killed(unittest.TestCase):
    def kill_and_clean(self, number: int, moment: float, before: dict[str, str]) -> int:
        """Kills a run after so many seconds and cleans up; the objects that were deleted."""
        out = new_folder()
        process = begin(out)
        time.sleep(moment)
        kill(process)
        words = ["--run", run_id(out)] if number % 2 and run_id(out) else ["--all"]
        done = tool("cleanup", *words)
        told = f"seed {SEED}, kill {number} at {moment:.3f} s: {done.stdout}{done.stderr}"
        self.assertEqual(done.returncode, 0, told)
        self.assertEqual(cluster.changes(before), {}, told)
        return done.stdout.count("deleted ")

    def test_cleanup_leaves_nothing_whenever_the_kill_came(self) -> None:
        before = cluster.settled()
        whole = seconds_of_a_run()
        chance = random.Random(SEED)
        began = time.monotonic()
        deleted = [self.kill_and_clean(number, chance.uniform(0, whole), before)
                   for number in range(KILLS)]
        print(f"\n{KILLS} kills of runs of {whole:.1f} s, seed {SEED}: {time.monotonic() - began:.0f} s, "
              f"{sum(one > 0 for one in deleted)} left something, {sum(deleted)} objects deleted, 0 left",
              file=sys.stderr)

    def test_a_killed_run_is_resumed_to_a_whole_report(self) -> None:
        before = cluster.settled()
        out = new_folder()
        process = begin(out)
        wait_for_record(process, out, "created", 3)
        kill(process)
        self.assertNotEqual(cluster.changes(before), {})
        done = tool("run", "--resume", str(out))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(cluster.changes(before), {})
        resumed = json.loads((out / "report.json").read_text())
        whole = cluster.assay().report
        assert whole is not None
        self.assertEqual(len(resumed["run"].pop("resumedAt")), 1)
        self.assertEqual(form(resumed), form(whole))
        again = tool("run", "--resume", str(out))
        self.assertEqual(again.returncode, 2)
        self.assertIn("nothing to resume", again.stderr)

    def test_another_version_profile_or_cluster_is_not_resumed(self) -> None:
        out = new_folder()
        process = begin(out)
        wait_for_record(process, out, "check started")
        kill(process)
        identity = run_id(out)
        self.addCleanup(tool, "cleanup", "--run", identity)
        head, rest = (out / "journal.jsonl").read_text().split("\n", 1)
        for member, says in (("tool_version", "version of assay"), ("profile_sha256", "profile"),
                             ("cluster_uid", "cluster")):
            header = json.loads(head) | {member: "another"}
            (out / "journal.jsonl").write_text(json.dumps(header) + "\n" + rest)
            done = tool("run", "--resume", str(out))
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"its {says} was", done.stderr)

    def test_a_run_beside_a_killed_one_is_not_disturbed(self) -> None:
        before = cluster.settled()
        out, beside_out = new_folder(), new_folder()
        process, beside = begin(out), begin(beside_out)
        wait_for_record(process, out, "created", 2)
        kill(process)
        stale = tool("cleanup", "--stale")
        done = tool("cleanup", "--run", run_id(out))
        text, _ = beside.communicate(timeout=300)
        self.assertEqual(stale.returncode, 0, stale.stderr)
        self.assertNotIn("deleted", stale.stdout)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("deleted Namespace", done.stdout)
        self.assertNotIn(run_id(beside_out), done.stdout)
        self.assertEqual(beside.returncode, 0, text)
        self.assertEqual(cluster.changes(before), {})

    def test_the_journal_finds_what_has_lost_its_labels(self) -> None:
        before = cluster.settled()
        out = new_folder()
        process = begin(out)
        wait_for_record(process, out, "created", 2)
        self.assertEqual(tool("cleanup", "--journal", str(out)).returncode, 2)  # it is still going
        kill(process)
        space = next(one for one in records(out) if one["record"] == "created")
        api = cluster.lab().api
        path = f"/api/v1/namespaces/{space['name']}"
        api.raw("PATCH", path, {"metadata": {"labels": {
            "app.kubernetes.io/managed-by": None, "app.kubernetes.io/instance": None}}},
            "application/merge-patch+json")
        shown = tool("cleanup", "--journal", str(out), "--dry-run")
        self.assertIn(f"would delete Namespace {space['name']}", shown.stdout)
        done = tool("cleanup", "--journal", str(out))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(cluster.changes(before), {})

    def test_no_run_is_no_error(self) -> None:
        done = tool("cleanup", "--run", "nosuchid")
        self.assertEqual((done.returncode, done.stdout),
                         (0, "run nosuchid: nothing of it is in this cluster\n"))


def form(report: object) -> object:
    """A report without what differs from run to run: sentences and outcomes, of the rest the types."""
    if isinstance(report, dict):
        return {name: value if name in ("outcome", "sentence", "level") else form(value)
                for name, value in report.items()}
    if isinstance(report, list):
        return [form(one) for one in report]
    return type(report).__name__


if __name__ == "__main__":
    unittest.main()
