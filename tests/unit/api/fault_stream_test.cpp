// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What goes on through the proxy: watches and followed logs.
#include <condition_variable>
#include <thread>

#include "tests/unit/api/proxied_server.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;

const Json node_watches{{"resource", "nodes"}, {"verb", "watch"}};

// One watch from the beginning, on a thread of its own; it ends with the test.
class Watching {
public:
    Watching(Transport& transport, const std::string& path) {
        thread_ = std::jthread([this, &transport, path](const std::stop_token& stop) {
            Request request;
            request.path = path;
            request.on_chunk = [this](std::string_view chunk) {
                const std::scoped_lock lock(mutex_);
                seen_ += chunk;
                changed_.notify_all();
                return true;
            };
            auto answer = transport.send(request, Limit::of(std::chrono::seconds(60), stop));
            const std::scoped_lock lock(mutex_);
            answer_ = std::move(answer);
            changed_.notify_all();
        });
    }
    // True once so many lines have come.
    bool has_lines(std::ptrdiff_t count, milliseconds patience = std::chrono::seconds(20)) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience,
                                 [&] { return std::ranges::count(seen_, '\n') >= count; });
    }
    std::optional<Result<Response>> end() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return answer_.has_value(); });
        return answer_;
    }
    // "ADDED a", "MODIFIED a" …
    std::vector<std::string> events() {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> result;
        for (std::size_t begin = 0; begin < seen_.size();) {
            const std::size_t length = seen_.find('\n', begin) - begin;
            const auto event = parse(std::string_view(seen_).substr(begin, length));
            result.push_back(event ? text(*event, {"type"}) + " " + name_of((*event)["object"])
                                   : "garbage");
            begin += length + 1;
        }
        return result;
    }
    std::string seen() {
        const std::scoped_lock lock(mutex_);
        return seen_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string seen_;
    std::optional<Result<Response>> answer_;
    std::jthread thread_;
};

using Events = std::vector<std::string>;
constexpr const char* watch_path = "/api/v1/nodes?watch=true&resourceVersion=0";

TEST_F(FaultProxyTest, EventsArriveAsTheyHappen) {
    plant({});
    Watching watching(*transport_, watch_path);
    server_.update(nodes, node("a"));
    EXPECT_TRUE(watching.has_lines(1, std::chrono::seconds(5)));
    server_.update(nodes, node("a", "ready"));
    EXPECT_TRUE(watching.has_lines(2, std::chrono::seconds(5)));
    EXPECT_EQ(watching.events(), (Events{"ADDED a", "MODIFIED a"}));
    server_.end_watches();
    ASSERT_TRUE(watching.end());
    EXPECT_EQ((**watching.end()).status, 200);
}

TEST_F(FaultProxyTest, AWatchThatIsRefusedIsRefused) {
    server_.deny("watch", nodes);
    plant({});
    Watching watching(*transport_, watch_path);
    ASSERT_TRUE(watching.end());
    EXPECT_EQ((**watching.end()).status, 403);
}

TEST_F(FaultProxyTest, EventsAreDroppedDoubledSwappedAndEdited) {
    const auto of = [](const char* name) { return Json{{"name", name}}; };
    plant({{{"match", node_watches}, {"object", of("drop")}, {"events", "drop"}},
           {{"match", node_watches}, {"object", of("double")}, {"events", "duplicate"}},
           {{"match", node_watches}, {"object", of("late")}, {"events", "reorder"}},
           {{"match", node_watches}, {"object", of("gone")}, {"events", "deleted"}},
           {{"match", node_watches},
            {"object", of("edit")},
            {"edit", Json::array({{{"at", "/metadata/name"}, {"set", "edited"}}})}}});
    Watching watching(*transport_, watch_path);
    for (const char* name : {"drop", "double", "late", "gone", "edit", "last"}) {
        server_.update(nodes, node(name));
    }
    ASSERT_TRUE(watching.has_lines(6));
    EXPECT_EQ(watching.events(), (Events{"ADDED double", "ADDED double", "DELETED gone",
                                         "ADDED late", "ADDED edited", "ADDED last"}));
    EXPECT_EQ(done(), (Events{"dropped an event of drop", "doubled an event of double",
                              "held an event of late back", "told that gone is gone",
                              "edited edit in an event"}));
}

TEST_F(FaultProxyTest, WhatWasHeldBackComesBeforeTheEnd) {
    plant({{{"match", node_watches}, {"object", {{"name", "a"}}}, {"events", "reorder"}}});
    Watching watching(*transport_, watch_path);
    server_.update(nodes, node("a"));
    EXPECT_FALSE(watching.has_lines(1, milliseconds(300)));
    server_.end_watches();
    EXPECT_TRUE(watching.has_lines(1));
}

TEST_F(FaultProxyTest, OneObjectsEventIsPrecededByTheEndOfAnother) {
    plant({{{"match", node_watches}, {"object", {{"name", "b"}}}, {"gone_before", "a"}}});
    Watching watching(*transport_, watch_path);
    server_.update(nodes, node("a"));
    server_.update(nodes, node("b"));
    server_.update(nodes, node("a", "what is gone does not change"));
    server_.update(nodes, node("b", "ready"));
    ASSERT_TRUE(watching.has_lines(4));
    EXPECT_EQ(watching.events(), (Events{"ADDED a", "DELETED a", "ADDED b", "MODIFIED b"}));
}

TEST_F(FaultProxyTest, AWatchEndsEarlyAndCleanly) {
    plant({{{"match", node_watches}, {"end_after", 2}}});
    Watching watching(*transport_, watch_path);
    for (const char* name : {"a", "b", "c"}) {
        server_.update(nodes, node(name));
    }
    ASSERT_TRUE(watching.end());
    ASSERT_TRUE(*watching.end()) << watching.end()->error().message;
    EXPECT_EQ(watching.events(), (Events{"ADDED a", "ADDED b"}));
}

TEST_F(FaultProxyTest, AWatchThatIsCutInTheMiddleOfALineIsAnError) {
    plant({{{"match", node_watches}, {"truncate", 30}}});
    Watching watching(*transport_, watch_path);
    server_.update(nodes, node("a"));
    ASSERT_TRUE(watching.end());
    EXPECT_FALSE(*watching.end());
    EXPECT_EQ(watching.seen().size(), 30U);
}

TEST_F(FaultProxyTest, AWaitSurvivesShortDoubledAndCutWatches) {
    plant({{{"match", node_watches}, {"events", "duplicate"}},
           {{"match", node_watches}, {"nth", {1, 2}}, {"end_after", 1}},
           {{"match", node_watches}, {"nth", {3}}, {"truncate", 50}}});
    const auto ready = [](const Snapshot& all) {
        return all.contains("e") ? Verdict::met() : Verdict::waiting("e is not there");
    };
    const std::jthread changing([&] {
        for (const char* name : {"a", "b", "c", "d", "e"}) {
            server_.update(nodes, node(name));
            std::this_thread::sleep_for(milliseconds(150));
        }
    });
    const auto waited = wait_until(*client_, nodes, "", {}, ready, soon());
    ASSERT_TRUE(waited) << waited.error().message;
    EXPECT_EQ(waited->snapshot.size(), 5U);
}

TEST_F(FaultProxyTest, ALogIsFollowedAsItGrowsAndItsLinesEdited) {
    plant({{{"match", {{"resource", "pods/log"}}},
            {"edit", Json::array({{{"at", "/found"}, {"set", 0}}})}}});
    server_.append_log("n", "p", "c", "plain\n");
    Watching watching(*transport_, "/api/v1/namespaces/n/pods/p/log?container=c&follow=true");
    EXPECT_TRUE(watching.has_lines(1, std::chrono::seconds(5)));
    server_.append_log("n", "p", "c", "{\"found\": 3}\n");
    EXPECT_TRUE(watching.has_lines(2, std::chrono::seconds(5)));
    server_.set_log("n", "p", "c", "plain\n{\"found\": 3}\nno end");
    ASSERT_TRUE(watching.end());
    EXPECT_EQ(watching.seen(), "plain\n{\"found\":0}\nno end");
}

TEST_F(FaultProxyTest, StoppingEndsWhatGoesOn) {
    plant({});
    Watching watching(*transport_, watch_path);
    server_.update(nodes, node("a"));
    ASSERT_TRUE(watching.has_lines(1));
    proxy_.reset();
    ASSERT_TRUE(watching.end());
    EXPECT_FALSE(*watching.end());
}

}  // namespace
}  // namespace assay::kube
