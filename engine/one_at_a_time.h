// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// An observer before another: checks run side by side, and it is called by one of them at a time.
// Any thread.
#pragma once

#include <mutex>
#include <string>

#include "engine/runner.h"

namespace assay {

class OneAtATime : public RunObserver {
public:
    explicit OneAtATime(RunObserver& told) : told_(&told) {}
    void check_started(const std::string& requirement) override {
        const std::scoped_lock lock(mutex_);
        told_->check_started(requirement);
    }
    void progressed(const std::string& requirement, const std::string& what) override {
        const std::scoped_lock lock(mutex_);
        told_->progressed(requirement, what);
    }
    void noticed(const std::string& requirement, const std::string& what) override {
        const std::scoped_lock lock(mutex_);
        told_->noticed(requirement, what);
    }
    void check_settled(const RequirementResult& result) override {
        const std::scoped_lock lock(mutex_);
        told_->check_settled(result);
    }

private:
    RunObserver* told_;
    std::mutex mutex_;
};

}  // namespace assay
