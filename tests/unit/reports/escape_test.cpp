// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/escape.h"

#include <gtest/gtest.h>

#include "sample_runs.h"

namespace assay::reports {
namespace {

constexpr const char* unfit = "\xEF\xBF\xBD";

TEST(Printable, LeavesTextAlone) {
    const std::string text = "a\tb\nc \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 <&>\"'";
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, DropsTerminalSequences) {
    EXPECT_EQ(printable("\x1B[1;31mred\x1B[0m"), "red");
    EXPECT_EQ(printable("\x1B]0;title\x07x"), "x");
    EXPECT_EQ(printable("\x1B]8;;http://x\x1B\\link"), "link");
    EXPECT_EQ(printable("\x1B(Bx"), "x");
    EXPECT_EQ(printable("\x1BPdata\x1B\\x"), "x");
}

TEST(Printable, KeepsWhatFollowsASequenceWithoutEnd) {
    EXPECT_EQ(printable("a\x1B]0;b"), std::string("a") + unfit + "]0;b");
    EXPECT_EQ(printable("a\x1B[31"), std::string("a") + unfit + "[31");
    EXPECT_EQ(printable("a\x1B"), std::string("a") + unfit);
}

TEST(Printable, ReplacesWhatIsNotTextOrReordersIt) {
    const char* bad[] = {"\x01",         "\x7F",         "\x80",         "\xFF",
                         "\xC0\xAF",     "\xE0\x80\x80", "\xED\xA0\x80", "\xC2\x9B",
                         "\xEF\xBF\xBE", "\xE2\x80\xAE", "\xE2\x82",     "\xF4\x90\x80\x80"};
    for (const char* text : bad) {
        const std::string out = printable(text);
        EXPECT_EQ(out.substr(0, 3), unfit);
        EXPECT_EQ(out.size() % 3, 0U);
    }
    EXPECT_EQ(printable(std::string("a\0b", 3)), std::string("a") + unfit + "b");
}

TEST(Printable, MakesOneLineEndOfThree) {
    EXPECT_EQ(printable("a\r\nb\rc\nd"), "a\nb\nc\nd");
}

TEST(Printable, IsItsOwnFixedPoint) {
    const std::string once = printable(hostile_text());
    EXPECT_EQ(printable(once), once);
}

TEST(Printable, CutsBetweenCharactersAndSaysSo) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += "\xE2\x82\xAC";
    }
    for (std::size_t limit = 30; limit < 60; ++limit) {
        const std::string out = printable(text, limit);
        EXPECT_LE(out.size(), limit);
        EXPECT_EQ(printable(out), out) << "cut inside a character";
        EXPECT_NE(out.find("bytes left out]"), std::string::npos);
    }
    EXPECT_EQ(printable(text, 300), text);
    EXPECT_EQ(printable("12345678901234567890", 5), "");
}

TEST(PrintableLine, HasNoLineEnds) {
    EXPECT_EQ(printable_line("a\r\n\n\tb\n"), "a b");
    EXPECT_EQ(printable_line(hostile_text()).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace assay::reports
