// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Credential plugins (client.authentication.k8s.io v1 and v1beta1), run without a shell. Internal
// to kube/: with_credentials() is what others call. Thread contract: any thread. Errors are config,
// in the plugin's own words from stderr and never with what it printed on stdout; cancelled and
// timeout by the limit.
#pragma once

#include "kube/kubeconfig.h"
#include "kube/transport.h"

namespace assay::kube {

// The connection with the token or client certificate the plugin answers with now.
Result<Connection> with_plugin_credentials(Connection connection, const Limit& limit);

}  // namespace assay::kube
