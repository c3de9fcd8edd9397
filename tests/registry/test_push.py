# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""`assay images push` against Debian's docker-registry. ASSAY names the program under test."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from registry import PASSWORD, PROGRAM, USER, Authority, Registry, TokenServer, digest

ROOT = Path(__file__).resolve().parents[2]
ASSAY = os.environ.get("ASSAY", str(ROOT / "build" / "release" / "cli" / "assay"))
REPOSITORY = "tools/assay-probe"


@unittest.skipUnless(PROGRAM, "no docker-registry: scripts/install-dependencies brings it")
class Push(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="assay-registry-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def registry(self, **settings: object) -> Registry:
        registry = Registry(self.folder, **settings)  # type: ignore[arg-type]
        self.addCleanup(registry.close)
        return registry

    def push(self, registry: Registry, *words: str, stdin: str = "",
             config: dict[str, object] | None = None) -> subprocess.CompletedProcess[str]:
        docker = self.folder / "docker"
        docker.mkdir(exist_ok=True)
        (docker / "config.json").write_text(json.dumps(config or {}))
        trust = ["--ca-file", str(registry.authority.pem)] if registry.authority else []
        return subprocess.run(
            [ASSAY, "images", "push", f"{registry.address}/{REPOSITORY}:v1", *trust, *words],
            input=stdin, capture_output=True, text=True, timeout=120,
            env={**os.environ, "DOCKER_CONFIG": str(docker), "PATH": f"{self.folder}:{os.environ['PATH']}"})

    def images(self) -> list[dict[str, object]]:
        done = subprocess.run([ASSAY, "images", "list", "--json"], capture_output=True, text=True,
                              check=True)
        return list(json.loads(done.stdout))

    def check_pull(self, registry: Registry, token: str = "") -> None:
        for image in self.images():
            tag = "v1" if image["variant"] == "core" else f"v1-{image['variant']}"
            manifest = registry.pull(f"{REPOSITORY}/manifests/{tag}", token)
            self.assertEqual(digest(manifest), image["manifest"]["digest"])
            by_digest = registry.pull(f"{REPOSITORY}/manifests/{digest(manifest)}", token)
            self.assertEqual(by_digest, manifest)
            for platform in image["platforms"]:
                self.check_platform(registry, platform, token)

    def check_platform(self, registry: Registry, image: dict[str, object], token: str) -> None:
        manifest = registry.pull(f"{REPOSITORY}/manifests/{image['manifest']['digest']}", token)
        described = [json.loads(manifest)["config"], *json.loads(manifest)["layers"]]
        self.assertEqual(described, image["blobs"])
        for blob in described:
            content = registry.pull(f"{REPOSITORY}/blobs/{blob['digest']}", token)
            self.assertEqual((digest(content), len(content)), (blob["digest"], blob["size"]))

    def check_second_push(self, registry: Registry, *words: str, **more: object) -> None:
        before = [registry.requests(method) for method in ("POST", "PUT", "PATCH")]
        again = self.push(registry, *words, **more)  # type: ignore[arg-type]
        self.assertEqual(again.returncode, 0, again.stderr)
        blobs = {blob["digest"] for image in self.images() for one in image["platforms"]
                 for blob in one["blobs"]}
        self.assertIn(f"uploaded 0 blob(s) of 0 bytes and 0 manifest(s); {len(blobs)} blob(s) were there",
                      again.stdout)
        self.assertEqual([registry.requests(method) for method in ("POST", "PUT", "PATCH")], before)

    def test_plain_http_on_the_loopback(self) -> None:
        registry = self.registry()
        done = self.push(registry)
        self.assertEqual(done.returncode, 0, done.stderr)
        core = self.images()[0]["manifest"]["digest"]
        self.assertIn(f"next: assay run --probe-image {registry.address}/{REPOSITORY}@{core}",
                      done.stdout)
        self.check_pull(registry)
        self.check_second_push(registry)

    def test_tls_and_a_password(self) -> None:
        registry = self.registry(authority=Authority(self.folder, "127.0.0.1"), auth="basic")
        login = ("--username", USER, "--password-stdin")
        done = self.push(registry, *login, stdin=PASSWORD + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_pull(registry)
        self.check_second_push(registry, *login, stdin=PASSWORD + "\n")

    def test_logins_of_docker(self) -> None:
        registry = self.registry(authority=Authority(self.folder, "127.0.0.1"), auth="basic")
        packed = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        done = self.push(registry, config={"auths": {registry.address: {"auth": packed}}})
        self.assertEqual(done.returncode, 0, done.stderr)
        helper = self.folder / "docker-credential-test"
        secret = json.dumps({"ServerURL": registry.address, "Username": USER, "Secret": PASSWORD})
        helper.write_text(f"#!/bin/sh\nread host\n[ \"$host\" = {registry.address} ] && echo '{secret}'\n")
        helper.chmod(0o755)
        self.check_second_push(registry, config={"credHelpers": {registry.address: "test"}})

    def test_refused_logins_say_what_to_do(self) -> None:
        registry = self.registry(authority=Authority(self.folder, "127.0.0.1"), auth="basic")
        wrong = self.push(registry, "--username", USER, "--password-stdin", stdin="s3cret\n")
        self.assertEqual(wrong.returncode, 3)
        self.assertIn(f"refuses the login of user {USER}", wrong.stderr)
        self.assertNotIn("s3cret", wrong.stderr)
        none = self.push(registry)
        self.assertEqual(none.returncode, 3)
        self.assertIn("wants a login and docker's config.json has none for it", none.stderr)
        self.assertEqual(registry.requests("POST"), 0)

    def test_tls_and_a_token_server(self) -> None:
        authority = Authority(self.folder, "127.0.0.1")
        tokens = TokenServer(authority)
        self.addCleanup(tokens.close)
        registry = self.registry(authority=authority, auth=tokens)
        login = ("--username", USER, "--password-stdin")
        done = self.push(registry, *login, stdin=PASSWORD + "\n")
        self.assertEqual(done.returncode, 0, done.stderr + registry.log.read_text()[-2000:])
        self.assertEqual(tokens.scopes, [f"repository:{REPOSITORY}:pull,push"])
        self.check_pull(registry, tokens.token("registry", f"repository:{REPOSITORY}:pull"))
        self.check_second_push(registry, *login, stdin=PASSWORD + "\n")
        wrong = self.push(registry, "--username", USER, "--password-stdin", stdin="s3cret\n")
        self.assertEqual(wrong.returncode, 3)
        self.assertIn(f"refuses the login of user {USER}", wrong.stderr)

    def test_a_certificate_of_nobody_known(self) -> None:
        registry = self.registry(authority=Authority(self.folder, "127.0.0.1"))
        (self.folder / "other").mkdir()
        other = Authority(self.folder / "other", "127.0.0.1")
        done = subprocess.run(
            [ASSAY, "images", "push", f"{registry.address}/{REPOSITORY}", "--ca-file", str(other.pem)],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 3)
        self.assertIn("--ca-file", done.stderr)
        self.assertEqual(registry.requests("POST"), 0)

    def test_nobody_there(self) -> None:
        for target, words in (("127.0.0.1:1/a/b", "refuses the connection"),
                              ("registry.invalid/a/b", "has no address here"),
                              ("a/b", "does not begin with a registry")):
            done = subprocess.run([ASSAY, "images", "push", target], capture_output=True, text=True,
                                  timeout=60, env={**os.environ, "no_proxy": "*"})
            self.assertIn(words, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
