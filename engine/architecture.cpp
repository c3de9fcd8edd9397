// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/inventory.h"

namespace assay {

namespace {

constexpr std::size_t shown = 5;

}  // namespace

ArchitectureGap architecture_gap(const Inventory& inventory, const AcceleratorKind& kind,
                                 const std::vector<std::string>& architectures) {
    std::string names;
    std::size_t others = 0;
    std::size_t all = 0;
    for (const auto& [name, devices] : kind.devices_by_node()) {
        const Node* node = inventory.node(name);
        ++all;
        if (node == nullptr || node->architecture.empty() || architectures.empty() ||
            std::ranges::find(architectures, node->architecture) != architectures.end()) {
            continue;
        }
        if (++others <= shown) {
            names += fmt::format("{}{} ({})", others > 1 ? ", " : "", name, node->architecture);
        }
    }
    if (others == 0) {
        return {};
    }
    return {.words = fmt::format(
                "{} of {} nodes with {} are not examined: the probe image is for {}, and {}{} {} "
                "not; use an image of an assay that was built for them (--probe-image)",
                others, all, kind.name, fmt::join(architectures, " and "), names,
                others > shown ? ", …" : "", others == 1 ? "is" : "are"),
            .none_left = others == all};
}

}  // namespace assay
