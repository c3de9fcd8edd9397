// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/ground.h"

#include <fmt/format.h>

#include "engine/placement.h"
#include "engine/run_choice.h"
#include "engine/sweep.h"
#include "kube/watch.h"

namespace assay {

namespace {

const kube::Resource service_accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};

}  // namespace

std::expected<Ground, std::string> Ground::make(Setting setting, const kube::Limit& limit) {
    if (!setting.given.empty()) {
        const auto space = setting.client->get(kube::namespaces, "", setting.given, limit);
        if (!space) {
            return std::unexpected(
                fmt::format("namespace {}: {}", setting.given, space.error().message));
        }
        std::string name = setting.given;
        return Ground(std::move(setting), std::move(name), kube::uid_of(*space));
    }
    std::string name = check_namespace(setting.run_id, setting.check);
    kube::Json object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
    for (const auto& [key, value] : run_labels(setting.run_id, setting.check)) {
        object["metadata"]["labels"][key] = value;
    }
    if (setting.admin_access) {
        object["metadata"]["labels"]["resource.kubernetes.io/admin-access"] = "true";
    }
    const auto created = setting.creator->create(kube::namespaces, "", object, limit);
    if (!created) {
        return std::unexpected(
            fmt::format("namespace {} could not be created: {} (without the right "
                        "to create namespaces give an existing one with --namespace)",
                        name, created.error().message));
    }
    return Ground(std::move(setting), std::move(name), kube::uid_of(*created));
}

kube::Result<void> Ground::wait_for_account(const kube::Limit& limit) const {
    const auto there = [](const kube::Snapshot& accounts) {
        return accounts.contains("default")
                   ? kube::Verdict::met()
                   : kube::Verdict::waiting("service account default is not there yet");
    };
    const auto waited =
        kube::wait_until(*setting_.client, service_accounts, name_, {}, there, limit);
    return waited ? kube::Result<void>{} : std::unexpected(waited.error());
}

std::vector<Leftover> Ground::clear(const kube::Limit& limit) const {
    const kube::Client& client = *setting_.client;
    Creator& creator = *setting_.creator;
    const Told told = [&](const SweptObject& object) {
        creator.was_removed(object.resource, object.namespace_name, object.name, object.uid);
    };
    const bool own = setting_.given.empty();
    std::vector<SweptObject> all;
    std::vector<Leftover> left;
    if (own) {  // first: others may wait until what uses them in the namespace is gone
        all.push_back(
            {.resource = kube::namespaces, .name = name_, .uid = uid_, .run_id = setting_.run_id});
    }
    for (const kube::Resource& kind : creator.kinds()) {
        if (kind == kube::namespaces || (own && kind.namespaced)) {
            continue;  // goes with the namespace
        }
        const std::string labels = labels_of(setting_.run_id, setting_.check);
        const auto found = labelled(client, kind, kind.namespaced ? name_ : "", labels, limit);
        if (found) {
            all.insert(all.end(), found->begin(), found->end());
        } else {
            left.push_back({kind.kind, "with the labels " + labels, found.error().message});
        }
    }
    const auto more = remove_all(client, all, told, limit);
    left.insert(left.end(), more.begin(), more.end());
    return left;
}

}  // namespace assay
