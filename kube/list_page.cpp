// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/list_page.h"

#include <fmt/format.h>

namespace assay::kube {

namespace {

namespace dom = simdjson::dom;  // its array and object are not those of kube/json.h

// "" where it is missing or no string.
std::string text_at(const dom::element& root, std::string_view outer, std::string_view inner) {
    std::string_view text;
    return root[outer][inner].get(text) == simdjson::SUCCESS ? std::string(text) : std::string{};
}

Json metadata_of(const dom::object& metadata) {
    Json tree = Json::object();
    for (const auto [key, value] : metadata) {
        if (key != "managedFields") {
            tree[std::string(key)] = tree_of(value);
        }
    }
    return tree;
}

Json item_of(const Resource& resource, const dom::object& item) {
    Json tree = Json::object();
    for (const auto [key, value] : item) {
        dom::object metadata;
        const bool is_metadata = key == "metadata" && value.get(metadata) == simdjson::SUCCESS;
        tree[std::string(key)] = is_metadata ? metadata_of(metadata) : tree_of(value);
    }
    tree["apiVersion"] = resource.api_version();
    tree["kind"] = resource.kind;
    return tree;
}

bool take_objects(const dom::array& items, std::vector<dom::object>& into) {
    for (const dom::element item : items) {
        dom::object one;
        if (item.get(one) != simdjson::SUCCESS) {
            return false;
        }
        into.push_back(one);
    }
    return true;
}

}  // namespace

Error no_list(const Resource& resource, std::string_view why) {
    return {Error::Kind::protocol, 0, "",
            fmt::format("the server's list of {} is none: {}", resource.plural, why)};
}

Result<ListPage> ListPage::of(const Resource& resource, std::unique_ptr<JsonDom> document,
                              const dom::element& root) {
    if (!root.is_object()) {
        return std::unexpected(no_list(resource, "it is no object"));
    }
    ListPage page;
    dom::element list;
    dom::array items;
    const bool there = root["items"].get(list) == simdjson::SUCCESS;
    const bool empty = there && list.is_null();  // how Go writes an empty list
    if (!there || (!empty && list.get(items) != simdjson::SUCCESS)) {
        return std::unexpected(no_list(resource, "it has no items"));
    }
    if (!empty && !take_objects(items, page.items_)) {
        return std::unexpected(no_list(resource, "an item is no object"));
    }
    page.dom_ = std::move(document);
    page.next_ = text_at(root, "metadata", "continue");
    page.resource_version_ = text_at(root, "metadata", "resourceVersion");
    return page;
}

void ListPage::each(const Resource& resource, const std::function<void(Json&&)>& take) const {
    for (const dom::object& item : items_) {
        take(item_of(resource, item));
    }
}

}  // namespace assay::kube
