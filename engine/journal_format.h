// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The records of a journal as JSON, and a journal's text as what it says. Pure; any thread. Errors
// name the line.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal.h"

namespace assay {

inline constexpr const char* journal_schema = "assay.journal/v1alpha1";

kube::Json header_record(const JournalHeader& header);
// word: "intent", "created", "refused" or "deleted".
kube::Json object_record(std::string_view word, const JournalObject& object);
// Of a check that has settled: "check result", any number of "result part", "check settled". A
// result of thousands of nodes is many times its size as one tree of JSON.
void each_settled_record(const RequirementResult& result, const std::vector<Leftover>& leftovers,
                         const std::function<void(const kube::Json& record)>& take);

// text is a journal's, whole or with a torn last line.
std::expected<JournalContents, std::string> parse_journal(std::string_view text);

}  // namespace assay
