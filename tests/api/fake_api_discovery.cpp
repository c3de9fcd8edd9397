// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the server says of itself: version, groups, and whom it lets in at all.
#include "tests/api/fake_api_answers.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {

namespace {

Json plain_list(const std::vector<ApiGroup>& groups) {
    Json list{{"kind", "APIGroupList"}, {"groups", Json::array()}};
    for (const ApiGroup& group : groups) {
        Json entry{{"name", group.name}, {"versions", Json::array()}};
        for (const std::string& version : group.versions) {
            entry["versions"].push_back(
                {{"groupVersion", group.name + "/" + version}, {"version", version}});
        }
        entry["preferredVersion"] = entry["versions"].front();
        list["groups"].push_back(std::move(entry));
    }
    return list;
}

Json aggregated_list(const std::vector<ApiGroup>& groups) {
    Json list{{"kind", "APIGroupDiscoveryList"}, {"items", Json::array()}};
    for (const ApiGroup& group : groups) {
        Json entry{{"metadata", {{"name", group.name}}}, {"versions", Json::array()}};
        for (const std::string& version : group.versions) {
            Json resources = Json::array();
            for (const Resource& one : group.kinds) {
                if (one.version == version) {
                    resources.push_back({{"resource", one.plural},
                                         {"responseKind", {{"kind", one.kind}}},
                                         {"scope", one.namespaced ? "Namespaced" : "Cluster"}});
                }
            }
            entry["versions"].push_back({{"version", version},
                                         {"freshness", group.stale ? "Stale" : "Current"},
                                         {"resources", std::move(resources)}});
        }
        list["items"].push_back(std::move(entry));
    }
    return list;
}

}  // namespace

std::optional<Response> FakeApiServer::discovery(const Request& request) const {
    const std::string path = request.path.substr(0, request.path.find('?'));
    const std::scoped_lock lock(mutex_);
    if (credentials_refused_) {
        return failure(401, "Unauthorized", "Unauthorized");
    }
    if (path == "/version") {
        return json_response(200, {{"major", "1"},
                                   {"minor", "37+"},
                                   {"gitVersion", "v1.37.1"},
                                   {"platform", "linux/amd64"}});
    }
    if (path == "/api") {
        return json_response(200, {{"kind", "APIVersions"}, {"versions", Json::array({"v1"})}});
    }
    if (path != "/apis") {
        return std::nullopt;
    }
    const auto accept = request.headers.find("Accept");
    const bool aggregated = aggregates_ && accept != request.headers.end() &&
                            accept->second.find("APIGroupDiscoveryList") != std::string::npos;
    return json_response(200, aggregated ? aggregated_list(groups_) : plain_list(groups_));
}

}  // namespace assay::kube
