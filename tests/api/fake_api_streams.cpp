// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The answers that go on: logs and watches.
#include <fmt/format.h>

#include "tests/api/fake_api_answers.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {

Result<Response> FakeApiServer::logged(const Request& request, const Target& target) {
    const std::scoped_lock lock(mutex_);
    const auto container = target.query.find("container");
    const auto found =
        logs_.find(fmt::format("{}/{}/{}", target.ns, target.name,
                               container == target.query.end() ? "" : container->second));
    if (target.subresource != "log" || found == logs_.end()) {
        return failure(404, "NotFound", "no such log");
    }
    if (request.on_chunk) {
        request.on_chunk(found->second);
        return Response{200, {}, ""};
    }
    return Response{200, {}, found->second};
}

Result<Response> FakeApiServer::watched(const Request& request, const Target& target,
                                        const Limit& limit) {
    const auto asked = target.query.find("resourceVersion");
    std::uint64_t seen = asked == target.query.end() ? 0 : std::stoull(asked->second);
    std::unique_lock lock(mutex_);
    const std::uint64_t epoch = watch_epoch_;
    if (seen < oldest_) {
        const Json expired{{"type", "ERROR"}, {"object", {{"kind", "Status"}, {"code", 410}}}};
        lock.unlock();
        request.on_chunk(expired.dump() + "\n");
        return Response{200, {}, ""};
    }
    for (;;) {
        std::vector<std::string> lines;
        for (const Event& event : history_) {
            if (event.version > seen && event.collection == target.collection &&
                selected(event.object, target)) {
                lines.push_back(Json{{"type", event.type}, {"object", event.object}}.dump() + "\n");
            }
        }
        seen = version_;
        lock.unlock();
        for (const std::string& line : lines) {
            if (!request.on_chunk(line)) {
                return Response{200, {}, ""};
            }
        }
        lock.lock();
        const bool woken = changed_.wait_until(lock, limit.stop, limit.deadline, [&] {
            return version_ > seen || watch_epoch_ != epoch;
        });
        if (limit.stop.stop_requested()) {
            return std::unexpected(Error{Error::Kind::cancelled, 0, "", "cancelled"});
        }
        if (!woken) {
            return std::unexpected(Error{Error::Kind::timeout, 0, "", "deadline passed"});
        }
        if (watch_epoch_ != epoch) {
            return Response{200, {}, ""};
        }
    }
}

}  // namespace assay::kube
