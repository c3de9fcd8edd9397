// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/claim.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/scenario.h"
#include "engine/scenario_state.h"
#include "kube/watch.h"

namespace assay {

namespace {

using kube::Json;

void read_device_statuses(const Json& claim, ClaimState& into) {
    for (const Json& status : kube::array(claim, {"status", "devices"})) {
        into.device_statuses.push_back(kube::text(status, {"device"}));
        for (const Json& condition : kube::array(status, {"conditions"})) {
            into.conditions.push_back(fmt::format("{}={}", kube::text(condition, {"type"}),
                                                  kube::text(condition, {"status"})));
        }
    }
}

}  // namespace

bool ClaimState::overlaps(const ClaimState& other) const {
    const auto parts = [](const ClaimState& claim) {
        std::set<std::string> all;
        for (std::size_t i = 0; i < claim.devices.size(); ++i) {
            const AllocatedDevice& device = claim.devices[i];
            all.insert(fmt::format("{}/{}/{}/{}", device.driver, device.pool, device.name,
                                   claim.share_ids[i]));
        }
        return all;
    };
    const std::set<std::string> own = parts(*this);
    return std::ranges::any_of(parts(other),
                               [&](const std::string& part) { return own.contains(part); });
}

std::string ClaimState::describe() const {
    if (!exists) {
        return "the claim is gone";
    }
    std::vector<std::string> parts(devices.size());
    std::ranges::transform(devices, parts.begin(), &AllocatedDevice::describe);
    return fmt::format(
        "{}; {}",
        parts.empty() ? "not allocated" : fmt::format("allocated {}", fmt::join(parts, ", ")),
        reserved_for.empty() ? "reserved for nobody"
                             : fmt::format("reserved for {}", fmt::join(reserved_for, ", ")));
}

bool Scheduling::names_claims() const {
    return words.find("claim") != std::string::npos || words.find("device") != std::string::npos;
}

std::string Scheduling::describe() const {
    return bound()
               ? fmt::format("bound to node {}", node)
               : fmt::format("pending: {}", words.empty() ? "no word from the scheduler" : words);
}

std::string Started::describe() const {
    const std::string state = running                  ? "running"
                              : bound && words.empty() ? "placed"
                                                       : "not running: " + words;
    return fmt::format("{}; {}", state, claim.describe());
}

bool Answer::kept(std::string_view pointer) const {
    const Json::json_pointer path{std::string(pointer)};
    return accepted && object.contains(path);
}

std::string Answer::describe() const {
    return accepted ? "accepted" : "refused: " + words;
}

ClaimState claim_state_of(const Json& claim) {
    ClaimState state;
    state.exists = true;
    for (const Json& result : kube::array(claim, {"status", "allocation", "devices", "results"})) {
        state.devices.push_back({.driver = kube::text(result, {"driver"}),
                                 .pool = kube::text(result, {"pool"}),
                                 .name = kube::text(result, {"device"}),
                                 .uuid = {},
                                 .pci_bus_id = {}});
        state.requests.push_back(kube::text(result, {"request"}));
        state.share_ids.push_back(kube::text(result, {"shareID"}));
    }
    for (const Json& consumer : kube::array(claim, {"status", "reservedFor"})) {
        state.reserved_for.push_back(kube::text(consumer, {"name"}));
    }
    read_device_statuses(claim, state);
    return state;
}

Observed<ClaimState> Claim::when(const std::function<bool(const ClaimState&)>& is_so) const {
    const ScenarioState::Setting& setting = state_->setting();
    Observed<ClaimState> result;
    result.provenance.namespace_name = setting.placement.namespace_name;
    result.provenance.target = "claim " + object_name_;
    result.provenance.simulated = state_->simulated_anywhere();
    ClaimState last;
    Json shown;
    const auto condition = [&](const kube::Snapshot& claims) {
        const auto found = claims.find(object_name_);
        last = found == claims.end() ? ClaimState{} : claim_state_of(found->second);
        shown = found == claims.end() ? Json() : found->second;
        return is_so(last) ? kube::Verdict::met() : kube::Verdict::waiting(last.describe());
    };
    const auto waited =
        kube::wait_until(*setting.client, state_->claim_kind(), setting.placement.namespace_name,
                         {.labels = {}, .fields = "metadata.name=" + object_name_}, condition,
                         state_->within(setting.observe));
    result.testimony = std::make_shared<Testimony>(
        Testimony{.pod = {}, .document = {}, .objects = shown.is_null() ? "" : shown.dump()});
    if (!waited && waited.error().kind == kube::Error::Kind::cancelled) {
        throw CheckEnded{"the run was interrupted"};
    }
    if (!waited && waited.error().kind != kube::Error::Kind::timeout) {
        result.value = std::unexpected(NoAnswer{.closed = false, .reason = waited.error().message});
        return result;
    }
    result.value = std::move(last);
    return result;
}

Observed<ClaimState> Claim::when_free() const {
    return when(&ClaimState::free);
}

}  // namespace assay
