// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "images/archive.h"
#include "images/probe_image.h"
#include "images/push.h"
#include "tests/unit/images/fake_registry.h"
#include "tests/unit/images/two_platforms.h"

namespace assay::images {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Login user{.username = "u", .password = "p", .identity_token = {}};

RegistryAccess with(const Login& login) {
    RegistryAccess access;
    access.login = login;
    return access;
}

struct PushTest : testing::Test {
    std::expected<PushSummary, std::string> push(RegistryAccess access = {},
                                                 const std::string& target = "reg.test/r/p") {
        fake.log.clear();
        Registry registry(registry_target(target).value(), std::move(access), fake.connect(),
                          kube::Limit::of(seconds(30)));
        return push_images(registry, images, "0.1.0", [](const auto&, auto, auto) {});
    }
    std::string refused(RegistryAccess access = {}) {
        const auto pushed = push(std::move(access));
        return pushed ? "pushed" : pushed.error();
    }
    std::size_t count(const std::string& beginning) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            fake.log, [&](const std::string& line) { return line.starts_with(beginning); }));
    }
    void answers(const std::string& what, int status, const std::string& body = "") {
        fake.instead[what] = {.status = status, .headers = {}, .body = body};
    }

    FakeRegistry fake;
    ImageSet images = carried_images();
};

TEST_F(PushTest, AllOfTheImagesArriveByteForByte) {
    const auto pushed = push();
    ASSERT_TRUE(pushed) << pushed.error();
    EXPECT_EQ(pushed->blobs_uploaded, 4u) << "three configurations and the layer they share";
    EXPECT_EQ(pushed->manifests_uploaded, 6u) << "each by digest and by tag";
    const ImageSet carried = carried_images();
    for (const ImageReference& image : carried.images) {
        const std::string tag = image.variant == "core" ? "0.1.0" : "0.1.0-" + image.variant;
        EXPECT_EQ(fake.manifests.at(tag), carried.blob(image.root.digest));
        EXPECT_EQ(fake.manifests.at(image.root.digest), fake.manifests.at(tag));
        for (const Blob& blob : image.platforms.at(0).blobs) {
            EXPECT_EQ(fake.blobs.at(blob.digest), carried.blob(blob.digest));
        }
    }
}

TEST_F(PushTest, AnIndexArrivesAfterAllThatItLeadsTo) {
    const std::string layout = two_platforms();
    images = images_in(std::as_bytes(std::span(layout)));
    const auto pushed = push();
    ASSERT_TRUE(pushed) << pushed.error();
    EXPECT_EQ(pushed->blobs_uploaded, 8u) << "six configurations and a layer for each platform";
    EXPECT_EQ(pushed->manifests_uploaded, 12u) << "six by digest, three indexes by digest and tag";
    EXPECT_EQ(pushed->images.at(0).digest, images.images.at(0).root.digest);
    for (const ImageReference& image : images.images) {
        const std::string tag = image.variant == "core" ? "0.1.0" : "0.1.0-" + image.variant;
        EXPECT_EQ(fake.manifests.at(tag), images.blob(image.root.digest));
        const auto put =
            std::ranges::find(fake.log, "PUT https://reg.test/v2/r/p/manifests/" + tag);
        for (const PlatformImage& one : image.platforms) {
            EXPECT_EQ(fake.manifests.at(one.manifest.digest), images.blob(one.manifest.digest));
            EXPECT_LT(std::ranges::find(
                          fake.log, "PUT https://reg.test/v2/r/p/manifests/" + one.manifest.digest),
                      put);
            for (const Blob& blob : one.blobs) {
                EXPECT_EQ(fake.blobs.at(blob.digest), images.blob(blob.digest));
            }
        }
    }
    ASSERT_TRUE(push());
    EXPECT_EQ(count("POST") + count("PUT") + count("PATCH"), 0u) << "nothing is sent again";
}

TEST_F(PushTest, WhatIsThereIsNotSentAgain) {
    ASSERT_TRUE(push());
    const auto again = push();
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->blobs_uploaded + again->manifests_uploaded + again->bytes_uploaded, 0u);
    EXPECT_EQ(count("POST") + count("PUT") + count("PATCH"), 0u);
}

TEST_F(PushTest, ATagOfAnotherImageIsMoved) {
    fake.manifests["0.1.0"] = "{}";
    ASSERT_TRUE(push());
    EXPECT_EQ("sha256:" + sha256_hex(fake.manifests["0.1.0"]), probe_images()[0].root.digest);
}

TEST_F(PushTest, LargeBlobsGoUpInPieces) {
    RegistryAccess in_pieces;
    in_pieces.chunk_bytes = 100'000;
    ASSERT_TRUE(push(in_pieces));
    EXPECT_GT(count("PATCH"), 5u);
    for (const Blob& blob : images.images[0].platforms[0].blobs) {
        EXPECT_EQ(fake.blobs.at(blob.digest), images.blob(blob.digest));
    }
}

TEST_F(PushTest, ALoginIsSentWhereTheRegistryAsksForOne) {
    fake.wants = FakeRegistry::Wants::basic;
    EXPECT_TRUE(push(with(user)));
    EXPECT_THAT(refused(), AllOf(HasSubstr("wants a login"), HasSubstr("docker login reg.test")));
    const std::string wrong =
        refused(with({.username = "u", .password = "s3cret", .identity_token = {}}));
    EXPECT_THAT(wrong, AllOf(HasSubstr("refuses the login of user u"), Not(HasSubstr("s3cret"))));
}

TEST_F(PushTest, ATokenServerIsAskedForTheRightToPush) {
    fake.wants = FakeRegistry::Wants::bearer;
    ASSERT_TRUE(push(with(user)));
    EXPECT_EQ(fake.scopes.size(), 1u) << "one token for the whole push";
    EXPECT_THAT(fake.scopes[0], StartsWith("?account=robot&service=reg&scope=repository%3Ar%2Fp"
                                           "%3Apull%2Cpush"));
    EXPECT_THAT(refused(), HasSubstr("token server https://tokens.test/token"));
}

TEST_F(PushTest, AnIdentityTokenIsTradedForAToken) {
    fake.wants = FakeRegistry::Wants::bearer;
    EXPECT_TRUE(push(with({.username = {}, .password = {}, .identity_token = "refresh-me"})));
    EXPECT_THAT(fake.scopes.at(0), HasSubstr("grant_type=refresh_token"));
}

TEST_F(PushTest, ALoginNeverGoesToAnotherServer) {
    fake.wants = FakeRegistry::Wants::basic;
    fake.upload_origin = "https://store.test";
    ASSERT_TRUE(push(with(user)));
    EXPECT_EQ(fake.authorization_at.at("https://store.test"), "");
    fake.wants = FakeRegistry::Wants::bearer;
    fake.realm = "http://tokens.test/token";
    EXPECT_THAT(refused(with(user)), HasSubstr("in the clear"));
    EXPECT_FALSE(fake.authorization_at.contains("http://tokens.test"));
}

TEST_F(PushTest, PlainHttpIsForTheLoopbackOrTheFlag) {
    fake.speaks_https = false;
    EXPECT_EQ(refused(), "no https here");
    EXPECT_EQ(count("GET http://"), 0u);
    EXPECT_TRUE(push({}, "127.0.0.1:5000/r/p"));
    RegistryAccess plain;
    plain.insecure_http = true;
    EXPECT_TRUE(push(plain));
}

TEST_F(PushTest, EachRefusalSaysWhatToDo) {
    answers("POST /v2/r/p/blobs/uploads/", 403, R"({"errors":[{"code":"DENIED","message":"no"}]})");
    EXPECT_THAT(refused(), AllOf(HasSubstr("does not let this account push to r/p (DENIED: no)"),
                                 HasSubstr("ask for the right to write")));
    answers("POST /v2/r/p/blobs/uploads/", 404);
    EXPECT_THAT(refused(), HasSubstr("knows no repository r/p"));
    answers("POST /v2/r/p/blobs/uploads/", 405);
    EXPECT_THAT(refused(), HasSubstr("takes no uploads"));
    answers("POST /v2/r/p/blobs/uploads/", 403,
            R"({"errors":[{"code":"DENIED","message":"quota of project r exceeded"}]})");
    EXPECT_THAT(refused(), AllOf(HasSubstr("has no room left for r/p"), HasSubstr("quota of pro")));
    fake.instead.clear();
    answers("PUT /v2/r/p/blobs/uploads/", 413);
    EXPECT_THAT(refused(), HasSubstr("raise the limit on a request's body"));
    fake.instead.clear();
    answers("PUT /v2/r/p/manifests/", 429);
    EXPECT_THAT(refused(), HasSubstr("fewer requests"));
}

TEST_F(PushTest, ARegistryThatChangesTheManifestIsFound) {
    fake.instead["PUT /v2/r/p/manifests/"] = {
        .status = 201, .headers = {{"docker-content-digest", "sha256:00"}}, .body = {}};
    EXPECT_THAT(refused(), HasSubstr("changed the manifest to sha256:00"));
}

TEST(RegistryTarget, NamesARegistryARepositoryAndPerhapsATag) {
    const auto full = registry_target("reg.test:5000/a/b-c:v1.0");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->host, "reg.test:5000");
    EXPECT_EQ(full->repository, "a/b-c");
    EXPECT_EQ(full->tag, "v1.0");
    EXPECT_EQ(registry_target("localhost/a")->tag, "");
    for (const char* wrong : {"", "a/b", "reg.test", "reg.test/", "https://reg.test/a",
                              "reg.test/A", "reg.test/a:", "reg.test/a@sha256:0", "reg.test/a//b",
                              "reg.test:x/a", "reg.test/a:b/c"}) {
        EXPECT_FALSE(registry_target(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace assay::images
