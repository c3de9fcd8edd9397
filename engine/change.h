// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run does to a cluster only if it is told to (--allow), because others may feel it. Static
// data; any thread.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string_view>

namespace assay {

enum class Change {
    restart_controllers,  // delete a pod of an operator, which its Deployment makes anew
    scale_nodes,          // let an autoscaler add a node, which costs money
    exclusive_pool,       // hold more than half of the free accelerators at a time
};

inline constexpr std::array changes{Change::restart_controllers, Change::scale_nodes,
                                    Change::exclusive_pool};

// As --allow takes it: "restart-controllers".
std::string_view to_string(Change change);
std::optional<Change> change_named(std::string_view name);

using Changes = std::set<Change>;

}  // namespace assay
