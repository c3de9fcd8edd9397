// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The answers that go on: logs and watches.
#include <fmt/format.h>

#include <algorithm>

#include "tests/api/fake_api_answers.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {

namespace {

// The n-th line is of the n-th second of a day, as a kubelet writes it.
std::string timestamp(std::size_t line) {
    return fmt::format("2026-01-01T{:02}:{:02}:{:02}.250000000Z", line / 3600, line / 60 % 60,
                       line % 60);
}

// What the log is to who asks for timestamps, and for what is not older than since.
std::string stamped(const std::string& text, const std::string& since) {
    std::string result;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        if (timestamp(number).substr(0, 19) >= since.substr(0, 19)) {
            result += timestamp(number) + " " + text.substr(begin, end - begin);
        }
        begin = end;
    }
    return result;
}

std::string asked(const std::map<std::string, std::string>& query, const char* key) {
    const auto found = query.find(key);
    return found == query.end() ? "" : found->second;
}

std::string shown(const std::string& text, const std::map<std::string, std::string>& query) {
    return asked(query, "timestamps").empty() ? text : stamped(text, asked(query, "sinceTime"));
}

}  // namespace

Result<Response> FakeApiServer::logged(const Request& request, const Target& target,
                                       const Limit& limit) {
    std::unique_lock lock(mutex_);
    const auto container = target.query.find("container");
    const auto found =
        logs_.find(fmt::format("{}/{}/{}", target.ns, target.name,
                               container == target.query.end() ? "" : container->second));
    if (target.subresource != "log" || found == logs_.end()) {
        return failure(404, "NotFound", "no such log");
    }
    const Log& log = found->second;  // logs are never removed
    if (!request.on_chunk) {
        return Response{200, {}, log.text};
    }
    for (std::size_t sent = 0;;) {
        const std::string all = shown(log.text, target.query);
        const std::string piece = all.substr(std::min(sent, all.size()));
        const std::size_t known = log.text.size();
        sent += piece.size();
        lock.unlock();
        const bool more = piece.empty() || request.on_chunk(piece);
        lock.lock();
        if (!more || (log.ended && log.text.size() == known)) {
            return Response{200, {}, ""};
        }
        const bool woken = changed_.wait_until(
            lock, limit.stop, limit.deadline, [&] { return log.ended || log.text.size() > known; });
        if (!woken || limit.stop.stop_requested()) {
            return std::unexpected(limit_reached(limit));
        }
    }
}

// What the watchers of a selection are told: an object that leaves it is deleted to them.
std::string FakeApiServer::type_for(const Event& event, const Target& target) {
    if (event.collection != target.collection) {
        return "";
    }
    const bool is = event.type != "DELETED" && selected(event.object, target);
    const bool was = event.before.is_object() && selected(event.before, target);
    if (is) {
        return was ? "MODIFIED" : "ADDED";
    }
    return was ? "DELETED" : "";
}

std::vector<std::string> FakeApiServer::events_after(std::uint64_t seen,
                                                     const Target& target) const {
    std::vector<std::string> lines;
    for (const Event& event : history_) {
        const std::string type = event.version > seen ? type_for(event, target) : "";
        if (!type.empty()) {
            lines.push_back(Json{{"type", type}, {"object", event.object}}.dump() + "\n");
        }
    }
    return lines;
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
        const std::vector<std::string> lines = events_after(seen, target);
        seen = version_;
        lock.unlock();
        const auto refuses = [&](const std::string& line) { return !request.on_chunk(line); };
        if (std::ranges::any_of(lines, refuses)) {
            return Response{200, {}, ""};
        }
        lock.lock();
        const bool woken = changed_.wait_until(lock, limit.stop, limit.deadline, [&] {
            return version_ > seen || watch_epoch_ != epoch;
        });
        if (!woken || limit.stop.stop_requested()) {
            return std::unexpected(limit_reached(limit));
        }
        if (watch_epoch_ != epoch) {
            return Response{200, {}, ""};
        }
    }
}

}  // namespace assay::kube
