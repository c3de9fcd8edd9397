// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A profile: ids are there once, nothing that the text says is lost or changed, and a profile
// written from what was read reads as the same again.
#include "engine/profile.h"

#include <set>

#include "kube/manifest.h"
#include "property.h"
#include "written.h"

namespace {

using assay::fuzz::hold;
using namespace assay;
using kube::Json;

Json written(const Profile& profile) {
    Json gate = Json::array();
    for (const Level level : profile.gate) {
        gate.push_back(to_string(level));
    }
    Json requirements = Json::array();
    for (const Requirement& one : profile.requirements) {
        requirements.push_back(
            {{"id", one.id},
             {"category", one.category},
             {"level", to_string(one.level)},
             {"kar", one.kar},
             {"not_applicable", one.may_be_not_applicable ? "allowed" : "never"}});
    }
    Json floors = Json::array();
    for (const Floor& one : profile.floors) {
        floors.push_back({{"model", one.model},
                          {"measure", one.measure},
                          {"at_least", one.at_least},
                          {"source", one.source},
                          {"date", one.date}});
    }
    return {{"apiVersion", "assay/v1alpha1"},
            {"kind", "Profile"},
            {"id", profile.id},
            {"kubernetes", profile.kubernetes},
            {"gate", gate},
            {"strict", profile.strict},
            {"limits", {{"observe_s", profile.observe_s}}},
            {"requirements", requirements},
            {"floors", floors}};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = assay::fuzz::text_of(data, size);
    const auto profile = parse_profile(text, "profile");
    if (!profile) {
        hold(profile.error().starts_with("profile: "), "an error names the file");
        return 0;
    }
    hold(profile->yaml == text && profile->sha256.size() == 64, "the bytes are kept");
    std::set<std::string> ids;
    for (const Requirement& one : profile->requirements) {
        hold(ids.insert(one.id).second, "an id is there once");
    }
    hold(!ids.empty(), "a profile asks something");
    hold(profile->observe_s > 0, "what must not happen is watched for some time");
    const Json said = written(*profile);
    hold(assay::fuzz::holds_all(said, kube::documents_of_yaml(text)->front()),
         "all that the text says was read");
    const auto again = parse_profile(said.dump(1), "profile");
    hold(again && written(*again) == said, "a profile that is written reads the same");
    return 0;
}
