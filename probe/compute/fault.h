// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Planted faults: each makes a device err in one way, and a verdict that does not turn shows a
// blind check. Values and a device around a device; one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/compute/device.h"
#include "probe/compute/judgement.h"

namespace assay::probe::compute {

enum class Examined { gemm, hbm, link };  // the verb that must see it

struct Fault {
    std::string_view name;
    Examined verb;
    Verdict verdict;        // that it must lead to
    std::string_view code;  // of a reason that must be given
    std::string_view says;  // what happens
};

const std::vector<Fault>& faults();
const Fault* fault_named(std::string_view name);  // null if there is none

// The operands are made from another seed than the document says: not the device errs.
inline constexpr std::string_view other_operands_fault = "other-operands";

// The library that the speed is held against errs: asked even where nobody wants it.
inline constexpr std::string_view wrong_reference_fault = "reference-wrong";

// Does what `device` does, and errs. The document of it never counts for anything else.
std::unique_ptr<Device> with_fault(std::unique_ptr<Device> device, const Fault& fault);

}  // namespace assay::probe::compute
