# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What leaves a run: it connects to the API server and to nothing else, and nothing secret is in what
it writes. Needs a running lab with `add nvidia --closed`; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import threading
import unittest
import uuid
from pathlib import Path

import cluster
from cluster import Json, lab, scratch
from only_route import accept_all

import control_plane  # the lab's own; cluster makes it known

HERE = Path(__file__).resolve().parent
RUN = ["run", "--select", "secure_accelerator_access", "--accelerator", "gpu.nvidia.com"]


class OnlyTheApiServer(unittest.TestCase):
    def in_namespace(self, *command: str) -> Json:
        address, path = str(lab().plan.router), scratch() / "relay"
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(path))
        listener.listen(64)
        threading.Thread(
            target=accept_all, daemon=True,
            args=(listener, lambda: socket.create_connection((address, control_plane.PORT)))).start()
        done = subprocess.run(
            ["unshare", "--net", sys.executable, "-B", str(HERE / "only_route.py"), address,
             str(control_plane.PORT), str(path), *command],
            check=True, capture_output=True, text=True, timeout=200)
        return dict(json.loads(done.stdout))

    def test_a_run_needs_no_other_address_and_asks_none(self) -> None:
        for words in (RUN, ["triage"], ["plan", *RUN[1:]]):
            with self.subTest(verb=words[0]):
                out = ["--out", str(scratch() / "report")] if words is RUN else []
                done = self.in_namespace(str(cluster.ASSAY), *words, *out, "--kubeconfig",
                                         str(lab().kubeconfig))
                self.assertEqual(done["code"], 0, done)
                self.assertEqual(done["without_route"], 0)

    def test_what_asks_another_address_is_counted(self) -> None:
        for family, address in (("AF_INET", "192.0.2.1"), ("AF_INET6", "2001:db8::1")):
            for kind in ("SOCK_STREAM", "SOCK_DGRAM"):
                with self.subTest(family=family, kind=kind):
                    done = self.in_namespace(
                        sys.executable, "-c", "import socket as s; "
                        f"s.socket(s.{family}, s.{kind}).connect_ex(('{address}', 53))")
                    self.assertGreater(done["without_route"], 0)


def config_of(user: Json, **of_cluster: str) -> Path:
    """A kubeconfig like the lab's with another user."""
    text = lab().kubeconfig.read_text()

    def value(key: str) -> str:
        line = next(line for line in text.splitlines() if line.strip().startswith(f"{key}:"))
        return line.split(": ", 1)[1].strip().strip('"')

    place = {"server": value("server"),
             "certificate-authority-data": value("certificate-authority-data"), **of_cluster}
    path = scratch() / "config"
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "k", "cluster": place}], "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}]}))
    return path


class NothingSecret(unittest.TestCase):
    """Every secret that a run can come by is planted, and looked for in whatever it writes."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.mark = f"planted-{uuid.uuid4().hex}"
        api, name = lab().api, f"secret-{uuid.uuid4().hex[:6]}"
        cls.name = name
        cls.account = f"/api/v1/namespaces/default/serviceaccounts/{name}"
        cls.binding = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{name}"
        cls.space = f"/api/v1/namespaces/{name}"
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for kind in ("Secret", "ConfigMap"):
            api.create({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": name},
                        ("stringData" if kind == "Secret" else "data"): {"value": cls.mark}})
        api.create({"apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": {"name": name, "namespace": "default"}})
        api.create({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                    "metadata": {"name": name},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                "name": "cluster-admin"},
                    "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}]})
        answer = api.raw("POST", f"{cls.account}/token",
                         {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        cls.token = json.loads(answer)["status"]["token"]

    @classmethod
    def tearDownClass(cls) -> None:
        for path in (cls.space, cls.binding, cls.account):
            lab().api.delete(path)

    def secrets(self) -> dict[str, bytes]:
        key = next(line.split(": ", 1)[1].strip() for line in lab().kubeconfig.read_text().splitlines()
                   if "client-key-data" in line).strip('"')
        pem = base64.b64decode(key)
        return {"mark": self.mark.encode(), "mark, base64": base64.b64encode(self.mark.encode())[:40],
                "token": self.token.encode(), "its signature": self.token.split(".")[2].encode(),
                "client key, base64": key[:60].encode(), "client key": pem.splitlines()[1]}

    def found_in(self, written: bytes) -> list[str]:
        return [name for name, secret in self.secrets().items() if secret in written]

    def written_by(self, config: Path, *words: str) -> tuple[int, bytes]:
        """Everything: both streams, and every file of the report with its name."""
        out = scratch() / "report"
        more = ["--out", str(out), "--namespace", self.name] if words[0] == "run" else []
        done = subprocess.run([str(cluster.ASSAY), *words, *more, "--kubeconfig", str(config)],
                              capture_output=True, timeout=300)
        files = [path.name.encode() + path.read_bytes() for path in sorted(out.rglob("*"))
                 if path.is_file()]
        return done.returncode, b"\n".join([done.stdout, done.stderr, *files])

    def plugin(self) -> Json:
        body = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                           "status": {"token": self.token}})
        return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "echo",
                         "args": [body], "interactiveMode": "Never",
                         "env": [{"name": "PASSWORD", "value": self.mark}]}}

    def token_file(self) -> Json:
        path = scratch() / "token"
        path.write_text(self.token)
        return {"tokenFile": str(path)}

    def test_the_looking_finds_it(self) -> None:
        for name, secret in self.secrets().items():
            self.assertIn(name, self.found_in(b"before " + secret + b" after"))

    def test_of_what_works(self) -> None:
        users: dict[str, Json] = {"token": {"token": self.token}, "token file": self.token_file(),
                                  "plugin": self.plugin()}
        configs = {name: config_of(user) for name, user in users.items()}
        configs["client certificate"] = lab().kubeconfig
        verbs = [[*RUN, "--json"], RUN, ["triage", "--json"], ["triage"], ["plan", *RUN[1:]]]
        for number, (name, config) in enumerate(configs.items()):
            # One whole run is enough for each kind of credential, of them all the other verbs.
            for words in [verbs[number % 2], *verbs[2:]]:
                with self.subTest(user=name, verb=words):
                    code, written = self.written_by(config, *words)
                    self.assertEqual(code, 0, written[-2000:])
                    self.assertEqual(self.found_in(written), [])

    def test_of_what_does_not(self) -> None:
        away = {"server": "https://127.0.0.1:1"}
        wrong: dict[str, Path] = {
            "a token that is not good": config_of({"token": self.mark}),
            "a password": config_of({"username": "u", "password": self.mark}),
            "a proxy's password": config_of({"token": self.token},
                                            **{"proxy-url": f"http://u:{self.mark}@127.0.0.1:1"}),
            "a server with a password": config_of({"token": self.token},
                                                  server=f"https://u:{self.mark}@127.0.0.1:1"),
            "no server": config_of({"token": self.token}, **away),
            "a key that is none": config_of({"client-certificate-data": "YQ==", "client-key-data":
                                             base64.b64encode(self.mark.encode()).decode()}),
            "a plugin that fails": config_of({"exec": {
                "apiVersion": "client.authentication.k8s.io/v1", "command": "false",
                "args": [], "interactiveMode": "Never",
                "env": [{"name": "PASSWORD", "value": self.mark}]}}),
            "a plugin whose answer is none": config_of({"exec": {
                "apiVersion": "client.authentication.k8s.io/v1", "command": "echo",
                "args": [json.dumps({"status": {"token": self.token + self.mark}})[:-1]],
                "interactiveMode": "Never"}}),
            "no YAML": scratch() / "config",
        }
        wrong["no YAML"].write_text(f"users:\n- user: {{token: {self.token}\n  password: {self.mark}")
        for name, config in wrong.items():
            for words in (RUN, ["triage"]):
                with self.subTest(what=name, verb=words[0]):
                    code, written = self.written_by(config, *words)
                    self.assertIn(code, (2, 3), written[-2000:])
                    self.assertGreater(len(written), 20)
                    self.assertEqual(self.found_in(written), [], written[-1000:])


if __name__ == "__main__":
    unittest.main()
