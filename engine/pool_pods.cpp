// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/pool_pods.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/pod_conditions.h"
#include "engine/probe_document.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

using kube::Json;
using std::chrono::seconds;
using std::chrono::steady_clock;

// The probe itself ends each part of an accelerator (facts, gemm, hbm, link) after a minute
// (--part-limit-s of the fixture).
constexpr seconds most_for_an_accelerator{240};

const Json& container_status(const Json& pod) {
    static const Json none = Json::object();
    for (const Json& status : kube::array(pod, {"status", "containerStatuses"})) {
        if (kube::text(status, {"name"}) == pool_container) {
            return status;
        }
    }
    return none;
}

std::expected<std::string, NoAnswer> message_of(const Json& pod, const NodeShare& share) {
    const std::string node = kube::text(pod, {"spec", "nodeName"});
    if (node != share.node) {
        return std::unexpected(NoAnswer{
            .closed = false,
            .reason = fmt::format("it ran on node {}: something placed it elsewhere", node)});
    }
    const Json& ended = kube::object(container_status(pod), {"state", "terminated"});
    std::string message = kube::text(ended, {"message"});
    if (looks_like_probe_document(message)) {
        return message;
    }
    return std::unexpected(
        NoAnswer{.closed = false,
                 .reason = fmt::format(
                     "the container ended with exit code {} ({}) and without a document: {}",
                     kube::integer(ended, {"exitCode"}), kube::text(ended, {"reason"}), message)});
}

}  // namespace

std::string image_of(const Json& pod) {
    return kube::text(container_status(pod), {"imageID"});
}

PoolPods::PoolPods(const std::vector<NodeShare>& shares) : standing_(shares.size()) {
    pods_.reserve(shares.size());
    for (const NodeShare& share : shares) {
        pods_.push_back({.share = share});
    }
}

void PoolPods::index() {
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        by_name_[pods_[i].name] = i;
    }
}

std::optional<std::size_t> PoolPods::next(std::optional<int> most, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto skip_ended = [&] {
        while (next_ < pods_.size() && standing_[next_].over) {
            ++next_;
        }
    };
    const bool ready = changed_.wait(lock, stop, [&] {
        skip_ended();
        return next_ == pods_.size() ||
               (followed_ && (!most || held_ + pods_[next_].share.accelerators <= *most));
    });
    if (!ready || next_ == pods_.size()) {
        return std::nullopt;
    }
    const std::size_t index = next_++;
    held_ += pods_[index].share.accelerators;
    standing_[index].made = true;
    last_progress_ = steady_clock::now();
    return index;
}

// With mutex_ held.
void PoolPods::end_locked(std::size_t index, std::expected<std::string, NoAnswer> message,
                          Json pod) {
    Standing& one = standing_[index];
    if (one.over) {
        return;
    }
    one.over = true;
    one.words = {};
    ++over_;
    held_ -= one.made ? pods_[index].share.accelerators : 0;
    last_progress_ = steady_clock::now();
    ended_.push_back({.index = index, .message = std::move(message), .pod = std::move(pod)});
    changed_.notify_all();
}

void PoolPods::end(std::size_t index, NoAnswer why) {
    const std::scoped_lock lock(mutex_);
    end_locked(index, std::unexpected(std::move(why)), {});
}

void PoolPods::fail(const std::string& why) {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        end_locked(i, std::unexpected(NoAnswer{.closed = false, .reason = why}), {});
    }
}

void PoolPods::give_up_overdue(seconds patience) {
    const std::scoped_lock lock(mutex_);
    const auto now = steady_clock::now();
    const bool quiet = now - last_progress_ > patience;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
        const Standing& one = standing_[i];
        if (one.over || !one.made) {
            continue;
        }
        const seconds most = start_limit + most_for_an_accelerator * pods_[i].share.accelerators;
        if (one.bound_at && now - *one.bound_at > most) {
            end_locked(i,
                       std::unexpected(NoAnswer{.closed = false,
                                                .reason = fmt::format("no document within {} s: {}",
                                                                      most.count(), one.words)}),
                       {});
        } else if (!one.bound_at && quiet) {
            end_locked(i,
                       std::unexpected(NoAnswer{
                           .closed = false,
                           .reason = fmt::format(
                               "not scheduled within {} s: {}", patience.count(),
                               one.words.empty() ? "the scheduler has not placed it" : one.words)}),
                       {});
        }
    }
}

std::vector<PoolEnding> PoolPods::ended_by(steady_clock::time_point until,
                                           const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, until, [this] { return !ended_.empty(); });
    std::vector<PoolEnding> result(std::make_move_iterator(ended_.begin()),
                                   std::make_move_iterator(ended_.end()));
    ended_.clear();
    changed_.notify_all();
    return result;
}

void PoolPods::listing() {
    const std::scoped_lock lock(mutex_);
    for (Standing& one : standing_) {
        one.listed = false;
    }
    relisted_ = true;
}

void PoolPods::seen(const std::string& key, Json&& pod) {
    const auto found = by_name_.find(key);
    if (found == by_name_.end()) {
        return;
    }
    const std::size_t index = found->second;
    const kube::Verdict ended = container_has_ended(pool_container)(&pod, {});
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop_, [&] {
        return ended.progress == kube::Progress::waiting || ended_.size() < most_untold;
    });
    Standing& one = standing_[index];
    one.seen = one.listed = true;
    if (one.over) {
        return;
    }
    if (!one.bound_at && !kube::text(pod, {"spec", "nodeName"}).empty()) {
        one.bound_at = last_progress_ = steady_clock::now();
    }
    one.words = ended.reason;
    if (ended.progress == kube::Progress::met) {
        auto message = message_of(pod, pods_[index].share);
        end_locked(index, std::move(message), std::move(pod));
    } else if (ended.progress == kube::Progress::impossible) {
        end_locked(index, std::unexpected(NoAnswer{.closed = false, .reason = ended.reason}),
                   std::move(pod));
    }
}

void PoolPods::gone(const std::string& key) {
    if (const auto found = by_name_.find(key); found != by_name_.end()) {
        end(found->second,
            {.closed = false,
             .reason = fmt::format("pod {} is gone, and this run did not delete it", key)});
    }
}

kube::Verdict PoolPods::verdict() {
    const std::scoped_lock lock(mutex_);
    if (!followed_) {
        followed_ = true;
        last_progress_ = steady_clock::now();
        changed_.notify_all();
    }
    for (std::size_t i = 0; relisted_ && i < pods_.size(); ++i) {
        if (standing_[i].seen && !standing_[i].listed) {
            end_locked(i,
                       std::unexpected(NoAnswer{
                           .closed = false,
                           .reason = fmt::format("pod {} is gone, and this run did not delete it",
                                                 pods_[i].name)}),
                       {});
        }
    }
    relisted_ = false;
    return over_ == pods_.size() ? kube::Verdict::met()
                                 : kube::Verdict::waiting("not every pod has ended");
}

}  // namespace assay
