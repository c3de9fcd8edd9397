#!/usr/bin/env python3
# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the rows of the table in probe/compute/digest.cpp; needs numpy, and a minute.

An implementation of its own of probe/compute/operands.h and digest.h, in float64: every partial
sum is a whole number below 2^53, so that the order of adding cannot matter.
"""

import hashlib

import numpy as np

SHAPES = [(256, 128, 256), (4096, 3840, 4096)]
SEEDS = [1, 2]
# Of a type: the largest whole number it holds, and the bits of its accumulator.
LIMITS = [(127, 31), (256, 22), (16, 12)]  # int8; fp16, bf16 and tf32 alike; fp8


def mix(seed: int, stream: int, places: np.ndarray) -> np.ndarray:
    start = (seed * 0x2545F4914F6CDD1D) % 2**64 ^ (stream << 60)
    bits = (np.uint64(start) ^ places) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def largest(exact_to: int, accumulator_bits: int, k: int) -> int:
    return max(m for m in range(exact_to + 1) if k * m * m <= 2**accumulator_bits)


def whole_numbers(seed: int, stream: int, rows: int, k: int, m: int) -> np.ndarray:
    places = np.arange(rows * k, dtype=np.uint64)
    upper = mix(seed, stream, places) >> np.uint64(32)
    values = (upper * np.uint64(2 * m + 1) >> np.uint64(32)).astype(np.int64) - m
    return values.astype(np.float64).reshape(rows, k)


def digest(m: int, shape: tuple[int, int, int], seed: int) -> str:
    a = whole_numbers(seed, 0, shape[0], shape[2], m)
    b = whole_numbers(seed, 1, shape[1], shape[2], m)
    c = (a @ b.T).astype("<i4")
    return hashlib.sha256(c.tobytes()).hexdigest()[:32]


for shape in SHAPES:
    for limit in LIMITS:
        m = largest(*limit, shape[2])
        for seed in SEEDS:
            m_text = f"{{{{{shape[0]}, {shape[1]}, {shape[2]}}}, {m}, {seed},"
            print(f'    Golden{m_text} "{digest(m, shape, seed)}"}},', flush=True)
