// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include "reports/ascii.h"
#include "reports/cncf_files.h"
#include "reports/escape.h"
#include "reports/folder.h"
#include "reports/test_artifact.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;

// "https://host/a/b" -> "host", "a", "b"; without query and fragment.
std::vector<std::string> parts_of(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    url.remove_prefix(std::min(url.find("://") + 3, url.size()));
    std::vector<std::string> parts;
    while (!url.empty()) {
        const std::size_t slash = std::min(url.find('/'), url.size());
        if (slash > 0) {
            parts.emplace_back(url.substr(0, slash));
        }
        url.remove_prefix(std::min(slash + 1, url.size()));
    }
    return parts;
}

// A commit, or a tag that begins as versions do.
bool stays_the_same(const std::string& ref) {
    const bool commit =
        ref.size() == 40 && ref.find_first_not_of("0123456789abcdef") == std::string::npos;
    const std::string_view number = std::string_view(ref).substr(ref.starts_with('v') ? 1 : 0);
    return commit || (!number.empty() && number[0] >= '0' && number[0] <= '9');
}

// The branch that a link to a file on GitHub names; "" where it names none.
std::string branch_of(std::string_view url) {
    const std::vector<std::string> parts = parts_of(url);
    std::string ref;
    if (parts.size() > 4 && parts[0] == "github.com" &&
        (parts[3] == "blob" || parts[3] == "tree" || parts[3] == "raw")) {
        ref = parts[4];
    } else if (parts.size() > 4 && parts[0] == "raw.githubusercontent.com") {
        ref = parts[3] == "refs" && parts.size() > 5 ? parts[5] : parts[3];
    }
    return ref.empty() || stays_the_same(ref) ? std::string() : ref;
}

class Advice {
public:
    Advice(const Checklist& official, const Checklist& product, const Place& place)
        : official_(official), product_(product), place_(place) {}

    std::vector<Remark> run() {
        check_metadata();
        check_names();
        for (const ChecklistItem& item : product_.items) {
            check_item(item);
        }
        check_files();
        return std::move(remarks_);
    }

private:
    void object(const char* rule, const std::string& where, std::string sentence) {
        remarks_.push_back({Severity::objection, rule, where, std::move(sentence)});
    }
    void warn(const char* rule, const std::string& where, std::string sentence) {
        remarks_.push_back({Severity::warning, rule, where, std::move(sentence)});
    }
    std::string value_of(std::string_view name) const {
        const auto known = std::ranges::find(known_fields(), name, &KnownField::name);
        const MetadataField* field = known_field_of(product_, *known);
        return field == nullptr ? std::string() : field->value;
    }

    void check_metadata();
    void check_names();
    void check_item(const ChecklistItem& item);
    void check_link(const ChecklistItem& item, const std::string& link);
    void check_files();
    void check_file(const std::string& path);

    const Checklist& official_;
    const Checklist& product_;
    const Place& place_;
    std::vector<Remark> remarks_;
    std::set<std::string> cited_;  // files below the folder
};

void Advice::check_metadata() {
    const std::string version = "v" + place_.version;
    for (const auto& [where, checklist] :
         {std::pair{"the checklist", &official_}, {"kubernetesVersion", &product_}}) {
        const MetadataField* field = known_field_of(*checklist, known_fields().front());
        if (field != nullptr && !field->value.empty() && field->value != version) {
            object("version_differs", where,
                   fmt::format("it is of {}, and the submission lies in {}",
                               printable_line(field->value), version));
        }
    }
    const std::string logo = lower_case(value_of("productLogoUrl"));
    const std::string file = logo.substr(0, logo.find_first_of("?#"));
    if (!logo.empty() && !is_placeholder(logo) && !file.ends_with(".svg") &&
        !file.ends_with(".ai") && !file.ends_with(".eps")) {
        object("logo_not_vector", "productLogoUrl", "a logo is to be SVG, AI or EPS");
    }
    const std::string conformance = conformance_version(value_of("k8sConformanceUrl"));
    if (!conformance.empty() && conformance != place_.version) {
        warn("conformance_of_another_version", "k8sConformanceUrl",
             fmt::format("it is of v{}; give the one of {} once it is merged", conformance,
                         version));
    }
    const std::string contact = value_of("contactEmailAddress");
    if (!contact.empty() && !is_placeholder(contact) && contact.find('@') == std::string::npos) {
        object("contact_no_address", "contactEmailAddress", "it is no e-mail address");
    }
}

// Of fields and requirements that the programme does not know, or knows once.
void Advice::check_names() {
    for (const MetadataField& field : product_.metadata.value_or(std::vector<MetadataField>{})) {
        const bool known = std::ranges::any_of(known_fields(), [&](const KnownField& one) {
            return field.name == one.name || field.name == one.snake_name;
        });
        if (!known) {
            warn("field_unknown", printable_line(field.name), "the programme has no such field");
        }
    }
    std::set<std::string> seen;
    for (const ChecklistItem& item : product_.items) {
        if (official_.item(item.category, item.id) == nullptr) {
            object("requirement_unknown", printable_line(item.id),
                   "the checklist has no such requirement in this category");
        }
        if (!seen.insert(item.category + "/" + item.id).second) {
            object("requirement_twice", printable_line(item.id), "it is there twice");
        }
    }
}

void Advice::check_item(const ChecklistItem& item) {
    const ChecklistItem* asked = official_.item(item.category, item.id);
    if (asked == nullptr) {
        return;
    }
    if (asked->description != item.description) {
        object("description_changed", item.id, "copy the description from the checklist as it is");
    }
    if (asked->level != item.level) {
        object("level_changed", item.id,
               fmt::format("the checklist says {}", printable_line(asked->level)));
    }
    const bool has_evidence = std::ranges::any_of(item.evidence, [](const std::string& link) {
        return !without_blanks_around(link).empty();
    });
    if (asked->level == "MUST" && item.status == implemented && !has_evidence) {
        object("must_without_evidence", item.id, "cite what shows that it is implemented");
    }
    const std::string notes = lower_case(item.notes);
    if (item.status == implemented && (notes.find("n/a") != std::string::npos ||
                                       notes.find("not applicable") != std::string::npos)) {
        warn("notes_say_otherwise", item.id,
             "the status is Implemented, and the notes speak of what is not applicable");
    }
    for (const std::string& link : item.evidence) {
        check_link(item, link);
    }
}

void Advice::check_link(const ChecklistItem& item, const std::string& link) {
    if (!is_url(link)) {
        if (const auto ref = resolve_evidence(place_, link)) {
            cited_.insert(ref->path);
        }
        return;
    }
    if (const std::string branch = branch_of(link); !branch.empty()) {
        warn("link_on_a_branch", item.id,
             fmt::format("{} is on the branch {}, which moves on; link a tag or a commit",
                         printable_line(link), printable_line(branch)));
    }
    const std::vector<std::string> parts = parts_of(link);
    const std::string host = parts.empty() ? std::string() : lower_case(parts.front());
    for (const char* private_host : {"docs.google.com", "drive.google.com", "gist.github.com"}) {
        if (host == private_host) {
            object(
                "link_to_what_may_vanish", item.id,
                fmt::format("{} can change or be withdrawn unseen; publish it as documentation, or "
                            "put the file beside PRODUCT.yaml",
                            printable_line(link)));
        }
    }
}

void Advice::check_files() {
    std::error_code ignored;
    for (const std::string& path : cited_) {
        check_file(path);
    }
    for (const char* name : {"junit.xml", "results.json", "e2e.log"}) {
        if (fs::exists(place_.folder / name, ignored) && !cited_.contains(name)) {
            warn("artifact_not_cited", name, "no requirement cites it, so nobody reads it");
        }
    }
    const auto product = read_plain_file(place_.folder / "PRODUCT.yaml");
    if (product && product->find(simulated_mark) != std::string::npos) {
        object("simulated", "PRODUCT.yaml", "it is of a simulated run, which certifies nothing");
    }
}

void Advice::check_file(const std::string& path) {
    const auto text = read_plain_file(place_.folder / path);
    if (!text) {
        return;  // the intake's to say
    }
    if (text->find(simulated_mark) != std::string::npos) {
        object("simulated", path, "it is of a simulated run, which certifies nothing");
    }
    const ArtifactKind kind = artifact_kind(path);
    if (kind == ArtifactKind::none) {
        return;
    }
    const auto artifact = parse_artifact(kind, *text);
    const auto skipped =
        artifact ? std::ranges::count_if(
                       artifact->tests,
                       [](const auto& one) { return one.second == TestOutcome::skipped; })
                 : 0;
    if (skipped > 0) {
        warn("artifact_has_skips", path,
             fmt::format("{} of its tests were skipped; leave out what was not run", skipped));
    }
}

}  // namespace

std::vector<Remark> advise(const Checklist& official, const Checklist& product,
                           const Place& place) {
    return Advice(official, product, place).run();
}

std::string remarks_text(const std::vector<Remark>& remarks) {
    std::string text;
    for (const Severity severity : {Severity::refusal, Severity::objection, Severity::warning}) {
        for (const Remark& one : remarks) {
            if (one.severity == severity) {
                text += fmt::format("{} {}{}{}: {}\n", to_string(severity), one.rule,
                                    one.where.empty() ? "" : " ", one.where,
                                    printable_line(one.sentence));
            }
        }
    }
    return text;
}

}  // namespace assay::reports
