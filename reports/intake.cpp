// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/intake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "reports/escape.h"
#include "reports/folder.h"
#include "reports/test_artifact.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

constexpr std::array statuses{"Implemented", "Not Implemented", "Partially Implemented", "N/A"};
constexpr std::array not_always_applicable{"cluster_autoscaling"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> upstream_tests{
    {{"secure_accelerator_access", "TestSecureAcceleratorAccess"},
     {"gang_scheduling", "TestGangScheduling"},
     {"cluster_autoscaling", "TestAcceleratorClusterAutoscaling"}}};

// The first version of Kubernetes whose submissions are asked for test artifacts.
constexpr int first_minor_with_artifacts = 37;

bool asks_for_artifacts(std::string_view version) {
    const std::size_t dot = version.find('.');
    int major = 0;
    int minor = 0;
    std::from_chars(version.data(), version.data() + dot, major);
    std::from_chars(version.data() + dot + 1, version.data() + version.size(), minor);
    return major > 1 || (major == 1 && minor >= first_minor_with_artifacts);
}

class Inspection {
public:
    Inspection(const Checklist& official, const Checklist& product, const Place& place)
        : official_(official), product_(product), place_(place) {}

    Intake run(const Members* members) {
        check_metadata();
        check_vendor(members);
        check_spec();
        return std::move(result_);
    }

private:
    void say(Severity severity, const char* rule, const std::string& where, std::string sentence) {
        result_.remarks.push_back({severity, rule, where, std::move(sentence)});
    }
    void refuse(const char* rule, const std::string& where, std::string sentence) {
        say(Severity::refusal, rule, where, std::move(sentence));
    }

    void check_metadata();
    void check_field(const KnownField& known);
    void check_vendor(const Members* members);
    void check_spec();
    void check_item(const ChecklistItem& asked, const ChecklistItem& told);
    void check_status(const ChecklistItem& asked, const ChecklistItem& told);
    bool check_evidence(const ChecklistItem& told);
    bool check_file(const ChecklistItem& told, const std::string& link);
    const TestArtifact* artifact_at(const EvidenceRef& ref, const std::string& requirement);
    void check_test(const ChecklistItem& told, const EvidenceRef& ref,
                    const TestArtifact& artifact);

    const Checklist& official_;
    const Checklist& product_;
    const Place& place_;
    Intake result_;
    // nullopt: it cannot be read, which has been said.
    std::map<std::string, std::optional<TestArtifact>> artifacts_;
};

void Inspection::check_metadata() {
    if (!product_.metadata) {
        refuse("metadata_section_missing", "",
               "there is no metadata; copy the official checklist and fill it in");
        return;
    }
    for (const KnownField& known : known_fields()) {
        check_field(known);
    }
}

void Inspection::check_field(const KnownField& known) {
    const std::string name = known.name;
    const MetadataField* field = known_field_of(product_, known);
    if (field == nullptr) {
        if (known.required) {
            refuse("metadata_missing", name, fmt::format("add the field {}", name));
        }
        return;
    }
    if (!field->is_text) {
        refuse("metadata_not_text", name, "it is no text: put the value in quotes");
        return;
    }
    if (field->value.empty()) {
        if (known.required) {
            refuse("metadata_empty", name, "it is empty: fill it in");
        }
    } else if (is_placeholder(field->value)) {
        refuse("metadata_placeholder", name,
               fmt::format("it still is {}: fill it in{}", printable_line(field->value),
                           known.required ? "" : ", or say \"\" if there is none"));
    } else if (name == "k8sConformanceUrl" && !is_conformance_url(field->value)) {
        refuse("conformance_url_form", name,
               "it is to be https://github.com/cncf/k8s-conformance/tree/master/vX.Y/PRODUCT, the "
               "folder of the product's Kubernetes conformance");
    } else if (field->value.starts_with("http")) {
        result_.urls.push_back(field->value);
    }
}

void Inspection::check_vendor(const Members* members) {
    const MetadataField* vendor = product_.field("vendorName");
    vendor = vendor != nullptr ? vendor : product_.field("vendor_name");
    const std::string_view name =
        vendor != nullptr ? without_blanks_around(vendor->value) : std::string_view();
    result_.vendor_checked = members != nullptr;
    if (members != nullptr && !name.empty() && !members->contains(name)) {
        refuse("vendor_not_a_member", "vendorName",
               fmt::format("{} is no member by that very name; write it as the CNCF landscape does",
                           printable_line(name)));
    }
}

void Inspection::check_spec() {
    if (!product_.categories) {
        refuse("spec_section_missing", "",
               "there is no spec; copy the official checklist and fill it in");
        return;
    }
    std::set<std::string> missing;
    for (const ChecklistItem& asked : official_.items) {
        if (std::ranges::find(*product_.categories, asked.category) == product_.categories->end()) {
            if (missing.insert(asked.category).second) {
                refuse("category_missing", asked.category,
                       "copy the category from the official checklist, with all it has");
            }
            continue;
        }
        const ChecklistItem* told = product_.item(asked.category, asked.id);
        if (told == nullptr) {
            refuse("requirement_missing", asked.id,
                   fmt::format("copy the requirement from {} of the official checklist",
                               asked.category));
            continue;
        }
        check_item(asked, *told);
    }
}

void Inspection::check_item(const ChecklistItem& asked, const ChecklistItem& told) {
    if (asked.level == "SHOULD" && told.status.empty() && told.evidence.empty()) {
        return;  // not answered, which a SHOULD may be
    }
    check_status(asked, told);
    const bool has_artifact = check_evidence(told);
    const std::string_view test = upstream_test_of(asked.id);
    if (!test.empty() && !has_artifact && told.status == implemented &&
        asks_for_artifacts(place_.version)) {
        say(Severity::warning, "no_test_artifact", asked.id,
            "no test artifact is cited, and the programme recommends one: cite e2e.log, junit.xml "
            "or "
            "results.json");
    }
}

void Inspection::check_status(const ChecklistItem& asked, const ChecklistItem& told) {
    if (std::ranges::find(statuses, told.status) == statuses.end()) {
        refuse("status_unknown", asked.id,
               fmt::format("the status is \"{}\" and is to be one of {}",
                           printable_line(told.status), fmt::join(statuses, ", ")));
    }
    const bool not_applicable = told.status == not_applicable_status;
    if (asked.level == "MUST" && told.status != implemented) {
        if (not_applicable && may_be_not_applicable(asked.id)) {
            say(Severity::warning, "must_not_applicable", asked.id,
                "a MUST that is N/A: the reviewer judges the reason in its notes");
        } else {
            refuse("must_not_implemented", asked.id,
                   fmt::format(
                       "a MUST is to be Implemented{}; the status is \"{}\"",
                       may_be_not_applicable(asked.id) ? ", or N/A with a reason in its notes" : "",
                       printable_line(told.status)));
        }
    }
    if (not_applicable && without_blanks_around(told.notes).empty()) {
        refuse("not_applicable_without_notes", asked.id, "say in its notes why it is N/A");
    }
}

// Whether any file is one that the validator parses.
bool Inspection::check_evidence(const ChecklistItem& told) {
    bool has_artifact = false;
    for (const std::string& link : told.evidence) {
        if (is_url(link)) {
            result_.urls.push_back(link);
        } else if (!link.empty()) {
            has_artifact = check_file(told, link) || has_artifact;
        }
    }
    return has_artifact;
}

bool Inspection::check_file(const ChecklistItem& told, const std::string& link) {
    const auto ref = resolve_evidence(place_, link);
    if (!ref) {
        refuse("evidence_path", told.id,
               fmt::format("\"{}\" {}", printable_line(link), ref.error()));
        return false;
    }
    std::error_code ignored;
    if (!fs::exists(place_.folder / ref->path, ignored)) {
        refuse("evidence_missing", told.id,
               fmt::format("there is no file {} beside PRODUCT.yaml", printable_line(ref->path)));
        return false;
    }
    if (artifact_kind(ref->path) == ArtifactKind::none) {
        return false;
    }
    if (const TestArtifact* artifact = artifact_at(*ref, told.id); artifact != nullptr) {
        check_test(told, *ref, *artifact);
    }
    return true;
}

// nullptr where it cannot be read. What is wrong with it is said once.
const TestArtifact* Inspection::artifact_at(const EvidenceRef& ref,
                                            const std::string& requirement) {
    const auto [at, is_new] = artifacts_.try_emplace(ref.path);
    if (is_new) {
        const auto text = read_plain_file(place_.folder / ref.path);
        auto parsed =
            text ? parse_artifact(artifact_kind(ref.path), *text) : std::unexpected(text.error());
        if (!parsed) {
            refuse("artifact_unreadable", requirement,
                   fmt::format("{} is not what its name says: {}; a file of another form needs "
                               "another name",
                               printable_line(ref.path), parsed.error()));
            return nullptr;
        }
        at->second = *std::move(parsed);
        if (!at->second->failures.empty()) {
            std::ranges::sort(at->second->failures);
            refuse("artifact_has_failures", ref.path,
                   fmt::format(
                       "it holds tests that failed, whichever requirement cites it: {}",
                       printable_line(fmt::format("{}", fmt::join(at->second->failures, ", ")))));
        }
    }
    return at->second ? &*at->second : nullptr;
}

void Inspection::check_test(const ChecklistItem& told, const EvidenceRef& ref,
                            const TestArtifact& artifact) {
    const std::string test =
        ref.fragment.empty() ? std::string(upstream_test_of(told.id)) : ref.fragment;
    if (test.empty()) {
        return;
    }
    const std::string named = printable_line(test);
    switch (artifact.outcome_of(test)) {
        case TestOutcome::unknown:
            refuse("test_not_found", told.id,
                   fmt::format("{} has no test {}; name the test after '#', as in {}#{}", ref.path,
                               named, ref.path, told.id));
            break;
        case TestOutcome::failed:
            refuse("test_failed", told.id, fmt::format("{} failed in {}", named, ref.path));
            break;
        case TestOutcome::skipped:
            if (told.status == implemented) {
                refuse("test_skipped", told.id,
                       fmt::format("{} was skipped in {}, and the status is Implemented", named,
                                   ref.path));
            }
            break;
        case TestOutcome::passed:
            break;
    }
}

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::refusal:
            return "refusal";
        case Severity::objection:
            return "objection";
        case Severity::warning:
            break;
    }
    return "warning";
}

Intake check_intake(const Checklist& official, const Checklist& product, const Place& place,
                    const Members* members) {
    return Inspection(official, product, place).run(members);
}

bool may_be_not_applicable(std::string_view requirement) {
    return std::ranges::find(not_always_applicable, requirement) != not_always_applicable.end();
}

std::string_view upstream_test_of(std::string_view requirement) {
    for (const auto& [id, test] : upstream_tests) {
        if (id == requirement) {
            return test;
        }
    }
    return {};
}

}  // namespace assay::reports
