// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/line_splitter.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay::kube {
namespace {

TEST(LineSplitter, WhereThePiecesEndDoesNotMatter) {
    const std::string stream = "one\n\ntwo\nthree";
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        LineSplitter lines(10);
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < stream.size(); at += size) {
            EXPECT_TRUE(lines.feed(stream.substr(at, size), [&](std::string_view line) {
                seen.emplace_back(line);
                return true;
            }));
        }
        EXPECT_EQ(seen, (std::vector<std::string>{"one", "", "two"})) << size;
    }
}

TEST(LineSplitter, TheTakerEndsIt) {
    LineSplitter lines(10);
    int taken = 0;
    EXPECT_FALSE(lines.feed("a\nb\nc\n", [&](std::string_view) { return ++taken < 2; }));
    EXPECT_EQ(taken, 2);
    EXPECT_FALSE(lines.too_long());
}

TEST(LineSplitter, ALineTooLongEndsItWholeOrInPieces) {
    const auto take = [](std::string_view) { return true; };
    LineSplitter whole(3);
    EXPECT_TRUE(whole.feed("abc\n", take));
    EXPECT_FALSE(whole.feed("abcd\n", take));
    EXPECT_TRUE(whole.too_long());
    LineSplitter pieces(3);
    EXPECT_TRUE(pieces.feed("ab", take));
    EXPECT_FALSE(pieces.feed("cd", take));
    EXPECT_TRUE(pieces.too_long());
}

}  // namespace
}  // namespace assay::kube
