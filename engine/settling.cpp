// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/settling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <ranges>
#include <set>
#include <thread>

#include "engine/slices.h"
#include "kube/discovery.h"
#include "kube/pause.h"

namespace assay {

namespace {

using kube::Json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds between_words{1000};
constexpr milliseconds before_another_try{1000};
constexpr std::size_t max_phrases = 10;  // in the report

const kube::Resource daemon_sets{"apps", "v1", "daemonsets", "DaemonSet", true};

std::string reason_in(const Json& condition) {
    const std::string why = kube::text(condition, {"reason"});
    const std::string words = kube::text(condition, {"message"});
    if (why.empty() && words.empty()) {
        return "no reason given";
    }
    return why.empty() || words.empty() ? why + words : why + ": " + words;
}

// "" for a node that is Ready.
std::string unreadiness(const Json& node) {
    for (const Json& condition : kube::array(node, {"status", "conditions"})) {
        if (kube::text(condition, {"type"}) == "Ready") {
            return kube::text(condition, {"status"}) == "True" ? "" : reason_in(condition);
        }
    }
    return "its kubelet has not said a word yet";
}

std::string not_rolled_out(const Json& set) {
    const auto status = [&](const char* member) { return kube::integer(set, {"status", member}); };
    const std::int64_t wanted = status("desiredNumberScheduled");
    if (kube::integer(set, {"metadata", "generation"}) > status("observedGeneration")) {
        return "its latest change has not been taken up";
    }
    const bool rolls = kube::text(set, {"spec", "updateStrategy", "type"}) != "OnDelete";
    if (rolls && status("updatedNumberScheduled") < wanted) {
        return fmt::format("{} of {} pods are of its latest version",
                           status("updatedNumberScheduled"), wanted);
    }
    if (status("numberAvailable") < wanted) {
        return fmt::format("{} of {} pods are available", status("numberAvailable"), wanted);
    }
    return {};
}

bool may_not_be_seen(const kube::Error& error) {
    return error.kind == kube::Error::Kind::unauthorized ||
           error.kind == kube::Error::Kind::forbidden;
}

// Every pool in words, and the node whose devices it has; "" for those of no one node.
std::map<std::string, std::string> pools_by_words(const kube::Snapshot& slices) {
    std::map<std::string, std::string> result;
    for (const auto& [name, slice] : slices) {
        result[fmt::format("pool {} of driver {}", kube::text(slice, {"spec", "pool", "name"}),
                           kube::text(slice, {"spec", "driver"}))] =
            kube::text(slice, {"spec", "nodeName"});
    }
    return result;
}

// One kind of object that is followed.
struct Part {
    using Judge = std::vector<std::string> (*)(const kube::Snapshot&);

    kube::Resource resource;
    Judge judge;
    bool seen = false;                        // has been listed
    std::vector<std::string> unsettled = {};  // of what was last seen
    std::string trouble = {};                 // why it is not known what there is; "" if it is
    bool refused = false;
};

// All of them, each followed by a thread of its own until the destructor ends it.
class Rest {
public:
    Rest(const kube::Client& client, std::vector<Part> parts, steady_clock::time_point deadline)
        : client_(&client), parts_(std::move(parts)), deadline_(deadline) {
        for (Part& part : parts_) {
            threads_.emplace_back(
                [this, &part](const std::stop_token& stop) { follow(part, stop); });
        }
    }
    ~Rest() {
        for (std::jthread& thread : threads_) {
            thread.request_stop();
        }
    }
    Rest(const Rest&) = delete;
    Rest& operator=(const Rest&) = delete;

    // What is not settled when it ends; empty: nothing.
    std::vector<std::string> wait(const StillMissing& missing, const StillWaiting& said,
                                  const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        std::string last;
        steady_clock::time_point may_say{};
        while (!refused() && !stop.stop_requested() && steady_clock::now() < deadline_) {
            const std::uint64_t before = changes_;
            ask_for_the_rest(missing, lock, stop);
            const std::vector<std::string> waiting = unsettled();
            if (waiting.empty()) {
                break;
            }
            const std::string words = words_for(waiting);
            const bool news = all_known() && words != last;
            if (news && steady_clock::now() >= may_say) {
                said(words);
                last = words;
                may_say = steady_clock::now() + between_words;
            }
            const bool unsaid = news && words != last;
            changed_.wait_until(lock, stop, unsaid ? std::min(may_say, deadline_) : deadline_,
                                [&] { return changes_ != before; });
        }
        return unsettled();
    }

private:
    // Without the lock while it asks: what is followed goes on meanwhile. A change that comes while
    // it asks is asked about in its turn.
    void ask_for_the_rest(const StillMissing& missing, std::unique_lock<std::mutex>& lock,
                          const std::stop_token& stop) {
        missing_.clear();
        if (!unsettled().empty()) {
            return;
        }
        lock.unlock();
        const auto now = steady_clock::now();
        const auto early = std::chrono::ceil<milliseconds>(may_ask_ - now);
        std::string words = "the wait was ended";
        if (early.count() <= 0 || kube::pause(early, {deadline_, stop})) {
            may_ask_ = steady_clock::now() + before_another_try;
            words = missing();
        }
        lock.lock();
        missing_ = std::move(words);
    }

    static std::string words_for(const std::vector<std::string>& waiting) {
        Settling now;
        now.waiting_for = waiting;
        now.unsettled = static_cast<int>(waiting.size());
        return "waiting: " + now.describe();
    }

    bool refused() const { return std::ranges::any_of(parts_, &Part::refused); }

    bool all_known() const {
        return std::ranges::all_of(
            parts_, [](const Part& part) { return part.seen || !part.trouble.empty(); });
    }

    // A driver that begins anew withdraws its slices first: a pool that was there must come back,
    // if its node is still there.
    std::vector<std::string> missed() const {
        std::vector<std::string> result;
        for (const auto& [pool, node] : pools_ever_) {
            if (!pools_now_.contains(pool) && (node.empty() || nodes_.contains(node))) {
                result.push_back(pool + " is gone, and was there before");
            }
        }
        return result;
    }

    void remember(const Part& part, const kube::Snapshot& objects) {
        if (part.judge == unsettled_nodes) {
            if (!std::ranges::equal(nodes_, objects | std::views::keys)) {
                const auto names = objects | std::views::keys;
                nodes_ = {names.begin(), names.end()};
            }
        } else if (part.judge == unsettled_pools) {
            pools_now_ = pools_by_words(objects);
            pools_ever_.insert(pools_now_.begin(), pools_now_.end());
        }
    }

    std::vector<std::string> unsettled() const {
        std::vector<std::string> all = missed();
        for (const Part& part : parts_) {
            if (!part.trouble.empty()) {
                all.push_back(part.trouble);
            } else if (!part.seen) {
                all.push_back(fmt::format("{} have not been listed yet", part.resource.plural));
            }
            all.insert(all.end(), part.unsettled.begin(), part.unsettled.end());
        }
        if (!missing_.empty()) {
            all.push_back(missing_);
        }
        return all;
    }

    void follow(Part& part, const std::stop_token& stop) {
        const kube::Limit limit{deadline_, stop};
        const auto publish = [&](const kube::Snapshot& objects) {
            std::vector<std::string> unsettled = part.judge(objects);
            const std::scoped_lock lock(mutex_);
            part.seen = true;
            part.trouble.clear();
            part.unsettled = std::move(unsettled);
            remember(part, objects);
            ++changes_;
            changed_.notify_all();
            return kube::Verdict::waiting("it is followed until the cluster has settled");
        };
        do {
            const auto ended = kube::wait_until(*client_, part.resource, "", {}, publish, limit);
            if (ended || stop.stop_requested() || steady_clock::now() >= deadline_) {
                return;
            }
            const std::scoped_lock lock(mutex_);
            part.refused = !part.seen && may_not_be_seen(ended.error());
            part.trouble = fmt::format("whether {} are settled cannot be seen: {}",
                                       part.resource.plural, ended.error().message);
            part.unsettled.clear();
            ++changes_;
            changed_.notify_all();
        } while (kube::pause(before_another_try, limit));
    }

    const kube::Client* client_;
    std::vector<Part> parts_;
    steady_clock::time_point deadline_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t changes_ = 0;
    std::string missing_;  // of what is not followed
    steady_clock::time_point may_ask_{};
    std::set<std::string> nodes_;
    std::map<std::string, std::string> pools_now_;
    std::map<std::string, std::string> pools_ever_;  // since the wait began
    std::vector<std::jthread> threads_;              // last: they use the rest
};

// A cluster that does not serve resource.k8s.io has no pools.
kube::Result<std::vector<Part>> parts_of(const kube::Client& client, const kube::Limit& limit) {
    std::vector<Part> parts;
    parts.push_back({.resource = kube::nodes, .judge = unsettled_nodes});
    const auto discovery = kube::Discovery::of(client, limit);
    if (!discovery) {
        return std::unexpected(discovery.error());
    }
    if (const auto version = discovery->served("resource.k8s.io", {"v1", "v1beta2", "v1beta1"})) {
        parts.push_back(
            {.resource = {"resource.k8s.io", *version, "resourceslices", "ResourceSlice", false},
             .judge = unsettled_pools});
    }
    parts.push_back({.resource = daemon_sets, .judge = unsettled_daemon_sets});
    return parts;
}

}  // namespace

std::vector<std::string> unsettled_nodes(const kube::Snapshot& nodes) {
    if (nodes.empty()) {
        return {"the cluster has no node yet"};
    }
    std::vector<std::string> result;
    for (const auto& [name, node] : nodes) {
        if (const std::string why = unreadiness(node); !why.empty()) {
            result.push_back(fmt::format("node {} is not Ready ({})", name, why));
        }
    }
    return result;
}

std::vector<std::string> unsettled_pools(const kube::Snapshot& slices) {
    std::vector<std::string> result;
    for (const SlicePool& pool : pools_in(slices)) {
        if (!pool.complete()) {
            result.push_back(pool.describe());
        }
    }
    return result;
}

std::vector<std::string> unsettled_daemon_sets(const kube::Snapshot& sets) {
    std::vector<std::string> result;
    for (const auto& [name, set] : sets) {
        if (const std::string why = not_rolled_out(set); !why.empty()) {
            result.push_back(fmt::format("DaemonSet {}: {}", name, why));
        }
    }
    return result;
}

Settling wait_settled(const kube::Client& client, milliseconds patience,
                      const StillMissing& missing, const StillWaiting& said,
                      const std::stop_token& stop) {
    const auto began = steady_clock::now();
    const kube::Limit limit = kube::Limit::of(patience, stop);
    Settling result;
    result.limit_ms = patience.count();
    auto parts = parts_of(client, limit);
    if (parts) {
        result.waiting_for =
            Rest(client, std::move(*parts), limit.deadline).wait(missing, said, stop);
    } else {
        result.waiting_for = {
            fmt::format("what the cluster serves is not known: {}", parts.error().message)};
    }
    result.unsettled = static_cast<int>(result.waiting_for.size());
    result.settled = result.waiting_for.empty();
    result.waiting_for.resize(std::min(result.waiting_for.size(), max_phrases));
    result.duration_ms =
        std::chrono::duration_cast<milliseconds>(steady_clock::now() - began).count();
    return result;
}

}  // namespace assay
