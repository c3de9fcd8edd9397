// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/cluster.h"
#include "cli/program.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "engine/journal.h"
#include "engine/sweep.h"
#include "kube/watch.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

constexpr std::chrono::minutes limit{3};
// For how long a request of a process that has just been killed may still come to be carried out.
constexpr std::chrono::seconds latecomers_limit{1};
constexpr int usage_error = 2;
constexpr int something_left = 4;
// Each pass finds what came while the one before was deleting.
constexpr int most_passes = 3;

std::string described(const SweptObject& object) {
    const std::string name =
        object.namespace_name.empty() ? object.name : object.namespace_name + "/" + object.name;
    return reports::printable_line(fmt::format("{} {} (run {}, uid {})", object.resource.kind, name,
                                               object.run_id, object.uid));
}

std::int64_t seconds_now() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

class Cleaning {
public:
    Cleaning(const kube::Client& client, const Options& options, kube::Limit until)
        : client_(&client), options_(&options), until_(std::move(until)) {}

    std::expected<void, std::string> take_journal() {
        if (options_->journal.empty()) {
            run_id_ = options_->run_id;
            return {};
        }
        if (journal_in_use(options_->journal)) {
            return std::unexpected(options_->journal +
                                   ": its run is still going; end it first (Ctrl-C cleans up)");
        }
        auto contents = read_journal(options_->journal);
        if (!contents) {
            return std::unexpected(contents.error());
        }
        const auto system = client_->get(kube::namespaces, "", "kube-system", until_);
        if (system && kube::uid_of(*system) != contents->header.cluster_uid) {
            return std::unexpected(fmt::format(
                "{}: its run was on another cluster ({}); choose that one with --kubeconfig and "
                "--context",
                options_->journal, contents->header.server));
        }
        journaled_ = std::move(contents->objects);
        run_id_ = contents->header.run_id;
        return {};
    }

    kube::Result<int> clean() {
        const auto discovery = kube::Discovery::of(*client_, until_);
        if (!discovery) {
            return std::unexpected(discovery.error());
        }
        kinds_ = swept_kinds(*discovery);
        for (int pass = 0; pass < most_passes && left_ == 0; ++pass) {
            const auto wanted = wanted_objects(pass == 0);
            if (!wanted) {
                return std::unexpected(wanted.error());
            }
            if (wanted->empty() && pass > 0) {
                break;
            }
            remove(*wanted);
            if (options_->dry_run) {
                return 0;
            }
            wait_for_latecomers();
        }
        if (removed_ == 0 && left_ == 0) {
            say_nothing_found();
        }
        return left_ == 0 ? 0 : something_left;
    }

private:
    bool is_wanted(const RunTrace& run) const {
        if (options_->stale) {
            return is_stale(run, seconds_now());
        }
        return options_->all || run.run_id == run_id_;
    }

    kube::Result<std::vector<SweptObject>> wanted_objects(bool first) {
        const auto found = traces(*client_, kinds_, until_);
        if (!found) {
            return std::unexpected(found.error());
        }
        std::vector<SweptObject> wanted;
        for (const RunTrace& run : found->runs) {
            if (is_wanted(run)) {
                wanted.insert(wanted.end(), run.objects.begin(), run.objects.end());
            } else if (options_->stale && first) {
                fmt::print("run {}: may still be going, or was left with --keep; not touched\n",
                           reports::printable_line(run.run_id));
            }
        }
        if (first) {
            for (const std::string& kind : found->not_looked_for) {
                fmt::print(stderr, "warning: not looked for: {}\n", reports::printable_line(kind));
            }
        }
        const auto there = still_there(*client_, journaled_, run_id_, until_);
        if (!there) {
            return std::unexpected(there.error());
        }
        for (const SweptObject& one : *there) {
            if (std::ranges::find(wanted, one.uid, &SweptObject::uid) == wanted.end()) {
                wanted.push_back(one);
            }
        }
        return wanted;
    }

    void remove(const std::vector<SweptObject>& objects) {
        if (options_->dry_run) {
            for (const SweptObject& object : objects) {
                fmt::print("would delete {}\n", described(object));
            }
            removed_ += static_cast<int>(objects.size());
            return;
        }
        const Told told = [](const SweptObject& object) {
            fmt::print("deleted {}\n", described(object));
        };
        for (const Leftover& one : remove_all(*client_, objects, told, until_)) {
            fmt::print("left: {}\n", reports::printable_line(
                                         fmt::format("{} {}: {}", one.kind, one.name, one.why)));
            ++left_;
        }
        removed_ += static_cast<int>(objects.size());
    }

    void wait_for_latecomers() const {
        if (options_->stale || left_ > 0) {
            return;
        }
        const auto came = [](const kube::Snapshot& spaces) {
            return spaces.empty() ? kube::Verdict::waiting("none") : kube::Verdict::met();
        };
        kube::Limit soon = kube::Limit::of(latecomers_limit, until_.stop);
        static_cast<void>(kube::wait_until(*client_, kube::namespaces, "",
                                           {.labels = labels_of(run_id_), .fields = {}}, came,
                                           soon));
    }

    void say_nothing_found() const {
        if (!run_id_.empty()) {
            fmt::print("run {}: nothing of it is in this cluster\n", run_id_);
        } else {
            fmt::print("no {}run left anything in this cluster\n", options_->stale ? "stale " : "");
        }
    }

    const kube::Client* client_;
    const Options* options_;
    kube::Limit until_;
    std::string run_id_;
    std::vector<JournalObject> journaled_;
    std::vector<kube::Resource> kinds_;
    int removed_ = 0;
    int left_ = 0;
};

kube::Result<int> show(const kube::Client& client, const kube::Limit& until) {
    const auto discovery = kube::Discovery::of(client, until);
    if (!discovery) {
        return std::unexpected(discovery.error());
    }
    const auto found = traces(client, swept_kinds(*discovery), until);
    if (!found) {
        return std::unexpected(found.error());
    }
    if (found->runs.empty()) {
        fmt::print("no run left anything in this cluster\n");
        return 0;
    }
    for (const RunTrace& run : found->runs) {
        fmt::print("run {}{}:\n", reports::printable_line(run.run_id),
                   is_stale(run, seconds_now()) ? ", stale" : "");
        for (const SweptObject& object : run.objects) {
            fmt::print("  {}\n", described(object));
        }
    }
    fmt::print(
        "remove one run with: {} cleanup --run ID    those that are over: --stale    all, also "
        "running ones: --all\n",
        program());
    return 0;
}

}  // namespace

int cleanup(const Options& options) {
    const std::stop_token stop = stop_on_signal("interrupted; run the same command again");
    auto access = open_cluster(options);
    if (!access) {
        return complain(access.error());
    }
    const kube::Client client = access->client();
    const kube::Limit until = kube::Limit::of(limit, stop);
    const bool only_show =
        options.run_id.empty() && options.journal.empty() && !options.all && !options.stale;
    if (only_show) {
        const auto shown = show(client, until);
        return shown ? *shown : complain(shown.error());
    }
    Cleaning cleaning(client, options, until);
    if (const auto taken = cleaning.take_journal(); !taken) {
        tell(reports::printable_line(taken.error()));
        return usage_error;
    }
    const auto done = cleaning.clean();
    return done ? *done : complain(done.error());
}

}  // namespace assay::cli
