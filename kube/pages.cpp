// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/pages.h"

#include <fmt/format.h>

#include <future>

#include "kube/list_page.h"
#include "kube/log_path.h"
#include "kube/query.h"
#include "kube/retry.h"

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

Request list_request(std::string path) {
    Request request;
    request.path = std::move(path);
    request.headers["Accept"] = "application/json";
    return request;
}

Result<ListPage> listed(Transport& transport, const Resource& resource, const Request& request,
                        const Limit& limit) {
    Result<ListPage> page = std::unexpected(no_list(resource, "nothing came"));
    const auto read = [&](const std::string& body) -> Result<void> {
        auto dom = std::make_unique<JsonDom>();
        const auto root = dom->read(body);
        if (!root) {
            return std::unexpected(root.error());
        }
        page = ListPage::of(resource, std::move(dom), *root);
        return {};
    };
    const auto done = heard(transport, request, limit, Repeat::harmless, read).answer;
    return done ? std::move(page) : std::unexpected(done.error());
}

using Each = std::function<void(Json&&)>;

// One list, page by page; while one is looked at the next is under way.
class Pager {
public:
    Pager(const Client& client, const Resource& resource, std::string_view ns,
          const Selection& selection, const Limit& limit)
        : client_(client), resource_(resource), ns_(ns), selection_(selection), limit_(limit) {}

    // The resourceVersion of the list.
    Result<std::string> all(const Each& each, const std::function<void()>& again) {
        auto coming = asked(std::launch::deferred);
        for (;;) {
            const Result<ListPage> page = coming.get();
            if (!page && expired(page.error())) {
                // The pages no longer fit together: all at once, as client-go, cannot expire.
                whole_ = true;
                token_.clear();
                again();
                coming = asked(std::launch::deferred);
                continue;
            }
            if (!page) {
                return std::unexpected(page.error());
            }
            const std::string& next = page->next();
            if (!next.empty() && next == token_) {
                return std::unexpected(no_list(resource_, "its pages never end"));
            }
            token_ = next;
            if (!next.empty()) {
                coming = asked(std::launch::async);
            }
            page->each(resource_, each);
            if (next.empty()) {
                return page->resource_version();
            }
        }
    }

private:
    std::future<Result<ListPage>> asked(std::launch when) const {
        return std::async(when, [this, request = list_request(path())] {
            return listed(client_.transport(), resource_, request, limit_);
        });
    }
    bool expired(const Error& error) const {
        return error.kind == Error::Kind::gone && !token_.empty() && !whole_;
    }
    std::string path() const { return list_path(resource_, ns_, selection_, whole_, token_); }

    const Client& client_;
    const Resource& resource_;
    std::string_view ns_;
    const Selection& selection_;
    const Limit& limit_;
    std::string token_;  // of the page that is asked for; "" for the first
    bool whole_ = false;
};

}  // namespace

Result<void> visit(const Client& client, const Resource& resource, std::string_view ns,
                   const Selection& selection, const std::function<void(Json&&)>& each,
                   const std::function<void()>& again, const Limit& limit) {
    const auto visited = visit_for_watch(client, resource, ns, selection, each, again, limit);
    return visited ? Result<void>{} : std::unexpected(visited.error());
}

Result<std::string> visit_for_watch(const Client& client, const Resource& resource,
                                    std::string_view ns, const Selection& selection,
                                    const std::function<void(Json&&)>& each,
                                    const std::function<void()>& again, const Limit& limit) {
    return Pager(client, resource, ns, selection, limit).all(each, again);
}

Result<List> Client::list(const Resource& resource, std::string_view ns, const Selection& selection,
                          const Limit& limit) const {
    List result;
    auto version = Pager(*this, resource, ns, selection, limit)
                       .all([&](Json&& item) { result.items.push_back(std::move(item)); },
                            [&] { result.items.clear(); });
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
