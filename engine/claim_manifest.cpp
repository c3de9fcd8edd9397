// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/claim_manifest.h"

#include <fmt/format.h>

namespace assay {

namespace {

using kube::Json;

Json selector(std::string_view cel) {
    Json result;
    result["cel"]["expression"] = std::string(cel);
    return result;
}

Json& first_request(Json& tree) {
    return tree["spec"]["devices"]["requests"].at(0);
}

Json& exact(Json& tree) {
    return first_request(tree)["exactly"];
}

}  // namespace

std::string choice_name(std::size_t index) {
    return fmt::format("choice-{}", index);
}

ClaimManifest ClaimManifest::named(std::string_view suffix) const {
    Json tree = tree_;
    tree["metadata"]["name"] = fmt::format("{}-{}", name(), suffix);
    return ClaimManifest(std::move(tree));
}

ClaimManifest ClaimManifest::selecting(std::string_view cel) const {
    Json tree = tree_;
    exact(tree)["selectors"].push_back(selector(cel));
    return ClaimManifest(std::move(tree));
}

ClaimManifest ClaimManifest::administering() const {
    Json tree = tree_;
    exact(tree)["adminAccess"] = true;
    return ClaimManifest(std::move(tree));
}

ClaimManifest ClaimManifest::tolerating() const {
    Json tree = tree_;
    Json any;
    any["operator"] = "Exists";
    exact(tree)["tolerations"].push_back(std::move(any));
    return ClaimManifest(std::move(tree));
}

ClaimManifest ClaimManifest::consuming(std::string_view capacity, std::string_view quantity) const {
    Json tree = tree_;
    exact(tree)["capacity"]["requests"][std::string(capacity)] = std::string(quantity);
    return ClaimManifest(std::move(tree));
}

ClaimManifest ClaimManifest::first_available(const std::vector<std::string>& cels) const {
    Json tree = tree_;
    const Json common = exact(tree);
    Json& request = first_request(tree);
    request.erase("exactly");
    for (std::size_t i = 0; i < cels.size(); ++i) {
        Json choice = common;
        choice["name"] = choice_name(i);
        if (!cels[i].empty()) {
            choice["selectors"].push_back(selector(cels[i]));
        }
        request["firstAvailable"].push_back(std::move(choice));
    }
    return ClaimManifest(std::move(tree));
}

}  // namespace assay
