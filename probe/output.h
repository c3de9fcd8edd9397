// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Where documents go: standard output (the container's log) and the termination message. One
// thread.
#pragma once

#include <string>

namespace assay::probe {

// The line and its newline, whole, past every buffer. False if it could not be written
// or the end was asked for while it waited.
bool write_line(const std::string& line);

enum class Outcome { written, no_such_file, failed };

// `create`: make the file if it is missing. Without it a missing file is no failure: no kubelet
// reads it, and making it would leave a regular file under /dev. Says on stderr what failed.
Outcome write_termination_message(const std::string& path, const std::string& text, bool create);

}  // namespace assay::probe
