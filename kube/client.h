// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Typed verbs over a Transport: get, list, create, delete, logs, and the one retry policy. Retries
// only what the server promises was not done (429, 503 with Retry-After) and idempotent reads; a
// create is never sent twice unless the first is known not to have happened. Thread contract: all
// const members may be called from any thread; the Transport outlives the Client.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/json.h"
#include "kube/resource.h"
#include "kube/result.h"
#include "kube/transport.h"

namespace assay::kube {

struct Selection {
    std::string labels;  // labelSelector, "" for all
    std::string fields;  // fieldSelector, "" for all
};

struct List {
    std::vector<Json> items;       // each with apiVersion and kind filled in
    std::string resource_version;  // where a watch goes on
};

struct ServerVersion {
    std::string git_version;  // "v1.37.1"
    int major = 0;
    int minor = 0;  // of "37" and of "37+"
    std::string platform;
};

class Client {
public:
    explicit Client(Transport& transport) : transport_(&transport) {}

    Result<Json> get(const Resource& resource, std::string_view ns, std::string_view name,
                     const Limit& limit) const;
    // Pages of 500; an expired continue token restarts the whole list. ns "" lists every namespace.
    Result<List> list(const Resource& resource, std::string_view ns, const Selection& selection,
                      const Limit& limit) const;
    // POST with fieldValidation=Strict. The answer is the object as the server stored it.
    Result<Json> create(const Resource& resource, std::string_view ns, const Json& object,
                        const Limit& limit) const;
    // As create, and nothing is stored (dryRun=All): the answer shows which members the server
    // knows and keeps.
    Result<Json> try_create(const Resource& resource, std::string_view ns, const Json& object,
                            const Limit& limit) const;
    // DELETE with propagationPolicy=Background, and preconditions.uid unless uid is empty.
    // not_found is an Error like any other. grace_seconds: unset leaves the object's own.
    Result<void> remove(const Resource& resource, std::string_view ns, std::string_view name,
                        std::string_view uid, const Limit& limit,
                        std::optional<int> grace_seconds = {}) const;
    // The log so far, at most max_bytes of it (limitBytes).
    Result<std::string> log(std::string_view ns, std::string_view pod, std::string_view container,
                            std::size_t max_bytes, const Limit& limit) const;
    // Follows the log until a line satisfies wanted (that line is the value), the log ends
    // (not_found), a line is longer than max_bytes (protocol) or the limit is reached. Survives a
    // stream that ends early by following again from the start.
    Result<std::string> follow_log_until(std::string_view ns, std::string_view pod,
                                         std::string_view container, std::size_t max_bytes,
                                         const std::function<bool(std::string_view)>& wanted,
                                         const Limit& limit) const;

    Result<ServerVersion> version(const Limit& limit) const;
    // GET of any path, parsed. accept: the media types wanted, if not just any JSON.
    Result<Json> raw(std::string_view path, const Limit& limit,
                     std::string_view accept = "application/json") const;

    Transport& transport() const { return *transport_; }

private:
    Transport* transport_;
};

// The path of a collection ("/apis/resource.k8s.io/v1/namespaces/x/resourceclaims"), or of one
// object.
std::string path_of(const Resource& resource, std::string_view ns, std::string_view name = {});

// metav1.Status or a plain body of a non-2xx answer as an Error, in the server's own words.
Error error_of(const Response& response);

}  // namespace assay::kube
