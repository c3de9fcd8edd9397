// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/collective/ranks.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/unit/probe/document_schema.h"
#include "tests/unit/probe/traffic_server.h"

namespace assay::probe::collective {

namespace {

// Its control connection and two in the ring.
constexpr int sockets_in_the_ring = 3;

int sockets_of(pid_t pid) {
    int sockets = 0;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
        const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
        sockets += target.starts_with("socket:") ? 1 : 0;
    }
    return sockets;
}

// A child that has ended stays as a zombie until it is waited for.
bool is_zombie(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t name_end = text.rfind(')');
    return name_end != std::string::npos && text.substr(name_end, 4).find('Z') == 2;
}

}  // namespace

Ranks::Ranks(int ranks, std::vector<std::string> options, std::vector<std::string> environment)
    : ranks_(ranks),
      options_(std::move(options)),
      environment_(std::move(environment)),
      port_(closed_port()),
      processes_(static_cast<std::size_t>(ranks)) {
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    std::ofstream(folder_ + "/secret") << "the secret of this run\n";
    std::ofstream(folder_ + "/other") << "the secret of another run\n";
    environment_.push_back("TMPDIR=" + folder_);
}

Ranks::~Ranks() {
    processes_.clear();
    std::filesystem::remove_all(folder_);
}

std::unique_ptr<ChildProcess> Ranks::process(
    int rank, const std::string& message, const std::map<std::string, std::string>& instead) const {
    std::map<std::string, std::string> given = {
        {"--rank", std::to_string(rank)},
        {"--ranks", std::to_string(ranks_)},
        {"--rendezvous", "127.0.0.1:" + std::to_string(port_)},
        {"--secret-file", folder_ + "/secret"},
        {"--termination-log", message}};
    for (std::size_t at = 0; at + 1 < options_.size(); at += 2) {
        given[options_[at]] = options_[at + 1];
    }
    for (const auto& [name, value] : instead) {
        given[name] = value;
    }
    std::vector<std::string> argv = {ASSAY_PROBE_PROGRAM, "allreduce"};
    for (const auto& [name, value] : given) {
        argv.push_back(name);
        argv.push_back(value);
    }
    return std::make_unique<ChildProcess>(argv, environment_);
}

void Ranks::start(int rank, const std::map<std::string, std::string>& instead) {
    processes_.at(static_cast<std::size_t>(rank)) =
        process(rank, folder_ + "/" + std::to_string(rank), instead);
}

void Ranks::start_all() {
    for (int rank = 0; rank < ranks_; ++rank) {
        start(rank);
    }
}

int Ranks::start_another(int rank, const std::map<std::string, std::string>& instead) {
    const std::size_t index = processes_.size();
    processes_.push_back(process(rank, folder_ + "/" + std::to_string(index), instead));
    return static_cast<int>(index);
}

void Ranks::wait_until_in_the_ring(int rank) const {
    while (sockets_of(pid(rank)) < sockets_in_the_ring) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void Ranks::wait_until_one_ended(int one, int other) const {
    while (!is_zombie(pid(one)) && !is_zombie(pid(other))) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void Ranks::signal(int rank, int signal) const {
    ::kill(pid(rank), signal);
}

RankEnd Ranks::end(int index) {
    const Finished finished = processes_.at(static_cast<std::size_t>(index))->wait();
    RankEnd end{.code = finished.code, .err = finished.err, .document = {}, .summary = ""};
    std::ifstream file(folder_ + "/" + std::to_string(index));
    end.summary.assign(std::istreambuf_iterator<char>(file), {});
    if (!finished.out.empty()) {
        const std::string line = finished.out.substr(0, finished.out.size() - 1);
        EXPECT_EQ(schema_errors(line), "") << line;
        EXPECT_EQ(schema_errors(end.summary), "") << end.summary;
        EXPECT_LE(end.summary.size(), summary_limit_default);
        end.document = Json::parse(line);
    }
    return end;
}

std::vector<std::string> reasons_in(const Json& document) {
    std::vector<std::string> reasons;
    if (document.contains("reasons")) {
        for (const Json& reason : document.at("reasons")) {
            reasons.push_back(reason.at("code").get<std::string>() + " " +
                              reason.at("rank").dump());
        }
    }
    return reasons;
}

}  // namespace assay::probe::collective
