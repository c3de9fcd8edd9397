# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What lies beside the program in an archive and in the image: licences, completion scripts,
authorities."""

from __future__ import annotations

import subprocess
from pathlib import Path

from archives import Member, Members
from pins import ReleaseError, installed_compiler, pinned_compiler, pinned_sources, unpacked

ROOT = Path(__file__).resolve().parent.parent
# As each shell looks for them.
COMPLETION = {"bash": "assay.bash", "zsh": "_assay", "fish": "assay.fish"}


def licences() -> Members:
    """Of everything that is linked or copied in, by the name of the package."""
    files = {f"{one.name}.txt": unpacked(one) / one.licence_file for one in pinned_sources()}
    compiler = installed_compiler()
    for library in pinned_compiler().libraries:
        files[f"{library.name}.txt"] = compiler / library.licence_file
    for name, file in files.items():
        if not file.is_file():
            raise ReleaseError(f"{name}: there is no {file}: correct licenceFile in dependencies.json")
    return {name: Member(file.read_bytes()) for name, file in files.items()}


def authorities() -> bytes:
    """Mozilla's, as Debian's package of them has them."""
    package = next(one for one in pinned_sources() if one.name == "ca-certificates")
    folder = unpacked(package) / "usr" / "share" / "ca-certificates" / "mozilla"
    return b"".join(file.read_bytes() for file in sorted(folder.glob("*.crt")))


def archive(folder: str, program: bytes) -> Members:
    members = {
        f"{folder}/assay": Member(program, mode=0o755),
        f"{folder}/LICENSE": Member((ROOT / "LICENSE").read_bytes()),
        f"{folder}/README.md": Member((ROOT / "docs" / "install.md").read_bytes()),
    }
    for path, member in licences().items():
        members[f"{folder}/licenses/{path}"] = member
    for shell, name in COMPLETION.items():
        script = ROOT / "cli" / "completion" / f"assay.{shell}"
        members[f"{folder}/completion/{name}"] = Member(script.read_bytes())
    return members


def commit_time() -> int:
    """SOURCE_DATE_EPOCH is of the commit: the clock of who builds says nothing."""
    return int(subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"], check=True,
                              capture_output=True, text=True).stdout)
