# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""A report that `assay sign` signed with the user's own key, and those who verify it: cosign and
openssl, offline, and assay itself. ASSAY and SAMPLE name the programs under test."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path

import cosign

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
ASSAY = os.environ.get("ASSAY", str(BUILD / "cli" / "assay"))
SAMPLE = os.environ.get("SAMPLE", str(BUILD / "tests" / "unit" / "reports" / "write_report_sample"))
TYPE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
OFFLINE = ("unshare", "--map-root-user", "--net")  # a network namespace without a way out
UNTRUSTED = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'

Done = subprocess.CompletedProcess[str]


def run(*words: str | Path, **settings: object) -> Done:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, **settings)  # type: ignore[call-overload,no-any-return]


def shell(folder: Path, command: str) -> None:
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, capture_output=True)


@dataclass(frozen=True)
class Verifier:
    """One way of a foreign program to verify a file of a report: the words before its name."""

    name: str
    version: str
    carrier: str  # the file with the signature
    words: tuple[str, ...]

    def verify(self, folder: Path, file: Path) -> Done:
        (pin,) = (pin for pin in cosign.PINS if pin.version == self.version)
        words = [word.format(folder=folder) for word in self.words]
        return run(*OFFLINE, cosign.program(pin), "verify-blob-attestation", "--key",
                   folder / "key.pub", *words, folder / "report" / self.carrier, "--type", TYPE,
                   "--insecure-ignore-tlog=true", file,
                   env={**os.environ, "HOME": str(folder / "home")})


VERIFIERS = (
    Verifier("cosign 3.1.1", "3.1.1", "report.sigstore.json", ("--bundle",)),
    Verifier("cosign 2.5.0", "2.5.0", "report.dsse.json", ("--signature",)),
    Verifier("cosign 2.5.0, bundle", "2.5.0", "report.sigstore.json",
             ("--new-bundle-format", "--trusted-root", "{folder}/roots.json", "--bundle")),
)


def envelope(carrier: Path) -> dict[str, object]:
    content = json.loads(carrier.read_text())
    return dict(content.get("dsseEnvelope", content))


def encoded(payload: bytes) -> bytes:
    """What a DSSE signature is made over, written here anew from its specification."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


class SignedReport(unittest.TestCase):
    kind = "leaking"

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="assay-signing-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.report = self.folder / "report"
        (self.folder / "home").mkdir()
        (self.folder / "roots.json").write_text(UNTRUSTED)
        self.make_key("key")
        self.write(self.kind)

    def make_key(self, name: str) -> None:
        shell(self.folder, f"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.pem"
                           f" && openssl pkey -in {name}.pem -pubout -out {name}.pub")

    def write(self, kind: str) -> None:
        self.assertEqual(run(SAMPLE, self.report, kind).returncode, 0)

    def sign(self, *words: str | Path, **settings: object) -> Done:
        return run(ASSAY, "sign", self.report, *words, **settings)

    def sign_with_key(self) -> None:
        done = self.sign("--sign-key", self.folder / "key.pem")
        self.assertEqual(done.returncode, 0, done.stderr)

    def verify(self, *words: str | Path) -> Done:
        return run(ASSAY, "verify", self.report, *words)

    def assert_verifies(self) -> None:
        done = self.verify("--key", self.folder / "key.pub")
        self.assertEqual(done.returncode, 0, done.stderr)

    def subjects(self) -> list[Path]:
        statement = json.loads((self.report / "statement.intoto.json").read_text())
        return [self.report / subject["name"] for subject in statement["subject"]]

    def payload(self, carrier: str = "report.sigstore.json") -> bytes:
        return base64.b64decode(str(envelope(self.report / carrier)["payload"]))

    def signature(self, carrier: str) -> bytes:
        (one,) = envelope(self.report / carrier)["signatures"]  # type: ignore[misc,attr-defined]
        return base64.b64decode(one["sig"])

    def openssl_verifies(self, signed: bytes, signature: bytes) -> bool:
        (self.folder / "signed").write_bytes(signed)
        (self.folder / "signature").write_bytes(signature)
        return run("openssl", "dgst", "-sha256", "-verify", self.folder / "key.pub", "-signature",
                   self.folder / "signature", self.folder / "signed").returncode == 0
