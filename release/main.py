# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a release in dist/, and tries it."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

import contents
import manifests
import trial
from archives import gzipped, tar
from container import Release, container
from executable import ProbeImage, executable, probe_image
from pins import ReleaseError, sha256_of
from sbom import sbom
from signature import sign
from toolchain import TARGETS

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = "registry.example/tools"  # in manifests of a release that no registry was named for


def version() -> str:
    found = re.search(r"project\(assay VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    if not found:
        raise ReleaseError("CMakeLists.txt states no version")
    return found[1]


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/release", description=__doc__,
        epilog="Needs what scripts/install-dependencies installs; --try needs root, debootstrap and, "
               "for arm64, qemu-user-static.")
    parser.add_argument("--registry", default="", metavar="NAME",
                        help="REGISTRY/FOLDER that will have the images: the programs look for the "
                             "probe's there, by digest, and the manifests for assay's")
    parser.add_argument("--key", type=Path, help="P-256 key (PEM) to sign SHA256SUMS with")
    parser.add_argument("--architecture", action="append", choices=sorted(TARGETS),
                        help="only this one; repeatable (default: all)")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--try", dest="try_it", action="store_true",
                        help="then run what is in --out in bare systems; with --no-build, only that")
    parser.add_argument("--no-build", action="store_true", help="take --out as it is")
    return parser.parse_args()


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
    sums = out / "SHA256SUMS"
    sums.write_text("".join(f"{sha256_of(file)}  {file.relative_to(out)}\n" for file in files))
    return sums


def native(programs: dict[str, Path]) -> Path:
    """One that runs here."""
    return programs.get("amd64") or next(iter(programs.values()))


def make(arguments: argparse.Namespace) -> None:
    release = Release(version(), contents.commit_time())
    registry = arguments.registry.rstrip("/")
    probe: ProbeImage = probe_image()
    repository = f"{registry}/assay-probe" if registry else ""
    programs = {
        name: executable(TARGETS[name], probe, repository)
        for name in arguments.architecture or sorted(TARGETS)
    }
    shutil.rmtree(arguments.out, ignore_errors=True)
    write_archives(arguments.out, programs, release)
    digest = write_container(arguments.out, programs, release)
    image = f"{registry or PLACEHOLDER}/assay@{digest}"
    for name, text in manifests.deploy(native(programs), image).items():
        write(arguments.out / "deploy" / name, text.encode())
    sums = {name: sha256_of(program) for name, program in programs.items()}
    write(arguments.out / "sbom.spdx.json", sbom(release, sums, probe.digest, digest).encode())
    listed = write_sums(arguments.out)
    if arguments.key:
        sign(listed, arguments.key)
    print(f"probe image: {repository or 'assay-probe'}@{probe.digest}\nassay image: {image}")
    print(listed.read_text(), end="")


def main() -> int:
    arguments = parsed_arguments()
    try:
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
