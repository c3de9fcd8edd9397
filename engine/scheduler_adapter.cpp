// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/scheduler_adapter.h"

#include <fmt/format.h>

#include "engine/yaml_reader.h"

namespace assay {

namespace {

std::string pointer_of(Mapping& entry, const std::string& key) {
    std::string pointer = entry.text(key);
    if (!pointer.starts_with('/')) {
        throw DataError(
            fmt::format("{}: {} is a JSON pointer, as /spec/minMember", entry.where(), key));
    }
    return pointer;
}

GangScheduler read(const Component& component) {
    Mapping entry(component.details, fmt::format("adapter {}: scheduler", component.name));
    GangScheduler result;
    result.name = component.name;
    const std::string admits = entry.text("admits");
    if (admits != "quota" && admits != "capacity") {
        throw DataError(entry.where() + ": admits is quota or capacity");
    }
    result.by_quota = admits == "quota";
    if (!result.by_quota) {
        result.scheduler_name = entry.text("schedulerName", "");
        result.group = entry.text("group");
        result.minimum = pointer_of(entry, "minimum");
        result.member = pointer_of(entry, "member");
        result.group_sets = entry.mapping("groupSets").pairs();
        result.member_sets = entry.mapping("memberSets").pairs();
    }
    entry.finish();
    return result;
}

}  // namespace

std::expected<GangScheduler, std::string> gang_scheduler_of(const Component& component) {
    try {
        return read(component);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

}  // namespace assay
