# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What a release is built from: dependencies.json, fetched, compared with its digests, unpacked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PINS = Path(__file__).with_name("dependencies.json")
# A mirror has what is current; what it dropped is in Debian's archive of everything there was.
MIRRORS = (
    "http://deb.debian.org/debian",
    "http://deb.debian.org/debian-security",
    "http://snapshot.debian.org/archive/debian/20261120T000000Z",
    "http://snapshot.debian.org/archive/debian-security/20261120T000000Z",
)


class ReleaseError(Exception):
    """A sentence for whoever makes the release."""


@dataclass(frozen=True)
class Source:
    """A Debian package: of sources, or, where its one file is a .deb, of what it installs."""

    name: str
    version: str
    licence: str  # SPDX
    licence_file: str
    directory: str  # below a mirror
    files: dict[str, str]  # name: SHA-256

    @property
    def is_built(self) -> bool:
        return all(name.endswith(".deb") for name in self.files)

    @property
    def architecture(self) -> str:
        """As Debian spells it; "all" of what is for every machine."""
        if not self.is_built:
            return "source"
        return next(iter(self.files)).removesuffix(".deb").rpartition("_")[2]


@dataclass(frozen=True)
class CompilersLibrary:
    name: str
    version: str
    licence: str
    licence_file: str  # below the compiler


@dataclass(frozen=True)
class Compiler:
    name: str
    version: str
    licence: str
    file: str
    sha256: str
    libraries: tuple[CompilersLibrary, ...]


def cache() -> Path:
    """Where scripts/install-dependencies keeps its things, too."""
    own = os.environ.get("ASSAY_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return (Path(own) if own else Path(base) / "assay") / "release"


def sources_of(pins: list[dict[str, Any]]) -> list[Source]:
    return [
        Source(one["name"], one["version"], one["licence"], one["licenceFile"], one["directory"],
               one["files"])
        for one in pins
    ]


def pinned_sources() -> list[Source]:
    return sources_of(json.loads(PINS.read_text())["sources"])


def packages_of_the_probe() -> dict[str, list[Source]]:
    """By architecture, of machines other than this: what its probe is linked with and its image holds."""
    return {architecture: sources_of(pins)
            for architecture, pins in json.loads(PINS.read_text())["probe"].items()}


def pinned_compiler() -> Compiler:
    one = json.loads(PINS.read_text())["compiler"]
    libraries = tuple(
        CompilersLibrary(each["name"], each["version"], each["licence"], each["licenceFile"])
        for each in one["libraries"])
    return Compiler(one["name"], one["version"], one["licence"], one["file"], one["sha256"],
                    libraries)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetched(source: Source, name: str) -> Path:
    """The file by its digest, out of the cache if it is there."""
    target = cache() / "sources" / name
    wanted = source.files[name]
    if target.is_file() and sha256_of(target) == wanted:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(name + ".unfinished")
    for mirror in MIRRORS:
        try:
            with urllib.request.urlopen(f"{mirror}/{source.directory}/{name}", timeout=60) as answer:
                unfinished.write_bytes(answer.read())
        except (urllib.error.URLError, TimeoutError):
            continue
        if sha256_of(unfinished) == wanted:
            unfinished.rename(target)
            return target
    raise ReleaseError(
        f"{name}: no mirror has it with the SHA-256 {wanted}; if Debian has a newer version, "
        f"put that into {PINS.name}")


def said_no_error(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command)}: {done.stderr}")


def unpacked(source: Source) -> Path:
    """The source with Debian's patches, or what is installed, unpacked once for each version."""
    folder = cache() / "unpacked" / f"{source.name}-{source.version.replace(':', '_')}"
    if folder.is_dir():
        return folder
    files = [fetched(source, name) for name in source.files]
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    if source.is_built:
        said_no_error(["dpkg-deb", "-x", str(files[0]), str(unfinished)])
    else:
        described = next(file for file in files if file.suffix == ".dsc")
        # Signatures of those who uploaded it say less than the digests that were just compared.
        said_no_error(["dpkg-source", "--no-check", "-x", str(described), str(unfinished)])
    unfinished.rename(folder)
    return folder


def unpacked_together(packages: list[Source]) -> Path:
    """What they install, in one tree; another one for other packages."""
    mark = hashlib.sha256(repr([sorted(one.files.items()) for one in packages]).encode())
    folder = cache() / "unpacked" / f"together-{mark.hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for package in packages:
        for name in package.files:
            said_no_error(["dpkg-deb", "-x", str(fetched(package, name)), str(unfinished)])
    unfinished.rename(folder)
    return folder


def installed_compiler() -> Path:
    """The folder with `zig`, by pip into the cache."""
    pin = pinned_compiler()
    folder = cache() / f"{pin.name}-{pin.version}"
    program = folder / "ziglang"
    if (program / "zig").is_file():
        return program
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    wanted = unfinished / "wanted.txt"
    wanted.write_text(f"{pin.name}=={pin.version} --hash=sha256:{pin.sha256}\n")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes",
         "--only-binary=:all:", "--root-user-action=ignore", "--target", str(unfinished),
         "-r", str(wanted)])
    if done.returncode != 0:
        raise ReleaseError(f"pip could not install {pin.name} {pin.version} ({pin.file})")
    unfinished.rename(folder)
    return program
