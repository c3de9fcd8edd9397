// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Lists in pages.
#include <fmt/format.h>

#include "kube/client.h"
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

Result<void> take_items(const Resource& resource, Json& page, List& into) {
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
        into.items.push_back(std::move(item));
    }
    into.resource_version = text(page, {"metadata", "resourceVersion"});
    return {};
}

// One list, page by page.
class Pager {
public:
    Pager(const Client& client, const Resource& resource, std::string_view ns,
          const Selection& selection)
        : client_(client), resource_(resource), ns_(ns), selection_(selection) {}

    Result<List> all(const Limit& limit) {
        for (;;) {
            auto page = client_.raw(path(), limit);
            if (!page && expired(page.error())) {
                // The pages no longer fit together: all at once, as client-go, cannot expire.
                whole_ = true;
                token_.clear();
                result_ = {};
                continue;
            }
            if (!page) {
                return std::unexpected(page.error());
            }
            const std::string next = text(*page, {"metadata", "continue"});
            if (const auto taken = take_items(resource_, *page, result_); !taken) {
                return std::unexpected(taken.error());
            }
            if (next.empty()) {
                return std::move(result_);
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
    List result_;
};

}  // namespace

Result<List> Client::list(const Resource& resource, std::string_view ns, const Selection& selection,
                          const Limit& limit) const {
    return Pager(*this, resource, ns, selection).all(limit);
}

}  // namespace assay::kube
