// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Triage as a run begins with it: of the nodes with the accelerator that is examined, before
// anything is created. No verdict rests on it; reads only.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "cli/cluster.h"
#include "engine/adapter.h"
#include "engine/inventory.h"

namespace assay::cli {

struct FirstLook {
    std::vector<std::string> broken;  // a sentence for each broken node, fit to print
    std::string why_not;              // why there was no look, fit to print; "" if there was one
};

// Lists nothing where the account lacks a right of `assay triage`: a run needs none of them. kind
// is nullptr where no accelerator was found: then of every node with a sign of one. Takes at most
// 10 s.
FirstLook look_first(const ClusterAccess& access, const std::vector<Adapter>& adapters,
                     const AcceleratorKind* kind, const std::stop_token& stop);

}  // namespace assay::cli
