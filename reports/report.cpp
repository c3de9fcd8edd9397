// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "reports/files.h"
#include "reports/folder.h"
#include "reports/html.h"
#include "reports/inventory.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/result_in_public.h"
#include "reports/statement.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

std::expected<void, std::string> add_artifacts(Contents& files, const RunResult& run) {
    for (const RequirementResult& requirement : run.requirements) {
        for (const EvidenceFile& file : requirement.evidence) {
            if (!file.path.starts_with("artifacts/") || !is_plain_path(file.path)) {
                return std::unexpected(
                    fmt::format("the evidence of {} has the path \"{}\", which is not a plain name "
                                "below artifacts/; this is a bug in assay, please report it",
                                requirement.id, file.path));
            }
            if (!files.emplace(file.path, file.content).second) {
                return std::unexpected(fmt::format(
                    "two pieces of evidence have the path {}; this is a bug in assay, please "
                    "report it",
                    file.path));
            }
        }
    }
    return {};
}

Digests digests_of(const Contents& files) {
    Digests digests;
    for (const auto& [path, content] : files) {
        digests.emplace(path, sha256_hex(content));
    }
    return digests;
}

std::string checksums(const Digests& digests) {
    std::string text;
    for (const auto& [path, digest] : digests) {
        text += fmt::format("{}  {}\n", digest, path);
    }
    return text;
}

std::expected<std::vector<fs::path>, std::string> write_all(
    const std::vector<std::pair<std::string, std::string_view>>& files, const fs::path& out) {
    std::vector<fs::path> written;
    for (const auto& [path, content] : files) {
        if (auto done = write_file(out, path, content); !done) {
            return std::unexpected(done.error());
        }
        written.push_back(out / path);
    }
    return written;
}

std::string give_another(const fs::path& out, std::string_view what) {
    return fmt::format("{} {}; give another folder with --out", out.string(), what);
}

}  // namespace

std::expected<void, std::string> prepare_out(const fs::path& out) {
    std::error_code failure;
    const fs::file_status status = fs::status(out, failure);
    if (fs::exists(status) && !fs::is_directory(status)) {
        return std::unexpected(give_another(out, "is not a folder"));
    }
    fs::create_directories(out, failure);
    if (failure) {
        return std::unexpected(
            give_another(out, fmt::format("cannot be created: {}", failure.message())));
    }
    const bool empty = fs::is_empty(out, failure);
    if (failure) {
        return std::unexpected(
            give_another(out, fmt::format("cannot be read: {}", failure.message())));
    }
    if (!empty) {
        return std::unexpected(
            give_another(out, "is not empty and a report is never written over"));
    }
    // Rights, quotas and read-only mounts are found by trying, not by reading mode bits.
    if (auto written = write_file(out, "writable", ""); !written) {
        return written;
    }
    fs::remove(out / "writable", failure);
    return {};
}

std::expected<std::vector<fs::path>, std::string> write_report(const RunResult& given,
                                                               const fs::path& out) {
    std::optional<RunResult> told;  // a copy only where it differs: runs may be large
    if (given.redacted) {
        told = in_public(given);
    }
    const RunResult& run = told ? *told : given;
    Contents files{{"report.json", report_json(run)},
                   {"report.html", report_html(run)},
                   {"junit.xml", junit_xml(run)},
                   {"inventory.json", inventory_json(run)},
                   {"profile.yaml", run.profile_yaml}};
    if (auto added = add_artifacts(files, run); !added) {
        return std::unexpected(added.error());
    }
    Digests digests = digests_of(files);
    const std::string sums = checksums(digests);
    digests.emplace("SHA256SUMS", sha256_hex(sums));
    const std::string statement = statement_json(run, digests);
    std::vector<std::pair<std::string, std::string_view>> in_order(files.begin(), files.end());
    in_order.emplace_back("SHA256SUMS", sums);
    in_order.emplace_back(statement_file, statement);
    return write_all(in_order, out);
}

}  // namespace assay::reports
