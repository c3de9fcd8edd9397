// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The namespace that a check works in: one of its own, or a given one that stays. One for each
// check, used by the thread that runs it. Errors are sentences.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "engine/creator.h"
#include "engine/result.h"
#include "kube/client.h"

namespace assay {

class Ground {
public:
    struct Setting {
        const kube::Client* client = nullptr;
        Creator* creator = nullptr;
        std::string run_id;
        std::string check;
        std::string given;          // the namespace to work in; "": make one
        bool admin_access = false;  // one that is made lets claims ask for adminAccess
    };

    static std::expected<Ground, std::string> make(Setting setting, const kube::Limit& limit);

    const std::string& name() const { return name_; }
    // The default account is what every pod of the namespace runs as; until it is there none can
    // be created.
    kube::Result<void> wait_for_account(const kube::Limit& limit) const;
    // Removes what the check made, and waits until it is gone.
    std::vector<Leftover> clear(const kube::Limit& limit) const;

private:
    Ground(Setting setting, std::string name, std::string uid)
        : setting_(std::move(setting)), name_(std::move(name)), uid_(std::move(uid)) {}

    Setting setting_;
    std::string name_;
    std::string uid_;
};

}  // namespace assay
