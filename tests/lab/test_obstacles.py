# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a pod from running is named within five seconds and in the cluster's own words. Needs a
running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import datetime
import json
import subprocess
import time
import unittest
import uuid

import cluster
from cluster import lab, scratch

SOON_S = 5.0
NOWHERE = "127.0.0.1:1/nobody/assay-probe@sha256:" + "0" * 64
MISSING = "registry.invalid/nobody/assay-probe@sha256:" + "0" * 64


class Watched:
    """One run, with the moment each line of it was printed."""

    def __init__(self, namespace: str, *words: str) -> None:
        self.folder = scratch() / "report"
        with subprocess.Popen(
                [str(cluster.ASSAY), "run", "--select", "secure_accelerator_access", "--out",
                 str(self.folder), "--kubeconfig", str(lab().kubeconfig), "--accelerator",
                 "gpu.nvidia.com", "--namespace", namespace, *words],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None and process.stdout is not None
            self.lines = [(time.time(), line) for line in process.stderr]
            self.out = process.stdout.read()
            self.code = process.wait()

    def named_at(self, words: str) -> float:
        for moment, line in self.lines:
            if words in line:
                return moment
        raise AssertionError(f"no line says {words!r}:\n" + "".join(line for _, line in self.lines))

    def reasons(self) -> str:
        report = json.loads((self.folder / "report.json").read_text())
        return json.dumps(report["requirements"])


def moment_of(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Obstacles(unittest.TestCase):
    def setUp(self) -> None:
        self.namespace = f"tenant-{uuid.uuid4().hex[:6]}"
        self.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})

    def make(self, thing: cluster.Json) -> None:
        api = lab().api
        api.create(thing)
        metadata = thing["metadata"]
        if thing["kind"] != "Namespace" and "namespace" in metadata:
            return  # goes with it
        self.addCleanup(api.delete, api.path_of(thing))

    def event(self, reason: str) -> float:
        """When the cluster first said it. Events are dated to the second, so this is the earliest."""
        events = lab().api.get(f"/api/v1/namespaces/{self.namespace}/events")["items"]
        moments = [moment_of(one["eventTime"] or one["firstTimestamp"]) for one in events
                   if one["reason"] == reason]
        self.assertTrue(moments, f"no event {reason} among {[one['reason'] for one in events]}")
        return min(moments)

    def expect(self, run: Watched, reason: str, words: str) -> None:
        self.assertEqual(run.code, 4, run.out)
        late = run.named_at(words) - self.event(reason)
        self.assertLessEqual(late, SOON_S + 1, "a second more for the event's own rounding")
        self.assertIn(words, run.reasons())

    def test_an_image_whose_registry_is_not_found(self) -> None:
        self.expect(Watched(self.namespace, "--probe-image", MISSING), "Failed",
                    "lookup registry.invalid")

    def test_an_image_whose_registry_refuses_connections(self) -> None:
        run = Watched(self.namespace, "--probe-image", NOWHERE)
        self.expect(run, "Failed", "connection refused")
        self.assertIn("ImagePullBackOff", run.reasons())

    def test_a_name_that_is_no_image(self) -> None:
        run = Watched(self.namespace, "--probe-image", "registry.invalid/UPPER@sha256:" + "0" * 64)
        self.expect(run, "InspectFailed", "InvalidImageName")

    def test_no_node_may_be_used(self) -> None:
        api = lab().api
        names = [node["metadata"]["name"] for node in api.get("/api/v1/nodes")["items"]]
        for name in names:
            self.addCleanup(self.cordon, name, False)
            self.cordon(name, True)
        self.expect(Watched(self.namespace), "FailedScheduling", "node(s) were unschedulable")

    @staticmethod
    def cordon(name: str, value: bool) -> None:
        lab().api.raw("PATCH", f"/api/v1/nodes/{name}", {"spec": {"unschedulable": value}},
                      "application/merge-patch+json")

    def test_a_quota_that_is_used_up(self) -> None:
        self.make({"apiVersion": "v1", "kind": "ResourceQuota",
                   "metadata": {"name": "none", "namespace": self.namespace},
                   "spec": {"hard": {"pods": "0"}}})
        lab().api.wait(f"/api/v1/namespaces/{self.namespace}/resourcequotas/none",
                       lambda it: bool(it and it.get("status", {}).get("hard")), 20,
                       "the quota to count")
        began = time.time()
        run = Watched(self.namespace)
        self.assertEqual(run.code, 4, run.out)
        self.assertIn("exceeded quota: none", run.reasons())
        self.assertNotIn("closed by policy", run.reasons())
        self.assertLess(run.lines[-1][0] - run.named_at("starting pod"), SOON_S, f"since {began}")

    def test_a_policy_that_denies(self) -> None:
        name = f"deny-{self.namespace}"
        group = {"apiVersion": "admissionregistration.k8s.io/v1"}
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
        self.make({**group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
                   "spec": {"matchConstraints": {"resourceRules": [rule]}, "failurePolicy": "Fail",
                            "validations": [{"expression": "false", "message": "no pods on Fridays"}]}})
        selector = {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}}
        self.make({**group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
                   "spec": {"policyName": name, "validationActions": ["Deny"],
                            "matchResources": {"namespaceSelector": selector}}})
        self.until_denied()
        run = Watched(self.namespace)
        self.assertEqual(run.code, 4, run.out)
        self.assertIn("no pods on Fridays", run.reasons())
        self.assertLess(run.lines[-1][0] - run.named_at("starting pod"), SOON_S)

    def until_denied(self) -> None:
        """A policy holds once the API server has compiled it."""
        pod = {"apiVersion": "v1", "kind": "Pod",
               "metadata": {"name": "try", "namespace": self.namespace},
               "spec": {"containers": [{"name": "c", "image": "none"}]}}
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                lab().api.raw("POST", f"/api/v1/namespaces/{self.namespace}/pods?dryRun=All", pod)
            except Exception as error:  # noqa: BLE001 (any refusal is looked into)
                if "Fridays" in str(error):
                    return
            time.sleep(0.2)
        raise AssertionError("the policy does not begin to hold")


if __name__ == "__main__":
    unittest.main()
