// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "cli/comparing.h"
#include "cli/product_file.h"
#include "cli/verbs.h"
#include "images/archive.h"
#include "reports/advice.h"
#include "reports/checklist_lines.h"
#include "reports/cncf_files.h"
#include "reports/escape.h"
#include "reports/files.h"
#include "reports/folder.h"
#include "reports/redacted_run.h"
#include "reports/report.h"
#include "reports/statement.h"
#include "reports/submission.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;
using reports::Contents;

constexpr int still_open = 1;
constexpr int usage_error = 2;
constexpr int not_verified = 6;

int refuse(int code, const std::string& sentence) {
    fmt::print(stderr, "assay: not packed: {}\n", reports::printable(sentence));
    return code;
}

// What is read before anything is written.
struct Given {
    reports::Product product;
    std::string checklist_yaml;
    reports::Checklist checklist;
    std::string version;            // "v1.37"
    std::vector<Contents> folders;  // of the runs as they were given
    std::vector<std::string> ids;   // of the runs, in the same order
    reports::MergedRun run;
};

struct Refusal {
    int code = usage_error;
    std::string sentence;
};

std::optional<Refusal> read_runs(const Options& options, Given& given) {
    std::vector<reports::ReportedRun> runs;
    for (const std::string& folder : options.runs) {
        std::error_code ignored;
        if (!fs::is_directory(folder, ignored)) {
            return Refusal{usage_error, folder + " is no folder that `assay run --out` wrote"};
        }
        if (const auto whole = check_whole(folder, options.public_key); !whole) {
            return Refusal{not_verified, whole.error()};
        }
        auto contents = reports::read_folder(folder);
        auto run = reports::read_reported_run(folder);
        if (!contents || !run) {
            return Refusal{usage_error, contents ? run.error() : contents.error()};
        }
        given.folders.push_back(*std::move(contents));
        given.ids.push_back(run->id);
        runs.push_back(*std::move(run));
    }
    auto merged = reports::merge_runs(std::move(runs));
    if (!merged) {
        return Refusal{usage_error, merged.error()};
    }
    given.run = *std::move(merged);
    if (given.run.simulated && !options.allow_simulated) {
        return Refusal{usage_error,
                       "a run rests on simulated parts, and certification files are not made of "
                       "such; --allow-simulated makes them to look at, each marked SIMULATED"};
    }
    return std::nullopt;
}

// Checklist, profile and cluster are of one version of Kubernetes, which names the folder.
std::optional<Refusal> check_versions(Given& given) {
    const reports::MetadataField* version = given.checklist.field("kubernetesVersion");
    given.version = version == nullptr ? "" : version->value;
    const reports::ReportedRun& run = given.run.runs.front();
    const bool named = given.version.size() > 1 && reports::is_plain_path(given.version) &&
                       given.version.find('/') == std::string::npos;
    if (!named || !run.kubernetes.starts_with(given.version + ".") ||
        "v" + run.profile_kubernetes != given.version) {
        return Refusal{
            usage_error,
            fmt::format("--checklist is of Kubernetes \"{}\", the cluster is {} and the "
                        "profile for {}; give the programme's checklist of the cluster's "
                        "version, and runs by the profile of that version",
                        reports::printable_line(given.version),
                        reports::printable_line(run.kubernetes),
                        reports::printable_line(run.profile_kubernetes))};
    }
    return std::nullopt;
}

std::optional<Refusal> read_given(const Options& options, Given& given) {
    auto product = load_product(options.product);
    if (!product) {
        return Refusal{usage_error, "--product: " + product.error()};
    }
    given.product = *std::move(product);
    auto yaml = reports::read_plain_file(options.checklist);
    auto checklist =
        yaml ? reports::parse_checklist(*yaml, yaml_reader()) : std::unexpected(yaml.error());
    if (!checklist) {
        return Refusal{usage_error, "--checklist: " + checklist.error()};
    }
    given.checklist_yaml = *std::move(yaml);
    given.checklist = *std::move(checklist);
    if (auto refusal = read_runs(options, given)) {
        return refusal;
    }
    return check_versions(given);
}

// Of a statement, in which the names of files stand, or of digests. Signatures are Base64.
bool names_what_is_private(const std::string& text, reports::Redaction* redaction) {
    return redaction != nullptr && redaction->text(text) != text;
}

// Statement, digests and signatures of each run, byte for byte: whoever has the run's folder can
// tell that it is the one that was submitted. Left out where they name what is redacted.
void keep_signatures(const Given& given, reports::Redaction* redaction, Contents& files) {
    for (std::size_t i = 0; i < given.folders.size(); ++i) {
        const Contents& folder = given.folders[i];
        const std::string& id = given.ids[i];
        Contents kept;
        bool private_names = !reports::is_plain_path(id);
        for (const char* name : {"SHA256SUMS", reports::statement_file, reports::bundle_file,
                                 reports::envelope_file}) {
            if (const auto found = folder.find(name); found != folder.end()) {
                private_names = private_names || names_what_is_private(found->second, redaction);
                kept.emplace(fmt::format("signatures/{}/{}", id, name), found->second);
            }
        }
        if (private_names) {
            fmt::print(stderr,
                       "assay: the statement of run {} names what is redacted, so its signature is "
                       "left out; --redact none keeps it\n",
                       reports::printable_line(id));
        } else {
            files.merge(kept);
        }
    }
}

std::expected<void, std::string> write_all(const fs::path& folder, const Contents& files) {
    for (const auto& [name, content] : files) {
        if (auto written = reports::write_file(folder, name, content); !written) {
            return written;
        }
    }
    return {};
}

// What would be submitted, and the runs it rests on.
std::expected<std::string, std::string> private_review(const Given& given, const Contents& files,
                                                       const std::string& below,
                                                       reports::Redaction* redaction) {
    Contents all;
    for (const auto& [name, content] : files) {
        all.emplace(below + "/" + name, content);
    }
    for (std::size_t i = 0; i < given.folders.size(); ++i) {
        const Contents folder = redaction == nullptr
                                    ? given.folders[i]
                                    : reports::redacted(given.folders[i], *redaction);
        for (const auto& [name, content] : folder) {
            all.emplace(fmt::format("runs/{}/{}", i + 1, name), content);
        }
    }
    std::string sums;
    std::vector<images::Entry> entries;
    for (auto& [name, content] : all) {
        sums += fmt::format("{}  {}\n", reports::sha256_hex(content), name);
        entries.push_back({.path = name, .content = std::move(content)});
    }
    entries.push_back({.path = "SHA256SUMS", .content = std::move(sums)});
    return images::zip(entries);
}

void tell(const reports::Proposal& proposal, const std::vector<std::string>& conflicts,
          const std::vector<reports::Remark>& remarks) {
    for (const auto* sentences : {&proposal.conflicts, &conflicts}) {
        for (const std::string& sentence : *sentences) {
            fmt::print("conflict: {}\n", reports::printable_line(sentence));
        }
    }
    for (const std::string& sentence : proposal.open) {
        fmt::print("open: {}\n", reports::printable_line(sentence));
    }
    fmt::print("{}", reports::remarks_text(remarks));
}

bool any_refusal(const std::vector<reports::Remark>& remarks) {
    return std::ranges::any_of(remarks, [](const reports::Remark& one) {
        return one.severity == reports::Severity::refusal;
    });
}

int pack(const Options& options, Given& given, reports::Redaction* redaction) {
    const reports::MergedRun run =
        redaction == nullptr ? given.run : reports::redacted(given.run, *redaction);
    Contents files = reports::cncf_files(run);
    files["README.md"] = reports::cncf_readme(run, files);
    const reports::Proposal proposal = reports::propose(run, given.checklist, given.product, files);
    auto filled = reports::fill_checklist(given.checklist_yaml, proposal.filling, yaml_reader());
    if (!filled) {
        return refuse(usage_error, "--checklist: " + filled.error());
    }
    if (run.simulated) {
        reports::ChecklistLines lines(filled->yaml);
        lines.put_first(reports::simulated_words());
        filled->yaml = lines.text();
    }
    files["PRODUCT.yaml"] = filled->yaml;
    keep_signatures(given, redaction, files);
    const std::string below = given.version + "/" + given.product.directory;
    const fs::path folder = fs::path(options.out) / "cncf" / below;
    if (const auto written = write_all(folder, files); !written) {
        return refuse(usage_error, written.error());
    }
    const auto place = reports::place_of(folder);
    const auto product = reports::parse_checklist(filled->yaml, yaml_reader());
    if (!place || !product) {
        return refuse(usage_error, place ? product.error() : place.error());
    }
    const auto intake = reports::check_intake(given.checklist, *product, *place, nullptr);
    const auto zip = private_review(given, files, below, redaction);
    if (!zip) {
        return refuse(usage_error, zip.error());
    }
    const Contents beside{
        {"pull-request.md", reports::pull_request_body(run, *product, proposal, intake.remarks)},
        {"private-review.zip", *zip}};
    if (const auto written = write_all(options.out, beside); !written) {
        return refuse(usage_error, written.error());
    }
    tell(proposal, filled->conflicts, intake.remarks);
    fmt::print("{}packed: {}\n", run.simulated ? "SIMULATED; " : "", folder.string());
    const bool open = !proposal.open.empty() || any_refusal(intake.remarks);
    return open ? still_open : 0;
}

}  // namespace

int submission_pack(const Options& options) {
    Given given;
    if (const auto refusal = read_given(options, given)) {
        return refuse(refusal->code, refusal->sentence);
    }
    auto redaction = reports::redaction_of(given.run, given.folders);
    const bool redacted = options.redact != "none";
    if (redacted && !redaction) {
        return refuse(usage_error, redaction.error());
    }
    if (const auto ready = reports::prepare_out(options.out); !ready) {
        return refuse(usage_error, ready.error());
    }
    return pack(options, given, redacted ? &*redaction : nullptr);
}

}  // namespace assay::cli
