// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The fault proxy as a program: assay-fault-proxy --rules FILE --write-kubeconfig FILE
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "kube/curl_transport.h"
#include "kube/kubeconfig.h"
#include "tests/api/fault_proxy.h"

namespace {

using assay::kube::Json;

struct Options {
    assay::kube::KubeconfigChoice upstream;
    std::string rules;
    std::string log;
    std::string kubeconfig;
    int port = 0;
};

std::string content_of(const std::string& file) {
    std::ifstream stream(file);
    if (!stream) {
        throw std::runtime_error(fmt::format("{} cannot be read", file));
    }
    return {std::istreambuf_iterator<char>(stream), {}};
}

Json rules_in(const std::string& file) {
    auto parsed = assay::kube::parse(content_of(file));
    if (!parsed) {
        throw std::runtime_error(fmt::format("{}: {}", file, parsed.error().message));
    }
    return std::move(*parsed);
}

// Whole or not at all: whoever waits for the file may read it as soon as it is there.
void write_whole(const std::string& file, const std::string& content) {
    const std::string beside = file + ".new";
    std::ofstream stream(beside);
    stream << content;
    stream.close();
    if (!stream) {
        throw std::runtime_error(fmt::format("{} cannot be written", beside));
    }
    std::filesystem::rename(beside, file);
}

// Each line in one write, so that no reader finds half of one.
class LogFile {
public:
    explicit LogFile(const std::string& file)
        : file_(file.empty()
                    ? STDOUT_FILENO
                    : ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        if (file_ < 0) {
            throw std::runtime_error(fmt::format("{} cannot be written", file));
        }
    }
    void write(const Json& entry) const {
        const std::string line = entry.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        static_cast<void>(::write(file_, line.data(), line.size()));
    }

private:
    int file_;
};

void wait_for_end(const sigset_t& signals) {
    int signal = 0;
    sigwait(&signals, &signal);
}

void run(const Options& options) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the first thread, which inherits it
    auto connection = assay::kube::load_connection(options.upstream);
    if (!connection) {
        throw std::runtime_error(connection.error().message);
    }
    const auto upstream = assay::kube::CurlTransport::connect(std::move(*connection));
    if (!upstream) {
        throw std::runtime_error(upstream.error().message);
    }
    const LogFile log(options.log);
    const assay::kube::FaultProxy proxy(
        **upstream, rules_in(options.rules), [&](const Json& entry) { log.write(entry); },
        options.port);
    write_whole(options.kubeconfig, proxy.kubeconfig());
    std::cerr << "listening on " << proxy.url() << "; end it with Ctrl-C\n";
    wait_for_end(signals);
}

int parse_and_run(int argc, char** argv) {
    CLI::App app("Stands before an API server and alters the answers that its rules name");
    Options options;
    app.add_option("--rules", options.rules, "JSON file of the rules (docs/fault-proxy.md)")
        ->required();
    app.add_option("--write-kubeconfig", options.kubeconfig,
                   "kubeconfig that leads to the proxy; it is there as soon as the proxy listens")
        ->required();
    app.add_option("--kubeconfig", options.upstream.path,
                   "the server behind, and the credentials for it (default: as kubectl)");
    app.add_option("--context", options.upstream.context, "context in --kubeconfig");
    app.add_option("--log", options.log,
                   "JSON lines of everything altered (default: standard output)");
    app.add_option("--port", options.port, "on 127.0.0.1 (default: one that is free)");
    CLI11_PARSE(app, argc, argv);
    run(options);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return parse_and_run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "assay-fault-proxy: " << error.what() << "\n";
        return 2;
    }
}
