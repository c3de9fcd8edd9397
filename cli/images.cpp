// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/image_list.h"
#include "cli/program.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "images/nccl_image.h"
#include "images/push.h"
#include "kube/curl_transport.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int nothing_done = 3;
constexpr std::chrono::minutes push_limit{30};

int refuse(int code, const std::string& sentence) {
    tell(sentence);
    return code;
}

void print_images(const std::vector<assay::images::ImageReference>& images) {
    for (const auto& image : images) {
        fmt::print("{:<8} {}@{}\n", image.variant, image.name, image.root.digest);
    }
}

// Those that this program carries and, with --nccl, the one with that library.
std::expected<assay::images::ImageSet, std::string> asked_for(const Options& options) {
    assay::images::ImageSet images = assay::images::carried_images();
    if (!options.nccl_library.empty()) {
        tell("compressing NCCL, which takes about half a minute");
        if (const auto added = assay::images::add_nccl(images, options.nccl_library); !added) {
            return std::unexpected("--nccl: " + added.error());
        }
    }
    return images;
}

std::expected<std::string, std::string> content_of(const std::string& file) {
    std::ifstream stream(file);
    if (!stream) {
        return std::unexpected(fmt::format("--ca-file {}: cannot be read", file));
    }
    return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

std::expected<assay::images::Login, std::string> login_for(const Options& options,
                                                           const std::string& host,
                                                           const kube::Limit& limit) {
    if (options.username.empty() && !options.password_stdin) {
        return assay::images::login_of_docker_config(assay::images::docker_config_folder(), host,
                                                     limit);
    }
    assay::images::Login login{.username = options.username, .password = {}, .identity_token = {}};
    std::getline(std::cin, login.password);
    if (login.password.empty()) {
        return std::unexpected("--password-stdin: there is no password on stdin");
    }
    return login;
}

std::expected<assay::images::RegistryAccess, std::string> access_for(const Options& options,
                                                                     const std::string& host,
                                                                     const kube::Limit& limit) {
    assay::images::RegistryAccess access;
    access.insecure_http = options.insecure_http;
    if (!options.ca_file.empty()) {
        auto pem = content_of(options.ca_file);
        if (!pem) {
            return std::unexpected(pem.error());
        }
        access.ca_pem = std::move(*pem);
    }
    auto login = login_for(options, host, limit);
    if (!login) {
        return std::unexpected(login.error());
    }
    access.login = std::move(*login);
    return access;
}

kube::Result<std::unique_ptr<kube::Transport>> connect(const kube::Connection& connection) {
    auto wire = kube::CurlTransport::connect(connection);
    if (!wire) {
        return std::unexpected(wire.error());
    }
    return std::move(*wire);
}

int push_images(const Options& options) {
    const kube::Limit limit = kube::Limit::of(
        push_limit, stop_on_signal("interrupted; what was uploaded stays in the registry"));
    auto target = assay::images::registry_target(options.target);
    if (!target) {
        return refuse(usage_error, target.error());
    }
    auto access = access_for(options, target->host, limit);
    if (!access) {
        return refuse(usage_error, access.error());
    }
    const auto images = asked_for(options);
    if (!images) {
        return refuse(usage_error, images.error());
    }
    const std::string tag = target->tag.empty() ? version_number() : target->tag;
    const bool live = ::isatty(STDERR_FILENO) == 1;
    assay::images::Registry registry(*target, std::move(*access), connect, limit);
    const auto pushed = assay::images::push_images(
        registry, *images, tag, [&](const std::string& what, std::size_t up, std::size_t all) {
            fmt::print(stderr, "{}{} {} of {} bytes{}", live ? "\r\x1b[K" : "", what, up, all,
                       live && up < all ? "" : "\n");
        });
    if (!pushed) {
        return refuse(nothing_done, pushed.error());
    }
    for (const auto& image : pushed->images) {
        fmt::print("{:<8} {}:{}@{}\n", image.variant, target->name(), image.tag, image.digest);
    }
    fmt::print("uploaded {} blob(s) of {} bytes and {} manifest(s); {} blob(s) were there\n",
               pushed->blobs_uploaded, pushed->bytes_uploaded, pushed->manifests_uploaded,
               pushed->blobs_present);
    fmt::print("next: {} run --probe-image {}@{}", program(), target->name(),
               pushed->images.front().digest);
    if (pushed->images.back().variant == "nccl") {
        fmt::print(" --nccl-image {}@{}", target->name(), pushed->images.back().digest);
    }
    fmt::print("\n");
    return 0;
}

int export_images(const Options& options) {
    const auto images = asked_for(options);
    if (!images) {
        return refuse(usage_error, images.error());
    }
    std::string made;
    if (!images->added.empty()) {
        auto layout = assay::images::layout_of(*images);
        if (!layout) {
            return refuse(usage_error, layout.error());
        }
        made = std::move(*layout);
    }
    const auto written = assay::images::export_layout(
        made.empty() ? assay::images::probe_image_layout() : std::as_bytes(std::span(made)),
        options.target);
    if (!written) {
        return refuse(usage_error, written.error());
    }
    fmt::print("wrote {}\n", options.target);
    print_images(images->images);
    return 0;
}

}  // namespace

int images(const Options& options) {
    if (options.verb == "images push") {
        return push_images(options);
    }
    if (options.verb == "images list") {
        const auto carried = assay::images::probe_images();
        fmt::print("{}", options.json ? image_list_json(carried) : image_list_text(carried));
        return 0;
    }
    return export_images(options);
}

int version() {
    fmt::print("{}\n", version_line());
    print_images(assay::images::probe_images());
    return 0;
}

}  // namespace assay::cli
