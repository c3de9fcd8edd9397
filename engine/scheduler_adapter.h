// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How a scheduler is asked for a gang: what of its adapter is its role's own. Immutable; any
// thread. Errors name the adapter and the key.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "engine/component.h"

namespace assay {

struct GangScheduler {
    std::string name;
    bool by_quota = false;       // it admits whole jobs by a quota, whatever room the nodes have
    std::string scheduler_name;  // of its pods; "" for the default one
    std::string group;           // kind and group of the object that is the gang; "" by quota
    // JSON pointers: the member of the gang that says how many pods must be placed at once; the
    // member of a pod that names its gang; and what else each of them needs.
    std::string minimum;
    std::string member;
    std::vector<std::pair<std::string, std::string>> group_sets;
    std::vector<std::pair<std::string, std::string>> member_sets;
};

std::expected<GangScheduler, std::string> gang_scheduler_of(const Component& component);

}  // namespace assay
