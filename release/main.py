# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a release, and tries it."""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import sys
from pathlib import Path

import contents
import manifests
import trial
from archives import gzipped, tar
from container import LOCAL, Release, container
from executable import executable
from pins import ReleaseError, sha256_of
from probe import ProbeImage, missing_compilers, probe_image
from sbom import sbom
from signature import sign
from toolchain import TARGETS

ROOT = Path(__file__).resolve().parent.parent
SUMS = "SHA256SUMS"
DESCRIPTION = """Makes a release: assay for linux on amd64 and arm64, linked statically, its container image,
manifests for runs inside a cluster, the list of what is in it, digests and their signature."""
EXAMPLES = """examples:
  scripts/release --registry REGISTRY/FOLDER --key key.pem    all of it, in dist/
  scripts/release --arch amd64 --out /tmp/a --uncommitted     one program, of what you are working on
  scripts/release --try --no-build                            run what is in dist/ in bare systems

Needs what scripts/install-dependencies --release installs. A compiler for other targets and the sources of the
libraries are fetched once, by the digests in release/dependencies.json, into ASSAY_CACHE (default: the
user's cache folder). ASSAY_JOBS is how many compilers run at a time (default: one a core). --try needs
root. docs/install.md is for those who download it."""


def version() -> str:
    found = re.search(r"project\(assay VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    if not found:
        raise ReleaseError("CMakeLists.txt states no version")
    return found[1]


def parsed_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/release", description=DESCRIPTION, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", metavar="V",
                        help="what the release must be; an error if CMakeLists.txt says another")
    parser.add_argument("--arch", choices=[*sorted(TARGETS), "all"], default="all",
                        help="whose program is made (default: all); each carries the probe for all")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR",
                        help="made anew if it has an earlier release (default: dist)")
    parser.add_argument("--registry", default="", metavar="NAME",
                        help="REGISTRY/FOLDER that will have the images: the programs look for the "
                             "probe's there, by digest, and the manifests for assay's")
    parser.add_argument("--key", type=Path, metavar="FILE",
                        help="P-256 key (PEM) to sign SHA256SUMS with: SHA256SUMS.sig")
    parser.add_argument("--uncommitted", action="store_true",
                        help="also of a tree that differs from its commit; to try things")
    parser.add_argument("--try", dest="try_it", action="store_true",
                        help="then run what is in --out in bare systems; with --no-build, only that")
    parser.add_argument("--no-build", action="store_true", help="take --out as it is")
    return parser.parse_args(words)


def own_architecture() -> str:
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def check(arguments: argparse.Namespace) -> None:
    """Before anything takes time."""
    if arguments.version and arguments.version != version():
        raise ReleaseError(f"--version {arguments.version}: CMakeLists.txt states {version()}: "
                           "change it there and commit")
    if arguments.no_build:
        return
    if arguments.arch not in ("all", own_architecture()) and not shutil.which(trial.EMULATOR):
        raise ReleaseError(f"--arch {arguments.arch}: the program is asked for its manifests, and there is no "
                           f"{trial.EMULATOR} to run it here: scripts/install-dependencies --release "
                           "installs it, or make both")
    out = arguments.out
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / SUMS).is_file())):
        raise ReleaseError(f"--out {out}: there is something that is no earlier release; name another")
    if arguments.key and not arguments.key.is_file():
        raise ReleaseError(f"--key {arguments.key}: there is no such file; openssl genpkey -algorithm "
                           "EC -pkeyopt ec_paramgen_curve:P-256 -out FILE makes one")
    changes = contents.uncommitted()
    if changes and not arguments.uncommitted:
        raise ReleaseError("the tree is not what its commit says: commit, or say --uncommitted:\n"
                           + "\n".join(changes[:10]))
    if missing := missing_compilers():
        raise ReleaseError(f"there is no {' and no '.join(missing)} for the probe of other machines: "
                           "scripts/install-dependencies --release installs it")


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def write_archives(out: Path, programs: dict[str, Path], release: Release) -> None:
    for architecture, program in programs.items():
        folder = f"assay-{release.version}-linux-{architecture}"
        members = contents.archive(folder, program.read_bytes())
        write(out / f"{folder}.tar.gz", gzipped(tar(members, release.epoch)))


def write_container(out: Path, programs: dict[str, Path], release: Release) -> str:
    """The digest of the index."""
    image = container({name: program.read_bytes() for name, program in programs.items()},
                      contents.authorities(), contents.licences(), release)
    write(out / f"assay-image-{release.version}.tar", image.tar)
    return image.digest


def write_sums(out: Path) -> Path:
    files = sorted(file for file in out.rglob("*") if file.is_file())
    sums = out / SUMS
    sums.write_text("".join(f"{sha256_of(file)}  {file.relative_to(out)}\n" for file in files))
    return sums


def runnable(programs: dict[str, Path]) -> list[str]:
    """The command of one that runs here; under an emulator if it is for another machine."""
    for architecture, program in programs.items():
        if architecture == own_architecture():
            return [str(program)]
    return [str(shutil.which(trial.EMULATOR)), str(next(iter(programs.values())))]


def make(arguments: argparse.Namespace) -> None:
    release = Release(version(), contents.epoch())
    registry = arguments.registry.rstrip("/")
    probe: ProbeImage = probe_image()
    repository = f"{registry}/assay-probe" if registry else ""
    names = sorted(TARGETS) if arguments.arch == "all" else [arguments.arch]
    programs = {name: executable(TARGETS[name], probe, repository) for name in names}
    out = arguments.out
    shutil.rmtree(out, ignore_errors=True)
    write_archives(out, programs, release)
    digest = write_container(out, programs, release)
    # Without a registry the name by which a node knows what was imported there.
    image = f"{registry}/assay@{digest}" if registry else f"{LOCAL}:{release.version}"
    for name, text in manifests.deploy(runnable(programs), image).items():
        write(out / "deploy" / name, text.encode())
    sums = {name: sha256_of(program) for name, program in programs.items()}
    write(out / "sbom.spdx.json", sbom(release, sums, probe.digest, digest).encode())
    listed = write_sums(out)
    if arguments.key:
        sign(listed, arguments.key)
    print(f"image of the manifests: {image}\nimage of the probe: {repository or 'carried inside'}"
          f"@{probe.digest}")
    print(listed.read_text(), end="")


def main() -> int:
    arguments = parsed_arguments(sys.argv[1:])
    try:
        check(arguments)
        if not arguments.no_build:
            make(arguments)
        if arguments.try_it:
            trial.try_all(arguments.out, version())
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
