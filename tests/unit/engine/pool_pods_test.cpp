// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/pool_pods.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace assay {
namespace {

using kube::Json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t many = 3 * PoolPods::most_untold;

Json ended_pod(const std::string& node) {
    return {{"metadata", {{"name", "on-" + node}, {"uid", "u"}}},
            {"spec", {{"nodeName", node}}},
            {"status",
             {{"phase", "Succeeded"},
              {"containerStatuses",
               {{{"name", pool_container},
                 {"state", {{"terminated", {{"exitCode", 0}, {"message", "{}"}}}}}}}}}}};
}

// All of many pods end at once, as the thread that follows them sees it.
class PoolPodsAtOnce : public testing::Test {
protected:
    PoolPodsAtOnce() {
        std::vector<NodeShare> shares(many);
        for (std::size_t i = 0; i < many; ++i) {
            shares[i].node = "node-" + std::to_string(i);
        }
        pods_ = std::make_unique<PoolPods>(shares);
        for (PoolPod& pod : pods_->all()) {
            pod.name = "on-" + pod.share.node;
        }
        pods_->index();
        following_ = std::jthread([this](const std::stop_token& stop) {
            pods_->follow_until(stop);
            for (std::size_t i = 0; i < many; ++i) {
                const std::string& node = pods_->share(i).node;
                pods_->seen("on-" + node, ended_pod(node));
                ++seen_;
            }
        });
    }

    std::vector<PoolEnding> told() {
        return pods_->ended_by(steady_clock::now() + std::chrono::seconds(10), {});
    }

    // How many there are some time after there is no room for more.
    std::size_t seen_in_the_end() const {
        const auto until = steady_clock::now() + std::chrono::seconds(10);
        while (seen_ < PoolPods::most_untold && steady_clock::now() < until) {
            std::this_thread::sleep_for(milliseconds(10));
        }
        std::this_thread::sleep_for(milliseconds(200));
        return seen_;
    }

    std::unique_ptr<PoolPods> pods_;
    std::atomic<std::size_t> seen_ = 0;
    std::jthread following_;
};

TEST_F(PoolPodsAtOnce, WaitUntilThereIsRoomForThemAndAllAreToldOf) {
    EXPECT_EQ(seen_in_the_end(), PoolPods::most_untold);
    std::size_t all = 0;
    while (all < many) {
        const std::vector<PoolEnding> some = told();
        ASSERT_FALSE(some.empty()) << all;
        EXPECT_LE(some.size(), PoolPods::most_untold);
        all += some.size();
    }
    EXPECT_EQ(all, many);
}

TEST_F(PoolPodsAtOnce, WaitNoLongerOnceNobodyAsks) {
    EXPECT_EQ(seen_in_the_end(), PoolPods::most_untold);
    following_.request_stop();
    following_.join();
    EXPECT_EQ(seen_, many);
}

}  // namespace
}  // namespace assay
