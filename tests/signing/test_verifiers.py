# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What assay signs is accepted by cosign 3.1.1, cosign 2.5.0, openssl and assay, and refused by each
after any change of a byte."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cosign
from signed import OFFLINE, VERIFIERS, SignedReport, encoded, run

CARRIERS = ("report.sigstore.json", "report.dsse.json")


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1:]


def spread(size: int, count: int) -> list[int]:
    """count places from the first to the last of size, or all of them."""
    if size <= count:
        return list(range(size))
    return sorted({(size - 1) * i // (count - 1) for i in range(count)})


@contextmanager
def changed(file: Path, content: bytes) -> Iterator[None]:
    good = file.read_bytes()
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(good)


def with_envelope(carrier: bytes, member: str, content: bytes) -> bytes:
    """The carrier with payload or sig decoded to other bytes, or with another payloadType."""
    whole = json.loads(carrier)
    envelope = whole.get("dsseEnvelope", whole)
    if member == "sig":
        envelope["signatures"][0]["sig"] = base64.b64encode(content).decode()
    elif member == "payload":
        envelope["payload"] = base64.b64encode(content).decode()
    else:
        envelope[member] = content.decode()
    return json.dumps(whole, separators=(",", ":")).encode()


class Foreign(SignedReport):
    def setUp(self) -> None:
        super().setUp()
        self.sign_with_key()

    def test_openssl_accepts_and_refuses(self) -> None:
        for carrier in CARRIERS:
            payload, signature = self.payload(carrier), self.signature(carrier)
            self.assertEqual(payload, (self.report / "statement.intoto.json").read_bytes())
            signed = encoded(payload)
            self.assertTrue(self.openssl_verifies(signed, signature))
            for at in spread(len(signed), 40):
                self.assertFalse(self.openssl_verifies(flipped(signed, at), signature), at)
            for at in range(len(signature)):
                self.assertFalse(self.openssl_verifies(signed, flipped(signature, at)), at)

    def test_cosign_accepts_every_file(self) -> None:
        self.assertGreater(len(self.subjects()), 4)
        for verifier in VERIFIERS:
            for file in self.subjects():
                with self.subTest(verifier.name, file=file.name):
                    done = verifier.verify(self.folder, file)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(done.stderr.splitlines()[-1], "Verified OK")

    def test_cosign_refuses_each_file_with_a_byte_changed(self) -> None:
        for verifier in VERIFIERS:
            for file in self.subjects():
                content = file.read_bytes()
                for at in spread(len(content), 3):
                    with self.subTest(verifier.name, file=file.name, at=at), \
                            changed(file, flipped(content, at)):
                        done = verifier.verify(self.folder, file)
                        self.assertNotEqual(done.returncode, 0)
                        self.assertIn("digest", done.stderr)

    def test_cosign_refuses_another_payload_type_or_signature(self) -> None:
        for verifier in VERIFIERS:
            carrier = self.report / verifier.carrier
            content = carrier.read_bytes()
            members = {"payload": self.payload(verifier.carrier),
                       "payloadType": b"application/vnd.in-toto+json",
                       "sig": self.signature(verifier.carrier)}
            for member, value in members.items():
                self.assertEqual(with_envelope(content, member, value), content)
                for at in spread(len(value), 6):
                    with self.subTest(verifier.name, member=member, at=at), \
                            changed(carrier, with_envelope(content, member, flipped(value, at))):
                        done = verifier.verify(self.folder, self.report / "junit.xml")
                        self.assertNotEqual(done.returncode, 0)

    def test_cosign_refuses_another_key(self) -> None:
        self.make_key("key")  # the user's key is another now
        for verifier in VERIFIERS:
            with self.subTest(verifier.name):
                done = verifier.verify(self.folder, self.report / "junit.xml")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("signature", done.stderr)


class Own(SignedReport):
    def setUp(self) -> None:
        super().setUp()
        self.sign_with_key()

    def refusal(self) -> str:
        done = self.verify("--key", self.folder / "key.pub")
        self.assertEqual(done.returncode, 6, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aassay: not verified: [^\n]+\n\Z")
        return done.stderr

    def test_refuses_every_byte_of_small_files(self) -> None:
        self.assert_verifies()
        for name in ("profile.yaml", "SHA256SUMS"):
            file = self.report / name
            content = file.read_bytes()
            for at in range(len(content)):
                with changed(file, flipped(content, at)):
                    self.refusal()
        self.assert_verifies()

    def test_refuses_bytes_of_every_file(self) -> None:
        for file in sorted(path for path in self.report.rglob("*") if path.is_file()):
            content = file.read_bytes()
            for at in spread(len(content), 25):
                with self.subTest(file.name, at=at), changed(file, flipped(content, at)):
                    self.refusal()
            if file.name in CARRIERS:
                continue  # they carry bytes in JSON; how that JSON is laid out is not signed
            with self.subTest(file.name, at="the end"), changed(file, content + b"\n"):
                self.refusal()
        self.assert_verifies()

    def test_refuses_another_key(self) -> None:
        self.make_key("key")
        self.assertIn("not one of this key", self.refusal())

    def test_without_a_key_nothing_is_verified(self) -> None:
        done = self.verify()
        self.assertEqual(done.returncode, 6)
        self.assertIn("result: failed", done.stdout)
        self.assertIn("nobody's signature was checked", done.stderr)
        self.assertIn("--key", done.stderr)

    def test_without_a_signature_nothing_is_verified(self) -> None:
        for name in CARRIERS:
            (self.report / name).unlink()
        self.assertIn("not signed", self.refusal())


class SignedElsewhere(SignedReport):
    def test_a_statement_that_cosign_signed(self) -> None:
        (pin,) = (pin for pin in cosign.PINS if pin.version == "3.1.1")
        settings = {"cwd": self.folder, "env": {"HOME": str(self.folder / "home"), "PATH": "/usr/bin:/bin",
                                                "COSIGN_PASSWORD": "word"}}
        words = (["import-key-pair", "--key", "key.pem", "--output-key-prefix", "imported", "-y"],
                 ["attest-blob", "--key", "imported.key", "--statement", "report/statement.intoto.json",
                  "--bundle", "report/report.sigstore.json", "--use-signing-config=false",
                  "--tlog-upload=false", "-y"])
        for command in words:
            done = run(*OFFLINE, cosign.program(pin), *command, **settings)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_verifies()


class Simulated(SignedReport):
    kind = "simulated"

    def test_the_signed_statement_says_so(self) -> None:
        done = self.sign("--sign-key", self.folder / "key.pem")
        self.assertIn("SIMULATED", done.stdout)
        predicate = json.loads(self.payload())["predicate"]
        self.assertIs(predicate["simulated"], True)
        self.assertEqual(predicate["result"], "WARNED")
        self.assertIn("SIMULATED", self.verify("--key", self.folder / "key.pub").stdout)

    def test_it_cannot_be_taken_out_before_signing(self) -> None:
        for name in ("statement.intoto.json", "report.json"):
            file = self.report / name
            content = file.read_bytes()
            real = content.replace(b'"simulated":true', b'"simulated":false').replace(
                b'"simulated": true', b'"simulated": false')
            self.assertNotEqual(content, real)
            with self.subTest(name), changed(file, real):
                done = self.sign("--sign-key", self.folder / "key.pem")
                self.assertEqual(done.returncode, 6, done.stderr)
                self.assertFalse((self.report / "report.sigstore.json").exists())
