# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The cosign programs that verify what assay signs: Debian's own builds of two versions, pinned by
digest, unpacked and not installed, kept in the cache folder (ASSAY_CACHE, else ~/.cache/assay).

Run as a program it brings them there: the one thing here that needs the network (about 100 MB once).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"


@dataclass(frozen=True)
class Pin:
    """One program of one release of Debian; sha256 is of the package for amd64."""

    version: str
    release: str
    package: str
    sha256: str


PINS = (
    Pin("2.5.0", "trixie", "2.5.0-2+b4",
        "aef4fb6635710fd369ef73c07dde35540f45c877984e20f37aa11e181bb597c3"),
    Pin("3.1.1", "forky", "3.1.1-2",
        "d8622ebffce1d69197288fc030ff06a4c247af5507107f85c5a878870b686b23"),
)


class Unavailable(Exception):
    """One sentence that says what to do."""


def cache() -> Path:
    named = os.environ.get("ASSAY_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(named) if named else home / "assay"


def program(pin: Pin) -> Path:
    return cache() / "cosign" / f"{pin.package}-{pin.sha256[:12]}" / "cosign"


def apt(folder: Path, release: str, *words: str) -> None:
    """apt-get with lists and sources of its own: the machine's stay as they are."""
    settings = {
        "Dir::State": folder / "state", "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache", "Dir::State::status": folder / "status",
        "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
        "Acquire::Languages": "none", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "APT::Architecture": "amd64", "APT::Architectures": "amd64",
        "APT::Sandbox::User": "root",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    done = subprocess.run(["apt-get", *options, "-q", *words], cwd=folder, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise Unavailable(f"cosign cannot be had from Debian {release}: apt-get {words[0]} says: "
                          f"{done.stderr.strip()[-400:]}; a newer one there needs a new pin in {__file__}")


def fetch(pin: Pin) -> Path:
    """The program, from the cache or from Debian."""
    if program(pin).exists():
        return program(pin)
    with tempfile.TemporaryDirectory(prefix="assay-cosign-") as name:
        folder = Path(name)
        for part in ("lists/partial", "cache/archives/partial", "state"):
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.list").write_text(
            f"deb [arch=amd64 signed-by={KEYRING}] {MIRROR} {pin.release} main\n")
        apt(folder, pin.release, "update")
        apt(folder, pin.release, "download", f"cosign={pin.package}")
        (package,) = folder.glob("cosign_*.deb")
        if hashlib.sha256(package.read_bytes()).hexdigest() != pin.sha256:
            raise Unavailable(f"{package.name} is not the package that is pinned in {__file__}")
        subprocess.run(["dpkg", "-x", package, folder / "unpacked"], check=True)
        place = program(pin)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f"cosign.{os.getpid()}")
        shutil.copy(folder / "unpacked/usr/bin/cosign", beside)
        beside.rename(place)
    return place


def main() -> int:
    try:
        with ThreadPoolExecutor() as threads:
            for place in threads.map(fetch, PINS):
                print(place)
    except (Unavailable, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
