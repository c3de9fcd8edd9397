// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an exact product must be, as a digest: the same on every device. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probe/compute/number_type.h"
#include "probe/compute/operands.h"

namespace assay::probe::compute {

// The first 32 digits of the SHA-256 of the elements as int32, the lowest byte first, row by row.
std::string digest_of(const std::vector<std::int32_t>& elements);

// The digest of the right product, where this version knows it: of the default shapes with the
// seeds 1 and 2. Computed by tests/unit/probe/golden_digests.py, a program of its own.
std::optional<std::string> golden_digest(NumberType type, const Shape& shape, std::uint64_t seed);

}  // namespace assay::probe::compute
