# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""assay against the real cluster: green where it is closed, red where it leaks, and clear when it is
given something wrong. Needs a running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import unittest
import uuid
from pathlib import Path

import cluster
from cluster import assay, lab, scratch, tell_lab
from running import Running

LEAKS = {"env_all_reaches_none", "env_index_reaches_none", "env_uuid_reaches_none",
         "env_cdi_name_reaches_none", "image_variable_reaches_none", "legacy_image_reaches_none"}


def check_of(report: cluster.Json) -> cluster.Json:
    return next(one for one in report["requirements"] if one["id"] == "secure_accelerator_access")


def with_outcome(report: cluster.Json, outcome: str) -> set[str]:
    return {one["id"] for one in check_of(report)["assertions"] if one["outcome"] == outcome}


class Closed(unittest.TestCase):
    """On the closed lab every assertion passes, and nothing stays."""

    done: cluster.Outcome
    changes: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        before = cluster.settled()
        cls.done = assay()
        cls.changes = cluster.changes(before)

    def report(self) -> cluster.Json:
        assert self.done.report is not None, self.done.err
        return self.done.report

    def test_a_closed_cluster_is_green_and_as_it_was(self) -> None:
        self.assertEqual(self.done.code, 0, self.done.out + self.done.err)
        report = self.report()
        self.assertEqual(report["warnings"], [])
        self.assertEqual(with_outcome(report, "failed"), set())
        self.assertEqual(with_outcome(report, "inconclusive"), set())
        self.assertEqual(with_outcome(report, "not_applicable"), {"allocators_share_none"})
        self.assertEqual(len(with_outcome(report, "passed")), 23)
        self.assertEqual(self.changes, {})

    def test_simulated_is_said_first_and_everywhere(self) -> None:
        self.assertTrue(self.done.out.startswith("SIMULATED: 1 of 8 MUSTs examined"), self.done.out[:80])
        self.assertTrue(self.report()["run"]["simulated"])
        for assertion in check_of(self.report())["assertions"]:
            for finding in assertion["findings"]:
                if finding["outcome"] == "passed":
                    self.assertTrue(finding["simulated"], assertion["id"])

    def test_the_digests_are_those_of_the_files(self) -> None:
        lines = (self.done.folder / "SHA256SUMS").read_text().splitlines()
        self.assertGreater(len(lines), 12)
        for line in lines:
            digest, name = line.split("  ", 1)
            self.assertEqual(hashlib.sha256((self.done.folder / name).read_bytes()).hexdigest(), digest, name)

    def test_the_inventory_is_of_this_cluster(self) -> None:
        inventory = json.loads((self.done.folder / "inventory.json").read_text())
        self.assertTrue(inventory["simulated"])
        nodes = {node["metadata"]["name"]: node["status"]["nodeInfo"]
                 for node in lab().api.get("/api/v1/nodes")["items"]}
        self.assertEqual({node["name"]: node["kubelet"] for node in inventory["nodes"]},
                         {name: info["kubeletVersion"] for name, info in nodes.items()})
        for node in inventory["nodes"]:
            self.assertEqual(node["containerRuntime"], nodes[node["name"]]["containerRuntimeVersion"])
        (examined,) = (one for one in inventory["accelerators"] if one["examined"])
        self.assertEqual(sum(examined["devicesByNode"].values()), len(examined["devices"]))
        self.assertGreater(len(examined["devices"]), 0)
        self.assertIn("resource.k8s.io", [group["name"] for group in inventory["apiGroups"]])

    def test_json_is_the_report(self) -> None:
        done = assay("--json", "--quiet")
        self.assertEqual(json.loads(done.out), done.report)

    def test_an_existing_namespace_is_used_and_left(self) -> None:
        name = f"tenant-{uuid.uuid4().hex[:6]}"
        api = lab().api
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.addCleanup(api.delete, f"/api/v1/namespaces/{name}")
        done = assay("--namespace", name)
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertEqual(api.get(f"/api/v1/namespaces/{name}/pods")["items"], [])
        self.assertEqual(api.get(f"/api/v1/namespaces/{name}")["status"]["phase"], "Active")


class Leaky(unittest.TestCase):
    def setUp(self) -> None:
        tell_lab("add", "nvidia", "--leaky")
        self.addCleanup(tell_lab, "add", "nvidia", "--closed")

    def test_the_toolkit_as_shipped_is_red_and_the_report_says_who_opened_what(self) -> None:
        done = assay("--quiet")
        self.assertEqual(done.code, 1, done.out)
        assert done.report is not None
        self.assertEqual(with_outcome(done.report, "failed"), LEAKS)
        line = next(line for line in done.out.splitlines() if "container env-all," in line)
        self.assertRegex(line, r"FAILED pod stranger-\S+, container env-all, node \S+-node-\d")
        self.assertIn("opened /dev/nvidia0", done.out)
        self.assertIn("accept-nvidia-visible-devices-envvar-when-unprivileged = false", done.out)


class WrongInput(unittest.TestCase):
    """One clear sentence, the right exit code, nothing created."""

    def refused(self, code: int, sentence: str, *words: str, **more: object) -> None:
        done = assay(*words, **more)  # type: ignore[arg-type]
        self.assertEqual(done.code, code, done.out + done.err)
        self.assertIn(sentence, done.err)
        self.assertNotIn("starting pod", done.err)

    def file(self, content: str) -> str:
        path = scratch() / "file"
        path.write_text(content)
        return str(path)

    def test_a_missing_kubeconfig(self) -> None:
        self.refused(2, "/nowhere/config", kubeconfig="/nowhere/config")

    def test_a_malformed_kubeconfig(self) -> None:
        self.refused(2, "line", kubeconfig=self.file("a: [1, 2\nb: {"))

    def test_an_unknown_context(self) -> None:
        self.refused(2, "context", "--context", "nobody")

    def test_an_unknown_profile(self) -> None:
        self.refused(2, "k8s-ai-1.37", "--profile", "nobody")

    def test_an_unknown_check(self) -> None:
        self.refused(2, "no requirement 'nobody'", "--select", "nobody")

    def test_an_unknown_accelerator_lists_those_there_are(self) -> None:
        self.refused(2, "gpu.nvidia.com", accelerator="nobody")

    def test_several_accelerators_and_none_chosen(self) -> None:
        self.refused(2, "--accelerator gpu.example.com or --accelerator gpu.nvidia.com", accelerator="")

    def test_nothing_left_of_the_selection(self) -> None:
        self.refused(5, "--skip", "--skip", "secure_accelerator_access")

    def test_an_output_folder_that_is_not_empty(self) -> None:
        folder = Path(self.file("x")).parent
        self.refused(2, str(folder), folder=folder)

    def test_an_image_without_a_digest(self) -> None:
        self.refused(2, "digest", "--probe-image", "localhost/assay-probe:latest")

    def test_an_api_server_that_is_not_there(self) -> None:
        config = lab().kubeconfig.read_text()
        server = value_in(config, "server")
        self.refused(3, "127.0.0.1:1", kubeconfig=self.file(config.replace(server, "https://127.0.0.1:1")))


class Inconclusive(unittest.TestCase):
    """Could not tell: exit code 4, with the reason in the cluster's words, and nothing left."""

    def reasons(self, report: cluster.Json | None) -> str:
        assert report is not None
        return json.dumps(check_of(report))

    def test_a_driver_that_hands_out_no_device_nodes(self) -> None:
        done = assay(accelerator="gpu.example.com")
        self.assertEqual(done.code, 4)
        self.assertIn("no device node", self.reasons(done.report))

    def test_an_image_that_cannot_be_pulled(self) -> None:
        before = cluster.settled()
        done = assay("--probe-image", "localhost:1/no-such-image@sha256:" + "0" * 64)
        self.assertEqual(done.code, 4, done.out + done.err)
        self.assertIn("localhost:1/no-such-image", self.reasons(done.report))
        self.assertEqual(cluster.changes(before), {})

    def test_no_right_to_read_is_nothing_asked(self) -> None:
        config = restricted_kubeconfig(self)
        done = assay(kubeconfig=config)
        self.assertEqual(done.code, 3, done.out + done.err)
        self.assertIn("cannot list nodes", done.err)
        self.assertIn("cannot create pods in every namespace", done.err)

    def test_a_signal_ends_the_run_and_cleans_up(self) -> None:
        before = cluster.settled()
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number.name):
                run = Running("starting pod stranger", scratch() / "report")
                run.process.send_signal(number)
                report = run.ended()
                self.assertEqual(run.code, 4, run.said)
                self.assertFalse(report["run"]["complete"])
                self.assertEqual(cluster.changes(before), {})

    def test_a_namespace_that_does_not_go_away_is_named(self) -> None:
        run = Running("starting pod stranger", scratch() / "report")
        space = run.namespace
        path = f"/api/v1/namespaces/{space}/configmaps"
        lab().api.create({"apiVersion": "v1", "kind": "ConfigMap",
                          "metadata": {"name": "stuck", "namespace": space,
                                       "finalizers": ["example.com/stuck"]}})
        run.ended()
        lab().api.raw("PATCH", f"{path}/stuck", {"metadata": {"finalizers": None}},
                      "application/merge-patch+json")
        lab().api.wait(f"/api/v1/namespaces/{space}", lambda found: found is None, 60, "its end")
        self.assertIn("example.com/stuck", run.said)
        self.assertIn(space, run.said)

    def test_a_killed_run_is_cleaned_up_later(self) -> None:
        before = cluster.settled()
        run = Running("starting pod stranger", scratch() / "report")
        run.process.kill()
        run.process.communicate()
        done = subprocess.run([str(cluster.ASSAY), "cleanup", "--all", "--kubeconfig",
                               str(lab().kubeconfig)], capture_output=True, text=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(cluster.changes(before), {})


def restricted_kubeconfig(test: unittest.TestCase) -> str:
    """A kubeconfig of a service account that may do nothing."""
    api = lab().api
    name = f"nobody-{uuid.uuid4().hex[:6]}"
    path = f"/api/v1/namespaces/default/serviceaccounts/{name}"
    api.create({"apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": {"name": name, "namespace": "default"}})
    test.addCleanup(api.delete, path)
    answer = json.loads(api.raw("POST", f"{path}/token",
                                {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                                 "spec": {}}))
    config = lab().kubeconfig.read_text()
    document = {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "c", "cluster": {
                    "server": value_in(config, "server"),
                    "certificate-authority-data": value_in(config, "certificate-authority-data")}}],
                "users": [{"name": "c", "user": {"token": answer["status"]["token"]}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}
    target = scratch() / "config"
    target.write_text(json.dumps(document))
    return str(target)


def value_in(config: str, key: str) -> str:
    return next(line.split(": ", 1)[1] for line in config.splitlines() if f" {key}: " in line)


if __name__ == "__main__":
    unittest.main()
