// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/role.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/check.h"
#include "kube/manifest.h"

namespace assay {
namespace {

using kube::Json;

constexpr std::array own_rights{
    Right{.group = "apps", .resource = "deployments/scale", .verb = "patch", .why = "scale it"}};
const Check check{.id = "a_check",
                  .title = {},
                  .breaks = {},
                  .assertions = {},
                  .needs = {.rights = own_rights},
                  .timeout = {},
                  .run = nullptr};
const std::vector<const Check*> checks{&check};

std::string line(std::string_view group, std::string_view resource, std::string_view verb,
                 std::string_view name) {
    return std::string(verb) + " " + std::string(resource) + "." + std::string(group) + " " +
           std::string(name);
}

// Every verb on every resource that the role grants.
std::multiset<std::string> granted_by(const Json& role) {
    std::multiset<std::string> all;
    const auto only = [](const Json& list) {
        EXPECT_EQ(list.size(), 1U) << list;
        return list.at(0).get<std::string>();
    };
    for (const Json& rule : role["rules"]) {
        const std::string name = rule.contains("resourceNames") ? only(rule["resourceNames"]) : "";
        for (const Json& verb : rule["verbs"]) {
            all.insert(line(only(rule["apiGroups"]), only(rule["resources"]),
                            verb.get<std::string>(), name));
        }
    }
    return all;
}

std::vector<Json> written(const std::string& space, const std::vector<const Check*>& of = checks) {
    const auto request = role_request("reader", "ci/assay", space);
    const auto documents = kube::documents_of_yaml(
        role_yaml(rights_for(of, {.given = !space.empty()}), *request, "# heading\n"));
    return documents ? *documents : std::vector<Json>{};
}

TEST(Role, GrantsTheRightsOnceAndNothingElse) {
    const auto documents = written("");
    ASSERT_EQ(documents.size(), 2U);
    EXPECT_EQ(kube::text(documents[0], {"kind"}), "ClusterRole");
    std::multiset<std::string> wanted;
    for (const Right* right : rights_for(checks, {.given = false})) {
        wanted.insert(line(right->group, right->resource, right->verb, right->name));
    }
    EXPECT_EQ(granted_by(documents[0]), wanted);
    EXPECT_TRUE(wanted.contains("patch deployments/scale.apps "));
    EXPECT_FALSE(wanted.contains("delete resourceclaims.resource.k8s.io "));
}

TEST(Role, IsBoundToTheAccount) {
    const auto documents = written("");
    ASSERT_EQ(documents.size(), 2U);
    EXPECT_EQ(documents[1]["roleRef"]["kind"], "ClusterRole");
    EXPECT_EQ(documents[1]["roleRef"]["name"], "reader");
    EXPECT_EQ(
        documents[1]["subjects"],
        Json::array({Json{{"kind", "ServiceAccount"}, {"name", "assay"}, {"namespace", "ci"}}}));
}

TEST(Role, LeavesInTheGivenNamespaceWhatCanBeLeftThere) {
    const auto documents = written("tenant");
    ASSERT_EQ(documents.size(), 4U);
    for (const std::string& grant : granted_by(documents[0])) {
        EXPECT_EQ(grant.find("create"), std::string::npos) << grant;
    }
    EXPECT_EQ(kube::text(documents[2], {"kind"}), "Role");
    EXPECT_EQ(kube::namespace_of(documents[2]), "tenant");
    EXPECT_EQ(kube::namespace_of(documents[3]), "tenant");
    EXPECT_TRUE(granted_by(documents[2]).contains("delete pods. "));
    EXPECT_FALSE(granted_by(documents[2]).contains("delete namespaces. "));
}

TEST(Role, ReadsOnlyWhereNothingIsAsked) {
    const auto documents = written("", {});
    for (const std::string& grant : granted_by(documents.at(0))) {
        EXPECT_TRUE(grant.starts_with("list ") || grant.starts_with("get ")) << grant;
    }
}

TEST(RoleRequest, RefusesNamesThatKubernetesDoesNotTake) {
    for (const char* account : {"", "assay", "/assay", "a/", "a/b c", "A/b", "a/b/c", "a.b/c"}) {
        EXPECT_FALSE(role_request("assay", account, "")) << account;
    }
    for (const char* name : {"", "a b", "x: y", "\"", "a\nb", "-a"}) {
        EXPECT_FALSE(role_request(name, "a/b", "")) << name;
    }
    EXPECT_FALSE(role_request("assay", "a/b", "no.label"));
    EXPECT_TRUE(role_request("assay.reader-1", "a/b.c", "tenant"));
}

}  // namespace
}  // namespace assay
