// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Makes text from the cluster, which is hostile, fit to be printed and to stand in XML 1.0 and
// JSON: valid UTF-8, no terminal escapes, no control characters but tab and line feed, no
// characters that reorder what a reader sees. What is not fit becomes U+FFFD. Never fails; pure
// functions, any thread; sizes in bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::reports {

inline constexpr std::size_t max_text_bytes = 64u * 1024;
inline constexpr std::size_t max_line_bytes = 1024;

// At most max_bytes long: what is longer is cut between two characters and says how much is gone.
std::string printable(std::string_view text, std::size_t max_bytes = max_text_bytes);

// The same on one line: each run of line feeds and tabs becomes one blank.
std::string printable_line(std::string_view text, std::size_t max_bytes = max_line_bytes);

// Such a line of which nothing is Markdown or HTML any more; max_bytes is before that.
std::string markdown_line(std::string_view text, std::size_t max_bytes = max_line_bytes);

}  // namespace assay::reports
