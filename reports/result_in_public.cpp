// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/result_in_public.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/files.h"
#include "reports/redaction.h"

namespace assay::reports {

namespace {

Redaction redaction_of_result(const RunResult& run) {
    Identities identities;
    identities.hosts = {host_of(run.cluster.server)};
    identities.names = {run.cluster.context};
    identities.registries = {registry_of(run.probe_image)};
    for (const ClusterInventory::Node& node : run.inventory.nodes) {
        identities.nodes.push_back(node.name);
    }
    for (const RequirementResult& requirement : run.requirements) {
        for (const EvidenceFile& file : requirement.evidence) {
            collect_registries(file.content, identities.registries);
        }
    }
    return Redaction(identities);
}

class Redacting {
public:
    explicit Redacting(const RunResult& run) : redaction_(redaction_of_result(run)) {}

    void run(RunResult& run);

private:
    void all(std::string& given) { given = redaction_.text(given); }

    void all(std::vector<std::string>& given) {
        for (std::string& one : given) {
            all(one);
        }
    }

    template <class... Texts>
    void each(Texts&... given) {
        (all(given), ...);
    }

    // Members of JSON that are the cluster's words.
    template <class Value>
    void members(std::map<std::string, Value>& given) {
        std::map<std::string, Value> result;
        for (auto& [name, value] : given) {
            result.emplace(redaction_.text(name), std::move(value));
        }
        given = std::move(result);
    }

    void path(std::string& given);
    void command(std::vector<std::string>& words);
    void finding(Finding& finding);
    void requirement(RequirementResult& requirement);
    void cluster(ClusterFacts& cluster);
    void inventory(ClusterInventory& inventory);

    Redaction redaction_;
};

// "artifacts/<requirement>/<assertion>/NN-what.json": only the last part is of the cluster.
void Redacting::path(std::string& given) {
    const std::size_t name = given.rfind('/') + 1;  // 0 where there is none
    given = given.substr(0, name) + redaction_.text(std::string_view(given).substr(name));
}

// Flags are assay's own words; what is given to them may be anybody's.
void Redacting::command(std::vector<std::string>& words) {
    for (std::string& word : words) {
        const std::size_t flag = word.starts_with("--") ? word.find('=') : 0;
        if (flag != std::string::npos) {
            word = word.substr(0, flag) + redaction_.text(std::string_view(word).substr(flag));
        }
    }
}

void Redacting::finding(Finding& finding) {
    each(finding.target, finding.expected, finding.actual, finding.reason, finding.node);
    for (std::string& one : finding.evidence) {
        path(one);
    }
}

void Redacting::requirement(RequirementResult& requirement) {
    all(requirement.reason);
    for (AssertionResult& assertion : requirement.assertions) {
        each(assertion.next_step, assertion.reason);
        for (Finding& one : assertion.findings) {
            finding(one);
        }
    }
    for (AcceleratorRow& row : requirement.accelerators.rows) {
        each(row.node, row.uuid, row.model, row.words);
    }
    for (EvidenceFile& file : requirement.evidence) {
        path(file.path);
        file.content = redaction_.json(file.content);
    }
}

void Redacting::cluster(ClusterFacts& cluster) {
    cluster.cluster_uid = uid_in_public(cluster.cluster_uid);
    each(cluster.context, cluster.server, cluster.version, cluster.platform);
    for (ClusterFacts::Pool& pool : cluster.accelerators) {
        each(pool.accelerator, pool.vendor, pool.adapter, pool.driver, pool.driver_version,
             pool.model, pool.nodes);
    }
}

void Redacting::inventory(ClusterInventory& inventory) {
    for (ClusterInventory::Node& node : inventory.nodes) {
        each(node.name, node.architecture, node.operating_system, node.kernel, node.kubelet,
             node.container_runtime);
        for (ClusterInventory::Taint& taint : node.taints) {
            each(taint.key, taint.value);
        }
        members(node.extended);
    }
    for (ClusterInventory::Accelerator& one : inventory.accelerators) {
        each(one.accelerator, one.vendor, one.adapter, one.driver, one.device_class);
        members(one.devices_by_node);
        for (ClusterInventory::Device& device : one.devices) {
            each(device.node, device.pool, device.name, device.uuid, device.pci_bus_id,
                 device.model, device.driver_version);
        }
    }
    all(inventory.device_classes);
    members(inventory.runtime_classes);
    for (auto& [name, handler] : inventory.runtime_classes) {
        all(handler);
    }
    for (ClusterInventory::ApiGroup& group : inventory.api_groups) {
        all(group.name);
    }
}

void Redacting::run(RunResult& run) {
    each(run.probe_image, run.warnings);
    command(run.command);
    if (run.settling) {
        all(run.settling->waiting_for);
    }
    for (Leftover& leftover : run.leftovers) {
        each(leftover.name, leftover.why);
    }
    cluster(run.cluster);
    inventory(run.inventory);
    for (RequirementResult& one : run.requirements) {
        requirement(one);
    }
}

}  // namespace

std::string uid_in_public(const std::string& cluster_uid) {
    return cluster_uid.empty() ? "" : sha256_hex("cluster " + cluster_uid);
}

RunResult in_public(const RunResult& run) {
    RunResult result = run;
    Redacting(run).run(result);
    return result;
}

}  // namespace assay::reports
