// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/preflight.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "engine/check.h"
#include "tests/api/fake_api_server.h"

namespace assay {
namespace {

using kube::Json;

constexpr std::array scaling{
    Right{.group = "apps", .resource = "deployments/scale", .verb = "patch", .why = "scale it"}};

Check check_called(std::string_view id, std::span<const Right> rights) {
    return {.id = id,
            .title = {},
            .breaks = {},
            .assertions = {},
            .needs = {.rights = rights},
            .timeout = {},
            .run = nullptr};
}

const Check scaler = check_called("scaler", scaling);
const Check claimer = check_called("claimer", claim_rights);
const std::vector<const Check*> both{&scaler, &claimer};

// An API server whose authorizer allows all but what is refused.
class Authorizer {
public:
    Authorizer() {
        for (const char* group : {"apps", "node.k8s.io"}) {
            server.serve_group({group, {"v1"}, false});
        }
        server.on_request([this](const kube::Request& request) { return answer(request); });
    }

    std::vector<Denied> denied(const std::string& space = "") {
        const auto result =
            denied_rights(kube::Client(server), rights_for(both, {.given = !space.empty()}), space,
                          kube::Limit::of(std::chrono::seconds(10)));
        return result ? *result : std::vector<Denied>{};
    }

    kube::FakeApiServer server;
    std::set<std::string> refused;  // "verb resource/subresource.group@namespace#name"
    std::set<std::string> asked;

private:
    std::optional<kube::Result<kube::Response>> answer(const kube::Request& request) {
        if (request.path.find("selfsubjectaccessreviews") == std::string::npos) {
            return std::nullopt;
        }
        Json review = *kube::parse(request.body);
        const Json& attributes = review["spec"]["resourceAttributes"];
        const auto word = [&](const char* key) { return kube::text(attributes, {key}); };
        const std::string line = word("verb") + " " + word("resource") + "/" + word("subresource") +
                                 "." + word("group") + "@" + word("namespace") + "#" + word("name");
        const std::scoped_lock lock(mutex_);
        asked.insert(line);
        review["status"] = {{"allowed", !refused.contains(line)}};
        if (refused.contains(line)) {
            review["status"]["reason"] = "says the test";
        }
        return kube::Response{.status = 201, .headers = {}, .body = review.dump()};
    }

    std::mutex mutex_;
};

TEST(Preflight, FindsNothingMissingWhereAllIsAllowed) {
    Authorizer authorizer;
    EXPECT_TRUE(authorizer.denied().empty());
    EXPECT_EQ(authorizer.asked.size(), rights_for(both, {.given = false}).size());
    EXPECT_TRUE(preflight_of({}, both, "").unaskable.empty());
}

TEST(Preflight, AsksForEachRightAsTheAuthorizerSeesIt) {
    Authorizer authorizer;
    authorizer.denied();
    for (const char* line :
         {"list nodes/.@#", "get namespaces/.@#kube-system", "get pods/log.@#",
          "patch deployments/scale.apps@#", "create resourceclaimtemplates/.resource.k8s.io@#"}) {
        EXPECT_TRUE(authorizer.asked.contains(line)) << line;
    }
    Authorizer tenant;
    tenant.denied("tenant");
    for (const char* line : {"list nodes/.@#", "get namespaces/.@tenant#tenant",
                             "delete pods/.@tenant#", "get pods/log.@tenant#"}) {
        EXPECT_TRUE(tenant.asked.contains(line)) << line;
    }
    EXPECT_FALSE(tenant.asked.contains("create namespaces/.@#"));
}

TEST(Preflight, NamesTheRightAndWhoNeedsIt) {
    Authorizer authorizer;
    authorizer.refused = {"create resourceclaimtemplates/.resource.k8s.io@#"};
    const Preflight found = preflight_of(authorizer.denied(), both, "");
    EXPECT_TRUE(can_read(found.denied));
    ASSERT_EQ(found.unaskable.size(), 1U);
    EXPECT_EQ(found.unaskable.at("claimer"),
              "right missing: cannot create resourceclaimtemplates.resource.k8s.io in every "
              "namespace (a run makes its own)");
    EXPECT_EQ(sentences(found.denied, "").at(0),
              "cannot create resourceclaimtemplates.resource.k8s.io in every namespace (a run "
              "makes its own) (says the test)");
    EXPECT_EQ(sentences(found.denied, "").back(), "'assay rbac' prints the role that a run needs");
}

TEST(Preflight, ARunThatAsksADevicePluginNeedsNoClaims) {
    Authorizer authorizer;
    authorizer.refused = {"create resourceclaimtemplates/.resource.k8s.io@#"};
    const Preflight found = preflight_of(authorizer.denied(), both, "", {.claims = false});
    EXPECT_TRUE(found.denied.empty());
    EXPECT_TRUE(found.unaskable.empty());
}

TEST(Preflight, ARightThatEveryCheckNeedsHoldsUpAllOfThem) {
    Authorizer authorizer;
    authorizer.refused = {"get pods/log.@tenant#"};
    const Preflight found = preflight_of(authorizer.denied("tenant"), both, "tenant");
    EXPECT_EQ(found.unaskable.size(), 2U);
    EXPECT_EQ(found.unaskable.at("scaler"),
              "right missing: cannot get pods/log in namespace tenant");
}

TEST(Preflight, WithoutTheRightToReadNothingCanBeAsked) {
    Authorizer authorizer;
    authorizer.refused = {"get namespaces/.@#kube-system"};
    const Preflight found = preflight_of(authorizer.denied(), both, "");
    EXPECT_FALSE(can_read(found.denied));
    EXPECT_EQ(sentences(found.denied, "").at(0),
              "cannot get namespaces kube-system (says the test)");
}

TEST(Preflight, ARightThatOnlyExplainsHoldsNothingUp) {
    Authorizer authorizer;
    authorizer.refused = {"watch events/.@#"};
    const Preflight found = preflight_of(authorizer.denied(), both, "");
    EXPECT_TRUE(found.unaskable.empty());
    EXPECT_NE(sentences(found.denied, "").at(0).find("the run goes on"), std::string::npos);
}

TEST(Preflight, DoesNotAskForWhatTheClusterDoesNotServe) {
    kube::FakeApiServer server;  // serves resource.k8s.io and no other group
    std::mutex mutex;
    std::set<std::string> groups;
    server.on_request(
        [&](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
            if (request.method != "POST") {
                return std::nullopt;
            }
            const Json review = *kube::parse(request.body);
            const std::scoped_lock lock(mutex);
            groups.insert(kube::text(review, {"spec", "resourceAttributes", "group"}));
            return kube::Response{
                .status = 201, .headers = {}, .body = R"({"status":{"allowed":true}})"};
        });
    EXPECT_TRUE(denied_rights(kube::Client(server), rights_for(both, {.given = false}), "",
                              kube::Limit::of(std::chrono::seconds(10))));
    EXPECT_EQ(groups, (std::set<std::string>{"", "resource.k8s.io"}));
}

TEST(Preflight, SaysWhenItCannotAsk) {
    Authorizer authorizer;
    authorizer.server.refuse_credentials();
    const auto result =
        denied_rights(kube::Client(authorizer.server), rights_for(both, {.given = false}), "",
                      kube::Limit::of(std::chrono::seconds(10)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, kube::Error::Kind::unauthorized);
}

}  // namespace
}  // namespace assay
