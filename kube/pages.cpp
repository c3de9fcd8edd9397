// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/pages.h"

#include <fmt/format.h>

#include "kube/log_path.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

constexpr int page_size = 500;

std::string list_path(const Resource& resource, std::string_view ns, const Selection& selection,
                      bool whole, const std::string& token) {
    std::string query = whole ? "" : fmt::format("&limit={}", page_size);
    if (!selection.labels.empty()) {
        query += "&labelSelector=" + query_encoded(selection.labels);
    }
    if (!selection.fields.empty()) {
        query += "&fieldSelector=" + query_encoded(selection.fields);
    }
    if (!token.empty()) {
        query += "&continue=" + query_encoded(token);
    }
    const std::string path = path_of(resource, ns);
    return query.empty() ? path : fmt::format("{}?{}", path, query.substr(1));
}

Error no_list(const Resource& resource, std::string_view why) {
    return {Error::Kind::protocol, 0, "",
            fmt::format("the server's list of {} is none: {}", resource.plural, why)};
}

using Each = std::function<void(Json&&)>;

Result<void> take_items(const Resource& resource, Json& page, const Each& each) {
    if (!page.is_object()) {
        return std::unexpected(no_list(resource, "it is no object"));
    }
    const auto items = page.find("items");
    const bool empty = items != page.end() && items->is_null();  // how Go writes an empty list
    if (items == page.end() || (!empty && !items->is_array())) {
        return std::unexpected(no_list(resource, "it has no items"));
    }
    for (Json& item : *items) {
        if (!item.is_object()) {
            return std::unexpected(no_list(resource, "an item is no object"));
        }
        item["apiVersion"] = resource.api_version();
        item["kind"] = resource.kind;
        each(std::move(item));
    }
    return {};
}

// One list, page by page.
class Pager {
public:
    Pager(const Client& client, const Resource& resource, std::string_view ns,
          const Selection& selection)
        : client_(client), resource_(resource), ns_(ns), selection_(selection) {}

    // The resourceVersion of the list.
    Result<std::string> all(const Each& each, const std::function<void()>& again,
                            const Limit& limit) {
        for (;;) {
            auto page = client_.raw(path(), limit);
            if (!page && expired(page.error())) {
                // The pages no longer fit together: all at once, as client-go, cannot expire.
                whole_ = true;
                token_.clear();
                again();
                continue;
            }
            if (!page) {
                return std::unexpected(page.error());
            }
            if (const auto taken = take_items(resource_, *page, each); !taken) {
                return std::unexpected(taken.error());
            }
            const std::string next = text(*page, {"metadata", "continue"});
            if (next.empty()) {
                return text(*page, {"metadata", "resourceVersion"});
            }
            if (next == token_) {
                return std::unexpected(no_list(resource_, "its pages never end"));
            }
            token_ = next;
        }
    }

private:
    bool expired(const Error& error) const {
        return error.kind == Error::Kind::gone && !token_.empty() && !whole_;
    }
    std::string path() const { return list_path(resource_, ns_, selection_, whole_, token_); }

    const Client& client_;
    const Resource& resource_;
    std::string_view ns_;
    const Selection& selection_;
    std::string token_;
    bool whole_ = false;
};

}  // namespace

Result<void> visit(const Client& client, const Resource& resource, std::string_view ns,
                   const Selection& selection, const std::function<void(Json&&)>& each,
                   const std::function<void()>& again, const Limit& limit) {
    const auto visited = Pager(client, resource, ns, selection).all(each, again, limit);
    return visited ? Result<void>{} : std::unexpected(visited.error());
}

Result<List> Client::list(const Resource& resource, std::string_view ns, const Selection& selection,
                          const Limit& limit) const {
    List result;
    auto version = Pager(*this, resource, ns, selection)
                       .all([&](Json&& item) { result.items.push_back(std::move(item)); },
                            [&] { result.items.clear(); }, limit);
    if (!version) {
        return std::unexpected(version.error());
    }
    result.resource_version = *std::move(version);
    return result;
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
