// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/guess.h"

#include <gmock/gmock.h>

#include "tests/unit/probe/fake_machine.h"

namespace assay::probe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

class Guess : public testing::Test {
protected:
    Guess() {
        for (const char* name : {"first", "second"}) {
            std::filesystem::create_directories(machine_.path(name));
            directories_.push_back(machine_.path(name));
        }
    }

    Attempts guessed(const std::vector<NumberRange>& ranges) {
        Attempts attempts;
        guess(ranges, directories_, NeverOpen({{249, "watchdog"}}), machine_.calls(), attempts);
        for (const std::string& directory : directories_) {
            EXPECT_TRUE(!std::filesystem::exists(directory) || std::filesystem::is_empty(directory))
                << directory << " was not left as it was";
        }
        return attempts;
    }

    FakeMachine machine_;
    std::vector<std::string> directories_;
};

TEST_F(Guess, MakesOpensAndRemovesANodeForEachNumber) {
    machine_.answer_by_number = {{"c:195:1", EPERM}, {"c:195:2", ENXIO}, {"c:195:3", EACCES}};
    const Attempts found = guessed({{195, 0, 3}});
    EXPECT_THAT(machine_.made, ElementsAre("c:195:0", "c:195:1", "c:195:2", "c:195:3"));
    ASSERT_EQ(found.reachable.size(), 2U);
    EXPECT_EQ(found.reachable[0].number, "c:195:0");
    EXPECT_EQ(found.reachable[0].by, "mknod");
    EXPECT_EQ(found.reachable[1].error, "ENXIO");
    ASSERT_EQ(found.refused.size(), 1U);
    EXPECT_EQ(found.refused[0].error, "EPERM");
    ASSERT_EQ(found.unclear.size(), 1U);
    EXPECT_EQ(found.unclear[0].error, "EACCES");
    EXPECT_THAT(found.not_tried, IsEmpty());
}

// The same errno, told apart: a refused open is an answer about the device, a refused mknod none.
TEST_F(Guess, TellsARefusedMknodFromARefusedOpen) {
    machine_.mknod_errno = EPERM;
    const Attempts found = guessed({{195, 0, 0}});
    EXPECT_THAT(machine_.opened, IsEmpty());
    EXPECT_THAT(found.refused, IsEmpty());
    ASSERT_EQ(found.not_tried.size(), 1U);
    EXPECT_EQ(found.not_tried[0].error, "EPERM");
    EXPECT_EQ(found.not_tried[0].why, "mknod refused");
    EXPECT_EQ(found.tried(), 0U);
}

TEST_F(Guess, NeverMakesAWatchdog) {
    const Attempts found = guessed({{10, 130, 130}, {249, 0, 0}, {195, 0, 0}});
    EXPECT_THAT(machine_.made, ElementsAre("c:195:0"));
    ASSERT_EQ(found.not_tried.size(), 2U);
    EXPECT_THAT(found.not_tried[0].why, StartsWith("never opened: "));
    EXPECT_EQ(found.not_tried[0].error, "");
}

// On a file system mounted nodev every open answers EACCES, which would hide the real answer.
TEST_F(Guess, PassesOverDirectoriesWhereNodesAreDead) {
    machine_.nodev[machine_.path("first")] = true;
    const Attempts found = guessed({{195, 0, 0}});
    ASSERT_EQ(found.reachable.size(), 1U);
    EXPECT_THAT(found.reachable[0].path, StartsWith(machine_.path("second")));
}

TEST_F(Guess, SaysWhyThereWasNoDirectory) {
    machine_.nodev[machine_.path("first")] = true;
    std::filesystem::remove(machine_.path("second"));
    const Attempts found = guessed({{195, 0, 1}});
    ASSERT_EQ(found.not_tried.size(), 2U);
    EXPECT_EQ(found.not_tried[1].error, "ENOENT");
    EXPECT_EQ(found.not_tried[1].why, "no directory to make a node in: " + machine_.path("first") +
                                          " nodev, " + machine_.path("second") + " ENOENT");
}

TEST_F(Guess, MakesNoDirectoryWithoutAGuess) {
    EXPECT_EQ(guessed({}).tried(), 0U);
}

TEST(NumberRange, IsOneNumberOrMany) {
    std::string error;
    const auto one = parse_number_range("c:195:255", error);
    ASSERT_TRUE(one) << error;
    EXPECT_EQ(one->major, 195U);
    EXPECT_EQ(one->first, 255U);
    EXPECT_EQ(one->last, 255U);
    const auto many = parse_number_range("c:226:0-15", error);
    ASSERT_TRUE(many) << error;
    EXPECT_EQ(many->last, 15U);
}

TEST(NumberRange, RefusesTheRestInWords) {
    for (const char* text : {"", "c", "c:", "c:195", "c:195:", "c:195:x", "c:195:3-1", "c:195:1-",
                             "c:-1:0", "c:4096:0", "c:195:1048576", "x:195:0", "195:0", "c:195:0:0",
                             "c:195:0-1-2", " c:195:0"}) {
        std::string error;
        EXPECT_FALSE(parse_number_range(text, error)) << text;
        EXPECT_THAT(error, StartsWith("a device number is ")) << text;
    }
    std::string error;
    EXPECT_FALSE(parse_number_range("b:8:0", error));
    EXPECT_THAT(error, StartsWith("block devices are never opened"));
}

}  // namespace
}  // namespace assay::probe
