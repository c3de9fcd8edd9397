// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The document of `allreduce` (docs/probe.md). Values and pure functions; any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "probe/collective/account.h"
#include "probe/collective/request.h"

namespace assay::probe::collective {

struct RunReport {
    Request request;
    std::string rendezvous_address;  // "" where it was not reached
    Decision decision;
    std::vector<RankAccount> ranks;  // rank 0: of all; another: names of all, results of its own
    std::vector<Refused> refused;
    std::size_t refused_count = 0;
    std::vector<std::pair<std::string, std::string>> environment;  // NCCL_*, with nccl
};

std::string allreduce_full(const RunReport& report);
std::string allreduce_summary(const RunReport& report, const std::string& full, std::size_t limit);

}  // namespace assay::probe::collective
