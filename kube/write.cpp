// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What changes the cluster: each write happens once, also when its answer is lost.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "kube/client.h"
#include "kube/pause.h"
#include "kube/query.h"
#include "kube/retry.h"

namespace assay::kube {

namespace {

constexpr int max_lost_creates = 5;

std::string new_mark() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string mark_of(const Json& object) {
    return text(object, {"metadata", "annotations", create_mark});
}

Json typed(Json object, const Resource& resource) {
    object["apiVersion"] = resource.api_version();
    object["kind"] = resource.kind;
    return object;
}

std::string create_path(const Resource& resource, std::string_view ns) {
    return path_of(resource, ns) + "?fieldValidation=Strict";
}

Request write_request(std::string method, std::string path, const Json& body) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers["Accept"] = "application/json";
    request.headers["Content-Type"] = "application/json";
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return request;
}

// The creation of one object with a name, known by its mark.
class Creation {
public:
    Creation(const Client& client, const Resource& resource, std::string_view ns, Json object)
        : client_(client), resource_(resource), ns_(ns), name_(name_of(object)), mark_(new_mark()) {
        object["metadata"]["annotations"][create_mark] = mark_;
        request_ = write_request("POST", create_path(resource, ns), object);
    }

    Result<Json> done(const Limit& limit) {
        for (int attempt = 0;; ++attempt) {
            auto created = attempted(limit);
            if (created || !(lost_ || unknown_ || exists(created.error()))) {
                return created;
            }
            auto there = looked_for(limit);
            if (there && mark_of(*there) == mark_) {
                return there;
            }
            unknown_ = unknown_ || lost_ || !there;
            const bool free = there && there->is_null() && attempt + 1 < max_lost_creates;
            const bool refused = !lost_ && !exists(created.error());
            if (!free || refused || !pause(backoff(attempt), limit)) {
                return std::unexpected(told(created.error()));
            }
        }
    }

private:
    Result<Json> attempted(const Limit& limit) {
        const auto answer = sent(client_.transport(), request_, limit).answer;
        auto created = json_of(answer);
        lost_ = is_lost(answer) || (is_done(answer) && !created);
        return created;
    }
    // What has the name, null where nothing has: made before its answer was lost, or by a library
    // or proxy that sent it twice? By a list: who may not "get" may list, to wait for what was
    // made.
    Result<Json> looked_for(const Limit& limit) const {
        const auto list =
            client_.list(resource_, ns_, {.labels = {}, .fields = "metadata.name=" + name_}, limit);
        if (!list) {
            return std::unexpected(list.error());
        }
        const auto found = std::ranges::find(list->items, name_, name_of);
        return found == list->items.end() ? Json() : *found;
    }
    static bool exists(const Error& error) { return error.reason == "AlreadyExists"; }
    // A refusal that follows an attempt of unknown effect does not say that there is no object.
    Error told(Error error) const {
        const bool refusal = error.http_status >= 400 && error.http_status <= 499;
        error.http_status = unknown_ && refusal ? 0 : error.http_status;
        return error;
    }

    const Client& client_;
    const Resource& resource_;
    std::string_view ns_;
    std::string name_;
    std::string mark_;
    Request request_;
    bool lost_ = false;     // the last answer
    bool unknown_ = false;  // whether one of the attempts took effect
};

}  // namespace

Result<Json> Client::create(const Resource& resource, std::string_view ns, const Json& object,
                            const Limit& limit) const {
    Json complete = typed(object, resource);
    if (!name_of(complete).empty()) {
        return Creation(*this, resource, ns, std::move(complete)).done(limit);
    }
    // What has no name is not stored (a review), and may be asked twice; a generated one may not.
    const bool stored = find(complete, {"metadata", "generateName"}) != nullptr;
    const Request request = write_request("POST", create_path(resource, ns), complete);
    const Repeat repeat = stored ? Repeat::never : Repeat::harmless;
    return answered(*transport_, request, limit, repeat).answer;
}

Result<Json> Client::try_create(const Resource& resource, std::string_view ns, const Json& object,
                                const Limit& limit) const {
    const Request request =
        write_request("POST", create_path(resource, ns) + "&dryRun=All", typed(object, resource));
    return answered(*transport_, request, limit, Repeat::harmless).answer;
}

Result<Json> Client::apply(const Resource& resource, std::string_view ns, const Json& object,
                           std::string_view field_manager, const Limit& limit) const {
    Request request = write_request(
        "PATCH",
        fmt::format("{}?fieldManager={}&force=true&fieldValidation=Strict",
                    path_of(resource, ns, name_of(object)), query_encoded(field_manager)),
        typed(object, resource));
    request.headers["Content-Type"] = "application/apply-patch+yaml";
    return answered(*transport_, request, limit, Repeat::harmless).answer;
}

Result<Json> Client::patch(const Resource& resource, std::string_view ns, std::string_view name,
                           Patch kind, const Json& change, const Limit& limit,
                           std::string_view subresource) const {
    Request request =
        write_request("PATCH",
                      fmt::format("{}{}{}?fieldValidation=Strict", path_of(resource, ns, name),
                                  subresource.empty() ? "" : "/", subresource),
                      change);
    request.headers["Content-Type"] =
        kind == Patch::merge ? "application/merge-patch+json" : "application/json-patch+json";
    // A merge patch says what shall be, so that a second one changes nothing.
    const Repeat repeat = kind == Patch::merge ? Repeat::harmless : Repeat::never;
    return answered(*transport_, request, limit, repeat).answer;
}

Result<void> Client::remove(const Resource& resource, std::string_view ns, std::string_view name,
                            std::string_view uid, const Limit& limit,
                            std::optional<int> grace_seconds) const {
    Json options{
        {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
    if (!uid.empty()) {
        options["preconditions"]["uid"] = std::string(uid);
    }
    if (grace_seconds) {
        options["gracePeriodSeconds"] = *grace_seconds;
    }
    const Request request = write_request("DELETE", path_of(resource, ns, name), options);
    // Without a UID a second one might hit another object of that name.
    const Answered last =
        answered(*transport_, request, limit, uid.empty() ? Repeat::never : Repeat::harmless);
    if (last.answer || (last.lost_before && last.answer.error().kind == Error::Kind::not_found)) {
        return {};
    }
    return std::unexpected(last.answer.error());
}

}  // namespace assay::kube
