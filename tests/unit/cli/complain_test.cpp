// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cluster.h"

namespace assay::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Complain, ShowsATerminalNothingOfWhatTheServerSaysThatSteersIt) {
    testing::internal::CaptureStderr();
    const int code = complain({kube::Error::Kind::forbidden, 403, "Forbidden",
                               "nodes is forbidden\x1b]0;title\x07\x1b[2J \xff"});
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr("assay: nodes is forbidden"), HasSubstr("ask for these rights"),
                      Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\xff"))));
    EXPECT_EQ(code, 3);
}

}  // namespace
}  // namespace assay::cli
