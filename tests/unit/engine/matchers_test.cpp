// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/matchers.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

ReachedDevice device(const std::string& number, const std::string& uuid = "") {
    return {.number = number, .path = "/dev/x", .by = "node", .error = "", .uuid = uuid};
}

Allocation allocation(const std::vector<std::string>& uuids) {
    Allocation result;
    for (const std::string& uuid : uuids) {
        result.devices.push_back({"driver", "pool", "name-" + uuid, uuid, ""});
    }
    result.count = uuids.size();
    return result;
}

TEST(IsExactly, HoldsForTheAllocatedDevice) {
    const Devices one{{device("c:195:0", "A")}};
    EXPECT_TRUE(is_exactly(allocation({"A"})).holds(one));
    EXPECT_FALSE(is_exactly(allocation({"A"})).cannot_tell(one));
}

TEST(IsExactly, FailsForAnotherDevice) {
    EXPECT_FALSE(is_exactly(allocation({"A"})).holds({{device("c:195:1", "B")}}));
}

TEST(IsExactly, FailsForOneMoreAndForNone) {
    EXPECT_FALSE(
        is_exactly(allocation({"A"})).holds({{device("c:195:0", "A"), device("c:195:1", "B")}}));
    EXPECT_FALSE(is_exactly(allocation({"A"})).holds({}));
}

TEST(IsExactly, FailsForOneMoreThatNobodyNamed) {
    const Devices two{{device("c:195:0", "A"), device("c:195:1")}};
    EXPECT_FALSE(is_exactly(allocation({"A"})).holds(two));
    EXPECT_FALSE(is_exactly(allocation({"A"})).cannot_tell(two));
}

TEST(IsExactly, CannotTellWhenTheContainersLibraryNamedNothing) {
    EXPECT_TRUE(is_exactly(allocation({"A"})).cannot_tell({{device("c:195:0")}}));
}

TEST(IsExactly, CountsWhereTheDriverPublishesNoUuid) {
    const Devices one{{device("c:195:0")}};
    EXPECT_FALSE(is_exactly(allocation({""})).cannot_tell(one));
    EXPECT_TRUE(is_exactly(allocation({""})).holds(one));
    EXPECT_NE(is_exactly(allocation({""})).expected().find("identity not observable"),
              std::string::npos);
}

TEST(IsExactly, CannotTellWhenTheAllocationIsUnknown) {
    Allocation unread;
    unread.unknown = "the claim could not be read";
    EXPECT_EQ(is_exactly(unread).cannot_tell({}), "the claim could not be read");
}

TEST(SharesNothingWith, ComparesDeviceNumbers) {
    const Devices mine{{device("c:195:0", "A")}};
    EXPECT_TRUE(shares_nothing_with(mine).holds({{device("c:195:1", "B")}}));
    EXPECT_FALSE(shares_nothing_with(mine).holds({{device("c:195:0")}}));
}

TEST(IsEmpty, NamesWhatItFound) {
    const Devices one{{{.number = "c:195:3",
                        .path = "/dev/nvidia3",
                        .by = "node",
                        .error = "ENXIO",
                        .uuid = ""}}};
    EXPECT_FALSE(IsEmpty::holds(one));
    EXPECT_EQ(IsEmpty::actual(one),
              "1 accelerator: c:195:3 (opened /dev/nvidia3: ENXIO, device node without a driver)");
}

}  // namespace
}  // namespace assay
