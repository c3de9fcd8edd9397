// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/bindings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace assay {

std::size_t Bindings::bound() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(pods, [](const BoundPod& one) { return !one.node.empty(); }));
}

std::chrono::milliseconds Bindings::spread() const {
    std::chrono::milliseconds last{0};
    for (const BoundPod& one : pods) {
        last = std::max(last, one.after);
    }
    return last;
}

std::string Bindings::words() const {
    const auto found =
        std::ranges::find_if(pods, [](const BoundPod& one) { return !one.words.empty(); });
    return found == pods.end() ? std::string() : found->words;
}

std::string Bindings::describe() const {
    std::vector<std::string> names;
    for (const BoundPod& one : pods) {
        if (!one.node.empty()) {
            names.push_back(
                fmt::format("{} on {}{}", one.name, one.node, one.there ? "" : ", gone since"));
        }
    }
    std::string text = fmt::format("{} of {} bound", names.size(), pods.size());
    if (!names.empty()) {
        text += fmt::format(" ({}), the last {} ms after the first", fmt::join(names, "; "),
                            spread().count());
    }
    return words().empty() ? text : text + "; the scheduler says: " + words();
}

int FreeAccelerators::total() const {
    return std::accumulate(by_node.begin(), by_node.end(), 0,
                           [](int sum, const auto& one) { return sum + one.second; });
}

std::string FreeAccelerators::describe() const {
    std::vector<std::string> parts;
    for (const auto& [node, count] : by_node) {
        parts.push_back(fmt::format("{} on {}", count, node));
    }
    return parts.empty() ? "none is free" : fmt::format("free: {}", fmt::join(parts, ", "));
}

}  // namespace assay
