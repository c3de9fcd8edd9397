// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `run` writes at the head of its journal, and how `run --resume` takes it up again. Errors
// are sentences; exit code 2.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "engine/journal.h"

namespace assay::cli {

// The command line to run, and what an earlier process of the same run wrote down, if there was
// one.
struct Beginning {
    Options options;
    std::optional<JournalContents> earlier;
};

// The options as given; with --resume, those of the run that is resumed, but for where its cluster
// is reached and how this process prints.
std::expected<Beginning, std::string> beginning_of(const Options& given);

// The options that say what a run does, for the head of its journal.
kube::Json settings_of(const Options& options);

// Begins the journal in a folder that is new or empty; or goes on with the earlier one, if now,
// which is what a new journal would begin with, is the same version, profile and cluster.
std::expected<std::unique_ptr<Journal>, std::string> open_journal(
    const std::filesystem::path& out, std::optional<JournalContents>& earlier,
    const JournalHeader& now);

}  // namespace assay::cli
