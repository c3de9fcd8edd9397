// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// YAML: what was read is JSON that can be written, and written it reads as the same again.
#include "kube/manifest.h"

#include "property.h"

using assay::fuzz::hold;
using assay::kube::Json;

namespace {

// YAML has no key that is written longer than 1024 characters.
bool has_endless_key(const Json& value) {
    for (const auto& [key, member] : value.items()) {
        if ((value.is_object() && Json(key).dump().size() > 1000) ||
            (member.is_structured() && has_endless_key(member))) {
            return true;
        }
    }
    return false;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto documents = assay::kube::documents_of_yaml(assay::fuzz::text_of(data, size));
    if (!documents) {
        hold(!documents.error().message.empty(), "an error says something");
        return 0;
    }
    for (const Json& document : *documents) {
        const std::string written = document.dump(1);  // throws where a text is no UTF-8
        const auto again = assay::kube::documents_of_yaml(written);
        hold(has_endless_key(document) ||
                 (again && again->size() == 1 && again->front() == document),
             "JSON is YAML: what was read reads as the same again");
    }
    return 0;
}
