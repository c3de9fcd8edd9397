# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Who signs: a key, an encrypted one and where its passphrase comes from, and a program of the
user's. What it should refuse it refuses in one sentence, and then writes nothing."""

from __future__ import annotations

import os
import pty
import select
import termios
import time
import unittest
from pathlib import Path

from signed import ASSAY, Done, SignedReport, encoded, run, shell

# A signer as docs/report.md describes it, on a key of openssl's; {0} is what prints the signature.
PROGRAM = """#!/bin/sh
set -e
cd "$(dirname "$0")"
if [ "$1" = pubkey ]; then exec cat key.pub; fi
[ $# -eq 0 ]
{0}
"""
SIGN = "openssl dgst -sha256 -sign key.pem"
NUMBERS = """openssl asn1parse -inform DER | python3 -c 'if True:
  import re, sys
  for number in re.findall("INTEGER *:([0-9A-F]+)", sys.stdin.read()):
      sys.stdout.buffer.write(int(number, 16).to_bytes(32, "big"))'"""
RAW = f"{SIGN} | {NUMBERS}"


def await_no_echo(terminal: int) -> None:
    """Nothing tells of it, so it is asked for; OpenSSL prompts before it turns the echo off."""
    until = time.monotonic() + 60
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        if time.monotonic() > until:
            raise AssertionError("the terminal still echoes what is typed")
        time.sleep(0.005)


def passphrase_at_terminal(words: list[str], typed: str) -> tuple[int, str]:
    """The exit code, and all that the terminal showed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(words[0], words)
    shown = b""
    asked = False
    while select.select([terminal], [], [], 60)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the other end is gone
            break
        if not asked and b"Passphrase of" in shown:
            asked = True
            await_no_echo(terminal)
            os.write(terminal, f"{typed}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown.decode()


class Encrypted(SignedReport):
    def setUp(self) -> None:
        super().setUp()
        shell(self.folder, "openssl pkcs8 -topk8 -in key.pem -passout pass:open-sesame -out locked.pem")

    def locked(self, *words: str | Path, passphrase: str = "") -> Done:
        environment = {**os.environ, **({"ASSAY_SIGN_PASSPHRASE": passphrase} if passphrase else {})}
        return self.sign("--sign-key", self.folder / "locked.pem", *words, env=environment,
                         start_new_session=True)  # and so without a terminal

    def assert_refused(self, done: Done, words: str) -> None:
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertFalse((self.report / "report.sigstore.json").exists())

    def test_from_a_file(self) -> None:
        (self.folder / "word").write_text("open-sesame\n")
        self.assertEqual(self.locked("--sign-passphrase-file", self.folder / "word").returncode, 0)
        self.assert_verifies()

    def test_from_the_environment(self) -> None:
        self.assertEqual(self.locked(passphrase="open-sesame").returncode, 0)
        self.assert_verifies()

    def test_the_file_goes_before_the_environment(self) -> None:
        (self.folder / "word").write_text("wrong\n")
        done = self.locked("--sign-passphrase-file", self.folder / "word", passphrase="open-sesame")
        self.assert_refused(done, "is not that of")

    def test_wrong_or_nowhere(self) -> None:
        self.assert_refused(self.locked(passphrase="wrong"), "is not that of")
        self.assert_refused(self.locked(), "there is no terminal to ask")
        (self.folder / "word").write_text("\n")
        self.assert_refused(self.locked("--sign-passphrase-file", self.folder / "word"),
                            "no passphrase in its first line")

    def test_typed_without_an_echo(self) -> None:
        words = [ASSAY, "sign", str(self.report), "--sign-key", str(self.folder / "locked.pem")]
        code, shown = passphrase_at_terminal(words, "wrong-word")
        self.assertEqual(code, 2, shown)
        self.assertIn("is not that of", shown)
        self.assertNotIn("wrong-word", shown)
        code, shown = passphrase_at_terminal(words, "open-sesame")
        self.assertEqual(code, 0, shown)
        self.assertNotIn("open-sesame", shown)
        self.assert_verifies()


class ByProgram(SignedReport):
    def program(self, sign: str, whole: str = PROGRAM) -> str:
        file = self.folder / "signer"
        file.write_text(whole.replace("{0}", sign))
        file.chmod(0o755)
        return f"exec:{file}"

    def test_each_form_of_a_signature(self) -> None:
        for sign in (SIGN, RAW, f"{SIGN} | base64", f"{RAW} | base64 -w0"):
            with self.subTest(sign):
                done = self.sign("--signer", self.program(sign))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assert_verifies()
                self.assertTrue(self.openssl_verifies(encoded(self.payload()),
                                                      self.signature("report.dsse.json")))
                for name in ("report.sigstore.json", "report.dsse.json"):
                    (self.report / name).unlink()

    def test_it_is_given_what_is_signed(self) -> None:
        self.sign("--signer", self.program(f"tee got | {SIGN}"))
        statement = (self.report / "statement.intoto.json").read_bytes()
        self.assertEqual((self.folder / "got").read_bytes(), encoded(statement))

    def test_it_inherits_no_passphrase(self) -> None:
        done = self.sign("--signer", self.program(f'[ -z "$ASSAY_SIGN_PASSPHRASE" ]; {SIGN}'),
                         env={**os.environ, "ASSAY_SIGN_PASSPHRASE": "word"})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_is_no_signature_is_not_written(self) -> None:
        self.make_key("other")
        wrong = (SIGN.replace("key.pem", "other.pem"), f"printf x; {SIGN}",
                 f"head -c 9 | {SIGN}", ":", "echo no", "head -c 70 /dev/zero", "cat")
        for sign in wrong:
            with self.subTest(sign):
                done = self.sign("--signer", self.program(sign))
                self.assertEqual(done.returncode, 6, done.stderr)
                self.assertIn("are no signature", done.stderr)
                self.assertFalse((self.report / "report.sigstore.json").exists())
                self.assertFalse((self.report / "report.dsse.json").exists())

    def test_its_own_words_are_shown(self) -> None:
        done = self.sign("--signer", self.program("echo the token is locked >&2; exit 3"))
        self.assertEqual(done.returncode, 6)
        self.assertIn("ended with 3: the token is locked", done.stderr)
        done = self.sign("--signer", self.program("", "#!/bin/sh\necho no key there >&2; exit 1\n"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("signer pubkey ended with 1: no key there", done.stderr)

    def test_a_public_key_of_another_kind(self) -> None:
        shell(self.folder, "openssl genrsa -out rsa.pem 2048; openssl rsa -in rsa.pem -pubout -out key.pub")
        done = self.sign("--signer", self.program(SIGN))
        self.assertEqual(done.returncode, 2)
        self.assertIn("printed no P-256 public key in PEM", done.stderr)

    def test_what_names_no_program(self) -> None:
        for signer, words in (("signer", "exec:PROGRAM"), ("exec:", "exec:PROGRAM"),
                              ("exec:/nowhere/signer", "cannot start /nowhere/signer")):
            with self.subTest(signer):
                done = self.sign("--signer", signer)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)


class Usage(SignedReport):
    def test_one_signer_and_only_one(self) -> None:
        key = str(self.folder / "key.pem")
        for words in ((), ("--sign-key", key, "--signer", "exec:x"), ("--sign-passphrase-file", key)):
            self.assertEqual(self.sign(*words).returncode, 2)
        for words in (("--statement-only", "--sign-key", key), ("--statement-only", "--signer", "exec:x")):
            self.assertEqual(run(ASSAY, "run", *words).returncode, 2)

    def test_a_report_is_signed_once(self) -> None:
        self.sign_with_key()
        carrier = (self.report / "report.sigstore.json").read_bytes()
        done = self.sign("--sign-key", self.folder / "key.pem")
        self.assertEqual(done.returncode, 2)
        self.assertIn("is signed already", done.stderr)
        self.assertEqual((self.report / "report.sigstore.json").read_bytes(), carrier)

    def test_what_does_not_agree_with_itself_is_not_signed(self) -> None:
        (self.report / "junit.xml").write_text("<testsuites/>")
        done = self.sign("--sign-key", self.folder / "key.pem")
        self.assertEqual(done.returncode, 6)
        self.assertIn("junit.xml", done.stderr)
        self.assertFalse((self.report / "report.sigstore.json").exists())

    def test_a_run_that_is_resumed_may_be_signed(self) -> None:
        done = run(ASSAY, "run", "--resume", self.folder, "--sign-key", self.folder / "key.pem")
        self.assertEqual(done.returncode, 2)
        self.assertIn("journal", done.stderr)  # and not the flags


if __name__ == "__main__":
    unittest.main()
