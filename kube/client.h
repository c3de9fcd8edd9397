// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Typed verbs over a Transport: get, list, create, delete, logs. What the server turns away (429)
// is asked again, reads also after a failure on the way; a write takes effect once, also when its
// answer is lost. Thread contract: all const members may be called from any thread; the Transport
// outlives the Client.
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
    // Each with apiVersion and kind filled in, and without metadata.managedFields.
    std::vector<Json> items;
    std::string resource_version;  // where a watch goes on
};

struct ServerVersion {
    std::string git_version;  // "v1.37.1"
    int major = 0;
    int minor = 0;  // of "37" and of "37+"
    std::string platform;
};

enum class Patch {
    merge,  // RFC 7396: null removes
    json,   // RFC 6902: a list of operations
};

struct ProxyTarget {
    Resource resource = pods;  // or services
    std::string namespace_name;
    std::string name;
    std::string port;    // number or name; "" where there is only one
    std::string scheme;  // "https", or "" for http
};

// Annotation of every object made by create(): by it an object is known to be that call's own.
inline constexpr std::string_view create_mark = "assay/create-mark";

class Client {
public:
    explicit Client(Transport& transport) : transport_(&transport) {}

    Result<Json> get(const Resource& resource, std::string_view ns, std::string_view name,
                     const Limit& limit) const;
    // Pages of 500; when they expire (410) the list is asked for anew, whole. ns "" lists every
    // namespace.
    Result<List> list(const Resource& resource, std::string_view ns, const Selection& selection,
                      const Limit& limit) const;
    // POST with fieldValidation=Strict. The answer is the object as the server stored it. When the
    // answer is lost, or says AlreadyExists, the object of that name is looked at: with this call's
    // create_mark it is the answer; where there is none it is sent again. An Error of http_status
    // 4xx has not taken effect, any other may have.
    Result<Json> create(const Resource& resource, std::string_view ns, const Json& object,
                        const Limit& limit) const;
    // As create, and nothing is stored (dryRun=All): the answer shows which members the server
    // knows and keeps.
    Result<Json> try_create(const Resource& resource, std::string_view ns, const Json& object,
                            const Limit& limit) const;
    // DELETE with propagationPolicy=Background, and preconditions.uid unless uid is empty.
    // not_found is an Error like any other, but not after a lost answer to the same call.
    // grace_seconds: unset leaves the object's own.
    Result<void> remove(const Resource& resource, std::string_view ns, std::string_view name,
                        std::string_view uid, const Limit& limit,
                        std::optional<int> grace_seconds = {}) const;
    // Server-side apply: creates the object, or changes of it what the manager manages; what
    // another manager has set differently is taken over.
    Result<Json> apply(const Resource& resource, std::string_view ns, const Json& object,
                       std::string_view field_manager, const Limit& limit) const;
    // Changes one object that is there, or a subresource of it ("ephemeralcontainers"). A JSON
    // patch is not sent again when its answer is lost: the second of two may mean something else
    // than the first. A merge patch says what shall be, and is.
    Result<Json> patch(const Resource& resource, std::string_view ns, std::string_view name,
                       Patch kind, const Json& change, const Limit& limit,
                       std::string_view subresource = {}) const;
    // The log so far, at most max_bytes of it (limitBytes).
    Result<std::string> log(std::string_view ns, std::string_view pod, std::string_view container,
                            std::size_t max_bytes, const Limit& limit) const;
    // Follows the log until a line satisfies wanted (that line is the value), the log ends
    // (not_found), a line is longer than max_bytes (protocol) or the limit is reached. Survives a
    // stream that ends early by following again from the last line seen; each line is asked about
    // once.
    Result<std::string> follow_log_until(std::string_view ns, std::string_view pod,
                                         std::string_view container, std::size_t max_bytes,
                                         const std::function<bool(std::string_view)>& wanted,
                                         const Limit& limit) const;

    Result<ServerVersion> version(const Limit& limit) const;
    // An exchange with what listens behind a pod's or service's port, by way of the API server;
    // request.path is the path there, and its on_chunk gets the body as it comes. A Response is the
    // listener's own, whatever its status; an Error is the API server's: rights, no such pod, no
    // endpoints, nobody listening. Sent once.
    Result<Response> proxied(const ProxyTarget& target, Request request, const Limit& limit) const;
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
