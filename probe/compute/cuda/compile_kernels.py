# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Compiles one of the kernels for one architecture to a cubin, by NVRTC.

Where pip has no nvcc of a release, it has this: the library of NVIDIA's that compiles CUDA C++ (its wheels of 12.4 have
ptxas alone). It knows none of the host's headers, so the two that the kernels include are given to it."""

from __future__ import annotations

import argparse
import ctypes
import sys
from pathlib import Path

HEADERS = {
    "cstddef": "namespace std { typedef unsigned long size_t; }",
    "cstdint": "namespace std {"
               " typedef signed char int8_t; typedef unsigned char uint8_t;"
               " typedef short int16_t; typedef unsigned short uint16_t;"
               " typedef int int32_t; typedef unsigned int uint32_t;"
               " typedef long long int64_t; typedef unsigned long long uint64_t; }",
}


def texts(items: list[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * len(items))(*[item.encode() for item in items])


def taken(size_of: ctypes._NamedFuncPointer, take: ctypes._NamedFuncPointer, program: ctypes.c_void_p) -> bytes:
    size = ctypes.c_size_t()
    size_of(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(max(1, size.value))
    take(program, buffer)
    return buffer.raw[:size.value]


def compiled(nvrtc: ctypes.CDLL, source: Path, options: list[str]) -> bytes:
    program = ctypes.c_void_p()
    if nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.read_bytes(), source.name.encode(), len(HEADERS),
                                texts(list(HEADERS.values())), texts(list(HEADERS))) != 0:
        sys.exit(f"{source}: NVRTC does not take it")
    failed = nvrtc.nvrtcCompileProgram(program, len(options), texts(options)) != 0
    log = taken(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program).rstrip(b"\0").decode().strip()
    if failed or log:  # a warning is an error, as it is for nvcc
        sys.exit(log or f"{source}: NVRTC fails and does not say why")
    return taken(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nvrtc", required=True, help="libnvrtc.so.12; what it needs lies beside it")
    parser.add_argument("--architecture", required=True, help="sm_80")
    parser.add_argument("--include", required=True, help="the project's folder")
    parser.add_argument("--out", required=True, type=Path, metavar="CUBIN")
    parser.add_argument("source", type=Path)
    given = parser.parse_args()
    options = [f"--gpu-architecture={given.architecture}", "--std=c++20", f"--include-path={given.include}"]
    given.out.write_bytes(compiled(ctypes.CDLL(given.nvrtc), given.source, options))


if __name__ == "__main__":
    main()
