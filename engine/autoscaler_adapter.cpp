// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/autoscaler_adapter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "engine/yaml_reader.h"
#include "kube/timestamp.h"

namespace assay {

namespace {

using kube::Json;
using std::chrono::seconds;

// It is written every few seconds; clocks may differ.
constexpr std::chrono::minutes fresh_for{15};

std::string pointer_in(Mapping& entry, const std::string& key) {
    std::string pointer = entry.text(key, "");
    if (!pointer.empty() && !pointer.starts_with('/')) {
        throw DataError(
            fmt::format("{}: {} is a JSON pointer, as /spec/limits", entry.where(), key));
    }
    return pointer;
}

seconds wait_in(Mapping& entry, const std::string& key, seconds fallback) {
    const int value = entry.integer(key, static_cast<int>(fallback.count()));
    if (value < 1) {
        throw DataError(fmt::format("{}: {} is a number of seconds", entry.where(), key));
    }
    return seconds(value);
}

AutoscalerAdapter read_autoscaler(const Component& component) {
    Mapping entry(component.details, fmt::format("adapter {}: autoscaler", component.name));
    AutoscalerAdapter result;
    result.name = component.name;
    if (entry.has("status")) {
        Mapping status = entry.mapping("status");
        result.status_space = status.text("space");
        result.status_name = status.text("name");
        result.status_updated = status.text("updated", "");
        status.finish();
    }
    if (entry.has("pools")) {
        Mapping pools = entry.mapping("pools");
        result.pools = pools.text("kind");
        result.limits = pointer_in(pools, "limits");
        result.taints = pointer_in(pools, "taints");
        pools.finish();
    }
    result.pool_labels = entry.texts("poolLabels");
    result.birth_taints = entry.texts("birthTaints");
    result.brings = entry.texts("brings");
    result.brings_none = entry.texts("bringsNone");
    result.keeps = entry.texts("keeps");
    if (entry.has("waits")) {
        Mapping waits = entry.mapping("waits");
        result.node = wait_in(waits, "node", result.node);
        result.accelerator = wait_in(waits, "accelerator", result.accelerator);
        result.idle = wait_in(waits, "idle", result.idle);
        waits.finish();
    }
    entry.finish();
    return result;
}

const Json* member_at(const Json& tree, const std::string& pointer) {
    const Json::json_pointer where(pointer);
    return pointer.empty() || !tree.contains(where) ? nullptr : &tree[where];
}

Json toleration_of(const Json& taint) {
    Json result{{"key", kube::text(taint, {"key"})}};
    const std::string value = kube::text(taint, {"value"});
    result["operator"] = value.empty() ? "Exists" : "Equal";
    if (!value.empty()) {
        result["value"] = value;
    }
    if (const std::string effect = kube::text(taint, {"effect"}); !effect.empty()) {
        result["effect"] = effect;
    }
    return result;
}

// Of the pools that name the resource, or of all where none does.
Json tolerations_of(const std::vector<PoolOffer>& pools, const std::string& resource) {
    const auto names = [&](const PoolOffer& pool) {
        return std::ranges::find(pool.limited, resource) != pool.limited.end();
    };
    const bool named = std::ranges::any_of(pools, names);
    Json result = Json::array();
    for (const PoolOffer& pool : pools) {
        if (!named || names(pool)) {
            std::ranges::transform(pool.taints, std::back_inserter(result), toleration_of);
        }
    }
    if (!resource.empty()) {  // so nodes with accelerators are usually tainted
        result.push_back({{"key", resource}, {"operator", "Exists"}});
    }
    return result;
}

}  // namespace

std::expected<AutoscalerAdapter, std::string> autoscaler_adapter(const Component& component) {
    try {
        return read_autoscaler(component);
    } catch (const DataError& error) {
        return std::unexpected(error.what());
    }
}

std::string why_stale(const AutoscalerAdapter& adapter, const Json& status,
                      std::chrono::system_clock::time_point now) {
    // "2026-11-22 07:00:00.123456 +0000 UTC", as Go prints a time.
    const std::string written =
        kube::text(status, {"metadata", "annotations", adapter.status_updated});
    if (written.size() < 19 || written.find("+0000") == std::string::npos) {
        return {};  // it does not say
    }
    const auto moment = kube::moment_of(written.substr(0, 10) + "T" + written.substr(11, 8) + "Z");
    return moment && *moment + fresh_for < now
               ? fmt::format("{} was last written at {}", adapter.status_name,
                             kube::text_of(*moment))
               : std::string();
}

PoolOffer pool_offer(const AutoscalerAdapter& adapter, const Json& pool) {
    PoolOffer result{.name = kube::name_of(pool), .limited = {}};
    if (const Json* limits = member_at(pool, adapter.limits);
        limits != nullptr && limits->is_object()) {
        for (const auto& [resource, most] : limits->items()) {
            if (is_extended(resource)) {
                result.limited.push_back(resource);
            }
        }
    }
    if (const Json* taints = member_at(pool, adapter.taints);
        taints != nullptr && taints->is_array()) {
        result.taints = *taints;
    }
    return result;
}

std::expected<ScaleRequest, std::string> scale_request(const std::vector<PoolOffer>& pools,
                                                       const AcceleratorKind& examined,
                                                       const std::string& chosen) {
    std::map<std::string, std::string> limited_by;  // by resource: a pool
    for (const PoolOffer& pool : pools) {
        for (const std::string& resource : pool.limited) {
            limited_by.emplace(resource, pool.name);
        }
    }
    const auto ask = [&](const std::string& resource, const std::string& why) {
        return ScaleRequest{
            .resource = resource,
            .tolerations = tolerations_of(pools, resource),
            .why = fmt::format("{}, {}", resource.empty() ? examined.device_class : resource, why)};
    };
    if (!chosen.empty()) {
        return ask(chosen, "named by --scale-resource");
    }
    if (examined.by_plugin()) {
        return ask(examined.resource, "the accelerator examined");
    }
    if (limited_by.contains(examined.extended_resource)) {
        return ask(examined.extended_resource, "the accelerator examined");
    }
    if (limited_by.size() > 1) {
        std::vector<std::string> names;
        std::ranges::transform(limited_by, std::back_inserter(names),
                               [](const auto& one) { return one.first; });
        return std::unexpected(
            fmt::format("the autoscaler's pools have limits of {}, and one node is asked for: "
                        "choose with --scale-resource",
                        fmt::join(names, ", ")));
    }
    if (!limited_by.empty()) {
        const auto& [resource, pool] = *limited_by.begin();
        return ask(resource, fmt::format("which the limits of pool {} name", pool));
    }
    if (!examined.device_class.empty()) {
        return ask("", "the accelerator examined, by a claim");
    }
    return std::unexpected(
        "what to ask for is not known: there is no accelerator yet, and no pool of the autoscaler "
        "has a limit of one; name it with --scale-resource");
}

}  // namespace assay
