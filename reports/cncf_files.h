// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The files of a submission that tell what was run, in the forms that the certification
// programme's validator parses: junit.xml, results.json (the lines of `go test -json`), e2e.log.
// They hold the MUSTs that passed, each as a test named by its id with its required assertions
// below it, and nothing that failed, was skipped or is open: one such test in a cited file refuses
// the submission, whoever cites it. What they leave out is in findings.json, a SHOULD in
// should.xml, which the validator does not parse. Text from the runs is hostile: quoted, it is no
// result line. Of a simulated run each file says so. Equal runs give equal bytes. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/folder.h"
#include "reports/merged_run.h"

namespace assay::reports {

inline constexpr std::string_view simulated_mark = "SIMULATED";

// Of a simulated run, in each file: "SIMULATED: … nothing here certifies anything".
std::string simulated_words();

// Whether the validator's files show it: a MUST, and passed.
bool is_shown_passed(const MergedRequirement& one);

// junit.xml, results.json and e2e.log where a MUST passed; should.xml where a SHOULD was asked;
// findings.json.
Contents cncf_files(const MergedRun& run);

// The README.md beside them: what ran, and how to run it again.
std::string cncf_readme(const MergedRun& run, const Contents& files);

// "assay run --profile k8s-ai-1.37 --allow scale-nodes --out report": what of a run's command says
// what was asked. Paths, contexts and keys are the vendor's own and left out.
std::string reproduction(const ReportedRun& run);

}  // namespace assay::reports
