# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What scripts/release is made of, without a compiler: what it refuses, archives, the image, the
manifests, the list of what is in it, the signature, and what it holds against a digest."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "release"))

import archives  # noqa: E402
import container  # noqa: E402
import contents  # noqa: E402
import executable  # noqa: E402
import image_roots  # noqa: E402
import main  # noqa: E402
import manifests  # noqa: E402
import pins  # noqa: E402
import probe  # noqa: E402
import probe_trial  # noqa: E402
import sbom  # noqa: E402
import signature  # noqa: E402
import trial  # noqa: E402
from archives import Member  # noqa: E402
from toolchain import TARGETS  # noqa: E402

RELEASE = container.Release("9.9.9", 1_700_000_000)
PROBE = "sha256:" + "ab" * 32
IMAGE = "r.example/assay@" + PROBE


def members_of(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {entry.name: (file.read() if (file := archive.extractfile(entry)) else b"")
                for entry in archive}


class Archives(unittest.TestCase):
    def test_the_order_they_are_given_in_does_not_matter(self) -> None:
        one = archives.tar({"b/x": Member(b"1"), "a": Member(b"2", 0o755)}, 7)
        other = archives.tar({"a": Member(b"2", 0o755), "b/x": Member(b"1")}, 7)
        self.assertEqual(one, other)
        self.assertEqual(archives.gzipped(one), archives.gzipped(other))
        self.assertNotEqual(one, archives.tar({"a": Member(b"2"), "b/x": Member(b"1")}, 7))

    def test_everything_is_of_nobody_and_of_one_time(self) -> None:
        with tarfile.open(fileobj=io.BytesIO(archives.tar({"a/b": Member(b"x")}, 7))) as archive:
            told = [(e.name, e.mtime, e.uid, e.uname, e.isdir()) for e in archive]
        self.assertEqual(told, [("a", 7, 0, "", True), ("a/b", 7, 0, "", False)])

    def test_kubectl_finds_the_program_by_its_names(self) -> None:
        with mock.patch.object(contents, "licences", lambda: {"zlib.txt": Member(b"z")}):
            members = contents.archive("f", b"program")
        with tarfile.open(fileobj=io.BytesIO(archives.tar(members, 7))) as archive:
            for name in ("kubectl-assay", "kubectl_complete-assay"):
                file = archive.extractfile("f/" + name)  # follows the link
                self.assertEqual(file and file.read(), b"program")
            self.assertEqual(archive.getmember("f/assay").mode, 0o755)
            self.assertIn("f/licenses/zlib.txt", archive.getnames())


class Container(unittest.TestCase):
    def setUp(self) -> None:
        programs = {"arm64": b"arm", "amd64": b"x86"}
        self.image = container.container(programs, b"PEM", {"zlib.txt": Member(b"z")}, RELEASE)
        self.members = members_of(self.image.tar)

    def blob(self, descriptor: dict[str, object]) -> bytes:
        content = self.members["blobs/sha256/" + str(descriptor["digest"]).removeprefix("sha256:")]
        self.assertEqual(len(content), descriptor["size"])
        self.assertEqual("sha256:" + hashlib.sha256(content).hexdigest(), descriptor["digest"])
        return content

    def test_one_index_has_each_architecture_with_its_program(self) -> None:
        [entry] = json.loads(self.members["index.json"])["manifests"]
        self.assertEqual(entry["digest"], self.image.digest)
        self.assertEqual(entry["annotations"]["io.containerd.image.name"], "localhost/assay:9.9.9")
        found = {}
        for descriptor in json.loads(self.blob(entry))["manifests"]:
            manifest = json.loads(self.blob(descriptor))
            config = json.loads(self.blob(manifest["config"]))
            files = members_of(self.blob(manifest["layers"][0]))
            self.assertEqual(config["architecture"], descriptor["platform"]["architecture"])
            found[config["architecture"]] = files["usr/bin/assay"]
        self.assertEqual(found, {"amd64": b"x86", "arm64": b"arm"})

    def test_it_runs_as_nobody_and_has_no_shell(self) -> None:
        [entry] = json.loads(self.members["index.json"])["manifests"]
        first = json.loads(self.blob(json.loads(self.blob(entry))["manifests"][0]))
        self.assertEqual(json.loads(self.blob(first["config"]))["config"]["User"], "65532:65532")
        files = members_of(self.blob(first["layers"][0]))
        self.assertIn("etc/ssl/certs/ca-certificates.crt", files)
        self.assertEqual([name for name in files if name.endswith(("/sh", "/bash"))], [])


    def test_a_root_has_what_is_for_its_architecture(self) -> None:
        with tempfile.TemporaryDirectory(prefix="assay-release-") as name:
            (Path(name) / "image.tar").write_bytes(self.image.tar)
            roots = image_roots.roots_of(Path(name) / "image.tar", Path(name) / "roots")
            programs = {key: (root / "usr/bin/assay").read_bytes() for key, root in roots.items()}
        self.assertEqual(programs, {"amd64": b"x86", "arm64": b"arm"})


class Manifests(unittest.TestCase):
    def options_of_run(self) -> set[str]:
        offered = subprocess.run([os.environ["ASSAY"], "__complete", "run", "--"], check=True,
                                 capture_output=True, text=True).stdout
        return {line.split("\t")[0] for line in offered.splitlines()}

    @unittest.skipUnless(os.environ.get("ASSAY"), "ASSAY names no program")
    def test_nothing_is_left_to_put_in(self) -> None:
        files = manifests.deploy([os.environ["ASSAY"]], IMAGE)
        self.assertEqual(sorted(files), ["account.yaml", "cronjob.yaml", "job.yaml", "rbac.yaml"])
        for name in ("cronjob.yaml", "job.yaml"):
            self.assertIn(f"image: {IMAGE}\n", files[name])
            self.assertIn("serviceAccountName: assay", files[name])
            [arguments] = re.findall(r"args: \[run, (.*)\]", files[name])
            self.assertLessEqual(set(re.findall(r"--[a-z-]+", arguments)), self.options_of_run())
        for text in files.values():
            self.assertNotRegex(text, r"@[A-Z]+@")
        self.assertRegex(files["rbac.yaml"], r'name: "assay"\n  namespace: "assay"')


class Bill(unittest.TestCase):
    def test_every_pin_is_in_it_with_its_digest(self) -> None:
        with mock.patch.object(sbom, "installed_version", lambda name: "1"):
            told = json.loads(sbom.sbom(RELEASE, {"amd64": "0" * 64}, PROBE, PROBE))
        packages = {one["name"]: one for one in told["packages"]}
        for source in pins.pinned_sources():
            [checksum] = packages[source.name]["checksums"]
            self.assertIn(checksum["checksumValue"], source.files.values())
        self.assertIn("musl", packages)
        for architecture, sources in pins.packages_of_the_probe().items():
            for source in sources:
                one = packages[f"probe-{architecture}-{source.name}"]
                self.assertIn(one["checksums"][0]["checksumValue"], source.files.values())
                [reference] = one["externalRefs"]
                self.assertIn(f"debian/{source.name}@", reference["referenceLocator"])
                self.assertRegex(reference["referenceLocator"], rf"arch=({architecture}|all)$")
        known = {one["SPDXID"] for one in told["packages"]}
        self.assertEqual(len(known), len(told["packages"]))
        for relation in told["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, known)
        linked = {one["relatedSpdxElement"] for one in told["relationships"]
                  if one["relationshipType"] == "STATIC_LINK"}
        self.assertIn("SPDXRef-openssl", linked)


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="assay-release-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Signature(Folder):
    def openssl(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True)

    def test_openssl_verifies_it(self) -> None:
        self.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "k")
        self.openssl("pkey", "-in", "k", "-pubout", "-out", "p")
        sums = self.folder / "SHA256SUMS"
        sums.write_text("0  a\n")
        signed = signature.sign(sums, self.folder / "k")
        self.openssl("base64", "-d", "-in", signed.name, "-out", "raw")
        verify = ("dgst", "-sha256", "-verify", "p", "-signature", "raw", "SHA256SUMS")
        self.assertEqual(self.openssl(*verify).returncode, 0)
        sums.write_text("1  a\n")
        self.assertNotEqual(self.openssl(*verify).returncode, 0)

    def test_a_key_that_is_none_is_told(self) -> None:
        (self.folder / "k").write_text("no key")
        with self.assertRaisesRegex(pins.ReleaseError, "--key .*/k: openssl cannot sign"):
            signature.sign(self.folder / "k", self.folder / "k")


class Refusals(Folder):
    def refused(self, *words: str) -> str:
        with mock.patch.object(contents, "uncommitted", lambda: [" M x"]), \
                self.assertRaises(pins.ReleaseError) as raised:
            main.check(main.parsed_arguments([*words]))
        return str(raised.exception)

    def test_each_is_told_before_anything_is_made(self) -> None:
        out = f"--out={self.folder / 'new'}"
        self.assertIn("CMakeLists.txt states", self.refused("--version", "9.9.9", "--uncommitted", out))
        self.assertIn("no such file", self.refused("--key", "/nowhere", "--uncommitted", out))
        self.assertIn("commit, or say --uncommitted", self.refused(out))
        (self.folder / "somebodys.txt").write_text("")
        self.assertIn("no earlier release", self.refused("--uncommitted", f"--out={self.folder}"))

    def test_a_program_that_nothing_here_can_run_is_told(self) -> None:
        other = "arm64" if main.own_architecture() == "amd64" else "amd64"
        with mock.patch.object(shutil, "which", lambda _: None):
            self.assertIn("scripts/install-dependencies --release",
                          self.refused("--arch", other, f"--out={self.folder / 'new'}"))
        programs = {other: Path("/p")}
        with mock.patch.object(shutil, "which", lambda name: f"/usr/bin/{name}"):
            self.assertEqual(main.runnable(programs), [f"/usr/bin/{trial.EMULATOR}", "/p"])
            self.assertEqual(main.runnable(programs | {main.own_architecture(): Path("/own")}), ["/own"])

    def test_a_compiler_for_the_probe_that_is_not_there_is_told(self) -> None:
        with mock.patch.object(shutil, "which", lambda _: None):
            self.assertEqual(probe.missing_compilers(), ["aarch64-linux-gnu-g++"])
            self.assertIn("there is no aarch64-linux-gnu-g++ for the probe",
                          self.refused("--uncommitted", f"--out={self.folder / 'new'}",
                                       f"--arch={main.own_architecture()}"))

    def test_an_earlier_release_is_made_anew(self) -> None:
        (self.folder / "SHA256SUMS").write_text("")
        with mock.patch.object(contents, "uncommitted", lambda: []), \
                mock.patch.object(main, "missing_compilers", lambda: []):
            main.check(main.parsed_arguments([f"--out={self.folder}", "--version", main.version()]))


class Programs(unittest.TestCase):
    def test_what_asks_for_a_loader_is_not_portable(self) -> None:
        def elf(machine: int, *kinds: int) -> bytes:
            header = b"\x7fELF\x02\x01" + bytes(12) + machine.to_bytes(2, "little") + bytes(12)
            header += (64).to_bytes(8, "little") + bytes(14)
            header += (56).to_bytes(2, "little") + len(kinds).to_bytes(2, "little") + bytes(6)
            return header + b"".join(kind.to_bytes(4, "little") + bytes(52) for kind in kinds)

        self.assertTrue(executable.is_portable(elf(62, 1, 1), "x86_64"))
        self.assertFalse(executable.is_portable(elf(62, 1, 3), "x86_64"))
        self.assertFalse(executable.is_portable(elf(62, 1, 1), "aarch64"))
        self.assertFalse(executable.is_portable(b"#!/bin/sh\n", "x86_64"))
        python = Path(sys.executable).read_bytes()
        self.assertFalse(executable.is_portable(python, os.uname().machine))


class Places(Folder):
    def test_a_program_that_tells_where_it_was_built_is_refused(self) -> None:
        program = self.folder / "assay"
        with mock.patch.object(executable, "is_portable", lambda *_: True):
            for place in (executable.cache(), ROOT):
                program.write_bytes(f"\0{place}/zlib/deflate.c\0".encode())
                with self.assertRaisesRegex(pins.ReleaseError, "which of its libraries"):
                    executable.check(program, TARGETS["amd64"])
            program.write_bytes(b"zlib/deflate.c")
            executable.check(program, TARGETS["amd64"])


class Compilers(Folder):
    def test_the_other_machines_libraries_come_first(self) -> None:
        target = TARGETS["arm64"]
        with mock.patch.object(probe, "unpacked_together", lambda _: Path("/the/root")):
            file = probe.cmake_file(target, [], self.folder / "programs")
        self.assertIn("set(CMAKE_FIND_ROOT_PATH /the/root)", file.read_text())
        self.assertIn("set(CMAKE_SYSTEM_PROCESSOR aarch64)", file.read_text())
        words = (self.folder / "programs" / "c++").read_text().split()
        self.assertEqual(words[2], probe.cross_compiler(target))
        self.assertIn("-B/the/root/lib/aarch64-linux-gnu", words)
        self.assertTrue(os.access(self.folder / "programs" / "c++", os.X_OK))


class Pins(Folder):
    def test_packages_are_unpacked_into_one_tree(self) -> None:
        digests = {}
        for name in ("one", "two"):
            root = self.folder / name
            (root / "DEBIAN").mkdir(parents=True)
            (root / "DEBIAN" / "control").write_text(
                f"Package: {name}\nVersion: 1\nArchitecture: arm64\nMaintainer: x\nDescription: x\n")
            (root / "lib").mkdir()
            (root / "lib" / name).write_text(name)
            deb = self.folder / "mirror" / f"{name}_1_arm64.deb"
            deb.parent.mkdir(exist_ok=True)
            subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(root), str(deb)], check=True,
                           capture_output=True)
            digests[name] = {deb.name: hashlib.sha256(deb.read_bytes()).hexdigest()}
        packages = [pins.Source(name, "1", "MIT", "L", "mirror", files) for name, files in digests.items()]
        with mock.patch.object(pins, "cache", lambda: self.folder / "cache"), \
                mock.patch.object(pins, "MIRRORS", (self.folder.as_uri(),)):
            tree = pins.unpacked_together(packages)
            self.assertEqual(sorted(file.name for file in (tree / "lib").iterdir()), ["one", "two"])
            self.assertEqual(pins.unpacked_together(packages), tree)
            self.assertNotEqual(pins.unpacked_together(packages[:1]), tree)
        self.assertEqual(packages[0].architecture, "arm64")

    def test_what_a_mirror_has_by_that_name_is_held_against_the_digest(self) -> None:
        (self.folder / "mirror").mkdir()
        (self.folder / "mirror" / "x.dsc").write_text("right")
        right = hashlib.sha256(b"right").hexdigest()
        with mock.patch.object(pins, "cache", lambda: self.folder / "cache"), \
                mock.patch.object(pins, "MIRRORS", (self.folder.as_uri(),)):
            source = pins.Source("x", "1", "MIT", "L", "mirror", {"x.dsc": right})
            self.assertEqual(pins.fetched(source, "x.dsc").read_text(), "right")
            wrong = pins.Source("x", "1", "MIT", "L", "mirror", {"x.dsc": "0" * 64})
            with self.assertRaisesRegex(pins.ReleaseError, "no mirror has it"):
                pins.fetched(wrong, "x.dsc")


class Trial(unittest.TestCase):
    def test_another_code_or_other_words_end_it(self) -> None:
        for code, says in ((1, "out"), (0, "else")):
            with self.assertRaisesRegex(pins.ReleaseError, "expected"):
                trial.hold(trial.Attempt((), code, says), ["echo", "out"], "here")


class ProbeTrial(unittest.TestCase):
    """With shell scripts in the probes' place."""

    def probes(self, digest: str = "aa", machine: str = "aarch64", verdict: str = "passed") -> dict[str, list[str]]:
        def script(machine: str, digest: str) -> list[str]:
            gemm = {"verdict": verdict, "reasons": ["why"],
                    "exact": [{"type": "int8", "pass": 0, "seed": 1, "digest": digest}]}
            said = {"facts": {"kernel": {"machine": machine}}, "selftest": {"verdict": "passed"}, "gemm": gemm}
            cases = "".join(f"{verb}) echo '{json.dumps(told)}';;" for verb, told in said.items())
            return ["sh", "-c", f'case "$1" in {cases} esac', "probe"]

        return {"amd64": script("x86_64", "aa"), "arm64": script(machine, digest)}

    def test_what_differs_between_machines_ends_it(self) -> None:
        probe_trial.try_each(self.probes())
        for wrong, words in (({"digest": "bb"}, "products differ"), ({"machine": "x86_64"}, "runs on x86_64"),
                             ({"verdict": "failed"}, "failed: ")):
            with self.assertRaisesRegex(pins.ReleaseError, words):
                probe_trial.try_each(self.probes(**wrong))

    def test_an_end_that_is_no_success_is_told(self) -> None:
        with self.assertRaisesRegex(pins.ReleaseError, "exit code 3"):
            probe_trial.ask("arm64", ["sh", "-c", "exit 3"], "facts")


if __name__ == "__main__":
    unittest.main()
