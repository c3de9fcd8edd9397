// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fake_api_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "tests/api/fake_api_answers.h"
#include "tests/api/selector.h"

namespace assay::kube {

namespace {

std::vector<std::string> split(const std::string& text, char by) {
    std::vector<std::string> parts;
    std::stringstream stream(text);
    for (std::string part; std::getline(stream, part, by);) {
        parts.push_back(part);
    }
    return parts;
}

std::string decoded(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            result += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::string verb_of(const Request& request, bool named, bool watch) {
    if (request.method == "POST") {
        return "create";
    }
    if (request.method == "DELETE") {
        return "delete";
    }
    if (request.method == "PATCH") {
        return "patch";
    }
    return watch ? "watch" : (named ? "get" : "list");
}

}  // namespace

FakeApiServer::Target FakeApiServer::target_of(const std::string& path) {
    Target target;
    const std::size_t question = path.find('?');
    if (question != std::string::npos) {
        for (const std::string& pair : split(path.substr(question + 1), '&')) {
            const std::size_t equals = pair.find('=');
            target.query[pair.substr(0, equals)] = decoded(pair.substr(equals + 1));
        }
    }
    std::vector<std::string> parts = split(path.substr(1, question - 1), '/');
    const std::size_t prefix = parts.at(0) == "api" ? 2 : 3;
    std::vector<std::string> rest(
        parts.begin() + static_cast<std::ptrdiff_t>(std::min(prefix, parts.size())), parts.end());
    parts.resize(std::min(prefix, parts.size()));
    if (rest.size() >= 3 && rest[0] == "namespaces") {
        target.ns = decoded(rest[1]);
        rest.erase(rest.begin(), rest.begin() + 2);
    }
    for (const std::string& part : parts) {
        target.collection += "/" + part;
    }
    target.collection += rest.empty() ? "" : "/" + rest[0];
    target.name = rest.size() > 1 ? decoded(rest[1]) : "";
    target.subresource = rest.size() > 2 ? rest[2] : "";
    return target;
}

std::string FakeApiServer::collection_of(const Resource& resource) {
    return path_of(resource, "");
}

std::string FakeApiServer::key_of(const std::string& ns, const std::string& name) {
    return ns + "/" + name;
}

bool FakeApiServer::selected(const Json& object, const Target& target) {
    if (!target.ns.empty() && namespace_of(object) != target.ns) {
        return false;
    }
    const auto asked = [&](const char* key) {
        const auto found = target.query.find(key);
        return found == target.query.end() ? std::string() : found->second;
    };
    return labels_match(asked("labelSelector"), object) &&
           fields_match(asked("fieldSelector"), object);
}

void FakeApiServer::store(const std::string& collection, Json object, const std::string& type) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    if (uid_of(object).empty()) {
        object["metadata"]["uid"] = fmt::format("uid-{}", next_uid_++);
    }
    Json& stored = objects_[collection][key_of(namespace_of(object), name_of(object))];
    Json before = std::exchange(stored, object);
    history_.push_back({version_, collection, type, std::move(object), std::move(before)});
    changed_.notify_all();
}

void FakeApiServer::drop(const std::string& collection, const std::string& key) {
    auto& all = objects_[collection];
    const auto found = all.find(key);
    if (found == all.end()) {
        return;
    }
    Json last = std::move(found->second);
    all.erase(found);
    last["metadata"]["resourceVersion"] = std::to_string(++version_);
    history_.push_back({version_, collection, "DELETED", last, last});
    changed_.notify_all();
}

void FakeApiServer::update(const Resource& resource, Json object) {
    const std::scoped_lock lock(mutex_);
    const std::string collection = collection_of(resource);
    const auto& all = objects_[collection];
    const auto known = all.find(key_of(namespace_of(object), name_of(object)));
    if (known != all.end() && uid_of(object).empty()) {
        object["metadata"]["uid"] = uid_of(known->second);
    }
    store(collection, std::move(object), known == all.end() ? "ADDED" : "MODIFIED");
}

void FakeApiServer::erase(const Resource& resource, const std::string& ns,
                          const std::string& name) {
    const std::scoped_lock lock(mutex_);
    drop(collection_of(resource), key_of(ns, name));
}

std::vector<Json> FakeApiServer::stored(const Resource& resource) const {
    const std::scoped_lock lock(mutex_);
    std::vector<Json> result;
    if (const auto all = objects_.find(collection_of(resource)); all != objects_.end()) {
        for (const auto& [key, object] : all->second) {
            result.push_back(object);
        }
    }
    return result;
}

std::optional<Json> FakeApiServer::stored(const Resource& resource, const std::string& ns,
                                          const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto& all = objects_[collection_of(resource)];
    const auto found = all.find(key_of(ns, name));
    return found == all.end() ? std::nullopt : std::optional(found->second);
}

void FakeApiServer::on_created(const Resource& resource, Reactor reactor) {
    const std::scoped_lock lock(mutex_);
    reactors_[{"create", collection_of(resource)}] = std::move(reactor);
}

void FakeApiServer::on_removed(const Resource& resource, Reactor reactor) {
    const std::scoped_lock lock(mutex_);
    reactors_[{"delete", collection_of(resource)}] = std::move(reactor);
}

void FakeApiServer::on_patched(const Resource& resource, Reactor reactor) {
    const std::scoped_lock lock(mutex_);
    reactors_[{"patch", collection_of(resource)}] = std::move(reactor);
}

void FakeApiServer::on_request(Fault fault) {
    const std::scoped_lock lock(mutex_);
    fault_ = std::move(fault);
}

void FakeApiServer::deny(const std::string& verb, const Resource& resource) {
    const std::scoped_lock lock(mutex_);
    denied_.emplace_back(verb, collection_of(resource));
}

void FakeApiServer::set_log(const std::string& ns, const std::string& pod,
                            const std::string& container, std::string text) {
    const std::scoped_lock lock(mutex_);
    logs_[fmt::format("{}/{}/{}", ns, pod, container)] = {std::move(text), true};
    changed_.notify_all();
}

void FakeApiServer::append_log(const std::string& ns, const std::string& pod,
                               const std::string& container, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    Log& log = logs_[fmt::format("{}/{}/{}", ns, pod, container)];
    log.text += text;
    log.ended = false;
    changed_.notify_all();
}

void FakeApiServer::serve_group(ApiGroup group) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(groups_, [&](const ApiGroup& one) { return one.name == group.name; });
    groups_.push_back(std::move(group));
}

void FakeApiServer::refuse_credentials() {
    const std::scoped_lock lock(mutex_);
    credentials_refused_ = true;
}

void FakeApiServer::hold_namespace(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    held_namespace_ = name;
}

void FakeApiServer::end_watches() {
    const std::scoped_lock lock(mutex_);
    ++watch_epoch_;
    changed_.notify_all();
}

void FakeApiServer::expire_history() {
    const std::scoped_lock lock(mutex_);
    oldest_ = version_;
}

std::vector<Request> FakeApiServer::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

Result<Response> FakeApiServer::send(const Request& request, const Limit& limit) {
    Fault fault;
    {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(request);
        fault = fault_;
    }
    if (limit.stop.stop_requested() || std::chrono::steady_clock::now() >= limit.deadline) {
        return std::unexpected(limit_reached(limit));
    }
    if (fault) {
        if (auto planted = fault(request)) {
            return *planted;
        }
    }
    if (auto fixed = discovery(request)) {
        return *fixed;
    }
    return answered(request, target_of(request.path), limit);
}

FakeApiServer::Reactor FakeApiServer::reactor_to(const std::string& verb,
                                                 const Target& target) const {
    const auto found = reactors_.find({verb, target.collection});
    return found == reactors_.end() ? nullptr : found->second;
}

Result<Response> FakeApiServer::answered(const Request& request, const Target& target,
                                         const Limit& limit) {
    const bool watch = target.query.contains("watch");
    Reactor reactor;
    Json object;
    Response response;
    {
        const std::scoped_lock lock(mutex_);
        const std::pair wanted(verb_of(request, !target.name.empty(), watch), target.collection);
        if (std::ranges::find(denied_, wanted) != denied_.end()) {
            return failure(403, "Forbidden",
                           fmt::format("User \"tester\" cannot {} resource \"{}\"", wanted.first,
                                       target.collection));
        }
        const std::string& verb = wanted.first;
        if (verb == "create" || verb == "delete" || verb == "patch") {
            response = changed_by(verb, request, target, object);
            const int done = verb == "create" ? 201 : 200;  // a dry run of one: 200
            reactor = response.status == done ? reactor_to(verb, target) : nullptr;
        } else if (wanted.first == "list") {
            return listed(target);
        } else if (wanted.first == "get" && target.subresource.empty()) {
            return got(target);
        }
    }
    if (reactor) {
        reactor(*this, object);
    }
    if (response.status != 0) {
        return response;
    }
    return watch ? watched(request, target, limit) : logged(request, target, limit);
}

Response FakeApiServer::listed(const Target& target) {
    Json list{{"kind", "List"}, {"apiVersion", "v1"}, {"items", Json::array()}};
    list["metadata"]["resourceVersion"] = std::to_string(version_);
    for (const auto& [key, object] : objects_[target.collection]) {
        if (selected(object, target)) {
            list["items"].push_back(object);
        }
    }
    return json_response(200, list);
}

Response FakeApiServer::got(const Target& target) {
    const auto& all = objects_[target.collection];
    const auto found = all.find(key_of(target.ns, target.name));
    if (found == all.end()) {
        return failure(404, "NotFound", fmt::format("\"{}\" not found", target.name));
    }
    return json_response(200, found->second);
}

}  // namespace assay::kube
