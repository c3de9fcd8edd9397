// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a person or a CI log sees while a run goes on: one live line on a terminal, plain lines
// elsewhere. An observer; no logic. Thread contract: as RunObserver.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "engine/runner.h"

namespace assay::cli {

class Console : public RunObserver {
public:
    explicit Console(bool quiet);
    ~Console() override;
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    void check_started(const std::string& requirement) override;
    void progressed(const std::string& requirement, const std::string& what) override;
    void noticed(const std::string& requirement, const std::string& what) override;
    void check_settled(const RequirementResult& result) override;

private:
    void line(const std::string& text);
    void kept_line(const std::string& text);
    double seconds() const;

    std::mutex mutex_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    bool quiet_;
    bool live_;  // stderr is a terminal
};

}  // namespace assay::cli
