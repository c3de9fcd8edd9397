// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an adapter of the role gateway says of an implementation of the Gateway API, beside what
// every component says. Any implementation is examined, known or not. Immutable; any thread.
#pragma once

#include <string>

#include "engine/component.h"

namespace assay {

struct GatewayAdapter {
    std::string controller;  // spec.controllerName of its GatewayClasses
    // The label by which the Service of a Gateway is found where it lacks the Gateway API's own.
    std::string service_label;
};

// Throws DataError where the adapter's mapping `gateway` is not as told here.
GatewayAdapter gateway_adapter_of(const Component& component);

}  // namespace assay
