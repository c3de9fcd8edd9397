# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The probe's all-reduce over the pod network of a real cluster, a rank on each node: exact, and each fault named.
Needs a running lab of two nodes that has the probe image; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
import unittest
import uuid

import cluster
from cluster import ASSAY, Json, lab

SECONDS = 120.0
RANKS = 2


def image() -> str:
    listed = subprocess.run([str(ASSAY), "images", "list", "--json"], capture_output=True, text=True, check=True)
    (core,) = (one for one in json.loads(listed.stdout) if one["variant"] == "core")
    return str(core["name"])


def job(name: str, arguments: list[str]) -> Json:
    """The Indexed Job of docs/probe.md, one pod on each node."""
    apart = {"labelSelector": {"matchLabels": {"job-name": name}}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"completions": RANKS, "parallelism": RANKS, "completionMode": "Indexed",
                 "backoffLimitPerIndex": 0,
                 "template": {"spec": {
                     "subdomain": name, "restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
                     "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}},
                     "volumes": [{"name": "secret", "secret": {"secretName": "ring"}}],
                     "containers": [{
                         "name": "rank", "image": image(), "imagePullPolicy": "Never",
                         "args": ["allreduce", "--ranks", str(RANKS), "--rendezvous", f"{name}-0.{name}:7000",
                                  "--secret-file", "/secret/key", *arguments],
                         "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                         "volumeMounts": [{"name": "secret", "mountPath": "/secret", "readOnly": True}]}]}}}}


class AllReduce(unittest.TestCase):
    def setUp(self) -> None:
        self.api = lab().api
        self.space = f"ring-{uuid.uuid4().hex[:6]}"
        self.base = f"/api/v1/namespaces/{self.space}"
        self.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.space}})
        self.addCleanup(self.api.delete, self.base)
        self.make({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "ring"},
                   "stringData": {"key": secrets.token_hex(32)}})

    def make(self, thing: Json) -> None:
        thing["metadata"]["namespace"] = self.space
        self.api.create(thing)

    def ring(self, *arguments: str) -> None:
        self.make({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ring"},
                   "spec": {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": {"job-name": "ring"}}})
        self.make(job("ring", list(arguments)))

    def pod(self, rank: int) -> str:
        """Its name, once its container runs or has ended."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            for one in self.api.get(f"{self.base}/pods")["items"]:
                state = one["status"].get("containerStatuses", [{}])[0].get("state", {})
                if (one["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] == str(rank)
                        and ("running" in state or "terminated" in state)):
                    return str(one["metadata"]["name"])
            time.sleep(0.2)
        raise AssertionError(f"rank {rank} did not start within {SECONDS:.0f} s")

    def begun(self, name: str) -> None:
        """Once every rank has joined, which each says."""
        deadline = time.monotonic() + SECONDS
        while b"have joined" not in self.api.raw("GET", f"{self.base}/pods/{name}/log"):
            self.assertLess(time.monotonic(), deadline, f"{name} did not begin within {SECONDS:.0f} s")
            time.sleep(0.1)

    def ended(self, rank: int) -> tuple[int, Json]:
        """Its exit code and its document."""
        name = self.pod(rank)

        def is_over(seen: Json | None) -> bool:
            return bool(seen and "terminated" in seen["status"]["containerStatuses"][0]["state"])

        seen = self.api.wait(f"{self.base}/pods/{name}", is_over, SECONDS, f"the end of {name}")
        assert seen is not None
        code = seen["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"]
        log = self.api.raw("GET", f"{self.base}/pods/{name}/log")
        lines = [line for line in log.decode().splitlines() if line.startswith("{")]
        self.assertTrue(lines, f"{name} ended with {code} and without a document: {log.decode()[:300]}")
        return int(code), dict(json.loads(lines[-1]))

    def test_two_nodes_sum_every_element_right(self) -> None:
        self.ring("--max-bytes", "4194304")
        code, document = self.ended(0)
        self.assertEqual((code, document["verdict"]), (0, "passed"), document["reasons"])
        self.assertEqual(self.ended(1)[0], 0)
        self.assertEqual(document["counts"]["wrong_elements"], 0)
        self.assertEqual(len({one["node"] for one in document["ranks"]}), RANKS, "the ranks were on one node")
        self.assertTrue(document["simulated"], "no accelerator took part")
        self.assertEqual(document["transport"]["edges"], {"NET/Socket": RANKS})
        for size in document["sizes"]:
            self.assertGreaterEqual(len(size["samples"]), 5)
            self.assertGreater(size["median"]["busbw_gb_per_s"], 0)

    def test_a_rank_that_computes_wrong_is_named(self) -> None:
        self.ring("--max-bytes", "1048576", "--inject", "bitflip", "--inject-rank", "1")
        code, document = self.ended(0)
        self.assertEqual((code, document["verdict"]), (1, "failed"))
        self.assertIn(("wrong_elements", 1), [(one["code"], one["rank"]) for one in document["reasons"]])

    def test_a_rank_that_goes_away_in_the_middle_is_named_and_nobody_hangs(self) -> None:
        self.ring("--min-bytes", "67108864", "--max-bytes", "67108864", "--iterations", "100", "--hang-limit-s", "10")
        lost = self.pod(1)
        self.begun(lost)
        self.api.delete(f"{self.base}/pods/{lost}", grace=0)
        code, document = self.ended(0)
        self.assertEqual((code, document["verdict"]), (1, "failed"), document)
        self.assertIn(1, [one["rank"] for one in document["reasons"]])


if __name__ == "__main__":
    unittest.main()
