// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Objects of any kind in a scenario: made, tried, changed, observed; and what listens behind them.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "engine/ask_again.h"
#include "engine/scenario.h"
#include "engine/scenario_state.h"
#include "engine/served_kinds.h"
#include "kube/watch.h"

namespace assay {

namespace {

using kube::Json;

constexpr std::size_t max_reply_bytes = 4u * 1024 * 1024;

std::string space_of(const kube::Resource& kind, const ScenarioState& state) {
    return kind.namespaced ? state.setting().placement.namespace_name : std::string();
}

std::string target_of(const kube::Resource& kind, const std::string& name) {
    return fmt::format("{} {}", kind.kind, name);
}

bool is_owned(const ObjectState& child, const Object& owner) {
    const Json& owners = kube::array(child.tree, {"metadata", "ownerReferences"});
    return std::ranges::any_of(owners, [&](const Json& one) {
        return kube::text(one, {"kind"}) == owner.kind().kind &&
               kube::text(one, {"name"}) == owner.object_name();
    });
}

// A node that came after the inventory was taken.
bool is_simulated_node(const Json& object) {
    return kube::text(object, {"metadata", "labels", simulated_label}) == "true";
}

// Those of the objects that are asked about.
kube::Snapshot chosen(const kube::Snapshot& objects, const ObjectQuery* query) {
    if (query == nullptr || !query->where) {
        return objects;
    }
    kube::Snapshot result;
    std::ranges::copy_if(objects, std::inserter(result, result.end()),
                         [&](const auto& one) { return query->where(one.second); });
    return result;
}

// Follows the selected objects until the condition holds of them; what they were last.
template <class T>
Observed<T> followed(const ScenarioState& state, Provenance provenance, const kube::Resource& kind,
                     const std::string& space, const kube::Selection& selection,
                     std::chrono::seconds at_most,
                     const std::function<T(const kube::Snapshot&)>& read,
                     const std::function<bool(const T&)>& is_so,
                     const ObjectQuery* query = nullptr) {
    Observed<T> result{.value = T{}, .provenance = std::move(provenance), .testimony = {}};
    T last;
    kube::Snapshot shown;
    const auto condition = [&](const kube::Snapshot& objects) {
        shown = chosen(objects, query);
        last = read(shown);
        return !is_so || is_so(last) ? kube::Verdict::met()
                                     : kube::Verdict::waiting(last.describe());
    };
    const auto waited =
        kube::wait_until(*state.setting().client, kind, space, selection, condition,
                         state.within(at_most.count() > 0 ? at_most : state.setting().observe));
    if (!waited && waited.error().kind != kube::Error::Kind::timeout) {
        result.value = std::unexpected(unanswered(waited.error()));
        return result;
    }
    if (!waited && state.is_over()) {
        result.value = std::unexpected(watched_too_short);
        return result;
    }
    Json objects = Json::array();
    for (const auto& [name, object] : shown) {
        objects.push_back(object);
        result.provenance.simulated =
            result.provenance.simulated || (kind == kube::nodes && is_simulated_node(object));
    }
    result.testimony = std::make_shared<Testimony>(
        Testimony{.pod = {},
                  .document = {},
                  .objects = objects.dump(-1, ' ', false, Json::error_handler_t::replace)});
    result.value = std::move(last);
    return result;
}

}  // namespace

kube::Resource ScenarioState::kind_of(std::string_view api_version, std::string_view kind) const {
    auto found = served_kind(setting_.inventory->api_groups, api_version, kind);
    if (!found) {
        throw CheckEnded{fmt::format("the API server does not serve {} in {}", kind, api_version)};
    }
    return *std::move(found);
}

Observed<ObjectState> Object::when(const std::function<bool(const ObjectState&)>& is_so,
                                   std::chrono::seconds at_most) const {
    const std::function<ObjectState(const kube::Snapshot&)> read =
        [&](const kube::Snapshot& objects) {
            const auto found = objects.find(object_name_);
            return found == objects.end() ? ObjectState{} : ObjectState{true, found->second};
        };
    return followed<ObjectState>(
        *state_, state_->about(target_of(kind_, object_name_)), kind_, space_of(kind_, *state_),
        {.labels = {}, .fields = "metadata.name=" + object_name_}, at_most, read, is_so);
}

ObjectManifest Scenario::object(std::string_view kind, std::string_view name) const {
    return state_->setting().fixture.object(kind, name);
}

Observed<Answer> Scenario::try_to_make(const ObjectManifest& manifest) {
    const ScenarioState::Setting& setting = state_->setting();
    const kube::Resource kind =
        state_->kind_of(kube::text(manifest.tree(), {"apiVersion"}), manifest.kind());
    state_->add_name(manifest.name());
    const Json tree = placed_object(manifest, kind, setting.placement);
    setting.progress(fmt::format("making {} {}", kind.kind, kube::name_of(tree)));
    return answer_of(setting.creator->create(kind, space_of(kind, *state_), tree, setting.limit),
                     state_->about(target_of(kind, kube::name_of(tree))), tree);
}

Observed<Answer> Scenario::would_make(const ObjectManifest& manifest) {
    const ScenarioState::Setting& setting = state_->setting();
    const kube::Resource kind =
        state_->kind_of(kube::text(manifest.tree(), {"apiVersion"}), manifest.kind());
    const Json tree = placed_object(manifest, kind, setting.placement);
    return answer_of(setting.client->try_create(kind, space_of(kind, *state_), tree, setting.limit),
                     state_->about(target_of(kind, kube::name_of(tree)) + " (not stored)"), tree);
}

Object Scenario::make(const ObjectManifest& manifest) {
    const Observed<Answer> answer = try_to_make(manifest);
    if (!answer.value || !answer.value->accepted) {
        throw CheckEnded{
            fmt::format("{} could not be created: {}", answer.provenance.target,
                        answer.value ? answer.value->words : answer.value.error().reason)};
    }
    return made(manifest, *answer.value);
}

Object Scenario::made(const ObjectManifest& manifest, const Answer& accepted) {
    return {manifest.name(),
            state_->kind_of(kube::text(manifest.tree(), {"apiVersion"}), manifest.kind()),
            kube::name_of(accepted.object), state_};
}

Observed<Answer> Scenario::change(const Object& object, const Json& merge,
                                  std::string_view subresource) {
    const ScenarioState::Setting& setting = state_->setting();
    const kube::Resource& kind = object.kind();
    setting.progress(fmt::format("changing {} {}", kind.kind, object.object_name()));
    return answer_of(setting.creator->change(kind, space_of(kind, *state_), object.object_name(),
                                             merge, setting.limit, subresource),
                     state_->about(target_of(kind, object.object_name())), merge);
}

void Scenario::end(const Object& object) {
    const ScenarioState::Setting& setting = state_->setting();
    const kube::Resource& kind = object.kind();
    setting.progress(fmt::format("ending {} {}", kind.kind, object.object_name()));
    const auto there =
        setting.client->get(kind, space_of(kind, *state_), object.object_name(), setting.limit);
    const auto fail = [&](const kube::Error& error) {
        throw CheckEnded{
            fmt::format("{} {} did not go: {}", kind.kind, object.object_name(), error.message)};
    };
    const bool gone = !there && there.error().kind == kube::Error::Kind::not_found;
    if (gone) {
        return;
    }
    if (!there) {
        return fail(there.error());
    }
    const auto removed = setting.creator->remove(
        kind, space_of(kind, *state_), object.object_name(), kube::uid_of(*there), setting.limit);
    if (!removed && removed.error().kind != kube::Error::Kind::not_found) {
        return fail(removed.error());
    }
    const Observed<ObjectState> after =
        object.when([](const ObjectState& one) { return !one.exists; });
    if (!after.value || after.value->exists) {
        throw CheckEnded{
            fmt::format("{} {} did not go: {}", kind.kind, object.object_name(),
                        after.value ? after.value->describe() : after.value.error().reason)};
    }
}

void Scenario::remove_child(const Object& owner, std::string_view api_version,
                            std::string_view kind, const ObjectState& child) {
    const ScenarioState::Setting& setting = state_->setting();
    const kube::Resource resource = state_->kind_of(api_version, kind);
    if (!is_owned(child, owner)) {
        throw CheckEnded{fmt::format("{} {} was not deleted: {} does not own it", kind,
                                     child.name(), owner.object_name())};
    }
    setting.progress(fmt::format("deleting {} {}", kind, child.name()));
    const auto removed =
        setting.creator->remove(resource, space_of(resource, *state_), child.name(),
                                kube::uid_of(child.tree), setting.limit);
    if (!removed && removed.error().kind != kube::Error::Kind::not_found) {
        throw CheckEnded{fmt::format("{} {} could not be deleted: {}", kind, child.name(),
                                     removed.error().message)};
    }
}

void Scenario::restart(const ObjectState& pod) {
    if (!allowed(Change::restart_controllers)) {
        throw std::logic_error("a check restarts a controller that it is not allowed to");
    }
    const ScenarioState::Setting& setting = state_->setting();
    const std::string space = pod.text("/metadata/namespace");
    setting.progress(fmt::format("restarting {}/{}", space, pod.name()));
    const auto removed = setting.client->remove(kube::pods, space, pod.name(),
                                                kube::uid_of(pod.tree), setting.limit);
    if (!removed && removed.error().kind != kube::Error::Kind::not_found) {
        throw CheckEnded{fmt::format("pod {}/{} could not be restarted: {}", space, pod.name(),
                                     removed.error().message)};
    }
}

Observed<ObjectList> Scenario::objects(const ObjectQuery& query,
                                       const std::function<bool(const ObjectList&)>& is_so,
                                       std::chrono::seconds at_most) const {
    const kube::Resource kind = state_->kind_of(query.api_version, query.kind);
    const std::string space = query.space.value_or(space_of(kind, *state_));
    const std::string which = query.name.empty() ? query.labels : query.name;
    const std::function<ObjectList(const kube::Snapshot&)> read =
        [](const kube::Snapshot& objects) {
            ObjectList list;
            for (const auto& [name, object] : objects) {
                list.items.push_back({true, object});
            }
            return list;
        };
    return followed<ObjectList>(
        *state_, state_->about(which.empty() ? kind.plural : kind.plural + " " + which), kind,
        space,
        {.labels = query.labels,
         .fields = query.name.empty() ? query.fields : "metadata.name=" + query.name},
        at_most, read, is_so, &query);
}

Observed<Reply> Scenario::ask(const Endpoint& endpoint, const Asked& asked) const {
    const ScenarioState::Setting& setting = state_->setting();
    const kube::ProxyTarget target{.resource = endpoint.resource,
                                   .namespace_name = endpoint.space.empty()
                                                         ? setting.placement.namespace_name
                                                         : endpoint.space,
                                   .name = endpoint.name,
                                   .port = endpoint.port,
                                   .scheme = endpoint.scheme};
    kube::Request request;
    request.method = asked.method;
    request.path = asked.path;
    request.headers = asked.headers;
    request.body = asked.body;
    request.max_body_bytes = max_reply_bytes;
    Observed<Reply> result{
        .value = Reply{},
        .provenance = state_->about(fmt::format("{} {}", endpoint.resource.kind, endpoint.name)),
        .testimony = {}};
    const auto answer =
        setting.client->proxied(target, std::move(request), state_->within(setting.observe));
    if (!answer) {
        result.value = std::unexpected(unanswered(answer.error()));
        return result;
    }
    *result.value = {.status = answer->status, .headers = answer->headers, .body = answer->body};
    const Json said{{"asked", asked.method + " " + asked.path},
                    {"status", answer->status},
                    {"body", answer->body}};
    result.testimony = std::make_shared<Testimony>(
        Testimony{.pod = {},
                  .document = {},
                  .objects = said.dump(-1, ' ', false, Json::error_handler_t::replace)});
    return result;
}

Observed<Reply> Scenario::ask_until(const Endpoint& endpoint, const Asked& asked,
                                    const std::function<bool(const Reply&)>& is_so,
                                    std::chrono::seconds at_most) const {
    return asked_again(
        state_->within(at_most), [&] { return ask(endpoint, asked); },
        [&](const Observed<Reply>& reply) { return !reply.value || is_so(*reply.value); });
}

std::chrono::seconds Scenario::observes_for() const {
    return std::chrono::duration_cast<std::chrono::seconds>(state_->setting().observe);
}

std::string Scenario::object_name(std::string_view name) const {
    return own_name(std::string(name), state_->setting().placement);
}

const std::string& Scenario::run_id() const {
    return state_->setting().placement.run_id;
}

const std::string& Scenario::namespace_name() const {
    return state_->setting().placement.namespace_name;
}

std::vector<const Component*> Scenario::components(std::string_view role) const {
    return installed_of(*state_->setting().components, role,
                        state_->setting().inventory->api_groups);
}

bool Scenario::serves(std::string_view api_version, std::string_view kind) const {
    return served_kind(state_->setting().inventory->api_groups, api_version, kind).has_value();
}

std::optional<kube::Resource> Scenario::served(std::string_view kind_and_group) const {
    return served_kind(state_->setting().inventory->api_groups, kind_and_group);
}

std::string Scenario::none_installed(std::string_view role) const {
    return assay::none_installed(*state_->setting().components, role);
}

const AcceleratorKind& Scenario::examined() const {
    return *state_->setting().kind;
}

const std::string& Scenario::scale_resource() const {
    return state_->setting().scale_resource;
}

bool Scenario::allowed(Change change) const {
    return state_->setting().allowed.contains(change);
}

void Scenario::not_allowed(const Assertion& assertion, Change change) {
    not_asked(assertion, fmt::format("only with --allow {}", to_string(change)));
}

}  // namespace assay
