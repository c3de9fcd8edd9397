// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// An object of any kind that a check made, what the API server shows of it and of what controllers
// made of it, and what listens behind a Service. Each is an Observed<T> whose provenance names what
// was asked about. Thread contract: one check's thread; every wait ends at the check's deadline or
// when the run is stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/observed.h"
#include "kube/json.h"
#include "kube/resource.h"

namespace assay {

class ScenarioState;

struct ObjectCondition {
    std::string status;  // "True", "False", "Unknown"; "" where there is no such condition
    std::string reason;
    std::string message;
};

struct ObjectState {
    bool exists = false;
    kube::Json tree;

    // The member at a JSON pointer ("/status/replicas"); "" or 0 where it is not there or of
    // another type.
    std::string text(const std::string& pointer) const;
    std::int64_t number(const std::string& pointer) const;
    // Of the array of conditions at the pointer `at`.
    ObjectCondition condition(std::string_view type,
                              const std::string& at = "/status/conditions") const;
    std::string name() const { return kube::name_of(tree); }
    // "HTTPRoute x: Accepted=True, ResolvedRefs=False (BackendNotFound: …)"; "not there".
    std::string describe() const;
};

struct ObjectList {
    std::vector<ObjectState> items;
    std::string describe() const;  // how many, and the first ones
};

// A handle of an object that this check made; cheap to copy.
class Object {
public:
    Object(std::string name, kube::Resource kind, std::string object_name, ScenarioState* state)
        : name_(std::move(name)),
          kind_(std::move(kind)),
          object_name_(std::move(object_name)),
          state_(state) {}

    const std::string& name() const { return name_; }                // in the fixture
    const std::string& object_name() const { return object_name_; }  // in the cluster
    const kube::Resource& kind() const { return kind_; }

    // Waits until it is so, at most that long (0: the profile's observe_s). When the time is up the
    // value is what the server showed last: that it did not come to be so is an answer.
    Observed<ObjectState> when(const std::function<bool(const ObjectState&)>& is_so,
                               std::chrono::seconds at_most = {}) const;

private:
    std::string name_;
    kube::Resource kind_;
    std::string object_name_;
    ScenarioState* state_;
};

// Which objects to look at, the run's own or not.
struct ObjectQuery {
    std::string api_version;  // "apps/v1"
    std::string kind;         // "Deployment"
    std::string labels = {};  // a label selector; "" for all
    // nullopt: the check's own namespace; "": every namespace
    std::optional<std::string> space = {};
    std::string name = {};    // of the only one; "" for all
    std::string fields = {};  // a field selector, where name is ""
    // Only those are looked at and kept for which it holds; pure.
    std::function<bool(const kube::Json&)> where = {};
};

// A port of a Service or a pod, by way of the API server's proxy.
struct Endpoint {
    kube::Resource resource = kube::services;
    std::string space;  // "": the check's own namespace
    std::string name;   // in the cluster: Object::object_name()
    std::string port;   // number or name; "" where there is only one
    std::string scheme = {};
};

struct Asked {
    std::string method = "GET";
    std::string path = "/";
    std::map<std::string, std::string> headers = {};
    std::string body = {};
};

// What listened there said.
struct Reply {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    std::string describe() const;  // the status and the beginning of the body
};

}  // namespace assay
