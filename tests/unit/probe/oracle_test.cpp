// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/oracle.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>

namespace assay::probe {
namespace {

TEST(Oracle, AnswersEveryErrno) {
    const std::map<int, Answer> told = {{0, Answer::reachable},      {ENXIO, Answer::reachable},
                                        {EIO, Answer::reachable},    {EBUSY, Answer::reachable},
                                        {ENODEV, Answer::reachable}, {EPERM, Answer::refused},
                                        {ENOENT, Answer::refused}};
    for (int number = 0; number <= 4095; ++number) {
        const auto known = told.find(number);
        EXPECT_EQ(answer_of(number), known != told.end() ? known->second : Answer::unclear)
            << number;
    }
}

TEST(Oracle, NamesErrnos) {
    EXPECT_EQ(errno_name(0), "");
    EXPECT_EQ(errno_name(ENXIO), "ENXIO");
    EXPECT_EQ(errno_name(EACCES), "EACCES");
    EXPECT_EQ(errno_name(4095), "errno 4095");
}

}  // namespace
}  // namespace assay::probe
