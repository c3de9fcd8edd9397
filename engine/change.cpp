// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/change.h"

#include <algorithm>

namespace assay {

std::string_view to_string(Change change) {
    switch (change) {
        case Change::restart_controllers:
            return "restart-controllers";
        case Change::scale_nodes:
            return "scale-nodes";
        case Change::exclusive_pool:
            return "exclusive-pool";
    }
    return {};
}

std::optional<Change> change_named(std::string_view name) {
    const auto found =
        std::ranges::find(changes, name, [](Change change) { return to_string(change); });
    return found == changes.end() ? std::nullopt : std::optional(*found);
}

}  // namespace assay
