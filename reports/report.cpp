// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/report.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "reports/files.h"
#include "reports/html.h"
#include "reports/inventory.h"
#include "reports/json.h"
#include "reports/junit.h"
#include "reports/result_in_public.h"
#include "reports/statement.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

// What says each file, by its path: only one of them is ever in memory, and the largest never is
// as a whole.
using Say = std::function<void(std::string_view)>;
using Files = std::map<std::string, std::function<void(const Say&)>>;

std::expected<void, std::string> add_artifacts(Files& files, const RunResult& run) {
    for (const RequirementResult& requirement : run.requirements) {
        for (const EvidenceFile& file : requirement.evidence) {
            if (!file.path.starts_with("artifacts/") || !is_plain_path(file.path)) {
                return std::unexpected(
                    fmt::format("the evidence of {} has the path \"{}\", which is not a plain name "
                                "below artifacts/; this is a bug in assay, please report it",
                                requirement.id, file.path));
            }
            const auto say_it = [&file](const Say& say) { say(file.content); };
            if (!files.emplace(file.path, say_it).second) {
                return std::unexpected(fmt::format(
                    "two pieces of evidence have the path {}; this is a bug in assay, please "
                    "report it",
                    file.path));
            }
        }
    }
    return {};
}

// The run outlives them.
Files files_of(const RunResult& run) {
    return {{"report.json", [&](const Say& say) { say_report_json(run, say); }},
            {"report.html", [&](const Say& say) { say(report_html(run)); }},
            {"junit.xml", [&](const Say& say) { say(junit_xml(run)); }},
            {"inventory.json", [&](const Say& say) { say(inventory_json(run)); }},
            {"profile.yaml", [&](const Say& say) { say(run.profile_yaml); }}};
}

std::string checksums(const Digests& digests) {
    std::string text;
    for (const auto& [path, digest] : digests) {
        text += fmt::format("{}  {}\n", digest, path);
    }
    return text;
}

std::expected<Digests, std::string> write_all(const Files& files, const fs::path& out) {
    Digests digests;
    for (const auto& [path, say_it] : files) {
        FileInPieces file(out, path);
        say_it([&](std::string_view piece) { file.add(piece); });
        auto digest = file.end();
        if (!digest) {
            return std::unexpected(std::move(digest.error()));
        }
        digests.emplace(path, *std::move(digest));
    }
    return digests;
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
    Files files = files_of(run);
    if (auto added = add_artifacts(files, run); !added) {
        return std::unexpected(added.error());
    }
    auto digests = write_all(files, out);
    if (!digests) {
        return std::unexpected(digests.error());
    }
    const std::string sums = checksums(*digests);
    digests->emplace("SHA256SUMS", sha256_hex(sums));
    std::vector<fs::path> written;
    for (const auto& [path, say_it] : files) {
        written.push_back(out / path);
    }
    const std::string statement = statement_json(run, *digests);
    for (const auto& [path, content] :
         {std::pair<const char*, std::string_view>("SHA256SUMS", sums),
          {statement_file, statement}}) {
        if (auto done = write_file(out, path, content); !done) {
            return std::unexpected(done.error());
        }
        written.push_back(out / path);
    }
    return written;
}

}  // namespace assay::reports
