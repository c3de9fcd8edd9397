// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "kube/manifest.h"

namespace assay::kube {
namespace {

TEST(Json, ReadersFallBackAndNeverThrow) {
    const Json object = *parse(R"({"a":{"b":"text","n":3,"t":true,"l":[1]}})");
    EXPECT_EQ(text(object, {"a", "b"}), "text");
    EXPECT_EQ(text(object, {"a", "n"}, "no"), "no");
    EXPECT_EQ(integer(object, {"a", "n"}), 3);
    EXPECT_EQ(integer(object, {"a", "b"}, -1), -1);
    EXPECT_TRUE(boolean(object, {"a", "t"}));
    EXPECT_EQ(array(object, {"a", "l"}).size(), 1U);
    EXPECT_TRUE(array(object, {"a", "b"}).empty());
    EXPECT_EQ(find(object, {"a", "b", "c"}), nullptr);
}

TEST(Json, TooDeepIsRefusedBeforeATreeIsBuilt) {
    const std::string deep = std::string(10000, '[') + std::string(10000, ']');
    EXPECT_EQ(parse(deep).error().kind, Error::Kind::protocol);
    const std::string bearable = std::string(100, '[') + std::string(100, ']');
    EXPECT_TRUE(parse(bearable));
}

TEST(Json, BracketsInStringsAreNoDepth) {
    EXPECT_TRUE(parse("[\"" + std::string(1000, '[') + "\\\"\"]"));
}

TEST(Json, GarbageIsAnError) {
    EXPECT_FALSE(parse("{\"a\":"));
}

TEST(Json, NumbersOutOfRangeDoNotThrow) {
    EXPECT_FALSE(parse("[1e999]"));
    const Json object = *parse(R"({"n":18446744073709551615})");
    EXPECT_EQ(integer(object, {"n"}, -1), -1);
}

TEST(Json, BytesThatAreNoUtf8AreAnError) {
    EXPECT_FALSE(parse("\"\xff\""));
    EXPECT_FALSE(parse(R"({"a\ud800":1})"));  // half a surrogate pair
    EXPECT_FALSE(parse("{\"\xc0\xaf\":1}"));  // too long a form
}

TEST(Json, TheDepthCapIsExact) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + "1" + std::string(depth, ']');
    };
    EXPECT_TRUE(parse(nested(max_json_depth)));
    const auto deeper = parse(nested(max_json_depth + 1));
    ASSERT_FALSE(deeper);
    EXPECT_NE(deeper.error().message.find("nested deeper than 200"), std::string::npos);
}

TEST(Json, ValuesKeepTheirTypes) {
    const Json object =
        *parse(R"({"u":1,"i":-1,"d":1.5,"t":true,"n":null,"s":"\u00e9\u0000","e":{},"l":[]})");
    EXPECT_EQ(object.dump(),
              "{\"d\":1.5,\"e\":{},\"i\":-1,\"l\":[],\"n\":null,\"s\":\"\xc3\xa9\\u0000\","
              "\"t\":true,\"u\":1}");
    EXPECT_TRUE(object["u"].is_number_unsigned());
    EXPECT_TRUE(object["i"].is_number_integer());
}

TEST(Json, OfAMemberThatIsThereTwiceTheLastCounts) {
    EXPECT_EQ(integer(*parse(R"({"a":1,"a":2})"), {"a"}), 2);
}

TEST(Json, NothingAndMoreThanOneValueAreErrors) {
    for (const char* body : {"", " ", "{} {}", "[1,]", "{\"a\" 1}", "nul", "[01]"}) {
        EXPECT_FALSE(parse(body)) << body;
    }
}

TEST(Manifest, AliasesDoNotGrowWithoutEnd) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "a million nodes of one thread take the thread sanitizer minutes";
#endif
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int i = 1; i < 40; ++i) {
        bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
    }
    EXPECT_EQ(documents_of_yaml(bomb).error().kind, Error::Kind::config);
}

TEST(Manifest, QuotedScalarsStayStrings) {
    const auto documents =
        documents_of_yaml("a: \"1\"\nb: 1\nc: true\nd: 'true'\ne: 1.5\nf: ~\ng: 1.37.1\nh: 0x1\n");
    ASSERT_TRUE(documents);
    EXPECT_EQ(documents->at(0).dump(),
              R"({"a":"1","b":1,"c":true,"d":"true","e":1.5,"f":null,"g":"1.37.1","h":"0x1"})");
}

TEST(Manifest, SeveralDocumentsAreRead) {
    EXPECT_EQ(documents_of_yaml("a: 1\n---\nb: 2\n---\n")->size(), 2U);
    EXPECT_EQ(documents_of_yaml("--- !x null\n--- ~\n---\nb: 2\n")->size(), 1U);
}

TEST(Manifest, ErrorsNameLineAndColumn) {
    const auto documents = documents_of_yaml("a: 1\nb: [1, 2\n");
    ASSERT_FALSE(documents);
    EXPECT_NE(documents.error().message.find("line"), std::string::npos);
}

TEST(Manifest, AKeyTwiceIsAnError) {
    EXPECT_FALSE(documents_of_yaml("a: 1\na: 2\n"));
}

TEST(Manifest, WhatCanBeginNoDocumentIsAnErrorAndNotOneDocumentAfterTheOther) {
    for (const char* text : {", x", "a: 1\n---\n, x"}) {
        const auto documents = documents_of_yaml(text);
        ASSERT_FALSE(documents) << text;
        EXPECT_EQ(documents.error().kind, Error::Kind::config);
    }
}

TEST(Manifest, BytesThatAreNoUtf8AreAnError) {
    for (const char* text : {"a: \xff", "\xff: a", "[\"\xc3\x28\"]"}) {
        const auto documents = documents_of_yaml(text);
        ASSERT_FALSE(documents) << text;
        EXPECT_NE(documents.error().message.find("UTF-8"), std::string::npos);
    }
    EXPECT_EQ(documents_of_yaml("a: \xc3\xa9")->at(0).dump(), "{\"a\":\"\xc3\xa9\"}");
}

}  // namespace
}  // namespace assay::kube
