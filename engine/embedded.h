// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The data files compiled into the program: profiles/, adapters/, fixtures/, schemas, completion
// scripts. Immutable; any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace assay {

struct EmbeddedFile {
    std::string_view path;  // below the repository's root: "profiles/k8s-ai-1.37.yaml"
    std::string_view content;
};

std::span<const EmbeddedFile> embedded_files();
std::optional<std::string_view> embedded_file(std::string_view path);

}  // namespace assay
