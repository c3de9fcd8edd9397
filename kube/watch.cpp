// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/line_splitter.h"
#include "kube/pages.h"
#include "kube/pause.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// After so long the server ends a watch; one that goes on beyond the margin is a connection that
// only looks alive, as through a load balancer whose server is gone.
constexpr seconds watch_lasts{60};
constexpr seconds margin{10};
// Watches in a row that end early: with nothing, an error or garbage; the pauses between them
// double.
constexpr int max_short_watches = 7;
constexpr int most_cut_off = 3;  // of them, before it is listed anew
constexpr std::chrono::milliseconds first_relist_after{25};
constexpr seconds short_watch{5};
constexpr std::size_t max_line_bytes = 16u * 1024 * 1024;

std::string key_of(const Json& object, bool with_namespace) {
    return with_namespace ? fmt::format("{}/{}", namespace_of(object), name_of(object))
                          : name_of(object);
}

// One list and the watches that follow it.
class Watcher {
public:
    Watcher(const Client& client, const Resource& resource, std::string_view ns,
            const Selection& selection, Follower& told, const Limit& limit)
        : client_(client),
          resource_(resource),
          ns_(ns),
          selection_(selection),
          told_(told),
          limit_(limit),
          with_namespace_(resource.namespaced && ns.empty()) {}

    Result<Verdict> follow() {
        for (;;) {
            Result<void> ended = cut_off_ ? Result<void>{} : list();
            if (ended && !decided_) {
                ended = watched();
            }
            if (decided_) {
                return verdict_;
            }
            if (!ended) {
                return std::unexpected(in_the_conditions_words(ended.error()));
            }
        }
    }

private:
    void judge() {
        verdict_ = told_.verdict();
        decided_ = verdict_.progress != Progress::waiting;
    }

    Result<void> list() {
        told_.listing();
        auto version = visit_for_watch(
            client_, resource_, ns_, selection_,
            [this](Json&& item) {
                const std::string key = key_of(item, with_namespace_);
                told_.seen(key, std::move(item));
            },
            [this] { told_.listing(); }, limit_);
        if (!version) {
            return std::unexpected(version.error());
        }
        version_ = *std::move(version);
        judge();
        return {};
    }

    // Watches until it is decided, cut off or to be listed anew; an error where none is of use.
    Result<void> watched() {
        const auto ended = watch_while_it_lasts();
        if (decided_ || (!ended && (lines_.too_long() || !worth_another_try(ended.error())))) {
            return ended;
        }
        short_ones_ = last_was_short_ ? short_ones_ + 1 : 0;
        if (short_ones_ >= max_short_watches) {
            return std::unexpected(ended ? nothing_readable() : ended.error());
        }
        // Goes on where it was, for a list does not show what came and went meanwhile; where it is
        // cut off time and again, a list says whether the server is there.
        const bool broke = !ended && ended.error().kind == Error::Kind::network;
        cut_off_ = (broke || silent_) && !version_.empty() && short_ones_ <= most_cut_off;
        if (short_ones_ > 0 && !pause(first_relist_after * (1 << short_ones_), limit_)) {
            return std::unexpected(out_of_time());
        }
        return {};
    }

    static bool worth_another_try(const Error& error) {
        using Kind = Error::Kind;
        return error.kind == Kind::network || error.kind == Kind::protocol ||
               error.kind == Kind::server || error.kind == Kind::throttled ||
               error.kind == Kind::gone;
    }

    // Watches again from where the last one ended. Returns with the error that ended the watch, or
    // without one where the server ended it before it said a word, or what it sent could not be
    // read.
    Result<void> watch_while_it_lasts() {
        relist_ = false;
        silent_ = false;
        while (!decided_ && !relist_ && !silent_) {
            lines_ = LineSplitter(max_line_bytes);
            const std::string before = version_;
            const auto began = steady_clock::now();
            Request request;
            request.path = watch_path();
            request.headers["Accept"] = "application/json";
            request.on_chunk = [this](std::string_view chunk) { return feed(chunk); };
            const auto answer = client_.transport().send(
                request, {std::min(limit_.deadline, began + watch_lasts + margin), limit_.stop});
            last_was_short_ = steady_clock::now() - began < short_watch;
            if (lines_.too_long()) {
                return std::unexpected(endless_line());
            }
            relist_ = relist_ || (!decided_ && only_looked_alive(answer));
            if (decided_ || relist_) {
                return {};
            }
            if (!answer) {
                return std::unexpected(answer.error());
            }
            if (answer->status != 200) {
                return std::unexpected(error_of(*answer));
            }
            silent_ = version_ == before;
        }
        return {};
    }

    bool only_looked_alive(const Result<Response>& answer) const {
        return !answer && answer.error().kind == Error::Kind::timeout &&
               steady_clock::now() < limit_.deadline;
    }

    std::string watch_path() const {
        std::string path = fmt::format("{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}",
                                       path_of(resource_, ns_), watch_lasts.count());
        if (!version_.empty()) {
            path += "&resourceVersion=" + query_encoded(version_);
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
        return lines_.feed(chunk, [this](std::string_view line) {
            if (!line.empty()) {
                take(line);
            }
            return !decided_ && !relist_;
        });
    }

    void take(std::string_view line) {
        auto event = parse(line);
        if (!event || !event->is_object() || !event->contains("object") ||
            !(*event)["object"].is_object()) {
            relist_ = true;
            return;
        }
        const std::string type = text(*event, {"type"});
        Json& changed = (*event)["object"];
        if (type == "ERROR") {
            relist_ = true;  // 410 above all: the version is too old
            return;
        }
        if (const std::string version = text(changed, {"metadata", "resourceVersion"});
            !version.empty()) {
            version_ = version;
        }
        if (type == "ADDED" || type == "MODIFIED" || type == "DELETED") {
            apply(type, changed);
            judge();
        } else if (type != "BOOKMARK") {
            relist_ = true;
        }
    }

    void apply(const std::string& type, Json& changed) {
        const std::string key = key_of(changed, with_namespace_);
        if (type == "DELETED") {
            told_.gone(key);
            return;
        }
        changed["apiVersion"] = resource_.api_version();
        changed["kind"] = resource_.kind;
        told_.seen(key, std::move(changed));
    }

    Error nothing_readable() const {
        return {Error::Kind::protocol, 0, "",
                fmt::format("watching {} never brings anything readable", resource_.plural)};
    }

    Error endless_line() const {
        return {Error::Kind::protocol, 0, "",
                fmt::format("an event of the watch of {} is longer than {} MiB, more than any "
                            "object may be; what stands between here and the API server?",
                            resource_.plural, max_line_bytes / (1024 * 1024))};
    }

    Error out_of_time() const {
        return limit_.stop.stop_requested()
                   ? Error{Error::Kind::cancelled, 0, "", "cancelled between two watches"}
                   : Error{Error::Kind::timeout, 0, "", "the time was up between two watches"};
    }

    // A wait that ran out of time says what it was waiting for.
    Error in_the_conditions_words(Error error) const {
        if (error.kind == Error::Kind::timeout && !verdict_.reason.empty()) {
            error.message = verdict_.reason;
        }
        return error;
    }

    const Client& client_;
    const Resource& resource_;
    std::string_view ns_;
    const Selection& selection_;
    Follower& told_;
    const Limit& limit_;
    bool with_namespace_;

    Verdict verdict_;
    std::string version_;
    LineSplitter lines_{max_line_bytes};
    bool decided_ = false;
    bool relist_ = false;
    bool silent_ = false;   // it ended without a word
    bool cut_off_ = false;  // the next watch goes on from version_
    bool last_was_short_ = false;
    int short_ones_ = 0;
};

// Keeps all of it, and asks a condition.
class Keeper : public Follower {
public:
    explicit Keeper(const Condition& condition) : condition_(condition) {}
    void listing() override { snapshot.clear(); }
    void seen(const std::string& key, Json&& object) override { snapshot[key] = std::move(object); }
    void gone(const std::string& key) override { snapshot.erase(key); }
    Verdict verdict() override { return condition_(snapshot); }

    Snapshot snapshot;

private:
    const Condition& condition_;
};

}  // namespace

Result<Verdict> follow(const Client& client, const Resource& resource, std::string_view ns,
                       const Selection& selection, Follower& follower, const Limit& limit) {
    return Watcher(client, resource, ns, selection, follower, limit).follow();
}

Result<Waited> wait_until(const Client& client, const Resource& resource, std::string_view ns,
                          const Selection& selection, const Condition& condition,
                          const Limit& limit) {
    Keeper keeper(condition);
    auto verdict = follow(client, resource, ns, selection, keeper, limit);
    if (!verdict) {
        return std::unexpected(verdict.error());
    }
    return Waited{.verdict = *std::move(verdict), .snapshot = std::move(keeper.snapshot)};
}

}  // namespace assay::kube
