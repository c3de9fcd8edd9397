// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the caller knows this program by: "kubectl assay" where kubectl runs it as a plugin, so that
// a command it prints can be copied. Set once, before there is a second thread; then any thread.
#pragma once

#include <string>
#include <string_view>

namespace assay::cli {

// The path the program was started by.
void called_as(std::string_view path);

std::string program();  // "assay" or "kubectl assay"

// Each `assay VERB` in it by the name that the caller knows.
std::string in_callers_words(std::string text);

// "assay: SENTENCE" on stderr; nothing in it steers a terminal.
void tell(std::string_view sentence);

}  // namespace assay::cli
