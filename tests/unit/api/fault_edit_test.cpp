// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fault_edit.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/api/fault_rules.h"

namespace assay::kube {
namespace {

Request getting(const std::string& path) {
    Request request;
    request.path = path;
    return request;
}

Json pod() {
    return {{"metadata", {{"name", "p"}, {"labels", {{"app.io/a", "b"}}}}},
            {"status",
             {{"phase", "Running"},
              {"list",
               {{{"name", "one"}, {"id", "x1"}, {"n", 1}},
                {{"name", "two"}, {"id", "x2"}, {"n", 2}}}}}}};
}

Json edited(const Json& edit) {
    Json object = pod();
    Edit::parse(edit).apply(object);
    return object["status"]["list"];
}

TEST(FaultEdit, SetsByIndexKeyAndStar) {
    EXPECT_EQ(edited({{"at", "/status/list/1/id"}, {"set", "y"}})[1]["id"], "y");
    EXPECT_EQ(edited({{"at", "/status/list/name=one/id"}, {"set", "y"}})[0]["id"], "y");
    const Json all = edited({{"at", "/status/list/*/id"}, {"set", "y"}});
    EXPECT_EQ(all[0]["id"], "y");
    EXPECT_EQ(all[1]["id"], "y");
}

TEST(FaultEdit, SetMakesWhatIsMissingAndPutsAnArray) {
    Json object = pod();
    EXPECT_TRUE(Edit::parse({{"at", "/spec/a/b"}, {"set", Json::array({1})}}).apply(object));
    EXPECT_EQ(object["spec"]["a"]["b"], Json::array({1}));
    EXPECT_TRUE(Edit::parse({{"at", "/metadata/labels/app.io~1a"}, {"set", "c"}}).apply(object));
    EXPECT_EQ(object["metadata"]["labels"]["app.io/a"], "c");
}

TEST(FaultEdit, RemovesMembersAndItems) {
    EXPECT_FALSE(edited({{"at", "/status/list/0/id"}, {"remove", true}})[0].contains("id"));
    EXPECT_EQ(edited({{"at", "/status/list/name=one"}, {"remove", true}}).size(), 1U);
    EXPECT_TRUE(edited({{"at", "/status/list/*"}, {"remove", true}}).empty());
}

TEST(FaultEdit, CopiesSubstitutesAndCuts) {
    EXPECT_EQ(edited({{"at", "/status/list/0/id"}, {"copy", "/status/list/name=two/id"}})[0]["id"],
              "x2");
    EXPECT_EQ(edited({{"at", "/status/list/*/id"}, {"pattern", "x(.)"}, {"with", "$1z"}})[1]["id"],
              "2z");
    EXPECT_EQ(edited({{"at", "/status/list/0/id"}, {"cut", 1}})[0]["id"], "x");
}

TEST(FaultEdit, AddsToAList) {
    EXPECT_EQ(edited({{"at", "/status/list/-"}, {"set", 7}})[2], 7);
    EXPECT_EQ(edited({{"at", "/status/list/-"}, {"copy", "/status/list/0"}})[2]["id"], "x1");
}

TEST(FaultEdit, SaysWhetherAnythingBecameDifferent) {
    Json object = pod();
    EXPECT_FALSE(Edit::parse({{"at", "/status/phase"}, {"set", "Running"}}).apply(object));
    EXPECT_FALSE(Edit::parse({{"at", "/status/nothing"}, {"remove", true}}).apply(object));
    EXPECT_FALSE(Edit::parse({{"at", "/status/phase"}, {"copy", "/nothing"}}).apply(object));
    EXPECT_EQ(object, pod());
}

TEST(FaultEdit, AnObjectIsMeantByNameLabelsAndPlaces) {
    const auto meant = [](const Json& match) { return ObjectMatch::parse(match).matches(pod()); };
    EXPECT_TRUE(meant(Json::object()));
    EXPECT_TRUE(meant({{"name", "p|q"}}));
    EXPECT_FALSE(meant({{"name", "q"}}));
    EXPECT_TRUE(meant({{"labels", {{"app.io/a", "b"}}}}));
    EXPECT_FALSE(meant({{"labels", {{"app", ".+"}}}}));
    EXPECT_TRUE(meant({{"where", {{"/status/list/*/n", "2"}}}}));
    EXPECT_FALSE(meant({{"where", {{"/status/list/*/n", "3"}}}}));
    EXPECT_FALSE(meant({{"where", {{"/status/none", ".*"}}}}));
}

TEST(FaultRules, WhatCannotBeARuleIsRefusedWithItsName) {
    const std::vector<Json> bad{
        {{"name", "r"}},
        {{"name", "r"}, {"answer", {{"status", 99}}}},
        {{"name", "r"}, {"answer", {{"status", 404}, {"surprise", 1}}}},
        {{"name", "r"}, {"reset", "perhaps"}},
        {{"name", "r"}, {"events", "lose"}},
        {{"name", "r"}, {"drop", true}, {"match", {{"resorce", "pods"}}}},
        {{"name", "r"}, {"drop", true}, {"match", {{"resource", "("}}}},
        {{"name", "r"}, {"edit", Json::array({{{"at", "status"}, {"set", 1}}})}},
        {{"name", "r"}, {"edit", Json::array({{{"at", "/status"}}})}},
    };
    for (const Json& rule : bad) {
        try {
            FaultRule::parse(rule);
            ADD_FAILURE() << rule;
        } catch (const std::invalid_argument& error) {
            EXPECT_NE(std::string(error.what()).find("'r'"), std::string::npos) << error.what();
        }
    }
    EXPECT_THROW(FaultRule::parse({{"drop", true}}), std::invalid_argument);
    EXPECT_THROW(FaultRules(Json{{"rule", Json::array()}}), std::invalid_argument);
}

TEST(FaultRules, ChoosesByTheFactsOfTheRequest) {
    const Request request = getting("/api/v1/namespaces/n/pods/p/log?follow=true");
    const Request list = getting("/api/v1/namespaces/n/pods?labelSelector=a%3Db");
    const auto chosen = [](const Json& match, const Request& asked) {
        const Json rule{{"name", "r"}, {"drop", true}, {"match", match}};
        FaultRules rules(Json{{"rules", Json::array({rule})}});
        return !rules.chosen(asked).empty();
    };
    EXPECT_TRUE(chosen({{"resource", "pods/log"}, {"verb", "get"}, {"name", "p"}}, request));
    EXPECT_FALSE(chosen({{"resource", "pods"}}, request));
    EXPECT_FALSE(chosen({{"namespace", "m"}}, request));
    EXPECT_TRUE(chosen({{"verb", "list|watch"}, {"group", ""}, {"selector", "a=b"}}, list));
    EXPECT_FALSE(chosen({{"selector", "a=c"}}, list));
    EXPECT_FALSE(chosen({{"method", "POST"}}, list));
}

TEST(FaultRules, CountsAndDrawsTheSameEachTime) {
    const Request request = getting("/api/v1/pods");
    const auto drawn = [&](const Json& more) {
        Json rule{{"name", "r"}, {"drop", true}};
        rule.update(more);
        FaultRules rules(Json{{"seed", 7}, {"rules", Json::array({rule})}});
        std::string result;
        for (int i = 0; i < 200; ++i) {
            result += rules.chosen(request).empty() ? '.' : 'x';
        }
        return result;
    };
    EXPECT_EQ(drawn({{"nth", {2, 4}}}).substr(0, 5), ".x.x.");
    const std::string some = drawn({{"probability", 0.2}});
    EXPECT_EQ(some, drawn({{"probability", 0.2}}));
    EXPECT_NEAR(static_cast<double>(std::ranges::count(some, 'x')), 40, 20);
    EXPECT_EQ(drawn({{"probability", 0}}).find('x'), std::string::npos);
}

}  // namespace
}  // namespace assay::kube
