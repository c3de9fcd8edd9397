# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""One target: programs by the usual names (cc, c++, ar, …) that compile for it, and for CMake a file
that says so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pins import cache, installed_compiler, pinned_compiler


@dataclass(frozen=True)
class Target:
    architecture: str  # as images and Go spell it: "amd64"
    processor: str  # as CMake and the kernel do: "x86_64"
    openssl: str  # the name of OpenSSL's configuration

    @property
    def triple(self) -> str:
        return f"{self.processor}-linux-musl"

    @property
    def prefix(self) -> Path:
        """Where its libraries are installed."""
        return cache() / f"zig-{pinned_compiler().version}" / self.triple


TARGETS = {
    "amd64": Target("amd64", "x86_64", "linux-x86_64"),
    "arm64": Target("arm64", "aarch64", "linux-aarch64"),
}
# -g0: a path in the debug information of a build would make it another program.
FLAGS = "-Os -g0 -ffunction-sections -fdata-sections -DNDEBUG"
# Not among the flags, which OpenSSL tells in its version: where the cache lies is nobody's business.
ALWAYS = "-target {triple} -ffile-prefix-map={cache}=."


def programs(target: Target) -> Path:
    """A folder with the compiler's programs for the target."""
    folder = target.prefix / "programs"
    folder.mkdir(parents=True, exist_ok=True)
    zig = installed_compiler() / "zig"
    objects = cache() / "zig-objects"
    always = ALWAYS.format(triple=target.triple, cache=cache())
    for name, words in {
        "cc": f"cc {always}",
        "c++": f"c++ {always}",
        "ar": "ar",
        "ranlib": "ranlib",
    }.items():
        program = folder / name
        program.write_text(
            f'#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR="{objects}" ZIG_LOCAL_CACHE_DIR="{objects}"\n'
            f'exec "{zig}" {words} "$@"\n')
        program.chmod(0o755)
    return folder


def cmake_file(target: Target) -> Path:
    folder = programs(target)
    file = target.prefix / "toolchain.cmake"
    file.write_text(f"""set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {target.processor})
set(CMAKE_C_COMPILER {folder}/cc)
set(CMAKE_CXX_COMPILER {folder}/c++)
set(CMAKE_ASM_COMPILER {folder}/cc)
set(CMAKE_AR {folder}/ar)
set(CMAKE_RANLIB {folder}/ranlib)
foreach(language C CXX)
  set(CMAKE_${{language}}_COMPILER_AR {folder}/ar)
  set(CMAKE_${{language}}_COMPILER_RANLIB {folder}/ranlib)
  set(CMAKE_${{language}}_FLAGS_RELEASE "{FLAGS}")
endforeach()
set(CMAKE_FIND_ROOT_PATH {target.prefix})
set(CMAKE_PREFIX_PATH {target.prefix})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(what LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${{what}} ONLY)
endforeach()
""")
    return file


def environment(target: Target) -> dict[str, str]:
    """For what is configured by a script of its own; nothing of this machine is found by it or goes into
    it, its clock included."""
    return {
        **os.environ,
        "PATH": f"{programs(target)}:{os.environ['PATH']}",
        "CC": "cc",
        "CXX": "c++",
        "AR": "ar",
        "RANLIB": "ranlib",
        "CFLAGS": FLAGS,
        "SOURCE_DATE_EPOCH": "0",
        "PKG_CONFIG_LIBDIR": str(target.prefix / "lib" / "pkgconfig"),
    }
