// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "engine/creator.h"
#include "engine/embedded.h"
#include "engine/run_id.h"
#include "engine/served_kinds.h"
#include "kube/manifest.h"
#include "kube/watch.h"

namespace assay {

namespace {

using kube::Json;
using kube::Verdict;

constexpr const char* managed = "app.kubernetes.io/managed-by=assay";
constexpr const char* instance = "app.kubernetes.io/instance";
constexpr const char* component = "app.kubernetes.io/component";

struct SweptKind {
    std::string_view group;
    std::string_view plural;
    std::string_view kind;
    bool namespaced = true;
};

// What runs make beside what fixtures hold, now or in a later version whose remains this one may
// meet; namespaces come first of all. Objects that controllers make of these (ResourceClaims,
// EndpointSlices) go with them.
constexpr std::array swept{
    SweptKind{"", "pods", "Pod"},
    SweptKind{"apps", "deployments", "Deployment"},
    SweptKind{"batch", "jobs", "Job"},
    SweptKind{"", "services", "Service"},
    SweptKind{"", "configmaps", "ConfigMap"},
    SweptKind{"resource.k8s.io", "resourceclaims", "ResourceClaim"},
    SweptKind{"resource.k8s.io", "resourceclaimtemplates", "ResourceClaimTemplate"},
    SweptKind{"resource.k8s.io", "deviceclasses", "DeviceClass", false},
    SweptKind{"node.k8s.io", "runtimeclasses", "RuntimeClass", false},
    SweptKind{"scheduling.k8s.io", "priorityclasses", "PriorityClass", false},
    SweptKind{"scheduling.k8s.io", "podgroups", "PodGroup"},
    SweptKind{"scheduling.volcano.sh", "podgroups", "PodGroup"},
    SweptKind{"scheduling.run.ai", "podgroups", "PodGroup"},
    SweptKind{"scheduling.x-k8s.io", "podgroups", "PodGroup"},
    SweptKind{"admissionregistration.k8s.io", "validatingadmissionpolicybindings",
              "ValidatingAdmissionPolicyBinding", false},
    SweptKind{"admissionregistration.k8s.io", "validatingadmissionpolicies",
              "ValidatingAdmissionPolicy", false},
};

// The version that the server prefers.
std::optional<std::string> version_of(const kube::Discovery& discovery, std::string_view group) {
    const auto found = std::ranges::find(discovery.groups(), group, &kube::ApiGroup::name);
    return found == discovery.groups().end() || found->versions.empty()
               ? std::nullopt
               : std::optional(found->versions.front());
}

// "ClusterQueue.kueue.x-k8s.io", "Service"; namespaces and pods are not among them.
std::set<std::string> kinds_in_fixtures() {
    std::set<std::string> kinds;
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with("fixtures/")) {
            continue;
        }
        const std::vector<Json> objects = kube::documents_of_yaml(file.content).value();
        for (const Json& object : objects) {
            const std::string version = kube::text(object, {"apiVersion"});
            const std::size_t slash = version.find('/');
            const std::string group =
                slash == std::string::npos ? std::string() : "." + version.substr(0, slash);
            kinds.insert(kube::text(object, {"kind"}) + group);
        }
    }
    return kinds;
}

// What an object that does not go away is waiting for, in its own words.
std::string holders(const Json& object, bool is_namespace) {
    std::string words;
    for (const Json& condition : kube::array(object, {"status", "conditions"})) {
        if (is_namespace && kube::text(condition, {"status"}) == "True") {
            words += (words.empty() ? "" : "; ") + kube::text(condition, {"message"});
        }
    }
    for (const Json& finalizer : kube::array(object, {"metadata", "finalizers"})) {
        words += fmt::format("{}finalizer {}", words.empty() ? "" : "; ", finalizer.dump());
    }
    if (!words.empty()) {
        return words;
    }
    return is_namespace ? "the namespace controller has not said what holds it"
                        : "it is being deleted";
}

bool is_gone(const kube::Result<void>& removed) {
    return !removed && removed.error().kind == kube::Error::Kind::not_found;
}

std::optional<std::int64_t> lifetime_of(const Json& object) {
    const std::string text = kube::text(object, {"metadata", "annotations", lifetime_annotation});
    std::int64_t seconds = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failure != std::errc{} || end != text.data() + text.size() || seconds <= 0) {
        return std::nullopt;
    }
    return seconds;
}

SweptObject swept_object(const kube::Resource& resource, const Json& object) {
    return {.resource = resource,
            .namespace_name = kube::namespace_of(object),
            .name = kube::name_of(object),
            .uid = kube::uid_of(object),
            .run_id = kube::text(object, {"metadata", "labels", instance}),
            .created_at = kube::text(object, {"metadata", "creationTimestamp"}),
            .lifetime_s = lifetime_of(object)};
}

std::string full_name(const SweptObject& object) {
    return object.namespace_name.empty() ? object.name : object.namespace_name + "/" + object.name;
}

kube::Result<void> wait_until_gone(const kube::Client& client, const SweptObject& object,
                                   const kube::Limit& limit) {
    const bool is_namespace = object.resource == kube::namespaces;
    const auto gone = [&](const kube::Snapshot& objects) {
        const auto found = objects.find(object.name);
        if (found == objects.end() || kube::uid_of(found->second) != object.uid) {
            return Verdict::met();
        }
        return Verdict::waiting(holders(found->second, is_namespace));
    };
    const auto waited =
        kube::wait_until(client, object.resource, object.namespace_name,
                         {.labels = {}, .fields = "metadata.name=" + object.name}, gone, limit);
    return waited ? kube::Result<void>{} : std::unexpected(waited.error());
}

// The object by that name, if it is the journal's.
kube::Result<std::optional<SweptObject>> found_by(const kube::Client& client,
                                                  const JournalObject& entry,
                                                  const std::string& run_id,
                                                  const kube::Limit& limit) {
    const auto found = client.list(entry.resource, entry.namespace_name,
                                   {.labels = {}, .fields = "metadata.name=" + entry.name}, limit);
    if (!found) {
        return std::unexpected(found.error());
    }
    for (const Json& object : found->items) {
        const bool labelled =
            kube::text(object, {"metadata", "labels", instance}) == run_id &&
            kube::text(object, {"metadata", "labels", "app.kubernetes.io/managed-by"}) == "assay";
        const bool ours = entry.uid.empty() ? labelled : kube::uid_of(object) == entry.uid;
        if (ours && kube::name_of(object) == entry.name) {
            SweptObject one = swept_object(entry.resource, object);
            one.run_id = run_id;
            return one;
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<kube::Resource> swept_kinds(const kube::Discovery& discovery) {
    std::vector<kube::Resource> kinds;
    const auto add = [&](const kube::Resource& kind) {
        if (std::ranges::find(kinds, kind) == kinds.end()) {
            kinds.push_back(kind);
        }
    };
    for (const SweptKind& kind : swept) {
        const auto version = kind.group.empty() ? std::optional<std::string>("v1")
                                                : version_of(discovery, kind.group);
        if (version) {
            add({std::string(kind.group), *version, std::string(kind.plural),
                 std::string(kind.kind), kind.namespaced});
        }
    }
    for (const std::string& kind : kinds_in_fixtures()) {
        if (const auto served = served_kind(discovery.groups(), kind)) {
            add(*served);
        }
    }
    return kinds;
}

std::string labels_of(const std::string& run_id, const std::string& requirement) {
    std::string labels = managed;
    if (!run_id.empty()) {
        labels += fmt::format(",{}={}", instance, run_id);
    }
    if (!requirement.empty()) {
        labels += fmt::format(",{}={}", component, requirement);
    }
    return labels;
}

kube::Result<Traces> traces(const kube::Client& client, const std::vector<kube::Resource>& kinds,
                            const kube::Limit& limit) {
    const kube::Selection selection{.labels = labels_of(""), .fields = {}};
    std::map<std::string, RunTrace> by_run;
    std::set<std::string> own;
    Traces result;
    const auto take = [&](const kube::Resource& kind, const std::vector<Json>& items) {
        for (const Json& item : items) {
            SweptObject object = swept_object(kind, item);
            if (!kube::array(item, {"metadata", "ownerReferences"}).empty()) {
                continue;  // goes with its owner
            }
            if (!kind.namespaced || !own.contains(object.namespace_name)) {
                by_run[object.run_id].objects.push_back(std::move(object));
            }
        }
    };
    const auto spaces = client.list(kube::namespaces, "", selection, limit);
    if (!spaces) {
        return std::unexpected(spaces.error());
    }
    std::ranges::transform(spaces->items, std::inserter(own, own.end()), kube::name_of);
    for (const kube::Resource& kind : kinds) {
        const auto found = client.list(kind, "", selection, limit);
        if (found) {
            take(kind, found->items);
        } else if (found.error().kind != kube::Error::Kind::not_found) {
            result.not_looked_for.push_back(
                fmt::format("{}: {}", kind.plural, found.error().message));
        }
    }
    take(kube::namespaces, spaces->items);
    for (auto& [run, trace] : by_run) {
        trace.run_id = run;
        result.runs.push_back(std::move(trace));
    }
    return result;
}

bool is_stale(const RunTrace& run, std::int64_t now) {
    return std::ranges::all_of(run.objects, [&](const SweptObject& object) {
        const std::int64_t created = seconds_of(object.created_at);
        return object.lifetime_s && created >= 0 && now - created > *object.lifetime_s;
    });
}

kube::Result<std::vector<SweptObject>> still_there(const kube::Client& client,
                                                   const std::vector<JournalObject>& objects,
                                                   const std::string& run_id,
                                                   const kube::Limit& limit) {
    std::set<std::string> own;
    for (const JournalObject& entry : objects) {
        if (entry.resource == kube::namespaces) {
            own.insert(entry.name);
        }
    }
    std::vector<SweptObject> result;
    for (auto entry = objects.rbegin(); entry != objects.rend(); ++entry) {
        if (entry->gone || (entry->resource.namespaced && own.contains(entry->namespace_name))) {
            continue;
        }
        auto found = found_by(client, *entry, run_id, limit);
        if (!found) {
            return std::unexpected(found.error());
        }
        if (std::optional<SweptObject>& there = *found) {
            result.push_back(std::move(*there));
        }
    }
    return result;
}

std::vector<Leftover> remove_all(const kube::Client& client,
                                 const std::vector<SweptObject>& objects, const Told& told,
                                 const kube::Limit& limit) {
    std::vector<Leftover> left;
    std::vector<const SweptObject*> going;
    for (const SweptObject& object : objects) {
        const auto removed =
            client.remove(object.resource, object.namespace_name, object.name, object.uid, limit);
        if (removed && told) {
            told(object);
        }
        // A conflict says that it is being deleted already, or is another by the same name.
        if (removed || removed.error().kind == kube::Error::Kind::conflict) {
            going.push_back(&object);
        } else if (!is_gone(removed)) {
            left.push_back({object.resource.kind, full_name(object), removed.error().message});
        }
    }
    for (const SweptObject* object : going) {
        if (const auto gone = wait_until_gone(client, *object, limit); !gone) {
            left.push_back({object->resource.kind, full_name(*object),
                            "not gone yet: " + gone.error().message});
        }
    }
    return left;
}

kube::Result<std::vector<SweptObject>> labelled(const kube::Client& client,
                                                const kube::Resource& kind,
                                                const std::string& space, const std::string& labels,
                                                const kube::Limit& limit) {
    const auto found = client.list(kind, space, {.labels = labels, .fields = {}}, limit);
    if (!found) {
        return std::unexpected(found.error());
    }
    std::vector<SweptObject> objects;
    std::ranges::transform(found->items, std::back_inserter(objects),
                           [&](const Json& item) { return swept_object(kind, item); });
    return objects;
}

}  // namespace assay
