// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Fills the programme's checklist in as a careful person would with an editor: only the lines of
// what is filled change; comments, order, ids, texts and levels stay byte for byte. What somebody
// has written there is never written over: where it says something else, that is told. Whether the
// text came out as meant is checked by reading it again. Pure, any thread. Errors are one sentence
// that says what to do.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/checklist.h"

namespace assay::reports {

// What a requirement is to say; empty members say nothing.
struct Answer {
    std::string id;
    std::string status;
    std::vector<std::string> evidence;  // added to what is there
    std::string notes;
};

struct Filling {
    std::vector<std::pair<std::string, std::string>> metadata;  // field of known_fields(), value
    std::vector<Answer> answers;
};

struct Filled {
    std::string yaml;
    std::vector<std::string> conflicts;  // sentences: what the file says instead, which stays
};

std::expected<Filled, std::string> fill_checklist(std::string_view yaml, const Filling& filling,
                                                  const YamlReader& read_yaml);

}  // namespace assay::reports
