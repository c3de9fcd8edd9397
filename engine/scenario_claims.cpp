// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Claims of a scenario: made, tried, observed; and what a pod with one came to.

#include <fmt/format.h>

#include <algorithm>

#include "engine/pod_conditions.h"
#include "engine/scenario.h"
#include "engine/scenario_state.h"
#include "kube/watch.h"

namespace assay {

namespace {

using kube::Json;

std::shared_ptr<const Testimony> testimony_of(const std::optional<Json>& pod) {
    return std::make_shared<Testimony>(
        Testimony{.pod = pod ? pod->dump() : "", .document = {}, .objects = {}});
}

// Taints set by rules, in whatever version they are served, if they are.
void read_rules(const ScenarioState::Setting& setting, Slices& slices) {
    for (const char* version : {"v1", "v1beta2", "v1alpha3"}) {
        const kube::Resource kind{"resource.k8s.io", version, "devicetaintrules", "DeviceTaintRule",
                                  false};
        const auto rules = setting.client->list(kind, "", {}, setting.limit);
        if (rules) {
            return add_rules(slices, rules->items);
        }
        if (rules.error().kind != kube::Error::Kind::not_found) {
            slices.rules_unread = rules.error().message;
            return;
        }
    }
}

}  // namespace

NoAnswer unanswered(const kube::Error& error) {
    if (error.kind == kube::Error::Kind::cancelled) {
        throw CheckEnded{"the run was interrupted"};
    }
    return {.closed = false, .reason = error.message};
}

Observed<Answer> answer_of(const kube::Result<Json>& answer, Provenance provenance,
                           const Json& asked) {
    Observed<Answer> result{
        .value = Answer{}, .provenance = std::move(provenance), .testimony = {}};
    if (answer) {
        result.value->accepted = true;
        result.value->object = *answer;
    } else if (answer.error().kind == kube::Error::Kind::invalid) {
        result.value->words = answer.error().message;
    } else {
        result.value = std::unexpected(unanswered(answer.error()));
    }
    result.testimony = std::make_shared<Testimony>(
        Testimony{.pod = {},
                  .document = {},
                  .objects = Json::array({asked, answer ? *answer : Json(answer.error().message)})
                                 .dump(-1, ' ', false, Json::error_handler_t::replace)});
    return result;
}

std::string ScenarioState::held_by_others() const {
    const auto listed = setting_.client->list(claim_kind(), "", {}, within(setting_.observe));
    if (!listed) {
        return "what the claims of others hold is not known: " + unanswered(listed.error()).reason;
    }
    for (const Json& one : listed->items) {
        const std::string name = kube::name_of(one);
        const std::string space = kube::namespace_of(one);
        const bool own = space == setting_.placement.namespace_name &&
                         name.find(setting_.placement.run_id) != std::string::npos;
        for (const AllocatedDevice& device : claim_state_of(one).devices) {
            if (!own && device.driver == setting_.kind->driver) {
                return fmt::format("claim {}/{} holds {}", space, name, device.describe());
            }
        }
    }
    return {};
}

ClaimManifest Scenario::claim(std::string_view name) const {
    return state_->setting().fixture.claim(name);
}

Observed<Answer> Scenario::try_to_make(const ClaimManifest& manifest) {
    const ScenarioState::Setting& setting = state_->setting();
    const Json tree = placed_claim(manifest, setting.placement);
    return answer_of(setting.creator->create(state_->claim_kind(), setting.placement.namespace_name,
                                             tree, setting.limit),
                     state_->about("claim " + kube::name_of(tree)), tree);
}

Observed<Answer> Scenario::would_make(const ClaimManifest& manifest) {
    const ScenarioState::Setting& setting = state_->setting();
    const Json tree = placed_claim(manifest, setting.placement);
    return answer_of(
        setting.client->try_create(state_->claim_kind(), setting.placement.namespace_name, tree,
                                   setting.limit),
        state_->about("claim " + kube::name_of(tree) + " (not stored)"), tree);
}

Claim Scenario::make(const ClaimManifest& manifest) {
    const Observed<Answer> answer = try_to_make(manifest);
    const std::string name = kube::name_of(placed_claim(manifest, state_->setting().placement));
    if (!answer.value || !answer.value->accepted) {
        throw CheckEnded{
            fmt::format("claim {} could not be created: {}", name,
                        answer.value ? answer.value->words : answer.value.error().reason)};
    }
    return {manifest.name(), name, state_};
}

Observed<std::string> Scenario::dra_version() const {
    Observed<std::string> result{.value = state_->setting().inventory->dra_version,
                                 .provenance = state_->about("API group resource.k8s.io"),
                                 .testimony = {}};
    return result;
}

Observed<Slices> Scenario::slices() const {
    const ScenarioState::Setting& setting = state_->setting();
    Observed<Slices> result{
        .value = Slices{},
        .provenance = state_->about("ResourceSlices of driver " + setting.kind->driver),
        .testimony = {}};
    const kube::Resource kind{"resource.k8s.io", setting.placement.dra_version, "resourceslices",
                              "ResourceSlice", false};
    Slices last;
    const auto condition = [&](const kube::Snapshot& objects) {
        std::vector<Json> all;
        for (const auto& [name, object] : objects) {
            all.push_back(object);
        }
        last = slices_of(all, setting.kind->driver);
        const bool complete = std::ranges::all_of(last.pools, &SlicePool::complete);
        return complete && !last.pools.empty() ? kube::Verdict::met()
                                               : kube::Verdict::waiting(last.describe());
    };
    const auto waited =
        kube::wait_until(*setting.client, kind, "", {}, condition, state_->within(setting.observe));
    if (!waited && waited.error().kind != kube::Error::Kind::timeout) {
        result.value = std::unexpected(unanswered(waited.error()));
        return result;
    }
    read_rules(setting, last);
    result.value = std::move(last);
    return result;
}

Observed<Scheduling> Pod::scheduling() const {
    const ScenarioState::Setting& setting = state_->setting();
    Observed<Scheduling> result{
        .value = Scheduling{}, .provenance = state_->about("pod " + name_), .testimony = {}};
    if (const auto refused = state_->refused.find(name_); refused != state_->refused.end()) {
        result.value = std::unexpected(refused->second);
        return result;
    }
    Scheduling last;
    const auto settled = [&](const Json* pod, const std::vector<PodWarning>&) {
        last = pod == nullptr ? Scheduling{}
                              : Scheduling{.node = kube::text(*pod, {"spec", "nodeName"}),
                                           .words = refusal_of_scheduler(*pod)};
        return last.bound() || !last.words.empty()
                   ? kube::Verdict::met()
                   : kube::Verdict::waiting("the scheduler has not said a word about it");
    };
    const auto waited = state_->view().wait_for(name_, settled, state_->within(setting.observe));
    result.testimony = testimony_of(state_->view().pod(name_));
    if (!waited) {
        result.value = std::unexpected(unanswered(waited.error()));
        return result;
    }
    result.value = std::move(last);
    return result;
}

Observed<std::string> Pod::device_health() const {
    const auto pod = state_->view().pod(name_);
    Observed<std::string> result{.value = std::string(),
                                 .provenance = state_->about("pod " + name_),
                                 .testimony = testimony_of(pod)};
    if (!pod) {
        result.value = std::unexpected(NoAnswer{.closed = false, .reason = "the pod is gone"});
        return result;
    }
    for (const Json& container : kube::array(*pod, {"status", "containerStatuses"})) {
        for (const Json& status : kube::array(container, {"allocatedResourcesStatus"})) {
            for (const Json& device : kube::array(status, {"resources"})) {
                if (result.value->empty() || *result.value == "Healthy") {
                    result.value = kube::text(device, {"health"});
                }
            }
        }
    }
    return result;
}

Claim Pod::claim() const {
    const auto pod = state_->view().pod(name_);
    std::string name;
    if (pod) {
        name = kube::text(*pod, {"status", "extendedResourceClaimStatus", "resourceClaimName"});
        for (const std::string& made : state_->view().claims_of(name_)) {
            name = made;
        }
        for (const Json& entry : kube::array(*pod, {"spec", "resourceClaims"})) {
            name = kube::text(entry, {"resourceClaimName"}, name);
        }
    }
    return {name, name, state_};
}

Observed<Started> Pod::placed() const {
    Observed<Started> result{.value = Started{}, .provenance = {}, .testimony = {}};
    const Observed<Scheduling> placed = scheduling_until_bound();
    result.provenance = placed.provenance;
    result.testimony = placed.testimony;
    if (!placed.value) {
        result.value = std::unexpected(placed.value.error());
        return result;
    }
    if (!placed.value->bound()) {
        result.value->words = placed.value->words;
        result.value->excuse = placed.value->names_claims()
                                   ? state_->held_by_others()
                                   : "it is pending for a reason that names no claim";
        return result;
    }
    const Claim mine = claim();
    if (mine.name().empty()) {  // it asked for none
        result.value->bound = true;
        return result;
    }
    const Observed<ClaimState> now = mine.when([](const ClaimState& one) { return one.exists; });
    if (!now.value) {
        result.value = std::unexpected(now.value.error());
        return result;
    }
    result.value->bound = true;
    result.value->claim = *now.value;
    return result;
}

Observed<Started> Pod::started(std::string_view container) const {
    Observed<Started> result = placed();
    if (!result.value || !result.value->bound) {
        return result;
    }
    std::string prepared;  // the kubelet's words when the driver did not prepare the claim
    const PodCondition running = container_is_running(std::string(container));
    const auto watching = [&](const Json* pod, const std::vector<PodWarning>& warnings) {
        prepared = preparation_failure(warnings);
        return running(pod, warnings);
    };
    const auto wait = [&](std::chrono::seconds limit) {
        return state_->view().wait_for(name_, watching, state_->within(limit));
    };
    auto waited = wait(state_->setting().observe);
    // An image may have to be pulled first; a driver that has been asked is not waited for.
    if (!waited && waited.error().kind == kube::Error::Kind::timeout && prepared.empty()) {
        waited = wait(start_limit);
    }
    result.testimony = testimony_of(state_->view().pod(name_));
    result.value->running = waited && waited->verdict.progress == kube::Progress::met;
    if (result.value->running) {
        return result;
    }
    result.value->words = prepared;
    if (prepared.empty()) {
        result.value =
            std::unexpected(waited ? NoAnswer{.closed = false, .reason = waited->verdict.reason}
                                   : unanswered(waited.error()));
    }
    return result;
}

Observed<Scheduling> Pod::scheduling_until_bound() const {
    const ScenarioState::Setting& setting = state_->setting();
    Observed<Scheduling> result = scheduling();
    if (!result.value || result.value->bound()) {
        return result;
    }
    // A refusal may pass, say while a device is being freed: the scheduler tries again.
    const auto bound =
        state_->view().wait_for(name_, pod_is_bound(), state_->within(setting.observe));
    if (!bound && bound.error().kind == kube::Error::Kind::cancelled) {
        throw CheckEnded{"the run was interrupted"};
    }
    return scheduling();
}

}  // namespace assay
