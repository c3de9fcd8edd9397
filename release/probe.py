# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The probe's image for each platform, joined to one. The probe loads the driver's library, which a program
that is linked statically cannot: this machine's is built by its own compiler with its C library, the other
one by Debian's cross compiler of the same version with Debian's packages for that machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import libraries
from pins import ReleaseError, Source, packages_of_the_probe, unpacked_together
from toolchain import TARGETS, Target

ROOT = Path(__file__).resolve().parent.parent
NATIVE = ROOT / "build" / "release"
IMAGE = "assay-probe-image.tar"
JOINED = ROOT / "build" / "assay-probe-images.tar"


@dataclass(frozen=True)
class ProbeImage:
    tar: Path
    digest: str  # of the index of the core image


def said(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command)}:\n{done.stdout[-6000:]}")


def core_digest(index: dict[str, list[dict[str, object]]]) -> str:
    for manifest in index["manifests"]:
        annotations = manifest["annotations"]
        if isinstance(annotations, dict) and annotations.get("assay.image.variant") == "core":
            return str(manifest["digest"])
    raise ReleaseError(f"{IMAGE} has no core image")


def cross_compiler(target: Target) -> str:
    return f"{target.processor}-linux-gnu-g++"


def missing_compilers() -> list[str]:
    return [compiler for name in packages_of_the_probe()
            if not shutil.which(compiler := cross_compiler(TARGETS[name]))]


def cmake_file(target: Target, packages: list[Source], build: Path) -> Path:
    """By programs that look for every library in the packages first: the compiler brings a C library of its
    own, which is older than Debian's."""
    root = unpacked_together(packages).resolve()  # as CMake names what it finds there
    triple = f"{target.processor}-linux-gnu"
    places = " ".join(f"-B{root}/{folder}/{triple}" for folder in ("lib", "usr/lib"))
    build.mkdir(parents=True, exist_ok=True)
    for name, program in (("cc", "gcc"), ("c++", "g++")):
        file = build / name
        file.write_text(f'#!/bin/sh\nexec {triple}-{program} --sysroot={root} {places} "$@"\n')
        file.chmod(0o755)
    file = build / "toolchain.cmake"
    file.write_text(f"""set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {target.processor})
set(CMAKE_C_COMPILER {build}/cc)
set(CMAKE_CXX_COMPILER {build}/c++)
set(CMAKE_FIND_ROOT_PATH {root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(what LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${{what}} ONLY)
endforeach()
""")
    return file


def cross_image(target: Target, packages: list[Source], image_program: Path) -> Path:
    print(f"{target.architecture}: the probe", flush=True)
    build = ROOT / "build" / f"probe-{target.architecture}"
    said(["cmake", "-G", "Ninja", "-S", str(ROOT), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release",
          "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG",
          f"-DCMAKE_TOOLCHAIN_FILE={cmake_file(target, packages, build / 'programs')}",
          f"-DASSAY_IMAGE_PROGRAM={image_program}", "-DASSAY_CUDA=ON"])
    said(["cmake", "--build", str(build), "-j", libraries.jobs(), "--target", "assay-probe-image"])
    return build / IMAGE


def probe_image() -> ProbeImage:
    said(["cmake", "--preset", "release", "-DASSAY_CUDA=ON"])
    said(["cmake", "--build", str(NATIVE), "-j", libraries.jobs(), "--target", IMAGE])
    image_program = NATIVE / "images" / "assay-image"
    others = [cross_image(TARGETS[name], packages, image_program)
              for name, packages in packages_of_the_probe().items()]
    said([str(image_program), "--join", str(JOINED), str(NATIVE / IMAGE), *map(str, others)])
    index = subprocess.run(["tar", "-xOf", str(JOINED), "index.json"], check=True, capture_output=True)
    return ProbeImage(JOINED, core_digest(json.loads(index.stdout)))
