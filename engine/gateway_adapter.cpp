// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/gateway_adapter.h"

#include "engine/yaml_reader.h"

namespace assay {

GatewayAdapter gateway_adapter_of(const Component& component) {
    Mapping details(component.details, "adapter " + component.name + ": gateway");
    GatewayAdapter result{.controller = details.text("controller"),
                          .service_label = details.text("serviceLabel", "")};
    details.finish();
    return result;
}

}  // namespace assay
