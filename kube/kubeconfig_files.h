// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The kubeconfig files of $KUBECONFIG as one: of a name that several files define, the first wins.
// Internal to kubeconfig.cpp. Thread contract: values. Errors name file, section, entry and key.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kube/json.h"

namespace assay::kube {

// One named cluster, user or context, and the file it is from.
class KubeconfigEntry {
public:
    KubeconfigEntry(Json value, std::filesystem::path file, std::string what)
        : value_(std::move(value)), file_(std::move(file)), what_(std::move(what)) {}

    // The readers answer a missing key with nothing, one of another type with an error.
    Result<std::string> text(std::string_view key) const;
    Result<bool> flag(std::string_view key) const;
    Result<std::vector<std::string>> words(std::string_view key) const;
    // A file's path, relative to the kubeconfig it stands in.
    Result<std::filesystem::path> path(std::string_view key) const;
    // PEM from KEY-data in Base64, which wins, or from the file KEY names.
    Result<std::string> pem(std::string_view key) const;

    bool has(std::string_view key) const { return find(value_, {key}) != nullptr; }
    const Json& value() const { return value_; }
    const std::filesystem::path& file() const { return file_; }
    // A config error that begins with where: "/home/u/.kube/config: user admin: …".
    Error error(std::string_view why) const;

private:
    Json value_;
    std::filesystem::path file_;
    std::string what_;  // "user admin"
};

struct KubeconfigFiles {
    std::vector<std::filesystem::path> files;
    std::string current_context;
    std::map<std::string, KubeconfigEntry> clusters;
    std::map<std::string, KubeconfigEntry> users;
    std::map<std::string, KubeconfigEntry> contexts;
};

Result<KubeconfigFiles> read_kubeconfig_files(std::vector<std::filesystem::path> files);

// The whole file, of at most 16 MiB.
Result<std::string> content_of(const std::filesystem::path& file);

}  // namespace assay::kube
