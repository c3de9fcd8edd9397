// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/archive.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace assay::images {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

TEST(Tar, GivesBackWhatWasPutIn) {
    std::string content(100'000, '\0');
    for (std::size_t index = 0; index < content.size(); ++index) {
        content[index] = static_cast<char>(index * 7);
    }
    const auto archive = tar({{.path = "a", .mode = 0755, .directory = true, .content = ""},
                              {.path = "a/file", .mode = 0644, .content = content},
                              {.path = "empty", .mode = 0644, .content = ""}});
    ASSERT_TRUE(archive) << archive.error();
    EXPECT_EQ(member(bytes_of(*archive), "a/file").value_or("missing"), content);
    EXPECT_EQ(member(bytes_of(*archive), "empty").value_or("missing"), "");
}

TEST(Tar, SaysWhichMemberIsMissing) {
    const auto archive = tar({{.path = "one", .content = "1"}});
    ASSERT_TRUE(archive);
    const auto missing = member(bytes_of(*archive), "two");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error(), "two is not in the tar");
}

TEST(Tar, RefusesWhatIsNoTar) {
    const std::string noise(5000, 'x');
    EXPECT_FALSE(member(bytes_of(noise), "two"));
}

TEST(Tar, SaysWhichPathDoesNotFit) {
    const auto archive = tar({{.path = std::string(300, 'p'), .content = ""}});
    ASSERT_FALSE(archive);
    EXPECT_NE(archive.error().find("could not be put into the tar"), std::string::npos);
}

TEST(Gzip, ComesBackAndCarriesNoTimeAndNoName) {
    const std::string text(50'000, 'q');
    const auto compressed = gzip(text);
    ASSERT_TRUE(compressed) << compressed.error();
    ASSERT_GT(compressed->size(), 18U);
    EXPECT_EQ(compressed->substr(0, 4), std::string("\x1f\x8b\x08\x00", 4));  // no name: flags 0
    EXPECT_EQ(compressed->substr(4, 4), std::string(4, '\0'));                // no time

    z_stream stream{};
    ASSERT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
    std::string back(text.size() + 1, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed->data()));
    stream.avail_in = static_cast<uInt>(compressed->size());
    stream.next_out = reinterpret_cast<Bytef*>(back.data());
    stream.avail_out = static_cast<uInt>(back.size());
    EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
    back.resize(stream.total_out);
    ::inflateEnd(&stream);
    EXPECT_EQ(back, text);
}

TEST(Digest, IsSha256) {
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace assay::images
