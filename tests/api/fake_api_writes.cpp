// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What requests change: create, patch and delete, with the refusals a server has for them.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/api/fake_api_answers.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {

namespace {

bool asks_admin_access(const Json& object) {
    return text(object, {"kind"}) == "ResourceClaim" &&
           object.dump().find(R"("adminAccess":true)") != std::string::npos;
}

}  // namespace

// `object` is the one that came, went or changed.
Response FakeApiServer::changed_by(const std::string& verb, const Request& request,
                                   const Target& target, Json& object) {
    if (verb == "create") {
        return created(target, request.body, object);
    }
    if (verb == "patch") {
        return patched(target, request.body, object);
    }
    const auto& all = objects_[target.collection];
    const auto there = all.find(key_of(target.ns, target.name));
    object = there == all.end() ? Json() : there->second;
    return removed(target, request.body);
}

bool FakeApiServer::lets_administer(const std::string& ns) const {
    const auto& spaces = objects_.at("/api/v1/namespaces");
    const auto found = spaces.find(key_of("", ns));
    return found != spaces.end() &&
           text(found->second, {"metadata", "labels", "resource.kubernetes.io/admin-access"}) ==
               "true";
}

Response FakeApiServer::created(const Target& target, const std::string& body, Json& object) {
    auto parsed = parse(body);
    if (!parsed || !parsed->is_object() || name_of(*parsed).empty()) {
        return failure(400, "BadRequest", "the body is no object with a name");
    }
    object = std::move(*parsed);
    if (!target.ns.empty()) {
        object["metadata"]["namespace"] = target.ns;
        if (!objects_["/api/v1/namespaces"].contains(key_of("", target.ns))) {
            return failure(404, "NotFound", fmt::format("namespaces \"{}\" not found", target.ns));
        }
    }
    if (asks_admin_access(object) && !lets_administer(target.ns)) {
        return failure(422, "Invalid",
                       "spec.devices.requests[0].exactly.adminAccess: Forbidden: admin access "
                       "requires a label on the namespace");
    }
    const std::string key = key_of(target.ns, name_of(object));
    if (objects_[target.collection].contains(key)) {
        return failure(409, "AlreadyExists", fmt::format("\"{}\" already exists", name_of(object)));
    }
    if (target.query.contains("dryRun")) {
        return json_response(200, object);  // nothing is stored, and nobody is told
    }
    store(target.collection, object, "ADDED");
    object = objects_[target.collection][key];
    return json_response(201, object);
}

// Subresources are taken for the part of the object that they show.
Response FakeApiServer::patched(const Target& target, const std::string& body, Json& object) {
    const auto& all = objects_[target.collection];
    const auto found = all.find(key_of(target.ns, target.name));
    auto change = parse(body);
    if (found == all.end() || !change) {
        return failure(found == all.end() ? 404 : 400, "", "nothing to change");
    }
    object = found->second;
    object.merge_patch(*change);
    store(target.collection, object, "MODIFIED");
    object = objects_[target.collection][key_of(target.ns, target.name)];
    return json_response(200, object);
}

Response FakeApiServer::removed(const Target& target, const std::string& body) {
    auto& all = objects_[target.collection];
    const std::string key = key_of(target.ns, target.name);
    const auto found = all.find(key);
    if (found == all.end()) {
        return failure(404, "NotFound", fmt::format("\"{}\" not found", target.name));
    }
    const std::string wanted = text(Json::parse(body, nullptr, false), {"preconditions", "uid"});
    if (!wanted.empty() && wanted != uid_of(found->second)) {
        return failure(409, "Conflict", "the UID in the precondition is another");
    }
    if (target.collection == "/api/v1/namespaces") {
        if (target.name == held_namespace_) {
            Json held = found->second;
            held["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
            held["status"]["conditions"] = Json::array(
                {{{"type", "NamespaceFinalizersRemaining"},
                  {"status", "True"},
                  {"message",
                   "Some content has finalizers remaining: example.com/stuck in 1 instance"}}});
            store(target.collection, std::move(held), "MODIFIED");
            return json_response(200, {{"kind", "Status"}, {"status", "Success"}});
        }
        for (auto& [collection, objects] : objects_) {
            std::vector<std::string> keys;
            for (const auto& [inner, object] : objects) {
                if (namespace_of(object) == target.name) {
                    keys.push_back(inner);
                }
            }
            std::ranges::for_each(keys, [&](const std::string& inner) { drop(collection, inner); });
        }
    }
    drop(target.collection, key);
    return json_response(200, {{"kind", "Status"}, {"status", "Success"}});
}

}  // namespace assay::kube
