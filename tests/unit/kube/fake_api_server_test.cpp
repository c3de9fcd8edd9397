// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The stand-in must not be kinder than the real server.
#include "tests/api/fake_api_server.h"

#include <gtest/gtest.h>

#include <thread>

#include "kube/watch.h"
#include "tests/api/selector.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Limit soon() {
    return Limit::of(seconds(10));
}

Json pod(const std::string& name, const std::string& app, const std::string& node = "") {
    return {{"metadata", {{"name", name}, {"namespace", "ns"}, {"labels", {{"app", app}}}}},
            {"spec", {{"nodeName", node}}}};
}

TEST(Selector, LabelTerms) {
    const Json object = pod("p", "web");
    for (const char* yes : {"", "app=web", "app==web", "app!=db", "app in (db, web)", "app",
                            "other!=x", "other notin (x)", "!other", "app=web,!other"}) {
        EXPECT_TRUE(labels_match(yes, object)) << yes;
    }
    for (const char* no : {"app=db", "app!=web", "app in (db)", "app notin (web)", "other", "!app",
                           "app=web,other=x", "other="}) {
        EXPECT_FALSE(labels_match(no, object)) << no;
    }
}

TEST(Selector, FieldTerms) {
    const Json object = pod("p", "web", "node-0");
    EXPECT_TRUE(fields_match("metadata.name=p,spec.nodeName=node-0", object));
    EXPECT_TRUE(fields_match("status.phase!=Failed", object));
    EXPECT_TRUE(fields_match("status.phase=", object));
    EXPECT_FALSE(fields_match("spec.nodeName!=node-0", object));
}

class FakeApiServerTest : public testing::Test {
protected:
    FakeApiServerTest() { server_.update(namespaces, {{"metadata", {{"name", "ns"}}}}); }
    FakeApiServer server_;
    Client client_{server_};
};

TEST_F(FakeApiServerTest, ListsAreSelected) {
    server_.update(pods, pod("a", "web", "node-0"));
    server_.update(pods, pod("b", "db", "node-0"));
    EXPECT_EQ(client_.list(pods, "ns", {"app in (web)", ""}, soon())->items.size(), 1U);
    EXPECT_EQ(client_.list(pods, "", {"", "spec.nodeName=node-0"}, soon())->items.size(), 2U);
    EXPECT_EQ(client_.list(pods, "other", {}, soon())->items.size(), 0U);
}

TEST_F(FakeApiServerTest, AnObjectThatLeavesTheSelectionIsDeletedToItsWatchers) {
    server_.update(pods, pod("a", "web"));
    server_.on_request([this](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") != std::string::npos) {
            server_.on_request(nullptr);
            server_.update(pods, pod("a", "db"));
        }
        return std::nullopt;
    });
    const auto gone = [](const Snapshot& all) {
        return all.empty() ? Verdict::met() : Verdict::waiting("still selected");
    };
    EXPECT_TRUE(wait_until(client_, pods, "ns", {"app=web", ""}, gone, soon()));
}

TEST_F(FakeApiServerTest, DeletingANamespaceTakesItsContentAlong) {
    server_.update(pods, pod("a", "web"));
    EXPECT_TRUE(client_.remove(namespaces, "", "ns", "", soon()));
    EXPECT_EQ(client_.get(pods, "ns", "a", soon()).error().kind, Error::Kind::not_found);
    EXPECT_EQ(client_.create(pods, "ns", pod("b", "web"), soon()).error().kind,
              Error::Kind::not_found);
}

TEST_F(FakeApiServerTest, TheSameNameTwiceIsAConflict) {
    ASSERT_TRUE(client_.create(pods, "ns", pod("a", "web"), soon()));
    const auto again = client_.create(pods, "ns", pod("a", "web"), soon());
    EXPECT_EQ(again.error().kind, Error::Kind::conflict);
    EXPECT_EQ(again.error().reason, "AlreadyExists");
}

TEST_F(FakeApiServerTest, AFollowedLogWaitsForMore) {
    server_.append_log("ns", "a", "c", "first\nsec");
    const std::jthread writer([this] { server_.append_log("ns", "a", "c", "ond\n"); });
    const auto line = client_.follow_log_until(
        "ns", "a", "c", 100, [](std::string_view text) { return text == "second"; }, soon());
    ASSERT_TRUE(line) << line.error().message;
    const auto never = client_.follow_log_until(
        "ns", "a", "c", 100, [](std::string_view) { return false; }, Limit::of(milliseconds(100)));
    EXPECT_EQ(never.error().kind, Error::Kind::timeout);
}

}  // namespace
}  // namespace assay::kube
