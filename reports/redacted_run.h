// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs and their folders without what tells whose cluster it was (reports/redaction.h). One thread.
// Errors are one sentence that says what to do.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "engine/result.h"
#include "reports/folder.h"
#include "reports/merged_run.h"
#include "reports/redaction.h"

namespace assay::reports {

// What is to be taken out of texts about these runs: the nodes of their inventories, the API
// servers, the contexts, and the registries of images that are not public ones. folders: each
// run's.
std::expected<Redaction, std::string> redaction_of(const MergedRun& run,
                                                   const std::vector<Contents>& folders);

// The same of a run that is not written yet, of which these are the files.
std::expected<Redaction, std::string> redaction_of(const RunResult& run, const Contents& files);

// What stands for the cluster's uid in a redacted report: it tells clusters apart as the uid does,
// which nobody can guess from it. "" for none.
std::string uid_in_public(const std::string& cluster_uid);

// What the cluster said in it, redacted.
MergedRun redacted(MergedRun run, Redaction& redaction);

// Texts and names of files. What was signed is not any more what was signed, so signatures and
// statements are left out.
Contents redacted(const Contents& folder, Redaction& redaction);

}  // namespace assay::reports
