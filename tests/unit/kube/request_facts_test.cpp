// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/request_facts.h"

#include <gtest/gtest.h>

#include "kube/recording_transport.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {
namespace {

RequestFacts facts(std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    return facts_of(request);
}

std::string line(const RequestFacts& one) {
    return one.verb + " " + one.group + "|" + one.version + "|" + one.resource + "|" +
           one.namespace_name + "|" + one.name;
}

struct Case {
    const char* method;
    const char* path;
    const char* line;
};

TEST(RequestFacts, AreWhatTheAuthorizerSees) {
    for (const Case& one : {
             Case{"GET", "/api/v1/nodes?limit=500", "list |v1|nodes||"},
             Case{"GET", "/api/v1/namespaces/kube-system",
                  "get |v1|namespaces|kube-system|kube-system"},
             Case{"POST", "/api/v1/namespaces?fieldValidation=Strict", "create |v1|namespaces||"},
             Case{"DELETE", "/api/v1/namespaces/a", "delete |v1|namespaces|a|a"},
             Case{"GET", "/api/v1/namespaces/a/pods?watch=1&timeoutSeconds=9", "watch |v1|pods|a|"},
             Case{"GET", "/api/v1/pods?x=y&watch=true", "watch |v1|pods||"},
             Case{"GET", "/api/v1/pods?labelSelector=watch", "list |v1|pods||"},
             Case{"GET", "/api/v1/namespaces/a/pods/b/log?container=c", "get |v1|pods/log|a|b"},
             Case{"POST", "/apis/resource.k8s.io/v1/namespaces/a/resourceclaimtemplates",
                  "create resource.k8s.io|v1|resourceclaimtemplates|a|"},
             Case{"DELETE", "/apis/resource.k8s.io/v1beta1/namespaces/a/resourceclaims",
                  "deletecollection resource.k8s.io|v1beta1|resourceclaims|a|"},
             Case{"PATCH", "/apis/apps/v1/namespaces/a/deployments/b/scale",
                  "patch apps|v1|deployments/scale|a|b"},
             Case{"PUT", "/api/v1/namespaces/a/finalize", "update |v1|namespaces/finalize|a|a"},
         }) {
        EXPECT_EQ(line(facts(one.method, one.path)), one.line) << one.path;
    }
}

TEST(RequestFacts, OfAPlainPathAreThePath) {
    for (const char* path : {"/version", "/apis", "/api/v1", "/apis/apps/v1", "/", ""}) {
        EXPECT_EQ(line(facts("GET", path)), "get ||||") << path;
        EXPECT_EQ(facts("GET", path).path, path);
    }
}

TEST(RecordingTransport, TellsOfEachRequestAndPassesItOn) {
    FakeApiServer server;
    server.update(nodes, {{"metadata", {{"name", "a"}}}});
    std::vector<std::string> told;
    RecordingTransport recording(server,
                                 [&](const RequestFacts& one) { told.push_back(line(one)); });
    const Client client(recording);
    const auto limit = Limit::of(std::chrono::seconds(5));
    EXPECT_EQ(client.list(nodes, "", {}, limit)->items.size(), 1U);
    EXPECT_FALSE(client.get(pods, "x", "y", limit));
    EXPECT_EQ(told, (std::vector<std::string>{"list |v1|nodes||", "get |v1|pods|x|y"}));
}

}  // namespace
}  // namespace assay::kube
