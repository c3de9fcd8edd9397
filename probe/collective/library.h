// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A shared library that may be there, loaded by dlopen(3) and never unloaded: it may have left
// threads or exit handlers behind. One thread.
#pragma once

#include <dlfcn.h>

#include <string>

namespace assay::probe::collective {

inline constexpr int function_missing = -1;  // no result of CUDA or NCCL is negative

class Library {
public:
    explicit Library(const std::string& name)
        : library_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (library_ == nullptr) {
            const char* said = ::dlerror();
            complaint_ = name + " not found: " + (said != nullptr ? said : "dlopen failed");
        }
    }

    bool loaded() const { return library_ != nullptr; }
    const std::string& complaint() const { return complaint_; }  // "" where it is loaded

    // Calls a function that returns int or an enum. The prototype is the arguments' types as they
    // are passed, so pass variables of the types of the public interface.
    template <typename... Parameters>
    int call(const char* function, Parameters... arguments) const {
        using Function = int (*)(Parameters...);
        const auto entry = reinterpret_cast<Function>(find(function));
        return entry == nullptr ? function_missing : entry(arguments...);
    }

    void* find(const char* function) const {
        return library_ == nullptr ? nullptr : ::dlsym(library_, function);
    }

private:
    void* library_;
    std::string complaint_;
};

}  // namespace assay::probe::collective
