// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Much of a GPU's memory, which no driver lends in one piece. With the device's context current;
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "probe/compute/cuda/resources.h"

namespace assay::probe::compute {

using Pieces = std::vector<std::unique_ptr<DeviceBuffer>>;

std::uint64_t bytes_of(const Pieces& pieces);

// As much as there is, at most `bytes`; each piece a multiple of 8 bytes. What is in them is what
// the driver left there. Throws DeviceError for every answer but that there is no such piece.
Pieces lent_pieces(const CudaDriver& driver, std::uint64_t bytes);

}  // namespace assay::probe::compute
