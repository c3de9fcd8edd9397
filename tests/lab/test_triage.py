# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The twins of `assay triage`: each link of the chain is broken on one node of a running lab, and
triage names that node, that link and a command, which is tried where there is a kubectl. Needs a running
lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB. The stack runs as DaemonSets meanwhile."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass

import cluster
from account import Account
from cluster import Json, lab, tell_lab

POOL = "lab.assay/simulated=true"
LIMIT_S = 10.0
planted: list[str] = []
found: list[str] = []
untried: list[str] = []


@dataclass
class Triage:
    code: int
    out: str
    err: str
    seconds: float
    report: Json


def triage(*words: str, kubeconfig: str | None = None) -> Triage:
    command = [str(cluster.ASSAY), "triage", "--kubeconfig", kubeconfig or str(lab().kubeconfig), *words]
    began = time.monotonic()
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=60)
    seconds = time.monotonic() - began
    return Triage(done.returncode, done.stdout, done.stderr, seconds,
                  json.loads(done.stdout) if done.stdout.startswith("{") else {})


def findings(seen: Triage) -> dict[str, list[Json]]:
    return {node["name"]: node["findings"] for node in seen.report.get("nodes", [])
            if node["findings"]}


class Triaged(unittest.TestCase):
    """What the twins of one way of allocation share."""

    def clean(self, *words: str) -> None:
        seen = triage(*words)
        self.assertEqual(seen.code, 0, seen.out + seen.err)
        self.assertEqual(findings(seen), {})
        self.assertEqual(seen.report["unseen"], [])
        self.assertEqual(len(seen.report["nodes"]), len(lab().nodes))
        self.assertLess(seen.seconds, LIMIT_S)

    def twin(self, plant: str, link: str, cause: str, *, every_node: bool = False,
             words: tuple[str, ...] = ("--pool", POOL)) -> Json:
        """Plants, and sees it named on the last node, or on every one, and on no other."""
        planted.append(plant)
        self.addCleanup(tell_lab, "undo", plant)
        tell_lab("plant", plant)
        seen = triage(*words)
        self.assertEqual(seen.code, 1, seen.out + seen.err)
        named = findings(seen)
        nodes = lab().nodes if every_node else lab().nodes[-1:]
        self.assertEqual(sorted(named), sorted(node.name for node in nodes), seen.out)
        first = named[nodes[-1].name][0]
        self.assertEqual(first["link"], link, seen.out)
        self.assertIn(cause, first["cause"])
        self.runs(first["next"])
        self.assertLess(seen.seconds, LIMIT_S)
        found.append(plant)
        print(f"triage twin {plant}: {first['link']}: {first['cause'][:150]}", file=sys.stderr)
        return first

    def runs(self, command: str) -> None:
        """kubectl takes it: what only reads is run, what changes is tried without effect."""
        words = shlex.split(command)
        self.assertEqual(words[0], "kubectl")
        if not shutil.which("kubectl"):
            untried.append(command)  # the lab needs none
            return
        if words[1] in ("label", "taint", "uncordon"):
            words.append("--dry-run=server")
        done = subprocess.run([words[0], "--kubeconfig", str(lab().kubeconfig), *words[1:]],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, command + "\n" + done.stderr)


class ByDra(Triaged):
    @classmethod
    def setUpClass(cls) -> None:
        tell_lab("add", "nvidia", "--closed", "--stock")

    def test_clean(self) -> None:
        self.clean()
        self.clean("--pool", POOL)
        self.assertEqual(triage("--node", lab().nodes[0].name).code, 0)

    def test_driver_pod_crashes(self) -> None:
        first = self.twin("driver-pod-crashes", "pod", "exit code 1", words=())
        self.assertIn("its last line: ", first["cause"])

    def test_image_cannot_be_pulled(self) -> None:
        self.twin("driver-image-missing", "pod", "registry.invalid", words=())

    def test_wrong_label(self) -> None:
        self.twin("driver-not-selected", "label",
                  "wants lab.assay/gpu=yes, the node has lab.assay/gpu=no")

    def test_node_tainted(self) -> None:
        self.twin("node-tainted", "taint", "lab.assay/maintenance=planned:NoSchedule", words=())

    def test_a_run_begins_with_it(self) -> None:
        self.addCleanup(tell_lab, "undo", "node-tainted")
        tell_lab("plant", "node-tainted")
        done = cluster.assay("--quiet")
        self.assertEqual(done.code, 0, done.out + done.err)  # the run tolerates what it finds
        assert done.report is not None
        [warning] = done.report["warnings"]
        self.assertRegex(warning, rf"^node {lab().nodes[-1].name}, taint: .+; next: kubectl ")

    def test_driver_behind(self) -> None:
        self.twin("driver-behind", "skew", "its nvidia driver is 570.86.15", words=())

    def test_slices_incomplete(self) -> None:
        self.twin("stale-slices", "slices", "is incomplete: 1 of 2 slice(s)", every_node=True,
                  words=())

    def test_kubelet_stopped(self) -> None:
        self.twin("kubelet-stopped", "heartbeat", "the kubelet does not report", words=())

    def test_a_node_that_has_not_joined(self) -> None:
        seen = triage("--node", "nobody")
        self.assertEqual(seen.code, 1)
        self.assertEqual(findings(seen)["nobody"][0]["link"], "node")
        self.assertEqual(triage("--pool", "no=one").code, 5)

    def test_with_a_part_of_its_rights(self) -> None:
        self.by_role(lambda rules: rules)
        self.by_role(lambda rules: [rule for rule in rules if rule["resources"] != ["pods"]],
                     "pods")

    def by_role(self, chosen: Callable[[list[Json]], list[Json]], missing: str = "") -> None:
        """As an account that has what `assay rbac --triage` prints, or a part of it."""
        account = Account(self, "--triage")
        role = account.roles[0]
        rules = [rule for _, rule in account.rules()]
        account.set_rules(role, chosen(rules))
        for rule in rules:
            allowed = rule in chosen(rules)
            account.wait_until_allowed(allowed, {
                "verb": rule["verbs"][0], "group": rule["apiGroups"][0],
                "resource": rule["resources"][0].split("/")[0],
                "subresource": "".join(rule["resources"][0].split("/")[1:])})
        seen = triage(kubeconfig=account.kubeconfig())
        self.assertEqual(seen.code, 4 if missing else 0, seen.out + seen.err)
        self.assertEqual([one["what"] for one in seen.report["unseen"]],
                         [missing] if missing else [])


class ByPlugin(Triaged):
    @classmethod
    def setUpClass(cls) -> None:
        tell_lab("add", "nvidia", "--closed", "--stock", "--allocation", "device-plugin")

    def test_clean(self) -> None:
        self.clean()

    def test_plugin_unregistered(self) -> None:
        self.twin("plugin-unregistered", "registration",
                  "the kubelet knows nvidia.com/gpu and counts 0",
                  words=())


def tearDownModule() -> None:
    tell_lab("add", "nvidia", "--closed")
    print(f"triage twins: {len(planted)} planted, {len(found)} found", file=sys.stderr)
    if untried:
        print(f"no kubectl here: {len(untried)} commands were not tried", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
