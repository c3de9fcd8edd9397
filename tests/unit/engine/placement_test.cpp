// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/placement.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr const char* fixture_yaml = R"(
apiVersion: v1
kind: Service
metadata: {name: backend}
spec: {selector: {assay/role: a}, ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: route}
spec: {rules: [{backendRefs: [{name: backend, port: 80}]}]}
---
apiVersion: example.com/v1
kind: Class
metadata: {name: class}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: servers}
spec:
  selector: {matchLabels: {assay/role: a}}
  template:
    metadata: {labels: {assay/role: a}}
    spec:
      containers:
      - {name: serve, image: localhost/assay-probe, args: [serve, --backend, backend]}
---
apiVersion: v1
kind: Pod
metadata: {name: member, labels: {queue: backend}}
spec:
  containers:
  - {name: member, image: localhost/assay-probe, args: [isolate]}
)";

Placement placement() {
    Placement result{.run_id = "r2d2",
                     .requirement = "ai_inference",
                     .namespace_name = "ns",
                     .device_class = {},
                     .resource = {},
                     .dra_version = "v1",
                     .images = {{"core", "reg/core"}},
                     .pull_secrets = {},
                     .tolerations = {{.key = "gpu", .value = "", .effect = "NoSchedule"}}};
    result.object_names = {"backend", "route", "servers", "class"};
    return result;
}

kube::Json placed(std::string_view kind, std::string_view name, bool namespaced = true) {
    const Fixture fixture = *Fixture::parse(fixture_yaml, "it");
    return placed_object(fixture.object(kind, name), {"", "v1", "x", std::string(kind), namespaced},
                         placement());
}

TEST(PlacedObject, HasTheRunsNameNamespaceAndLabels) {
    const kube::Json route = placed("HTTPRoute", "route");
    EXPECT_EQ(kube::name_of(route), "route-r2d2");
    EXPECT_EQ(kube::namespace_of(route), "ns");
    EXPECT_EQ(kube::text(route, {"metadata", "labels", "app.kubernetes.io/instance"}), "r2d2");
    EXPECT_EQ(kube::text(route, {"metadata", "labels", "app.kubernetes.io/component"}),
              "ai_inference");
}

TEST(PlacedObject, OfTheClusterHasNoNamespace) {
    EXPECT_EQ(kube::namespace_of(placed("Class", "class", false)), "");
}

TEST(PlacedObject, RefersToOthersByTheirOwnNames) {
    const kube::Json route = placed("HTTPRoute", "route");
    EXPECT_EQ(route["spec"]["rules"][0]["backendRefs"][0]["name"], "backend-r2d2");
}

TEST(PlacedObject, SelectsPodsOfItsRunOnly) {
    EXPECT_EQ(placed("Service", "backend")["spec"]["selector"]["app.kubernetes.io/instance"],
              "r2d2");
    EXPECT_EQ(placed("Deployment",
                     "servers")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"],
              "r2d2");
}

TEST(PlacedObject, GivesItsPodsWhatPodsGet) {
    const kube::Json pod = placed("Deployment", "servers")["spec"]["template"];
    EXPECT_EQ(pod["metadata"]["labels"]["app.kubernetes.io/instance"], "r2d2");
    EXPECT_EQ(pod["spec"]["containers"][0]["image"], "reg/core");
    EXPECT_EQ(pod["spec"]["containers"][0]["args"],
              kube::Json::array({"serve", "--backend", "backend-r2d2"}));
    EXPECT_EQ(pod["spec"]["tolerations"][0]["key"], "gpu");
}

TEST(PlacedPod, RefersToObjectsByTheirOwnNames) {
    const Fixture fixture = *Fixture::parse(fixture_yaml, "it");
    const kube::Json pod = placed_pod(fixture.pod("member"), placement());
    EXPECT_EQ(pod["metadata"]["labels"]["queue"], "backend-r2d2");
    EXPECT_EQ(kube::name_of(pod), "member-r2d2");
}

TEST(ObjectManifest, IsChangedByPointer) {
    const ObjectManifest manifest =
        Fixture::parse(fixture_yaml, "it")->object("HTTPRoute", "route");
    EXPECT_EQ(manifest.with("/spec/hostnames/0", "a.test").tree()["spec"]["hostnames"][0],
              "a.test");
    EXPECT_FALSE(manifest.without("/spec/rules").tree()["spec"].contains("rules"));
    EXPECT_EQ(manifest.named("second").name(), "route-second");
}

}  // namespace
}  // namespace assay
