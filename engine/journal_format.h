// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The records of a journal as JSON, and a journal's text as what it says. Pure; any thread. Errors
// name the line.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "engine/journal.h"

namespace assay {

inline constexpr const char* journal_schema = "assay.journal/v1alpha1";

kube::Json header_record(const JournalHeader& header);
// word: "intent", "created", "refused" or "deleted".
kube::Json object_record(std::string_view word, const JournalObject& object);
// Without the leftovers.
kube::Json settled_record(const RequirementResult& result);

// text is a journal's, whole or with a torn last line.
std::expected<JournalContents, std::string> parse_journal(std::string_view text);

}  // namespace assay
