// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One page of a list as the API server sent it. Its items become trees one after the other, so that
// never more than one of them is in memory. Internal to kube/. Thread contract: one thread at a
// time; it may be read on one thread and looked at on another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/json_dom.h"
#include "kube/resource.h"

namespace assay::kube {

class ListPage {
public:
    // Error::Kind::protocol where the root, which is the dom's, is no list of objects.
    static Result<ListPage> of(const Resource& resource, std::unique_ptr<JsonDom> dom,
                               const simdjson::dom::element& root);

    // metadata.continue: the token by which the next page is asked for, or "".
    const std::string& next() const { return next_; }
    const std::string& resource_version() const { return resource_version_; }
    // Every item, with apiVersion and kind filled in and without metadata.managedFields: half of
    // many an object, and nobody here asks who set what.
    void each(const Resource& resource, const std::function<void(Json&&)>& take) const;

private:
    std::unique_ptr<JsonDom> dom_;  // what the items lie in
    std::vector<simdjson::dom::object> items_;
    std::string next_;
    std::string resource_version_;
};

// What is said of an answer that is no list.
Error no_list(const Resource& resource, std::string_view why);

}  // namespace assay::kube
