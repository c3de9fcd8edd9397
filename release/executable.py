# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The program for each target, with the probe's image inside."""

from __future__ import annotations

import struct
from pathlib import Path

import libraries
from pins import ReleaseError, cache
from probe import ROOT, ProbeImage, said
from toolchain import Target, cmake_file

MACHINES = {"x86_64": 62, "aarch64": 183}  # e_machine
PT_INTERP = 3


def is_portable(program: bytes, processor: str) -> bool:
    """An ELF file of 64 bits for the processor that asks for no loader, and so for no library."""
    if program[:6] != b"\x7fELF\x02\x01":
        return False
    machine, = struct.unpack_from("<H", program, 18)
    headers, = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    kinds = {struct.unpack_from("<I", program, headers + size * one)[0] for one in range(count)}
    return machine == MACHINES[processor] and PT_INTERP not in kinds


def check(program: Path, target: Target) -> None:
    content = program.read_bytes()
    if not is_portable(content, target.processor):
        raise ReleaseError(f"{program} needs a loader or is not for {target.processor}: is there a "
                           f"shared library below {target.prefix}?")
    for place in (cache(), ROOT):
        if f"{place}/".encode() in content:
            raise ReleaseError(f"{program} tells of {place}, so that elsewhere it would be another: "
                               "which of its libraries has that in a string?")


def executable(target: Target, image: ProbeImage, repository: str) -> Path:
    """Linked statically, stripped; the same bytes wherever the repository is cloned to."""
    libraries.install(target)
    print(f"{target.architecture}: assay", flush=True)
    build = ROOT / "build" / f"portable-{target.architecture}"
    said(["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release",
          f"-DCMAKE_TOOLCHAIN_FILE={cmake_file(target)}",
          f"-DCMAKE_CXX_FLAGS=-ffile-prefix-map={ROOT}=. -ffile-prefix-map={build}=build",
          "-DCMAKE_EXE_LINKER_FLAGS=-static -s -Wl,--gc-sections", "-DASSAY_TESTS=OFF",
          f"-DASSAY_PROBE_IMAGE_TAR={image.tar}", f"-DASSAY_PROBE_REPOSITORY={repository}"])
    said(["cmake", "--build", str(build), "-j", libraries.jobs(), "--target", "assay"])
    program = build / "cli" / "assay"
    check(program, target)
    return program
