// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/pages.h"

#include <fmt/format.h>

#include "kube/log_path.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

constexpr int page_size = 500;
constexpr int max_restarts = 4;

std::string first_page(const Resource& resource, std::string_view ns, const Selection& selection) {
    std::string path = fmt::format("{}?limit={}", path_of(resource, ns), page_size);
    if (!selection.labels.empty()) {
        path += "&labelSelector=" + query_encoded(selection.labels);
    }
    if (!selection.fields.empty()) {
        path += "&fieldSelector=" + query_encoded(selection.fields);
    }
    return path;
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
        if (!page && page.error().kind == Error::Kind::gone && !token.empty() &&
            ++restarts <= max_restarts) {
            token.clear();
            again();
            continue;
        }
        if (!page) {
            return std::unexpected(page.error());
        }
        if (find(*page, {"items"}) == nullptr) {
            return std::unexpected(
                Error{Error::Kind::protocol, 0, "",
                      fmt::format("the server's list of {} has no items", resource.plural)});
        }
        for (const Json& item : array(*page, {"items"})) {
            each(item);
        }
        std::string next = text(*page, {"metadata", "continue"});
        if (next.empty()) {
            return {};
        }
        if (next == token) {
            return std::unexpected(Error{
                Error::Kind::protocol, 0, "",
                fmt::format("the pages of the server's list of {} never end", resource.plural)});
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
