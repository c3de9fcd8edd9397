// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A Kubernetes API server in memory, behind the Transport seam: list, get, create, patch, delete
// and watch over a generic store, logs, discovery, metav1.Status errors. Tests play scheduler and
// kubelet through on_created() and update(), and plant faults through on_request(). Thread
// contract: every member from any thread; reactors run on the thread that sent the create, without
// the lock held.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kube/client.h"
#include "kube/discovery.h"
#include "kube/transport.h"

namespace assay::kube {

class FakeApiServer : public Transport {
public:
    using Reactor = std::function<void(FakeApiServer&, const Json& object)>;
    // An answer instead of the server's own, or nullopt to let it answer.
    using Fault = std::function<std::optional<Result<Response>>(const Request&)>;

    Result<Response> send(const Request& request, const Limit& limit) override;

    // Creates or replaces the object by namespace and name; watchers are told.
    void update(const Resource& resource, Json object);
    void erase(const Resource& resource, const std::string& ns, const std::string& name);
    // All of a kind, in every namespace.
    std::vector<Json> stored(const Resource& resource) const;
    std::optional<Json> stored(const Resource& resource, const std::string& ns,
                               const std::string& name);

    void on_created(const Resource& resource, Reactor reactor);
    // Told of an object that a request deleted, not of those that went with their namespace.
    void on_removed(const Resource& resource, Reactor reactor);
    // Told of an object as a merge patch left it.
    void on_patched(const Resource& resource, Reactor reactor);
    void on_request(Fault fault);
    // From now on answers 403 for a verb ("list", "create", …) on a resource.
    void deny(const std::string& verb, const Resource& resource);
    void set_log(const std::string& ns, const std::string& pod, const std::string& container,
                 std::string text);
    // More of a log whose container goes on: who follows it waits for more until set_log() ends it.
    void append_log(const std::string& ns, const std::string& pod, const std::string& container,
                    const std::string& text);
    // Namespaces with this name stay in Terminating when they are deleted.
    void hold_namespace(const std::string& name);
    // Adds a group to discovery, or replaces it; resource.k8s.io v1 is there from the start.
    void serve_group(ApiGroup group);
    // Answers discovery as servers before 1.26 do.
    void serve_plain_discovery_only() { aggregates_ = false; }
    // From now on answers 401 to everything.
    void refuse_credentials();
    // Ends every watch that is open, as a server that restarts does.
    void end_watches();
    // Watches from an older version than now are answered with 410 from here on.
    void expire_history();

    std::vector<Request> requests() const;

private:
    struct Event {
        std::uint64_t version = 0;
        std::string collection;
        std::string type;
        Json object;
        Json before;  // null where there was none
    };
    struct Log {
        std::string text;
        bool ended = true;
    };
    struct Target {
        std::string collection;  // path without namespace and name: "/api/v1/pods"
        std::string ns;
        std::string name;
        std::string subresource;
        std::map<std::string, std::string> query;
    };

    static Target target_of(const std::string& path);
    static std::string collection_of(const Resource& resource);
    static std::string key_of(const std::string& ns, const std::string& name);
    static bool selected(const Json& object, const Target& target);
    Result<Response> answered(const Request& request, const Target& target, const Limit& limit);
    std::optional<Response> discovery(const Request& request) const;
    std::vector<std::string> events_after(std::uint64_t seen, const Target& target) const;
    static std::string type_for(const Event& event, const Target& target);
    Response listed(const Target& target);
    bool lets_administer(const std::string& ns) const;
    Response created(const Target& target, const std::string& body, Json& object);
    Response removed(const Target& target, const std::string& body);
    Response patched(const Target& target, const std::string& body, Json& object);
    Response changed_by(const std::string& verb, const Request& request, const Target& target,
                        Json& object);
    Reactor reactor_to(const std::string& verb, const Target& target) const;
    Response got(const Target& target);
    Result<Response> logged(const Request& request, const Target& target, const Limit& limit);
    Result<Response> watched(const Request& request, const Target& target, const Limit& limit);
    void store(const std::string& collection, Json object, const std::string& type);
    void drop(const std::string& collection, const std::string& key);

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t version_ = 100;
    std::uint64_t oldest_ = 0;
    std::uint64_t watch_epoch_ = 0;
    std::uint64_t next_uid_ = 1;
    std::map<std::string, std::map<std::string, Json>>
        objects_;  // collection -> "ns/name" -> object
    std::vector<Event> history_;
    std::map<std::pair<std::string, std::string>, Reactor> reactors_;  // by verb and collection
    std::map<std::string, Log> logs_;
    std::vector<std::pair<std::string, std::string>> denied_;
    std::string held_namespace_;
    std::vector<ApiGroup> groups_{{"resource.k8s.io", {"v1"}}};
    std::atomic<bool> aggregates_ = true;
    bool credentials_refused_ = false;
    Fault fault_;
    std::vector<Request> requests_;
};

}  // namespace assay::kube
