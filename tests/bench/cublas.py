# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""How fast cuBLAS multiplies the shapes that the probe times, on the same GPU: what its kernels are measured against.

Libraries by name, as the probe loads them: libcuda.so.1 for memory and time, libcublas.so for the product. What is not
there is said in words, never a number. Not run on a GPU yet."""

from __future__ import annotations

import ctypes
import random
import statistics
from dataclasses import dataclass

LIBRARIES = ("libcublas.so.13", "libcublas.so.12", "libcublas.so")
WARM_UPS = 20


@dataclass(frozen=True)
class Kind:
    """cudaDataType_t of the operands and of the result, cublasComputeType_t, bytes of an element and of one of C."""

    operand: int
    result: int
    compute: int
    operand_bytes: int
    result_bytes: int = 4


KINDS = {
    "int8": Kind(operand=3, result=10, compute=72, operand_bytes=1),
    "fp16": Kind(operand=2, result=0, compute=68, operand_bytes=2),
    "bf16": Kind(operand=14, result=0, compute=68, operand_bytes=2),
    "tf32": Kind(operand=0, result=0, compute=77, operand_bytes=4),
}
TRANSPOSED, AS_IT_IS = 1, 0
DEFAULT_ALGORITHM = -1


class Missing(Exception):
    """Why there is nothing to compare with."""


def library(*names: str) -> ctypes.CDLL:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise Missing(f"none of {', '.join(names)} is there")


class Cuda:
    """The driver, with the primary context of one GPU current."""

    def __init__(self, device: int) -> None:
        self._driver = library("libcuda.so.1")
        context = ctypes.c_void_p()
        self.must("cuInit", ctypes.c_uint(0))
        self.must("cuDevicePrimaryCtxRetain", ctypes.byref(context), ctypes.c_int(device))
        self.must("cuCtxSetCurrent", context)

    def must(self, function: str, *arguments: object) -> None:
        code = getattr(self._driver, function)(*arguments)
        if code != 0:
            raise Missing(f"{function} answers {code}")

    def filled(self, size: int) -> ctypes.c_uint64:
        """Memory with random bytes: on zeros the same product is faster."""
        place = ctypes.c_uint64()
        self.must("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(size))
        block = random.Random(1).randbytes(min(size, 1 << 20))
        for offset in range(0, size, len(block)):
            part = min(len(block), size - offset)
            self.must("cuMemcpyHtoD_v2", ctypes.c_uint64(place.value + offset), block, ctypes.c_size_t(part))
        return place

    def free(self, place: ctypes.c_uint64) -> None:
        self.must("cuMemFree_v2", place)

    def seconds(self, work: object, samples: int) -> list[float]:
        events = [ctypes.c_void_p(), ctypes.c_void_p()]
        for event in events:
            self.must("cuEventCreate", ctypes.byref(event), ctypes.c_uint(0))
        measured = []
        for sample in range(WARM_UPS + samples):
            self.must("cuEventRecord", events[0], None)
            work()  # type: ignore[operator]
            self.must("cuEventRecord", events[1], None)
            self.must("cuEventSynchronize", events[1])
            milliseconds = ctypes.c_float()
            self.must("cuEventElapsedTime", ctypes.byref(milliseconds), *events)
            if sample >= WARM_UPS:
                measured.append(milliseconds.value / 1e3)
        return measured


def rate(cuda: Cuda, name: str, shape: tuple[int, int, int], samples: int) -> dict[str, object]:
    """Tera-operations a second of C = A B with both along k, as the probe has them."""
    cublas, kind, (m, n, k) = library(*LIBRARIES), KINDS[name], shape
    handle = ctypes.c_void_p()
    if cublas.cublasCreate_v2(ctypes.byref(handle)) != 0:
        raise Missing("cublasCreate_v2 fails")
    a, b = cuda.filled(m * k * kind.operand_bytes), cuda.filled(n * k * kind.operand_bytes)
    c = cuda.filled(m * n * kind.result_bytes)
    scale = ctypes.c_int32 if kind.compute == 72 else ctypes.c_float
    one, zero = scale(1), scale(0)

    def work() -> None:
        # Column by column C is n x m: B comes first.
        code = cublas.cublasGemmEx(
            handle, TRANSPOSED, AS_IT_IS, n, m, k, ctypes.byref(one), b, kind.operand, k, a, kind.operand, k,
            ctypes.byref(zero), c, kind.result, n, kind.compute, DEFAULT_ALGORITHM)
        if code != 0:
            raise Missing(f"cublasGemmEx of {name} answers {code}")

    try:
        taken = cuda.seconds(work, samples)
    finally:
        for place in (a, b, c):
            cuda.free(place)
        cublas.cublasDestroy_v2(handle)
    tera_operations = 2 * m * n * k / 1e12
    return {"tera_operations_per_s_median": round(tera_operations / statistics.median(taken), 2),
            "samples_us": [round(one_of * 1e6, 1) for one_of in taken]}


def compared(device: int, shapes: dict[str, tuple[int, int, int]], samples: int) -> dict[str, object]:
    """By type; {"missing": WHY} where it could not be had."""
    results: dict[str, object] = {}
    try:
        cuda = Cuda(device)
    except Missing as why:
        return {"missing": str(why)}
    for name, shape in shapes.items():
        try:
            results[name] = rate(cuda, name, shape, samples) if name in KINDS else {"left_out": "cublasGemmEx has no such type"}
        except Missing as why:
            results[name] = {"missing": str(why)}
    return results
