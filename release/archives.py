# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Tars that are the same bytes for the same contents, whoever packs them, where and when."""

from __future__ import annotations

import gzip
import io
import tarfile
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Member:
    content: bytes = b""
    mode: int = 0o644
    directory: bool = False
    link: str = ""  # to what, where it is a symbolic link


Members = dict[str, Member]


def with_parents(members: Members) -> Members:
    """Each folder above a member gets an entry of its own."""
    whole = dict(members)
    for path in members:
        for parent in PurePosixPath(path).parents:
            if str(parent) != ".":
                whole.setdefault(str(parent), Member(mode=0o755, directory=True))
    return whole


def tar(members: Members, epoch: int) -> bytes:
    """Sorted, of owner 0, all of one time."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, member in sorted(with_parents(members).items()):
            entry = tarfile.TarInfo(path)
            entry.mode = member.mode
            entry.mtime = epoch
            entry.size = len(member.content)
            if member.directory:
                entry.type = tarfile.DIRTYPE
            if member.link:
                entry.type, entry.linkname = tarfile.SYMTYPE, member.link
            archive.addfile(entry, io.BytesIO(member.content))
    return target.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)
