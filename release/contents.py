# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What lies beside the program in an archive and in the image: licences, completion scripts,
authorities."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from archives import Member, Members
from pins import ReleaseError, installed_compiler, pinned_compiler, pinned_sources, unpacked

ROOT = Path(__file__).resolve().parent.parent
# kubectl runs the one as `kubectl assay`, and asks the other what may stand at the cursor.
KUBECTL_NAMES = ("kubectl-assay", "kubectl_complete-assay")
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
    members |= {f"{folder}/{name}": Member(mode=0o777, link="assay") for name in KUBECTL_NAMES}
    for path, member in licences().items():
        members[f"{folder}/licenses/{path}"] = member
    for shell, name in COMPLETION.items():
        script = ROOT / "cli" / "completion" / f"assay.{shell}"
        members[f"{folder}/completion/{name}"] = Member(script.read_bytes())
    return members


def git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True,
                          text=True).stdout


def epoch() -> int:
    """SOURCE_DATE_EPOCH, or the time of the commit: the clock of who builds says nothing."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct"))


def uncommitted() -> list[str]:
    """What differs from the commit that the program will say it is of."""
    return git("status", "--porcelain").splitlines()
