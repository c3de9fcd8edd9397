// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the data of a component of role operator says of it: where its controller is, an object that
// it reconciles and one that it must refuse, and what it makes, scales and replaces. Values; any
// thread. docs/operators.md describes the file.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "engine/component.h"
#include "engine/fixture.h"
#include "kube/json.h"

namespace assay {

// The member at a JSON pointer is that value.
struct Expectation {
    std::string at;  // "/status/ready"
    kube::Json is;

    bool holds(const kube::Json& tree) const;
    std::string describe() const;  // "/status/ready is 1"
};

// One of the things that the object must have made of it by its controller.
struct OperatorChildren {
    std::string api_version;
    std::string kind;
    int count = 1;
    bool comes_back = true;  // one that is deleted is made again
};

struct OperatorScale {
    kube::Json change;                 // a merge patch of the object
    std::optional<int> count = {};     // so many children then
    std::optional<Expectation> child;  // and this of each of them
};

struct OperatorInvalid {
    std::string kind;   // of the object, or of one beside it, that it is a copy of
    kube::Json change;  // a merge patch that makes it one which only the webhook can refuse
};

struct OperatorData {
    std::vector<std::string> definitions;  // names of CustomResourceDefinitions
    std::string controller;                // a label selector of its Deployment, in any namespace
    std::vector<ObjectManifest> beside;    // made before the object, in that order
    ObjectManifest object{kube::Json::object()};
    std::optional<OperatorInvalid> invalid;  // nullopt: its webhook is not there as installed
    std::vector<Expectation> ready;          // of the object; all must hold
    OperatorChildren children;
    std::optional<OperatorScale> scale;  // nullopt: it knows no scale

    // The object to be refused; the kind that it is a copy of is there.
    ObjectManifest refused() const;
    // What refused() is a copy of.
    const ObjectManifest& accepted() const;
};

std::expected<OperatorData, std::string> operator_data(const Component& component);

}  // namespace assay
