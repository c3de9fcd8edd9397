// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/sweep.h"

#include <fmt/format.h>

#include <map>

#include "kube/watch.h"

namespace assay {

namespace {

using kube::Json;
using kube::Verdict;

constexpr const char* managed = "app.kubernetes.io/managed-by=assay";
constexpr const char* instance = "app.kubernetes.io/instance";

std::string labels_of(const std::string& run_id) {
    return run_id.empty() ? managed : fmt::format("{},{}={}", managed, instance, run_id);
}

// What a namespace that does not go away is waiting for, in its own words.
std::string holders(const Json& object) {
    std::string words;
    for (const Json& condition : kube::array(object, {"status", "conditions"})) {
        if (kube::text(condition, {"status"}) == "True") {
            words += (words.empty() ? "" : "; ") + kube::text(condition, {"message"});
        }
    }
    return words.empty() ? "the namespace controller has not said what holds it" : words;
}

bool is_gone(const kube::Result<void>& removed) {
    return !removed && removed.error().kind == kube::Error::Kind::not_found;
}

// The kinds a run makes in a namespace, those that hold others last.
std::vector<kube::Resource> kinds_made(const std::string& dra_version) {
    std::vector<kube::Resource> kinds{kube::pods};
    if (!dra_version.empty()) {
        kinds.push_back({"resource.k8s.io", dra_version, "resourceclaimtemplates",
                         "ResourceClaimTemplate", true});
    }
    return kinds;
}

std::vector<Leftover> remove_kind(const kube::Client& client, const kube::Resource& kind,
                                  const std::string& namespace_name, const std::string& run_id,
                                  const kube::Limit& limit) {
    std::vector<Leftover> left;
    const kube::Selection selection{.labels = labels_of(run_id), .fields = {}};
    const auto found = client.list(kind, namespace_name, selection, limit);
    if (!found) {
        return {{kind.kind, "of run " + run_id, found.error().message}};
    }
    for (const Json& object : found->items) {
        const auto removed = client.remove(kind, kube::namespace_of(object), kube::name_of(object),
                                           kube::uid_of(object), limit);
        if (!removed && !is_gone(removed)) {
            left.push_back({kind.kind, kube::name_of(object), removed.error().message});
        }
    }
    const auto none_left = [](const kube::Snapshot& objects) {
        return objects.empty() ? Verdict::met()
                               : Verdict::waiting(fmt::format("{} still there", objects.size()));
    };
    const auto waited = kube::wait_until(client, kind, namespace_name, selection, none_left, limit);
    if (!waited && left.empty()) {
        left.push_back({kind.kind, "of run " + run_id, waited.error().message});
    }
    return left;
}

}  // namespace

std::vector<Leftover> remove_namespace(const kube::Client& client, const std::string& name,
                                       const std::string& uid, const kube::Limit& limit) {
    const auto removed = client.remove(kube::namespaces, "", name, uid, limit);
    if (is_gone(removed)) {
        return {};
    }
    // A conflict says that it is being deleted already, or is another by the same name.
    if (!removed && removed.error().kind != kube::Error::Kind::conflict) {
        return {{"Namespace", name, removed.error().message}};
    }
    std::string last_words;
    const auto gone = [&](const kube::Snapshot& objects) {
        const auto found = objects.find(name);
        if (found == objects.end() || (!uid.empty() && kube::uid_of(found->second) != uid)) {
            return Verdict::met();
        }
        return Verdict::waiting(holders(found->second));
    };
    const auto waited =
        kube::wait_until(client, kube::namespaces, "",
                         {.labels = {}, .fields = "metadata.name=" + name}, gone, limit);
    if (!waited) {
        return {{"Namespace", name, "not gone yet: " + waited.error().message}};
    }
    return {};
}

std::vector<Leftover> remove_objects(const kube::Client& client, const std::string& namespace_name,
                                     const std::string& run_id, const std::string& dra_version,
                                     const kube::Limit& limit) {
    std::vector<Leftover> left;
    for (const kube::Resource& kind : kinds_made(dra_version)) {
        const auto more = remove_kind(client, kind, namespace_name, run_id, limit);
        left.insert(left.end(), more.begin(), more.end());
    }
    return left;
}

kube::Result<std::vector<RunTrace>> traces(const kube::Client& client, const kube::Limit& limit) {
    std::map<std::string, RunTrace> by_run;
    const auto spaces = client.list(kube::namespaces, "", {.labels = managed, .fields = {}}, limit);
    if (!spaces) {
        return std::unexpected(spaces.error());
    }
    std::vector<std::string> own;
    for (const Json& space : spaces->items) {
        const std::string run = kube::text(space, {"metadata", "labels", instance});
        by_run[run].namespaces.push_back(kube::name_of(space));
        own.push_back(kube::name_of(space));
    }
    const auto pods = client.list(kube::pods, "", {.labels = managed, .fields = {}}, limit);
    if (!pods) {
        return std::unexpected(pods.error());
    }
    for (const Json& pod : pods->items) {
        if (std::ranges::find(own, kube::namespace_of(pod)) == own.end()) {
            ++by_run[kube::text(pod, {"metadata", "labels", instance})].objects;
        }
    }
    std::vector<RunTrace> result;
    for (auto& [run, trace] : by_run) {
        trace.run_id = run;
        result.push_back(std::move(trace));
    }
    return result;
}

std::vector<Leftover> remove_run(const kube::Client& client, const std::string& run_id,
                                 const std::string& dra_version, const kube::Limit& limit) {
    const auto spaces =
        client.list(kube::namespaces, "", {.labels = labels_of(run_id), .fields = {}}, limit);
    if (!spaces) {
        return {{"Namespace", "of run " + run_id, spaces.error().message}};
    }
    std::vector<Leftover> left;
    for (const Json& space : spaces->items) {
        const auto more =
            remove_namespace(client, kube::name_of(space), kube::uid_of(space), limit);
        left.insert(left.end(), more.begin(), more.end());
    }
    const auto more = remove_objects(client, "", run_id, dra_version, limit);
    left.insert(left.end(), more.begin(), more.end());
    return left;
}

}  // namespace assay
