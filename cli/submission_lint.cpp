// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/product_file.h"
#include "cli/verbs.h"
#include "kube/json.h"
#include "reports/advice.h"
#include "reports/escape.h"
#include "reports/folder.h"
#include "reports/intake.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr int objected = 1;
constexpr int usage_error = 2;

int refuse(const std::string& sentence) {
    fmt::print(stderr, "assay: not checked: {}\n", reports::printable(sentence));
    return usage_error;
}

// Members of the category "CNCF Members", without what the landscape puts behind their names.
reports::Members members_of(const kube::Json& landscape) {
    reports::Members members;
    for (const kube::Json& category : kube::array(landscape, {"landscape"})) {
        if (kube::text(category, {"name"}) != "CNCF Members") {
            continue;
        }
        for (const kube::Json& group : kube::array(category, {"subcategories"})) {
            for (const kube::Json& item : kube::array(group, {"items"})) {
                std::string name = kube::text(item, {"name"});
                for (const std::string_view suffix : {" (member)", " (supporter)"}) {
                    if (name.ends_with(suffix)) {
                        name.resize(name.size() - suffix.size());
                    }
                }
                members.insert(std::string(reports::without_blanks_around(name)));
            }
        }
    }
    members.erase("");
    return members;
}

std::expected<reports::Members, std::string> read_members(const fs::path& file) {
    const auto yaml = reports::read_plain_file(file);
    const auto tree = yaml ? yaml_reader()(*yaml) : std::unexpected(yaml.error());
    if (!tree) {
        return std::unexpected(tree.error());
    }
    reports::Members members = members_of(*tree);
    if (members.empty()) {
        return std::unexpected("it has no category \"CNCF Members\" with items");
    }
    return members;
}

std::expected<reports::Checklist, std::string> read_checklist(const fs::path& file) {
    const auto yaml = reports::read_plain_file(file);
    auto checklist =
        yaml ? reports::parse_checklist(*yaml, yaml_reader()) : std::unexpected(yaml.error());
    return checklist ? std::move(checklist)
                     : std::unexpected(file.string() + ": " + checklist.error());
}

void tell_what_is_not_asked(const reports::Intake& intake) {
    if (!intake.vendor_checked) {
        fmt::print("not checked: vendorName against the members of the CNCF (--landscape)\n");
    }
    if (!intake.urls.empty()) {
        fmt::print("not opened: {} URLs, each of which the programme opens:\n", intake.urls.size());
    }
    for (const std::string& url : intake.urls) {
        fmt::print("  {}\n", reports::printable_line(url));
    }
}

}  // namespace

int submission_lint(const Options& options) {
    const auto place = reports::place_of(options.target);
    if (!place) {
        return refuse(place.error());
    }
    const auto official = read_checklist(options.checklist);
    const auto product = read_checklist(place->folder / "PRODUCT.yaml");
    if (!official || !product) {
        return refuse(official ? product.error() : official.error());
    }
    std::expected<reports::Members, std::string> members;
    if (!options.landscape.empty() && !(members = read_members(options.landscape))) {
        return refuse("--landscape: " + members.error());
    }
    reports::Intake intake = reports::check_intake(*official, *product, *place,
                                                   options.landscape.empty() ? nullptr : &*members);
    for (reports::Remark& remark : reports::advise(*official, *product, *place)) {
        if (remark.rule != "simulated" || !options.allow_simulated) {
            intake.remarks.push_back(std::move(remark));
        }
    }
    fmt::print("{}", reports::remarks_text(intake.remarks));
    tell_what_is_not_asked(intake);
    const auto count = [&](reports::Severity severity) {
        return std::ranges::count(intake.remarks, severity, &reports::Remark::severity);
    };
    const auto refusals = count(reports::Severity::refusal);
    const auto objections = count(reports::Severity::objection);
    fmt::print("{} refusals, {} objections, {} warnings\n", refusals, objections,
               count(reports::Severity::warning));
    return refusals + objections > 0 ? objected : 0;
}

}  // namespace assay::cli
