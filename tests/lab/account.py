# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""A service account of the lab that may do what a role says, and a kubeconfig whose only way in is a
credential plugin."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import unittest
import uuid
from pathlib import Path
from typing import Any

import cluster
from cluster import lab, scratch

Json = dict[str, Any]
RBAC = "/apis/rbac.authorization.k8s.io/v1"
PLURALS = {"ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings",
           "Role": "roles", "RoleBinding": "rolebindings"}

# Prints an ExecCredential with a token of its account, as vendors' plugins do, and notes that it was
# asked. The first `dead` answers are tokens that are no longer good: bound to a Secret that is gone.
TOKEN_PLUGIN = """\
import json, sys
sys.path[:0] = [{tests!r}]
import os
os.environ["ASSAY_TEST_LAB"] = {lab!r}
import cluster
api = cluster.lab().api
asked = {asked!r}
with open(asked, "a") as log:
    log.write(os.environ["KUBERNETES_EXEC_INFO"] + "\\n")
calls = len(open(asked).readlines())
spec = {{}}
path = "/api/v1/namespaces/default/secrets"
if calls <= {dead}:
    name = {name!r} + "-dead"
    made = api.create({{"apiVersion": "v1", "kind": "Secret",
                       "metadata": {{"name": name, "namespace": "default"}}}})
    spec = {{"boundObjectRef": {{"apiVersion": "v1", "kind": "Secret", "name": name,
                               "uid": made["metadata"]["uid"]}}}}
token = json.loads(api.raw("POST", "/api/v1/namespaces/default/serviceaccounts/" + {name!r} + "/token",
                           {{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                            "spec": spec}}))["status"]["token"]
if calls <= {dead}:
    api.delete(path + "/" + name)
print(json.dumps({{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {{"token": token}}}}))
"""

# The same with a client certificate that is good for so many seconds: unlike a token's, its expiry is
# looked at with every request.
CERTIFICATE_PLUGIN = """\
import datetime, json, os, subprocess, tempfile
from pathlib import Path
scratch = tempfile.TemporaryDirectory()
with open({asked!r}, "a") as log:
    log.write(os.environ["KUBERNETES_EXEC_INFO"] + "\\n")
folder = Path(scratch.name)
def openssl(*words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
(folder / "index").touch()
(folder / "conf").write_text('''[ca]
default_ca = a
[a]
database = index
new_certs_dir = .
rand_serial = yes
policy = p
[p]
commonName = supplied
''')
openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key")
openssl("req", "-new", "-key", "key", "-subj", "/CN=system:serviceaccount:default:" + {name!r},
        "-out", "csr")
now = datetime.datetime.now(datetime.timezone.utc)
stamp = lambda seconds: (now + datetime.timedelta(seconds=seconds)).strftime("%y%m%d%H%M%SZ")
openssl("ca", "-batch", "-config", "conf", "-in", "csr", "-out", "crt", "-notext", "-md", "sha256",
        "-cert", {pki!r} + "/ca.crt", "-keyfile", {pki!r} + "/ca.key",
        "-startdate", stamp(-60), "-enddate", stamp({seconds}))
print(json.dumps({{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                  "status": {{"clientCertificateData": (folder / "crt").read_text(),
                             "clientKeyData": (folder / "key").read_text()}}}}))
"""


def objects_of(yaml: str) -> list[str]:
    return [f"apiVersion: {rest}" for rest in yaml.split("apiVersion: ")[1:]]


def word(yaml: str, key: str) -> str:
    """The first value of a key in YAML as assay writes it."""
    line = next(line for line in yaml.splitlines() if line.strip().startswith(f"{key}: "))
    return line.split(": ", 1)[1].strip('"')


class Account:
    """A service account with the role that `assay rbac` prints; goes away with the test."""

    def __init__(self, test: unittest.TestCase, *rbac: str) -> None:
        self.name = f"runner-{uuid.uuid4().hex[:6]}"
        self.roles: list[str] = []  # paths
        self._folder = scratch()
        self._asked = self._folder / "asked"
        api = lab().api
        api.create({"apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": {"name": self.name, "namespace": "default"}})
        test.addCleanup(api.delete, f"/api/v1/namespaces/default/serviceaccounts/{self.name}")
        printed = subprocess.run(
            [str(cluster.ASSAY), "rbac", "--select", "secure_accelerator_access", "--name", self.name,
             "--service-account", f"default/{self.name}", *rbac],
            check=True, capture_output=True, text=True).stdout
        for yaml in objects_of(printed):
            kind = word(yaml, "kind")
            space = "" if kind.startswith("Cluster") else f"/namespaces/{word(yaml, 'namespace')}"
            path = f"{RBAC}{space}/{PLURALS[kind]}"
            api.raw("POST", path, yaml.removesuffix("---\n"), "application/yaml")
            test.addCleanup(api.delete, f"{path}/{self.name}")
            if kind.endswith("Role"):
                self.roles.append(f"{path}/{self.name}")

    def rules(self) -> list[tuple[str, Json]]:
        """Every rule, with the path of its role."""
        return [(role, rule) for role in self.roles for rule in lab().api.get(role)["rules"]]

    def set_rules(self, role: str, rules: list[Json]) -> None:
        document = lab().api.get(role)
        document["rules"] = rules
        lab().api.raw("PUT", role, document)

    def wait_until_allowed(self, allowed: bool, asked: Json) -> None:
        """The authorizer hears of a changed role a moment later."""
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                  "spec": {"user": f"system:serviceaccount:default:{self.name}",
                           "resourceAttributes": asked}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        deadline = time.monotonic() + 20
        while json.loads(lab().api.raw("POST", path, review))["status"]["allowed"] != allowed:
            if time.monotonic() > deadline:
                raise AssertionError(f"the role did not take effect: {asked}")

    def kubeconfig(self, dead: int = 0) -> str:
        """Asks a plugin for a token."""
        return self._config(TOKEN_PLUGIN.format(
            tests=str(cluster.ROOT / "tests" / "lab"), lab=cluster.NAME, asked=str(self._asked),
            name=self.name, dead=dead))

    def kubeconfig_with_certificates(self, seconds: int) -> str:
        """Asks a plugin for a client certificate that is good for so long."""
        return self._config(CERTIFICATE_PLUGIN.format(
            asked=str(self._asked), name=self.name, seconds=seconds, pki=str(lab().keys)))

    def times_asked(self) -> int:
        return len(self._asked.read_text().splitlines()) if self._asked.exists() else 0

    def _config(self, plugin: str) -> str:
        script = self._folder / "plugin.py"
        script.write_text(plugin)
        config = lab().kubeconfig.read_text()
        exec_user = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable,
                     "args": ["-B", str(script)], "interactiveMode": "Never",
                     "provideClusterInfo": True}
        document = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {
                "server": word(config, "server"),
                "certificate-authority-data": word(config, "certificate-authority-data")}}],
            "users": [{"name": "c", "user": {"exec": exec_user}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}
        target = self._folder / "config"
        target.write_text(json.dumps(document))
        return str(target)
