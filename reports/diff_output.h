// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A comparison for a terminal, for a CI job's summary page (diff.md), for a page of its own
// (diff.html, as static as report.html), for a program (diff.json, reports/diff.schema.json) and
// for what reads JUnit (junit-gate.xml: one case per rule of the gate; a failure exactly where it
// closes, an error where it cannot tell). Text from the reports is hostile and made fit to print;
// in Markdown, HTML and XML it is inert. Equal comparisons give equal bytes. Pure, any thread,
// never fails.
#pragma once

#include <string>

#include "reports/diff.h"

namespace assay::reports {

std::string diff_text(const Diff& diff);
std::string diff_markdown(const Diff& diff);
std::string diff_html(const Diff& diff);
std::string diff_json(const Diff& diff);
std::string diff_junit(const Diff& diff);

}  // namespace assay::reports
