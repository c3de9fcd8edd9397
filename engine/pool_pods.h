// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Where each of many pods is: not made, made, bound, over. Of a pod that is not over only a few
// words are kept, so that thousands cost little. Thread contract: any thread; the watch calls the
// members of Follower on its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <expected>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/observed.h"
#include "engine/pool_run.h"
#include "kube/watch.h"

namespace assay {

// The container of such a pod; it has no other.
inline constexpr const char* pool_container = "examining";

struct PoolPod {
    NodeShare share = {};
    std::string name = {};
};

struct PoolEnding {
    std::size_t index = 0;
    std::expected<std::string, NoAnswer> message;  // the termination message
    kube::Json pod = {};                           // as the API server last showed it
};

// imageID of its container.
std::string image_of(const kube::Json& pod);

class PoolPods : public kube::Follower {
public:
    explicit PoolPods(const std::vector<NodeShare>& shares);
    void index();  // once all have names
    // By the thread that follows them, before it does. Of those that have ended only so many wait
    // to be told of, with all that the API server says of them; then the watch waits, too.
    void follow_until(std::stop_token stop) { stop_ = std::move(stop); }
    static constexpr std::size_t most_untold = 64;

    // The list and its names do not change any more.
    const std::vector<PoolPod>& all() const { return pods_; }
    std::vector<PoolPod>& all() { return pods_; }
    const NodeShare& share(std::size_t index) const { return pods_[index].share; }

    // The next to be made: waits until the pods are followed, so that one that comes and goes is
    // seen, and until those that are going leave room for it. nullopt: none is left, or it was
    // stopped.
    std::optional<std::size_t> next(std::optional<int> most, const std::stop_token& stop);
    void end(std::size_t index, NoAnswer why);
    // Of all that are not over, and of those that would come.
    void fail(const std::string& why);
    // Of a pod that is not placed while nothing happens to any for so long; of one that was placed
    // and takes longer than its accelerators may.
    void give_up_overdue(std::chrono::seconds patience);
    // Those that have ended since; waits for at least one, until then.
    std::vector<PoolEnding> ended_by(std::chrono::steady_clock::time_point until,
                                     const std::stop_token& stop);

    void listing() override;
    void seen(const std::string& key, kube::Json&& pod) override;
    void gone(const std::string& key) override;
    kube::Verdict verdict() override;

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Standing {
        bool made = false;
        bool seen = false;
        bool listed = false;  // in the list that is being read
        bool over = false;
        std::optional<Time> bound_at;
        std::string words;  // why it waits
    };

    void end_locked(std::size_t index, std::expected<std::string, NoAnswer> message,
                    kube::Json pod);

    std::vector<PoolPod> pods_;
    std::unordered_map<std::string, std::size_t> by_name_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Standing> standing_;
    std::deque<PoolEnding> ended_;
    std::size_t next_ = 0;
    std::size_t over_ = 0;
    int held_ = 0;
    bool followed_ = false;  // from a first list on
    bool relisted_ = false;
    std::string failure_;
    std::stop_token stop_;  // of the thread that follows
    Time last_progress_ = std::chrono::steady_clock::now();
};

}  // namespace assay
