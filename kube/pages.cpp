// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/log_path.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

constexpr int objects_a_page = 500;
constexpr int max_restarts = 4;

std::string first_page(const Resource& resource, std::string_view ns, const Selection& selection) {
    std::string path = fmt::format("{}?limit={}", path_of(resource, ns), objects_a_page);
    if (!selection.labels.empty()) {
        path += "&labelSelector=" + query_encoded(selection.labels);
    }
    if (!selection.fields.empty()) {
        path += "&fieldSelector=" + query_encoded(selection.fields);
    }
    return path;
}

Error no_list_of(const Resource& resource, std::string_view why) {
    return {Error::Kind::protocol, 0, "",
            fmt::format("the server's list of {} {}", resource.plural, why)};
}

}  // namespace

Result<void> visit(const Client& client, const Resource& resource, std::string_view ns,
                   const Selection& selection, const std::function<void(const Json&)>& each,
                   const std::function<void()>& again, const Limit& limit) {
    const std::string first = first_page(resource, ns, selection);
    std::string token;
    for (int restarts = 0;;) {
        const auto page =
            client.raw(token.empty() ? first : first + "&continue=" + query_encoded(token), limit);
        if (!page) {
            const bool expired = page.error().kind == Error::Kind::gone && !token.empty();
            if (!expired || ++restarts > max_restarts) {
                return std::unexpected(page.error());
            }
            token.clear();
            again();
            continue;
        }
        if (find(*page, {"items"}) == nullptr) {
            return std::unexpected(no_list_of(resource, "has no items"));
        }
        std::ranges::for_each(array(*page, {"items"}), each);
        std::string next = text(*page, {"metadata", "continue"});
        if (next.empty()) {
            return {};
        }
        if (next == token) {
            return std::unexpected(no_list_of(resource, "has pages that never end"));
        }
        token = std::move(next);
    }
}

Result<std::string> log_tail(const Client& client, std::string_view ns, std::string_view pod,
                             std::string_view container, int lines, std::size_t max_bytes,
                             const Limit& limit) {
    constexpr std::size_t room_for_an_error = 64u * 1024;
    Request request;
    request.path = fmt::format("{}&tailLines={}&limitBytes={}", log_path(ns, pod, container), lines,
                               max_bytes);
    request.headers["Accept"] = "*/*";
    request.max_body_bytes = max_bytes + room_for_an_error;
    const auto answer = client.transport().send(request, limit);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status != 200) {
        return std::unexpected(error_of(*answer));
    }
    return answer->body.substr(0, max_bytes);
}

}  // namespace assay::kube
