// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// YAML: what was read is JSON that can be written, and written it reads as the same again.
#include "kube/manifest.h"

#include "property.h"

using assay::fuzz::hold;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto documents = assay::kube::documents_of_yaml(assay::fuzz::text_of(data, size));
    if (!documents) {
        hold(!documents.error().message.empty(), "an error says something");
        return 0;
    }
    for (const assay::kube::Json& document : *documents) {
        const std::string written = document.dump(1);  // throws where a text is no UTF-8
        const auto again = assay::kube::documents_of_yaml(written);
        hold(again && again->size() == 1 && again->front() == document,
             "JSON is YAML: what was read reads as the same again");
    }
    return 0;
}
