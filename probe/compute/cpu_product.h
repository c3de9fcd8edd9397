// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Products on the processor, tile by tile. Pure; any thread.
#pragma once

#include "probe/compute/device.h"

namespace assay::probe::compute {

inline constexpr std::uint32_t cpu_tile = 32;  // elements in a row and a column
inline constexpr unsigned cpu_units = 6;       // simulated

// C and which unit computed each tile. The shape is a multiple of cpu_tile in each dimension.
ExactProduct cpu_multiply(const ExactJob& job);

}  // namespace assay::probe::compute
