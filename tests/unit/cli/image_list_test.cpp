// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/image_list.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/images/two_platforms.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(ImageList, ShowsEachPlatformWithItsSize) {
    const std::string layout = images::two_platforms();
    const auto carried = images::images_in(std::as_bytes(std::span(layout))).images;
    const std::string text = image_list_text(carried);
    EXPECT_THAT(text, HasSubstr("core  localhost/assay-probe:1.2.3@" + carried[0].root.digest +
                                "\n  index application/vnd.oci.image.index.v1+json\n"
                                "  linux/amd64, 0.0 MB to download\n"
                                "  manifest application/vnd.oci.image.manifest.v1+json " +
                                carried[0].platforms[0].manifest.digest + "\n"));
    EXPECT_THAT(text, HasSubstr("  linux/arm64, 0.0 MB to download\n"));
    const json list = json::parse(image_list_json(carried));
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0]["manifest"]["digest"], carried[0].root.digest);
    EXPECT_EQ(list[0]["platforms"][1]["platform"], "linux/arm64");
    EXPECT_EQ(list[0]["platforms"][1]["compressedSize"], carried[0].platforms[1].compressed_size());
    EXPECT_EQ(list[0]["platforms"][1]["blobs"].size(), 2U);
}

TEST(ImageList, OfOnePlatformHasNoIndex) {
    const std::string layout = images::layout_for("arm64", "ARM");
    const auto carried = images::images_in(std::as_bytes(std::span(layout))).images;
    const std::string text = image_list_text(carried);
    EXPECT_THAT(text, Not(HasSubstr("index")));
    EXPECT_THAT(text, HasSubstr("core  localhost/assay-probe:1.2.3@" + carried[0].root.digest +
                                "\n  linux/arm64, 0.0 MB to download\n"
                                "  manifest application/vnd.oci.image.manifest.v1+json\n"));
}

}  // namespace
}  // namespace assay::cli
