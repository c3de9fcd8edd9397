// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A run's result without what tells whose cluster it was (reports/redaction.h), before anything is
// written of it: every file is then made of it as of any other, so whatever a node or a context is
// called, members, ids and words of closed sets (outcomes, levels, kinds) are what they are. Any
// thread, never fails.
#pragma once

#include <string>

#include "engine/result.h"

namespace assay::reports {

// A copy in which the texts that can bear a name are redacted. What cannot stays: what the tool and
// its profile say (ids, sentences, patterns of --select, profile_yaml), numbers, times and digests.
RunResult in_public(const RunResult& run);

// What stands for the cluster's uid in a redacted report: it tells clusters apart as the uid does,
// which nobody can guess from it. "" for none.
std::string uid_in_public(const std::string& cluster_uid);

}  // namespace assay::reports
