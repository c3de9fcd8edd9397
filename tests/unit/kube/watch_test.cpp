// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/kube/watched_nodes.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Verdict ready(const Snapshot& nodes) {
    const auto found = nodes.find("n");
    if (found == nodes.end()) {
        return Verdict::waiting("n is not there");
    }
    const std::string phase = text(found->second, {"status", "phase"});
    if (phase == "broken") {
        return Verdict::impossible("n is broken");
    }
    return phase == "ready" ? Verdict::met() : Verdict::waiting("n is not ready");
}

class WatchTest : public WatchedNodes {
protected:
    Result<Waited> wait(milliseconds duration = seconds(10), std::stop_token stop = {}) {
        return wait_until(client_, nodes, "", {}, ready, Limit::of(duration, std::move(stop)));
    }
};

TEST_F(WatchTest, WhatIsThereAlreadyNeedsNoWatch) {
    server_.update(nodes, node("n", "ready"));
    EXPECT_EQ(wait()->verdict.progress, Progress::met);
    EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(WatchTest, AChangeIsSeen) {
    const auto changer = later([&] { server_.update(nodes, node("n", "ready")); });
    EXPECT_EQ(wait()->verdict.progress, Progress::met);
}

TEST_F(WatchTest, WhatCanNeverBeEndsTheWait) {
    const auto changer = later([&] { server_.update(nodes, node("n", "broken")); });
    const auto waited = wait();
    EXPECT_EQ(waited->verdict.progress, Progress::impossible);
    EXPECT_EQ(waited->verdict.reason, "n is broken");
}

TEST_F(WatchTest, ATimeoutSaysWhatWasWaitedFor) {
    server_.update(nodes, node("n", "starting"));
    const auto waited = wait(milliseconds(100));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind, Error::Kind::timeout);
    EXPECT_EQ(waited.error().message, "n is not ready");
}

TEST_F(WatchTest, AStopEndsTheWaitWithin100Milliseconds) {
    std::stop_source source;
    std::chrono::steady_clock::time_point asked;
    const auto stopper = later([&] {
        asked = std::chrono::steady_clock::now();
        source.request_stop();
    });
    EXPECT_EQ(wait(seconds(30), source.get_token()).error().kind, Error::Kind::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, milliseconds(100));
}

TEST_F(WatchTest, AWatchThatEndsIsOpenedAgain) {
    const auto changer = later([&] {
        server_.end_watches();
        server_.update(nodes, node("n", "ready"));
    });
    EXPECT_EQ(wait()->verdict.progress, Progress::met);
}

TEST_F(WatchTest, AnExpiredVersionIsListedAnew) {
    server_.update(nodes, node("other"));
    bool expired = false;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos || expired) {
            return std::nullopt;
        }
        expired = true;
        request.on_chunk(R"({"type":"ERROR","object":{"kind":"Status","code":410}})"
                         "\n");
        server_.update(nodes, node("n", "ready"));
        return Response{200, {}, ""};
    });
    EXPECT_EQ(wait()->verdict.progress, Progress::met);
    EXPECT_TRUE(expired);
}

TEST_F(WatchTest, ALineInPiecesIsPutTogether) {
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos) {
            return std::nullopt;
        }
        request.on_chunk(R"({"type":"ADDED","object":{"metadata":{"na)");
        request.on_chunk(R"(me":"n"},"status":{"phase":"ready"}}})"
                         "\n");
        return Response{200, {}, ""};
    });
    EXPECT_EQ(wait()->verdict.progress, Progress::met);
}

TEST_F(WatchTest, NothingButGarbageEndsAsAProtocolError) {
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos) {
            return std::nullopt;
        }
        request.on_chunk("garbage\n");
        return Response{200, {}, ""};
    });
    EXPECT_EQ(wait().error().kind, Error::Kind::protocol);
}

TEST_F(WatchTest, ADeletedObjectIsGoneFromTheSnapshot) {
    server_.update(nodes, node("n", "starting"));
    const auto gone = [](const Snapshot& all) {
        return all.empty() ? Verdict::met() : Verdict::waiting("still there");
    };
    const auto changer = later([&] { server_.erase(nodes, "", "n"); });
    EXPECT_EQ(wait_until(client_, nodes, "", {}, gone, Limit::of(seconds(10)))->verdict.progress,
              Progress::met);
}

TEST_F(WatchTest, HostileEventsAreGarbage) {
    for (const char* event : {"[]", "5", R"({"type":"ADDED","object":"text"})",
                              R"({"type":7,"object":{}})", R"({"type":"ODD","object":{}})"}) {
        server_.update(nodes, node("n", "starting"));
        bool sent = false;
        server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
            if (request.path.find("watch=true") == std::string::npos || sent) {
                return std::nullopt;
            }
            sent = true;
            request.on_chunk(std::string(event) + "\n");
            server_.update(nodes, node("n", "ready"));
            return Response{200, {}, ""};
        });
        EXPECT_EQ(wait()->verdict.progress, Progress::met) << event;
        EXPECT_TRUE(sent);
    }
}

TEST_F(WatchTest, AnEventTwiceChangesNothing) {
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos) {
            return std::nullopt;
        }
        for (const char* phase : {"starting", "starting", "ready"}) {
            request.on_chunk(Json{{"type", "ADDED"}, {"object", node("n", phase)}}.dump() + "\n");
        }
        return Response{200, {}, ""};
    });
    const auto waited = wait();
    EXPECT_EQ(waited->verdict.progress, Progress::met);
    EXPECT_EQ(waited->snapshot.size(), 1U);
}

TEST_F(WatchTest, AWatchThatAlwaysFailsEndsWithItsError) {
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos) {
            return std::nullopt;
        }
        return Response{500, {}, R"({"kind":"Status","message":"etcd is unwell"})"};
    });
    const auto waited = wait(seconds(30));
    EXPECT_EQ(waited.error().kind, Error::Kind::server);
    EXPECT_EQ(waited.error().message, "etcd is unwell");
}

TEST_F(WatchTest, AWatchGoesOnFromTheVersionItHasSeen) {
    server_.update(nodes, node("other"));
    int watches = 0;
    std::string second;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos) {
            return std::nullopt;
        }
        if (++watches == 1) {
            request.on_chunk(
                R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"4711"}}})"
                "\n");
            return Response{200, {}, ""};
        }
        second = request.path;
        request.on_chunk(Json{{"type", "ADDED"}, {"object", node("n", "ready")}}.dump() + "\n");
        return Response{200, {}, ""};
    });
    EXPECT_EQ(wait()->verdict.progress, Progress::met);
    EXPECT_NE(second.find("resourceVersion=4711"), std::string::npos);
}

TEST_F(WatchTest, AnEventThatNeverEndsIsAClearErrorAtOnce) {
    std::size_t sent = 0;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (!request.on_chunk) {
            return std::nullopt;
        }
        const std::string piece(1024u * 1024, 'x');
        while (request.on_chunk(piece)) {
            sent += piece.size();
        }
        return Response{200, {}, ""};
    });
    const auto waited = wait(seconds(60));
    EXPECT_EQ(waited.error().kind, Error::Kind::protocol);
    EXPECT_NE(waited.error().message.find("longer than 16 MiB"), std::string::npos);
    EXPECT_LE(sent, 17u * 1024 * 1024);
}

TEST_F(WatchTest, DeepNestingAndBytesThatAreNoUtf8AreGarbage) {
    const std::string deep = R"({"type":"ADDED","object":{"a":)" + std::string(10'000, '[') +
                             std::string(10'000, ']') + "}}";
    const std::string bytes =
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"\xff\xfe\"}}}";
    for (const std::string& event : {deep, bytes}) {
        server_.update(nodes, node("n", "starting"));
        bool sent = false;
        server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
            if (!request.on_chunk || sent) {
                return std::nullopt;
            }
            sent = true;
            request.on_chunk(event + "\n");
            server_.update(nodes, node("n", "ready"));
            return Response{200, {}, ""};
        });
        const auto waited = wait();
        ASSERT_TRUE(waited) << waited.error().message;
        EXPECT_EQ(waited->snapshot.size(), 1U);
    }
}

// Between the client and the server in memory: notes until when each request may take, and leaves
// the first watch hanging as a connection does whose other end is gone.
class HalfOpen : public Transport {
public:
    explicit HalfOpen(FakeApiServer& behind) : behind_(behind) {}

    Result<Response> send(const Request& request, const Limit& limit) override {
        if (!request.on_chunk || hung_) {
            return behind_.send(request, limit);
        }
        hung_ = true;
        path_ = request.path;
        allowed_ = limit.deadline - std::chrono::steady_clock::now();
        Json ready = node("n", "ready");
        behind_.update(nodes, std::move(ready));
        return std::unexpected(Error{Error::Kind::timeout, 0, "", "no answer in time"});
    }
    // What the one that hung was asked, and the time it was allowed.
    const std::string& path() const { return path_; }
    std::chrono::steady_clock::duration allowed() const { return allowed_; }

private:
    FakeApiServer& behind_;
    bool hung_ = false;
    std::string path_;
    std::chrono::steady_clock::duration allowed_{};
};

TEST_F(WatchTest, AWatchThatOnlyLooksAliveIsLeftAndListedAnew) {
    HalfOpen between(server_);
    const Client client(between);
    const auto waited =
        wait_until(client, nodes, "", {}, ready, Limit::of(std::chrono::minutes(30)));
    ASSERT_TRUE(waited) << waited.error().message;
    EXPECT_EQ(waited->verdict.progress, Progress::met);
    EXPECT_NE(between.path().find("timeoutSeconds=60"), std::string::npos);
    EXPECT_GT(between.allowed(), seconds(60)) << "the server ends it first";
    EXPECT_LE(between.allowed(), seconds(70));
}

TEST_F(WatchTest, ARedirectIsRefusedInASentence) {
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        return Response{302, {{"location", "https://login.test/"}}, ""};
    });
    const auto waited = wait();
    EXPECT_EQ(waited.error().kind, Error::Kind::protocol);
    EXPECT_NE(waited.error().message.find("points to https://login.test/"), std::string::npos);
}

TEST_F(WatchTest, AStopBetweenTwoWatchesEndsTheWaitWithin100Milliseconds) {
    std::stop_source source;
    std::atomic<int> watches = 0;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (!request.on_chunk) {
            return std::nullopt;
        }
        ++watches;
        return Response{500, {}, ""};
    });
    std::chrono::steady_clock::time_point asked;
    const std::jthread stopper([&] {
        while (watches < 6) {  // from then on it pauses for more than a second
            std::this_thread::yield();
        }
        asked = std::chrono::steady_clock::now();
        source.request_stop();
    });
    EXPECT_EQ(wait(seconds(30), source.get_token()).error().kind, Error::Kind::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, milliseconds(100));
}

TEST_F(WatchTest, MissingRightsEndTheWaitAtOnce) {
    server_.deny("watch", nodes);
    EXPECT_EQ(wait().error().kind, Error::Kind::forbidden);
}

}  // namespace
}  // namespace assay::kube
