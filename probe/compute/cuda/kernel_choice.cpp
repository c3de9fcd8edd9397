// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "probe/compute/cuda/kernels.h"

namespace assay::probe::compute {

std::optional<Kernels> kernels_for(const std::vector<Kernels>& all, int driver_version,
                                   unsigned compute_capability) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Kernels& one) {
        const bool fits =
            one.architecture == 0 || (one.architecture / 10 == compute_capability / 10 &&
                                      one.architecture <= compute_capability);
        return fits && driver_version >= one.driver_needed;
    });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

}  // namespace assay::probe::compute
