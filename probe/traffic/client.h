// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verb `client`: carries out a plan and tells of it. One thread.
#pragma once

#include <string>
#include <vector>

#include "probe/traffic/tally.h"

namespace assay::probe {

struct ClientReport {
    std::string full;
    std::string summary;
};

ClientReport client_report(const std::vector<Tally>& tallies, std::size_t summary_limit);

// Carries out the phases one after another.
std::vector<Tally> carry_out_all(const std::vector<Phase>& phases);

}  // namespace assay::probe
