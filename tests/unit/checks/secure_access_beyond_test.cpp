// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What secure_accelerator_access asks beyond the requirement, of who has more rights than a tenant.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "tests/api/fake_api_answers.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

bool is_admins_claim(const kube::Request& request) {
    return request.path.find("/resourceclaims?") != std::string::npos &&
           request.body.find(R"("adminAccess":true)") != std::string::npos;
}

TEST(SecureAcceleratorAccess, FailsWhenAdminAccessIsGivenWithoutTheLabel) {
    PlayedCluster cluster;
    cluster.server().on_request(
        [](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
            if (!is_admins_claim(request)) {
                return std::nullopt;
            }
            return kube::Response{201, {{"content-type", "application/json"}}, request.body};
        });
    EXPECT_EQ(failed_in(cluster.run()), std::vector<std::string>{"admin_access_is_refused"});
}

TEST(SecureAcceleratorAccess, DoesNotTakeTheRefusalOfAnyClaimForOneOfAdminAccess) {
    PlayedCluster cluster;
    cluster.server().on_request(
        [](const kube::Request& request) -> std::optional<kube::Result<kube::Response>> {
            if (request.method != "POST" ||
                request.path.find("/resourceclaims?") == std::string::npos) {
                return std::nullopt;
            }
            return kube::failure(422, "Invalid", "claims are made from templates here");
        });
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "admin_access_is_refused"), Outcome::inconclusive);
    EXPECT_EQ(run.exit_code, 0);  // beyond the requirement
}

TEST(SecureAcceleratorAccess, CannotAttachWhereTheRightIsMissing) {
    PlayedCluster cluster;
    cluster.server().deny("patch", kube::pods);
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "debug_container_reaches_none"), Outcome::inconclusive);
    EXPECT_EQ(failed_in(run), std::vector<std::string>{});
}

}  // namespace
}  // namespace assay
