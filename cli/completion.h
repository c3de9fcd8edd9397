// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What may stand where the cursor is, for shells and for kubectl: both ask the program itself, so
// that a script that was once installed knows what later versions have. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"

namespace assay::cli {

struct Candidate {
    std::string word;
    std::string summary;
};

struct Candidates {
    std::vector<Candidate> words;
    bool or_files = false;  // names of files fit, too
};

// The last word is the one to complete, maybe empty; the program's name is not among them.
Candidates candidates(const std::vector<std::string>& words);

// As cobra's programs, and kubectl's plugins, print them: `WORD<tab>SUMMARY` lines, then
// `:DIRECTIVE`.
std::string as_lines(const Candidates& candidates);

// Answers a shell, or kubectl by way of a link named kubectl_complete-assay; -1 if neither asks.
int answer_shell(int argc, char** argv);

}  // namespace assay::cli
