// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "engine/scenario.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

using kube::Json;

constexpr std::chrono::seconds watch_lag{5};  // behind what was just read

Allocation unknown(std::string why) {
    Allocation allocation;
    allocation.unknown = std::move(why);
    return allocation;
}

// nullopt: no slice publishes it, so nothing says which device that is.
std::optional<AllocatedDevice> allocated_device(const Json& result, const AcceleratorKind& kind) {
    AllocatedDevice device{.driver = kube::text(result, {"driver"}),
                           .pool = kube::text(result, {"pool"}),
                           .name = kube::text(result, {"device"}),
                           .uuid = {},
                           .pci_bus_id = {}};
    for (const PublishedDevice& published : kind.devices) {
        if (published.driver == device.driver && published.pool == device.pool &&
            published.name == device.name) {
            device.uuid = published.uuid;
            device.pci_bus_id = published.pci_bus_id;
            return device;
        }
    }
    return std::nullopt;
}

// A device plugin does not tell which: the containers' limits are the count.
Allocation from_plugin(const Json& pod, const std::string& resource) {
    Allocation allocation;
    for (const Json& container : kube::array(pod, {"spec", "containers"})) {
        const std::string limit = kube::text(container, {"resources", "limits", resource}, "0");
        allocation.count += static_cast<std::size_t>(std::max(0, std::atoi(limit.c_str())));
    }
    return allocation;
}

// As it is now; as it was if the pod's end has ended the allocation, too.
kube::Result<Json> claim_of(ScenarioState& state, const kube::Resource& claims,
                            const std::string& name) {
    const ScenarioState::Setting& setting = state.setting();
    auto now = setting.client->get(claims, setting.placement.namespace_name, name, setting.limit);
    if (now) {
        if (kube::find(*now, {"status", "allocation"}) != nullptr) {
            return now;
        }
        auto before = state.view().allocated_claim(name, state.within(watch_lag));
        return before ? std::move(before) : std::move(now);
    }
    if (now.error().kind != kube::Error::Kind::not_found) {
        return now;
    }
    auto before = state.view().allocated_claim(name, state.within(setting.observe));
    if (!before) {
        before.error().message = fmt::format("{}, and it was not seen allocated: {}",
                                             now.error().message, before.error().message);
    }
    return before;
}

}  // namespace

Allocation Pod::allocated() const {
    const ScenarioState::Setting& setting = state_->setting();
    const auto pod = state_->view().pod(name_);
    if (!pod) {
        return unknown("the pod is not there to be asked what it was allocated");
    }
    const auto claims = state_->claims();
    if (!claims) {
        return from_plugin(*pod, setting.placement.resource);
    }
    Allocation allocation;
    for (const std::string& name : state_->view().claims_of(name_)) {
        const auto claim = claim_of(*state_, *claims, name);
        if (!claim) {
            return unknown("the claim could not be read: " + claim.error().message);
        }
        for (const Json& result :
             kube::array(*claim, {"status", "allocation", "devices", "results"})) {
            auto device = allocated_device(result, *setting.kind);
            if (!device) {
                return unknown(
                    fmt::format("the claim names device {}/{}/{}, which no ResourceSlice "
                                "showed when the run began",
                                kube::text(result, {"driver"}), kube::text(result, {"pool"}),
                                kube::text(result, {"device"})));
            }
            allocation.devices.push_back(std::move(*device));
        }
    }
    allocation.count = allocation.devices.size();
    if (allocation.count == 0) {
        return unknown(fmt::format("no allocation is recorded in the claims of pod {}", name_));
    }
    return allocation;
}

}  // namespace assay
