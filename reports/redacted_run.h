// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs that are reported already, and their folders, without what tells whose cluster it was
// (reports/redaction.h). One thread. Errors are one sentence that says what to do.
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
// run's. Where a name is also a word that a file of theirs has to have as it is (an outcome, a
// member of JSON, an element of HTML), the files cannot be told from what they name: the error.
std::expected<Redaction, std::string> redaction_of(const MergedRun& run,
                                                   const std::vector<Contents>& folders);

// What the cluster said in it, redacted.
MergedRun redacted(MergedRun run, Redaction& redaction);

// Texts and names of files. What was signed is not any more what was signed, so signatures and
// statements are left out.
Contents redacted(const Contents& folder, Redaction& redaction);

}  // namespace assay::reports
