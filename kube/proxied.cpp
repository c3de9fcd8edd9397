// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What listens in the cluster, reached by way of the API server.
#include <fmt/format.h>

#include "kube/client.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

// "https:name:port", ":port" and "https:" left out where they are not said.
std::string named(const ProxyTarget& target) {
    std::string name = target.port.empty() && target.scheme.empty()
                           ? target.name
                           : fmt::format("{}:{}", target.name, target.port);
    return target.scheme.empty() ? name : fmt::format("{}:{}", target.scheme, name);
}

// What the API server says of itself is a metav1.Status; a listener may answer what it likes, but
// one that plays the API server is taken at its word.
bool is_of_the_api_server(const Response& response) {
    if (response.status < 300) {
        return false;
    }
    const auto parsed = parse(response.body);
    return parsed && text(*parsed, {"kind"}) == "Status" && text(*parsed, {"apiVersion"}) == "v1";
}

}  // namespace

Result<Response> Client::proxied(const ProxyTarget& target, Request request,
                                 const Limit& limit) const {
    request.path = fmt::format(
        "{}/proxy{}", path_of(target.resource, target.namespace_name, named(target)), request.path);
    auto answer = transport_->send(request, limit);
    if (answer && is_of_the_api_server(*answer)) {
        return std::unexpected(error_of(*answer));
    }
    return answer;
}

}  // namespace assay::kube
