# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The probe image out of a private registry: pushed by assay, pulled by the lab's nodes with a pull
secret. Needs a running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from pathlib import Path

import cluster
from cluster import assay, lab

sys.path.insert(0, str(cluster.ROOT / "tests" / "registry"))

import control_plane  # noqa: E402  (the lab's)
import process  # noqa: E402
from registry import PASSWORD, PROGRAM, USER, Authority, Registry  # noqa: E402

REPOSITORY = "tools/assay-probe"


def pull_secret(name: str, registry: str, password: str) -> cluster.Json:
    login = base64.b64encode(f"{USER}:{password}".encode()).decode()
    config = json.dumps({"auths": {registry: {"auth": login}}})
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"name": name},
            "data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()}}


@unittest.skipUnless(PROGRAM, "no docker-registry: scripts/install-dependencies brings it")
class FromARegistry(unittest.TestCase):
    registry: Registry
    image: str

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="assay-registry-")
        cls.addClassCleanup(folder.cleanup)
        here = lab()
        address = str(here.plan.gateway)  # in the router's network, where the nodes reach it
        router = process.inits(here.state)[control_plane.ROLE]
        authority = Authority(Path(folder.name), address)
        cls.registry = Registry(Path(folder.name), authority=authority, auth="basic", address=address,
                                prefix=("nsenter", "--target", str(router), "--net"))
        cls.addClassCleanup(cls.registry.close)
        for node in here.nodes:
            hosts = node.path(f"/etc/containerd/certs.d/{cls.registry.address}")
            hosts.mkdir(parents=True, exist_ok=True)
            (hosts / "ca.pem").write_text(authority.pem.read_text())
            (hosts / "hosts.toml").write_text(
                f'server = "https://{cls.registry.address}"\n[host."https://{cls.registry.address}"]\n'
                f'  ca = "/etc/containerd/certs.d/{cls.registry.address}/ca.pem"\n')
        done = subprocess.run(
            [str(cluster.ASSAY), "images", "push", f"{cls.registry.address}/{REPOSITORY}", "--ca-file",
             str(authority.pem), "--username", USER, "--password-stdin"],
            input=PASSWORD + "\n", capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        cls.image = done.stdout.split("--probe-image ")[1].strip()

    def setUp(self) -> None:
        self.namespace = f"tenant-{uuid.uuid4().hex[:6]}"
        api = lab().api
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        self.addCleanup(api.delete, f"/api/v1/namespaces/{self.namespace}")

    def run_with(self, password: str) -> tuple[cluster.Outcome, float]:
        secret = pull_secret("registry", self.registry.address, password)
        secret["metadata"]["namespace"] = self.namespace
        lab().api.create(secret)
        began = time.monotonic()
        done = assay("--namespace", self.namespace, "--probe-image", self.image,
                     "--image-pull-secret", "registry")
        return done, time.monotonic() - began

    def test_1_without_the_password_it_is_inconclusive_in_the_nodes_words(self) -> None:
        for node in lab().nodes:  # or an image that is there already would need no login
            node.exec("ctr", "-n", "k8s.io", "images", "rm", self.image, check=False)
        done, seconds = self.run_with("wrong")
        self.assertEqual(done.code, 4, done.out + done.err)
        self.assertIn("ErrImagePull", done.out)
        self.assertIn("401 Unauthorized", done.out)
        self.assertLess(seconds, 60)

    def test_2_with_the_secret_it_is_green(self) -> None:
        done, _ = self.run_with(PASSWORD)
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertGreaterEqual(self.registry.requests("GET"), 5)
        assert done.report is not None
        self.assertTrue(any(self.image in path.read_text()
                            for path in (done.folder / "artifacts").rglob("*.json")))


if __name__ == "__main__":
    unittest.main()
