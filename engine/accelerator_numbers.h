// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which of the device nodes a container opened are accelerators. A path is only a name, and whoever
// hands a device out may name it as he likes: so what counts are the adapter's paths and numbers,
// and every number of the majors that an owner's accelerators were seen to have. One check's
// thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/adapter.h"
#include "engine/probe_document.h"

namespace assay {

class AcceleratorNumbers {
public:
    // What an owner opened. adapter is the vendor's, nullptr for an unknown vendor: then every
    // node the owner opened is taken for its accelerator.
    void learn(const Adapter* adapter, const std::vector<Opened>& owned);

    bool is_accelerator(const Adapter* adapter, const std::string& number,
                        const std::string& path) const;

private:
    std::set<std::string> majors_;    // "c:195" of accelerators
    std::set<std::string> controls_;  // numbers of control nodes: "c:195:255"
};

}  // namespace assay
