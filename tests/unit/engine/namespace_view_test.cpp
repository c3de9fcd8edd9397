// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/namespace_view.h"

#include <gtest/gtest.h>

#include "engine/pod_conditions.h"
#include "tests/api/fake_api_server.h"

namespace assay {
namespace {

using kube::Json;
using std::chrono::seconds;

Json pod() {
    return {{"metadata", {{"name", "p"}, {"namespace", "n"}}}, {"spec", {{"nodeName", "a"}}}};
}

class NamespaceViewTest : public testing::Test {
protected:
    kube::Result<PodWait> wait(const PodCondition& condition, seconds patience = seconds(20)) {
        return view_.wait_for("p", condition, kube::Limit::of(patience));
    }

    kube::FakeApiServer server_;
    kube::Client client_{server_};
    NamespaceView view_{client_, "n", std::chrono::steady_clock::now() + seconds(60)};
};

TEST_F(NamespaceViewTest, APodThatVanishesIsNotWaitedForAnyLonger) {
    server_.update(kube::pods, pod());
    ASSERT_EQ(wait(pod_is_bound())->verdict.progress, kube::Progress::met);
    server_.erase(kube::pods, "n", "p");
    const auto waited = wait(container_has_ended("c"));
    ASSERT_TRUE(waited) << waited.error().message;
    EXPECT_EQ(waited->verdict.progress, kube::Progress::impossible);
    EXPECT_EQ(waited->verdict.reason, "pod p is gone, and this run did not delete it");
}

TEST_F(NamespaceViewTest, ItsAbsenceMayBeWhatIsWaitedFor) {
    server_.update(kube::pods, pod());
    ASSERT_TRUE(wait(pod_is_bound()));
    server_.erase(kube::pods, "n", "p");
    EXPECT_EQ(wait(pod_is_gone())->verdict.progress, kube::Progress::met);
}

TEST_F(NamespaceViewTest, APodThatWasNeverSeenMayStillCome) {
    const auto waited = wait(pod_is_bound(), seconds(1));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind, kube::Error::Kind::timeout);
    server_.update(kube::pods, pod());
    EXPECT_EQ(wait(pod_is_bound())->verdict.progress, kube::Progress::met);
}

// As the kubelet of 1.37 names whom an event is about.
TEST_F(NamespaceViewTest, AnEventTellsWhichContainerItWarnsOf) {
    server_.update(kube::pods, pod());
    server_.update(
        kube::events,
        {{"metadata", {{"name", "p.1"}, {"namespace", "n"}}},
         {"type", "Warning"},
         {"reason", "Failed"},
         {"message", "unresolvable CDI devices v/gpu=all"},
         {"involvedObject",
          {{"kind", "Pod"}, {"name", "p"}, {"fieldPath", "spec.initContainers{before}"}}}});
    const auto refused = wait(container_is_running("before"));
    ASSERT_TRUE(refused) << refused.error().message;
    EXPECT_EQ(refused->verdict.reason, "Failed: unresolvable CDI devices v/gpu=all");
    const auto other = wait(container_is_running("c"), seconds(1));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, kube::Error::Kind::timeout);
}

const kube::Resource claims{"resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true};

class NamespaceViewOfClaims : public testing::Test {
protected:
    // Of the namespace n, with its claims.
    NamespaceView view_of_claims() { return {client_, "n", limit_.deadline, claims}; }

    kube::FakeApiServer server_;
    kube::Client client_{server_};
    kube::Limit limit_ = kube::Limit::of(seconds(20));
};

TEST_F(NamespaceViewOfClaims, KnowsOneThatComesAndGoesOnceTheyAreInView) {
    NamespaceView view = view_of_claims();
    view.await_claims(limit_);
    server_.update(claims, {{"metadata", {{"name", "c"}, {"namespace", "n"}}},
                            {"status", {{"allocation", {{"node", "a"}}}}}});
    server_.erase(claims, "n", "c");
    EXPECT_TRUE(view.allocated_claim("c", limit_));
}

TEST_F(NamespaceViewOfClaims, WaitsForNoneThatWentWithoutAnAllocation) {
    NamespaceView view = view_of_claims();
    view.await_claims(limit_);
    server_.update(claims, {{"metadata", {{"name", "c"}, {"namespace", "n"}}}});
    server_.erase(claims, "n", "c");
    const auto claim = view.allocated_claim("c", limit_);
    ASSERT_FALSE(claim);
    EXPECT_EQ(claim.error().message, "it went before the watch showed it allocated");
    EXPECT_LT(std::chrono::steady_clock::now(), limit_.deadline);
}

// As the controller manager of 1.37.1 does it: the pod's claim is removed when the pod has ended,
// another is made and named in its place.
TEST_F(NamespaceViewOfClaims, KnowsWhatAPodRanWithAfterItsEnd) {
    const auto pod_with = [](const std::string& phase, const std::string& claim) -> Json {
        return {{"metadata", {{"name", "p"}, {"namespace", "n"}}},
                {"status",
                 {{"phase", phase},
                  {"resourceClaimStatuses", {{{"name", "x"}, {"resourceClaimName", claim}}}}}}};
    };
    const auto names = [](const std::string& claim) -> PodCondition {
        return [claim](const Json* seen, const std::vector<PodWarning>&) {
            return seen != nullptr && seen->dump().contains(claim)
                       ? kube::Verdict::met()
                       : kube::Verdict::waiting("it does not name it yet");
        };
    };
    NamespaceView view = view_of_claims();
    for (const auto& [phase, claim] : {std::pair{"Pending", "early"}, std::pair{"Running", "p-x-1"},
                                       std::pair{"Succeeded", "p-x-2"}}) {
        server_.update(kube::pods, pod_with(phase, claim));
        ASSERT_TRUE(view.wait_for("p", names(claim), limit_));
    }
    EXPECT_EQ(view.claims_of("p"), std::vector<std::string>{"p-x-1"});
    server_.update(kube::pods, Json{{"metadata", {{"name", "ended"}, {"namespace", "n"}}},
                                    {"status", pod_with("Failed", "its-own")["status"]}});
    ASSERT_TRUE(view.wait_for("ended", names("its-own"), limit_));
    EXPECT_EQ(view.claims_of("ended"), std::vector<std::string>{"its-own"});
}

TEST_F(NamespaceViewOfClaims, SaysWhyTheirWatchEnded) {
    server_.deny("list", claims);
    NamespaceView view = view_of_claims();
    const auto claim = view.allocated_claim("c", limit_);
    ASSERT_FALSE(claim);
    EXPECT_EQ(claim.error().kind, kube::Error::Kind::forbidden) << claim.error().message;
}

TEST_F(NamespaceViewOfClaims, AreNotWaitedForWhereTheyCannotBeListed) {
    server_.deny("list", claims);
    NamespaceView view = view_of_claims();
    view.await_claims(limit_);
    EXPECT_LT(std::chrono::steady_clock::now(), limit_.deadline);
}

}  // namespace
}  // namespace assay
