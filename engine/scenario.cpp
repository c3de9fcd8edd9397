// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/pod_conditions.h"
#include "engine/scenario_state.h"

namespace assay {

using kube::Json;

namespace {

// Only admission and validation answer to what was attempted. A 403 may also be the authorizer's,
// who was asked about the account, or of something on the way to the API server; so they are known
// by their words: of apimachinery's NewForbidden and NewInvalid, which name the object, and of a
// webhook (apiserver, ToStatusErr).
bool is_of_admission(const kube::Error& error) {
    const auto says = [&](std::string_view words) {
        return error.message.find(words) != std::string::npos;
    };
    return says("\" is forbidden: ") || says("\" is invalid: ") ||
           (says("admission webhook \"") && says("\" denied the request"));
}

NoAnswer refusal_of(const kube::Error& error) {
    return {.closed = is_of_admission(error) && !is_shortage(error.message),
            .reason = error.message};
}

}  // namespace

ScenarioState::ScenarioState(Setting setting)
    : setting_(std::move(setting)),
      ledger_(std::string(setting_.check->id), setting_.check->assertions,
              [this](const Provenance& control) { return whereabouts(control); }),
      held_(setting_.most_accelerators) {}

NamespaceView& ScenarioState::view() const {
    if (view_ == nullptr) {
        view_ = std::make_unique<NamespaceView>(
            *setting_.client, setting_.placement.namespace_name, setting_.limit.deadline, claims(),
            [this](const std::string& pod, const std::string& words) {
                setting_.progress("pod " + pod + ": " + words);
            });
    }
    return *view_;
}

std::optional<kube::Resource> ScenarioState::claims() const {
    const Placement& placement = setting_.placement;
    const bool none = setting_.check->needs.accelerators == 0;
    if (none || !placement.resource.empty() || placement.dra_version.empty()) {
        return std::nullopt;
    }
    return claim_kind();
}

kube::Resource ScenarioState::claim_kind() const {
    return {"resource.k8s.io", setting_.placement.dra_version, "resourceclaims", "ResourceClaim",
            true};
}

kube::Limit ScenarioState::within(std::chrono::milliseconds duration) const {
    kube::Limit limit = kube::Limit::of(duration, setting_.limit.stop);
    limit.deadline = std::min(limit.deadline, setting_.limit.deadline);
    return limit;
}

bool ScenarioState::simulated_on(const std::string& node) const {
    const Node* known = setting_.inventory->node(node);
    const bool labelled = known != nullptr && known->simulated;
    const Adapter* adapter = setting_.kind->adapter;
    return labelled || (adapter != nullptr && adapter->simulated);
}

bool ScenarioState::simulated_anywhere() const {
    if (setting_.check->needs.accelerators == 0) {
        return std::ranges::any_of(setting_.inventory->nodes, &Node::simulated);
    }
    return std::ranges::any_of(setting_.kind->devices, [&](const PublishedDevice& device) {
        return simulated_on(device.node);
    });
}

Provenance ScenarioState::about(std::string target) const {
    Provenance provenance;
    provenance.namespace_name = setting_.placement.namespace_name;
    provenance.target = std::move(target);
    provenance.simulated = simulated_anywhere();
    return provenance;
}

const PublishedDevice* ScenarioState::published(const std::string& node,
                                                const std::string& name) const {
    const auto found = std::ranges::find_if(
        setting_.kind->devices,
        [&](const PublishedDevice& one) { return one.node == node && one.name == name; });
    return found == setting_.kind->devices.end() ? nullptr : &*found;
}

kube::Result<void> ScenarioState::create_claim_templates(const Placement& placement) {
    if (!placement.resource.empty()) {
        return {};
    }
    const kube::Resource templates{"resource.k8s.io", placement.dra_version,
                                   "resourceclaimtemplates", "ResourceClaimTemplate", true};
    for (const Json& manifest : setting_.fixture.claim_templates()) {
        const auto created =
            setting_.creator->create(templates, placement.namespace_name,
                                     placed_claim_template(manifest, placement), setting_.limit);
        if (!created) {
            return std::unexpected(created.error());
        }
    }
    return {};
}

Ledger::Whereabouts ScenarioState::whereabouts(const Provenance& control) const {
    const auto pod = view().pod(control.pod);
    if (!pod || kube::uid_of(*pod) != control.pod_uid) {
        return Ledger::Whereabouts::gone;
    }
    if (kube::find(*pod, {"metadata", "deletionTimestamp"}) != nullptr) {
        return Ledger::Whereabouts::ended;
    }
    for (const Json& status : kube::array(*pod, {"status", "containerStatuses"})) {
        if (kube::text(status, {"name"}) == control.container) {
            return kube::find(status, {"state", "running"}) != nullptr
                       ? Ledger::Whereabouts::running
                       : Ledger::Whereabouts::ended;
        }
    }
    return Ledger::Whereabouts::ended;
}

PodManifest Scenario::pod(std::string_view name) const {
    return state_->setting().fixture.pod(name);
}

const std::vector<std::string>& Scenario::runtime_classes() const {
    return state_->setting().inventory->runtime_classes;
}

const Adapter* Scenario::adapter() const {
    return state_->setting().kind->adapter;
}

bool Scenario::by_plugin() const {
    return state_->setting().kind->by_plugin();
}

const std::string& Scenario::extended_resource() const {
    return state_->setting().kind->extended_resource;
}

bool Scenario::devices_are_shown() const {
    const Adapter* known = adapter();
    return known != nullptr && (!known->device_variables.empty() || !known->device_nodes.empty());
}

bool Scenario::in_given_namespace() const {
    return state_->setting().given;
}

bool Scenario::intrusive() const {
    return state_->setting().intrusive;
}

bool Scenario::has_image(std::string_view variant) const {
    return state_->setting().placement.images.contains(std::string(variant));
}

int Scenario::accelerators_on(std::string_view node) const {
    const auto by_node = state_->setting().kind->devices_by_node();
    const auto found = by_node.find(std::string(node));
    return found == by_node.end() ? 0 : found->second;
}

std::map<std::string, int> Scenario::accelerators_by_node() const {
    return state_->setting().kind->devices_by_node();
}

const PublishedDevice* Scenario::published(std::string_view uuid) const {
    const auto& devices = state_->setting().kind->devices;
    const auto found = std::ranges::find(devices, uuid, &PublishedDevice::uuid);
    return uuid.empty() || found == devices.end() ? nullptr : &*found;
}

bool Scenario::is_simulated(const std::string& node) const {
    return state_->simulated_on(node);
}

void Scenario::not_applicable(const Assertion& assertion, std::string why) {
    state_->ledger().not_applicable(assertion, std::move(why));
}

void Scenario::not_asked(const Assertion& assertion, std::string why) {
    state_->ledger().inconclusive(assertion, std::move(why));
}

Outcome Scenario::record(const Assertion& assertion, const Judgement& judgement) {
    const Outcome outcome = state_->ledger().record(assertion, judgement);
    state_->setting().progress(fmt::format("{}: {} ({})", assertion.id, to_string(outcome),
                                           judgement.provenance.describe()));
    return outcome;
}

void Scenario::attach(const Pod& pod, std::string_view container) {
    const ScenarioState::Setting& setting = state_->setting();
    setting.progress(fmt::format("attaching container {} to pod {}", container, pod.name()));
    const Json placed = placed_pod(pod.manifest(), setting.placement);
    Json chosen = Json::array();
    std::ranges::copy_if(kube::array(placed, {"spec", "ephemeralContainers"}),
                         std::back_inserter(chosen),
                         [&](const Json& one) { return kube::text(one, {"name"}) == container; });
    const auto attached = setting.creator->attach(setting.placement.namespace_name, pod.name(),
                                                  chosen, setting.limit);
    if (!attached) {
        state_->refused[fmt::format("{}/{}", pod.name(), container)] = refusal_of(attached.error());
    }
}

void Scenario::end(const Pod& pod) {
    remove(pod);
    await_gone(pod);
}

void Scenario::remove(const Pod& pod) {
    const ScenarioState::Setting& setting = state_->setting();
    setting.progress(fmt::format("ending pod {}", pod.name()));
    const auto there = state_->view().pod(pod.name());
    if (there) {
        const auto deleted =
            setting.creator->remove(kube::pods, setting.placement.namespace_name, pod.name(),
                                    kube::uid_of(*there), setting.limit);
        if (!deleted && deleted.error().kind != kube::Error::Kind::not_found) {
            throw CheckEnded{fmt::format("pod {} could not be deleted: {}", pod.name(),
                                         deleted.error().message)};
        }
    }
}

void Scenario::await_gone(const Pod& pod) {
    const auto gone = state_->view().wait_for(pod.name(), pod_is_gone(), state_->setting().limit);
    if (!gone) {
        throw CheckEnded{fmt::format("pod {} did not go: {}", pod.name(), gone.error().message)};
    }
    state_->held().give_back(pod.name());
}

Pod Scenario::start(const PodManifest& manifest) {
    return start_placed(manifest, state_->setting().placement);
}

std::vector<const AcceleratorKind*> Scenario::other_ways(std::string_view node) const {
    std::vector<const AcceleratorKind*> result;
    const AcceleratorKind* examined = state_->setting().kind;
    for (const AcceleratorKind& kind : state_->setting().inventory->kinds) {
        const bool same_vendor = kind.adapter != nullptr && kind.adapter == examined->adapter;
        if (same_vendor && kind.name != examined->name &&
            kind.devices_by_node().contains(std::string(node))) {
            result.push_back(&kind);
        }
    }
    return result;
}

std::optional<Pod> Scenario::start_all_of(const AcceleratorKind& other, std::string_view node,
                                          const PodManifest& manifest) {
    Placement placement = state_->setting().placement;
    placement.devices = other.devices_by_node().at(std::string(node));
    if (2 * placement.devices > other.device_count()) {
        return std::nullopt;
    }
    placement.device_class = other.device_class;
    placement.resource = other.resource;
    placement.claim_suffix = "-other";
    if (const auto made = state_->create_claim_templates(placement); !made) {
        throw CheckEnded{"a ResourceClaimTemplate could not be created: " + made.error().message};
    }
    return start_placed(manifest, placement);
}

Pod Scenario::start_for_none(const PodManifest& manifest) {
    return create_pod(manifest, placed_pod(manifest, state_->setting().placement));
}

Pod Scenario::start_placed(const PodManifest& manifest, const Placement& placement) {
    const Json tree = placed_pod(manifest, placement);
    if (const std::string why = state_->held().take(tree, placement.devices); !why.empty()) {
        state_->refused[kube::name_of(tree)] = {.closed = false, .reason = why};
        return {kube::name_of(tree), manifest, state_};
    }
    return create_pod(manifest, tree);
}

Pod Scenario::create_pod(const PodManifest& manifest, Json tree) {
    const ScenarioState::Setting& setting = state_->setting();
    tree["spec"].erase("ephemeralContainers");  // come later: attach()
    const std::string name = kube::name_of(tree);
    state_->view().await_claims(state_->within(setting.observe));
    setting.progress(fmt::format("starting pod {}", name));
    const auto created =
        setting.creator->create(kube::pods, setting.placement.namespace_name, tree, setting.limit);
    if (!created) {
        const kube::Error& error = created.error();
        if (!is_of_admission(error)) {
            throw CheckEnded{fmt::format("pod {} could not be created: {}", name, error.message)};
        }
        state_->refused[name] = refusal_of(error);
    }
    return {name, manifest, state_};
}

}  // namespace assay
