# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-registry with a certificate, passwords or tokens, for tests of a real push."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt  # bcrypt, which the registry wants; gone in Python 3.13

UNPACKED = Path(__file__).resolve().parents[2] / "build" / "tools" / "docker-registry"
PROGRAM = str(UNPACKED) if UNPACKED.is_file() else shutil.which("docker-registry")
USER, PASSWORD = "robot", "a password: with a colon"


def free_port(address: str) -> int:
    with socket.socket() as one:
        one.bind((address, 0))
        return int(one.getsockname()[1])


class Authority:
    """A certificate authority of the test, and one certificate of it for an address."""

    def __init__(self, folder: Path, address: str) -> None:
        self.pem, self.key = folder / "ca.pem", folder / "server.key"
        self.certificate = folder / "server.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-days", "1", "-subj", "/CN=test-authority", "-keyout", folder / "ca.key",
                      "-out", self.pem)
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-days", "1", "-subj", "/CN=registry", "-keyout", self.key,
                      "-CA", self.pem, "-CAkey", folder / "ca.key",
                      "-addext", f"subjectAltName=IP:{address}", "-addext", "basicConstraints=CA:FALSE",
                      "-out", self.certificate)

    @staticmethod
    def _openssl(*words: str | Path) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class TokenServer:
    """Trades the password for a token that says what may be done, as the registry checks it."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802 (the library's name)
                asked = parse_qs(urlsplit(self.path).query)
                good = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
                if self.headers.get("Authorization") != good:
                    self.send_error(401)
                    return
                outer.scopes.append(asked["scope"][0])
                body = json.dumps({"token": outer.token(asked["service"][0], asked["scope"][0])})
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.scopes: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = authority.server_context().wrap_socket(self.server.socket,
                                                                    server_side=True)
        self.realm = f"https://127.0.0.1:{self.server.server_address[1]}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, service: str, scope: str) -> str:
        kind, name, actions = scope.split(":")
        access = [{"type": kind, "name": name, "actions": actions.split(",")}]
        now = int(time.time())
        chain = ssl.PEM_cert_to_DER_cert(self.authority.certificate.read_text())
        header = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(chain).decode()]}
        claims = {"iss": "test", "sub": USER, "aud": service, "exp": now + 300, "nbf": now - 10,
                  "iat": now, "jti": "1", "access": access}
        signed = ".".join(url64(json.dumps(part).encode()) for part in (header, claims))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.authority.key)],
                              input=signed.encode(), capture_output=True, check=True)
        return signed + "." + url64(raw_signature(done.stdout))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_signature(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature, 32 bytes each, out of their DER."""
    first = der[4:4 + der[3]]
    rest = der[4 + der[3]:]
    second = rest[2:2 + rest[1]]
    return first.lstrip(b"\0").rjust(32, b"\0") + second.lstrip(b"\0").rjust(32, b"\0")


class Registry:
    """One docker-registry with an empty store. auth: None, "basic", or a TokenServer."""

    def __init__(self, folder: Path, authority: Authority | None = None,
                 auth: str | TokenServer | None = None, address: str = "127.0.0.1",
                 prefix: tuple[str, ...] = ()) -> None:
        self.store = folder / "store"
        self.log = folder / "registry.log"
        self.authority, self.auth = authority, auth
        self.address = f"{address}:{free_port('127.0.0.1')}"
        config = folder / "config.json"  # JSON is YAML
        config.write_text(json.dumps(self._config(folder)))
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*prefix, str(PROGRAM), "serve", str(config)],
                                            stdout=log, stderr=subprocess.STDOUT)
        self._until_it_listens(address)

    def _config(self, folder: Path) -> dict[str, object]:
        http: dict[str, object] = {"addr": self.address, "secret": "s"}
        if self.authority:
            http["tls"] = {"certificate": str(self.authority.certificate),
                           "key": str(self.authority.key)}
        config: dict[str, object] = {"version": 0.1, "http": http,
                                     "storage": {"filesystem": {"rootdirectory": str(self.store)}}}
        if self.auth == "basic":
            passwords = folder / "htpasswd"
            passwords.write_text(f"{USER}:{crypt.crypt(PASSWORD, '$2y$05$' + 'a' * 22)}\n")
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(passwords)}}
        elif isinstance(self.auth, TokenServer) and self.authority:
            config["auth"] = {"token": {"realm": self.auth.realm, "service": "registry", "issuer": "test",
                                        "rootcertbundle": str(self.authority.pem)}}
        return config

    def _until_it_listens(self, address: str) -> None:
        deadline = time.monotonic() + 30
        while "listening on" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"docker-registry on {address} does not start: {self.log.read_text()}")
            time.sleep(0.05)

    def requests(self, method: str) -> int:
        """How many requests of a method it has answered."""
        return self.log.read_text().count(f'"{method} /v2/')

    def pull(self, path: str, token: str = "") -> bytes:
        scheme = "https" if self.authority else "http"
        asked = urllib.request.Request(f"{scheme}://{self.address}/v2/{path}")
        asked.add_header("Accept", "application/vnd.oci.image.manifest.v1+json, "
                         "application/vnd.oci.image.index.v1+json")
        if self.auth == "basic":
            asked.add_header("Authorization",
                             "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
        elif token:
            asked.add_header("Authorization", "Bearer " + token)
        context = ssl.create_default_context(cafile=str(self.authority.pem)) if self.authority else None
        with urllib.request.urlopen(asked, context=context, timeout=20) as answer:
            return bytes(answer.read())

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
