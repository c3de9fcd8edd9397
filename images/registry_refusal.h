// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a registry's refusal means, as one sentence that says what to do and quotes the registry.
// Pure. No credential is ever part of it; what the registry says is cut and made printable.
#pragma once

#include <string>
#include <string_view>

#include "kube/transport.h"

namespace assay::images {

struct Refused {
    std::string_view registry;
    std::string_view repository;
    std::string_view username;  // "" for a token
    bool logged_in = false;
    std::string_view what;  // "an upload of 5 bytes"
};

std::string refusal_sentence(const Refused& refused, const kube::Response& answer);

}  // namespace assay::images
