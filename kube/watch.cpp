// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/watch.h"

#include <fmt/format.h>

#include "kube/query.h"

namespace assay::kube {

namespace {

constexpr int watch_timeout_s = 300;
constexpr int max_fruitless_lists = 20;  // lists whose watch then said nothing we could read
constexpr std::size_t max_line_bytes = 16u * 1024 * 1024;

std::string key_of(const Json& object, bool with_namespace) {
    return with_namespace ? fmt::format("{}/{}", namespace_of(object), name_of(object))
                          : name_of(object);
}

// One list and the watches that follow it.
class Follower {
public:
    Follower(const Client& client, const Resource& resource, std::string_view ns,
             const Selection& selection, const Condition& condition, const Limit& limit)
        : client_(client),
          resource_(resource),
          ns_(ns),
          selection_(selection),
          condition_(condition),
          limit_(limit),
          with_namespace_(resource.namespaced && ns.empty()) {}

    Result<Waited> follow() {
        int fruitless = 0;
        for (;;) {
            const auto listed = list();
            if (!listed) {
                return std::unexpected(in_the_conditions_words(listed.error()));
            }
            if (decided_) {
                return std::move(waited_);
            }
            heard_ = false;
            const auto ended = watch_while_it_lasts();
            if (decided_) {
                return std::move(waited_);
            }
            if (!ended) {
                return std::unexpected(in_the_conditions_words(ended.error()));
            }
            fruitless = heard_ ? 0 : fruitless + 1;
            if (fruitless >= max_fruitless_lists) {
                return std::unexpected(Error{
                    Error::Kind::protocol, 0, "",
                    fmt::format("watching {} never brings anything readable", resource_.plural)});
            }
        }
    }

private:
    void judge() {
        waited_.verdict = condition_(waited_.snapshot);
        decided_ = waited_.verdict.progress != Progress::waiting;
    }

    Result<void> list() {
        auto items = client_.list(resource_, ns_, selection_, limit_);
        if (!items) {
            return std::unexpected(items.error());
        }
        waited_.snapshot.clear();
        for (Json& item : items->items) {
            const std::string key = key_of(item, with_namespace_);
            waited_.snapshot[key] = std::move(item);
        }
        version_ = items->resource_version;
        judge();
        return {};
    }

    // Watches again from where the last one ended; returns to list anew.
    Result<void> watch_while_it_lasts() {
        relist_ = false;
        while (!decided_ && !relist_) {
            rest_.clear();
            const std::string before = version_;
            Request request;
            request.path = watch_path();
            request.headers["Accept"] = "application/json";
            request.on_chunk = [this](std::string_view chunk) { return feed(chunk); };
            const auto answer = client_.transport().send(request, limit_);
            if (decided_ || relist_) {
                return {};
            }
            if (!answer) {
                const bool lost = answer.error().kind == Error::Kind::network ||
                                  answer.error().kind == Error::Kind::protocol;
                return lost ? Result<void>{} : std::unexpected(answer.error());
            }
            if (answer->status != 200) {
                const Error error = error_of(*answer);
                const bool refused = error.kind == Error::Kind::unauthorized ||
                                     error.kind == Error::Kind::forbidden ||
                                     error.kind == Error::Kind::not_found;
                return refused ? std::unexpected(error) : Result<void>{};
            }
            relist_ =
                version_ == before && !heard_;  // ended without a word: see whether it is alive
        }
        return {};
    }

    std::string watch_path() const {
        std::string path = fmt::format("{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}",
                                       path_of(resource_, ns_), watch_timeout_s);
        if (!version_.empty()) {
            path += "&resourceVersion=" + version_;
        }
        if (!selection_.labels.empty()) {
            path += "&labelSelector=" + query_encoded(selection_.labels);
        }
        if (!selection_.fields.empty()) {
            path += "&fieldSelector=" + query_encoded(selection_.fields);
        }
        return path;
    }

    // False ends the exchange: decided, or to be listed anew.
    bool feed(std::string_view chunk) {
        rest_ += chunk;
        for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
            const std::string line = rest_.substr(0, end);
            rest_.erase(0, end + 1);
            if (!line.empty()) {
                take(line);
            }
            if (decided_ || relist_) {
                return false;
            }
        }
        relist_ = rest_.size() > max_line_bytes;
        return !relist_;
    }

    void take(const std::string& line) {
        auto event = parse(line);
        if (!event || find(*event, {"object"}) == nullptr) {
            relist_ = true;
            return;
        }
        const std::string type = text(*event, {"type"});
        Json& changed = (*event)["object"];
        if (type == "ERROR") {
            relist_ = true;  // 410 above all: the version is too old
            return;
        }
        heard_ = true;
        if (const std::string version = text(changed, {"metadata", "resourceVersion"});
            !version.empty()) {
            version_ = version;
        }
        if (type == "BOOKMARK") {
            return;
        }
        const std::string key = key_of(changed, with_namespace_);
        if (type == "DELETED") {
            waited_.snapshot.erase(key);
        } else {
            changed["apiVersion"] = resource_.api_version();
            changed["kind"] = resource_.kind;
            waited_.snapshot[key] = std::move(changed);
        }
        judge();
    }

    // A wait that ran out of time says what it was waiting for.
    Error in_the_conditions_words(Error error) const {
        if (error.kind == Error::Kind::timeout && !waited_.verdict.reason.empty()) {
            error.message = waited_.verdict.reason;
        }
        return error;
    }

    const Client& client_;
    const Resource& resource_;
    std::string_view ns_;
    const Selection& selection_;
    const Condition& condition_;
    const Limit& limit_;
    bool with_namespace_;

    Waited waited_;
    std::string version_;
    std::string rest_;
    bool decided_ = false;
    bool relist_ = false;
    bool heard_ = false;
};

}  // namespace

Result<Waited> wait_until(const Client& client, const Resource& resource, std::string_view ns,
                          const Selection& selection, const Condition& condition,
                          const Limit& limit) {
    return Follower(client, resource, ns, selection, condition, limit).follow();
}

}  // namespace assay::kube
