// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A submission to the certification programme out of runs, the vendor's own words and the
// programme's checklist. Pure, any thread. Errors are one sentence that says what to do.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/checklist.h"
#include "reports/checklist_fill.h"
#include "reports/folder.h"
#include "reports/intake.h"
#include "reports/merged_run.h"

namespace assay::reports {

// What the vendor says of a requirement; empty members say nothing.
struct ProductAnswer {
    std::string owner;   // the layer that provides it, of a product on top of another
    std::string status;  // only of what no run answers
    std::vector<std::string> evidence;
    std::string notes;
};

// product.yaml (docs/submission.md).
struct Product {
    std::string directory;  // "turbo-encabulator": its folder in the programme's repository
    std::vector<std::pair<std::string, std::string>> metadata;
    std::string owner;  // of every requirement that names no other
    std::map<std::string, ProductAnswer, std::less<>> requirements;
};

struct Proposal {
    Filling filling;
    std::vector<std::string> open;       // sentences: what is still to be answered, and how
    std::vector<std::string> conflicts;  // where the vendor and the runs do not say the same
};

// files: those of cncf_files that lie in the submission.
Proposal propose(const MergedRun& run, const Checklist& official, const Product& product,
                 const Contents& files);

// The pull request's description: what is claimed by what, and what the vendor still has to
// confirm. product: the checklist as it was filled in.
std::string pull_request_body(const MergedRun& run, const Checklist& product,
                              const Proposal& proposal, const std::vector<Remark>& remarks);

}  // namespace assay::reports
