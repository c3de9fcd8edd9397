// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/sweep.h"

#include <algorithm>
#include <array>

namespace assay::probe::collective {

namespace {

constexpr std::array<std::pair<const char*, Fault>, 6> faults = {{
    {"wrong-rank", Fault::wrong_rank},
    {"skip-chunk", Fault::skip_chunk},
    {"bitflip", Fault::bitflip},
    {"slow-rank", Fault::slow_rank},
    {"cut-message", Fault::cut_message},
    {"stale-buffer", Fault::stale_buffer},
}};

std::size_t whole_elements(std::size_t bytes) {
    return std::max(bytes / element_size, std::size_t{1}) * element_size;
}

}  // namespace

std::vector<std::size_t> Sweep::sizes() const {
    std::vector<std::size_t> sizes;
    for (std::size_t bytes = min_bytes; bytes < max_bytes && sizes.size() + 1 < sizes_most;
         bytes *= factor) {
        sizes.push_back(whole_elements(bytes));
        if (bytes > max_bytes / factor) {
            break;
        }
    }
    const std::size_t last = whole_elements(max_bytes);
    if (sizes.empty() || sizes.back() != last) {
        sizes.push_back(last);
    }
    return sizes;
}

std::vector<Operation> Sweep::operations() const {
    std::vector<Operation> all;
    for (const std::size_t bytes : sizes()) {
        for (const bool in_place : {false, true}) {
            for (int turn = 0; turn < warmup + iterations; ++turn) {
                all.push_back({.number = static_cast<int>(all.size()),
                               .bytes = bytes,
                               .in_place = in_place,
                               .warmup = turn < warmup});
            }
        }
    }
    return all;
}

Json Sweep::json() const {
    return {{"min_bytes", min_bytes},
            {"max_bytes", max_bytes},
            {"factor", factor},
            {"iterations", iterations},
            {"warmup", warmup}};
}

std::optional<Fault> fault_named(std::string_view name) {
    const auto* found =
        std::ranges::find_if(faults, [&](const auto& one) { return name == one.first; });
    return found == faults.end() ? std::nullopt : std::optional(found->second);
}

const char* fault_name(Fault fault) {
    const auto* found =
        std::ranges::find_if(faults, [&](const auto& one) { return fault == one.second; });
    return found == faults.end() ? "" : found->first;
}

bool Injection::strikes(Fault kind, int on_rank, int in_operation) const {
    const bool always = kind == Fault::wrong_rank || kind == Fault::slow_rank;
    return kind == fault && on_rank == rank && (always || in_operation == operation);
}

int struck_operation(const Sweep& sweep) {
    const std::size_t largest = sweep.sizes().back();
    for (const Operation& operation : sweep.operations()) {
        if (operation.bytes == largest && !operation.warmup) {
            return operation.number;
        }
    }
    return 0;
}

}  // namespace assay::probe::collective
