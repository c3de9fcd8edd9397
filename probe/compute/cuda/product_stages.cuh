// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the kernel and what it runs on must agree about.
#pragma once

namespace assay_kernels {

enum class Type { int8, fp16, bf16, tf32, fp8_e4m3, fp8_e5m2 };

inline constexpr unsigned product_stages = 3;

}  // namespace assay_kernels
