# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Layers of an OCI layout as a container runtime lays them out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from pins import ReleaseError


def unpack(archive: Path, into: Path) -> None:
    if not archive.is_file():
        raise ReleaseError(f"{archive} is not there: scripts/release makes it")
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-xf", str(archive), "-C", str(into)], check=True)


def roots_of(tar: Path, into: Path) -> dict[str, Path]:
    """By architecture, of the first image that the layout lists: an index of its platforms."""
    layout = into / "layout"
    unpack(tar, layout)

    def blob(descriptor: dict[str, str]) -> Path:
        return layout / "blobs" / descriptor["digest"].replace(":", "/")

    roots = {}
    index = json.loads((layout / "index.json").read_text())["manifests"][0]
    for manifest in json.loads(blob(index).read_text())["manifests"]:
        architecture = manifest["platform"]["architecture"]
        for layer in json.loads(blob(manifest).read_text())["layers"]:
            unpack(blob(layer), into / architecture)
        roots[architecture] = into / architecture
    return roots
