// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// JUnit XML as strictly as Go's encoding/xml takes it, which the programme's validator and others
// read with: what our lenient parser passes over (an entity that is not defined, a character that
// XML 1.0 forbids, an encoding other than UTF-8) makes them refuse the whole file. Pure, any
// thread. Errors are one sentence without the file's name.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

struct XmlTestcase {
    std::string name;
    bool failed = false;  // has <failure> or <error>
    bool skipped = false;
};

// Those of the root, whatever its name, and of the suites nested in it.
std::expected<std::vector<XmlTestcase>, std::string> go_xml_testcases(std::string_view text);

}  // namespace assay::reports
