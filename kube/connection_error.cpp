// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/connection_error.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <cerrno>

namespace assay::kube {

namespace {

using std::chrono::steady_clock;

Error error_with(Error::Kind kind, std::string message) {
    return {kind, 0, "", std::move(message)};
}

// What is asked, without the query: selectors and tokens of a list say nothing to the reader.
std::string asked(const Request& request) {
    return fmt::format("{} {}", request.method, request.path.substr(0, request.path.find('?')));
}

bool says(const ConnectionProblem& problem, std::string_view words) {
    return problem.detail.find(words) != std::string_view::npos;
}

// An authority of the same name but with another key, as in a cluster that was rebuilt: OpenSSL
// then complains of the signature's arithmetic and not of the certificate.
bool signature_fails(const ConnectionProblem& problem) {
    return says(problem, "asn1 encoding routines") || says(problem, "rsa routines") ||
           says(problem, "elliptic curve routines");
}

std::string untrusted_sentence(const ConnectionProblem& problem) {
    if (problem.verify_result == X509_V_ERR_CERT_HAS_EXPIRED) {
        return fmt::format("the certificate of {} has expired; renew it, or check the clock",
                           problem.server);
    }
    if (problem.verify_result == X509_V_ERR_CERT_NOT_YET_VALID) {
        return fmt::format("the certificate of {} is not valid yet; check the clock",
                           problem.server);
    }
    if (says(problem, "subject name")) {
        return fmt::format(
            "the certificate of {} is for another name ({}); use a name it carries in the "
            "kubeconfig's server, or set tls-server-name",
            problem.server, problem.detail);
    }
    return fmt::format(
        "the certificate of {} is not signed by the kubeconfig's certificate-authority "
        "({}); is this kubeconfig from another cluster, or from before it was rebuilt?",
        problem.server, problem.detail);
}

Error unreachable_error(const ConnectionProblem& problem) {
    const std::string_view why =
        problem.os_error == ECONNREFUSED ? "refuses the connection" : "cannot be reached";
    return error_with(Error::Kind::network,
                      fmt::format("{} {} ({}); check that the API server runs and that the "
                                  "kubeconfig names its address and port",
                                  problem.server, why, problem.detail));
}

Error lost_error(const ConnectionProblem& problem) {
    // With TLS 1.3 a server says only after the handshake that it does not like our certificate.
    if (says(problem, "alert")) {
        return error_with(Error::Kind::tls,
                          fmt::format("{} ended the TLS connection ({}); check the kubeconfig's "
                                      "client-certificate",
                                      problem.server, problem.detail));
    }
    if (says(problem, "getpeername")) {  // closed before the library saw it open
        return error_with(Error::Kind::network,
                          fmt::format("{} closed the connection at once; does it want a "
                                      "client-certificate that the kubeconfig lacks?",
                                      problem.server));
    }
    return error_with(Error::Kind::network, fmt::format("the connection to {} was lost: {}",
                                                        problem.server, problem.detail));
}

Error registry_error(const ConnectionProblem& problem) {
    using Kind = Error::Kind;
    const auto sentence = [&](Kind kind, std::string_view what, std::string_view advice) {
        return error_with(
            kind, fmt::format("{} {} ({}); {}", problem.server, what, problem.detail, advice));
    };
    switch (problem.failure) {
        case ConnectionFailure::unknown_host:
            return sentence(Kind::network, "has no address here",
                            "check the registry's name and the name servers");
        case ConnectionFailure::proxy:
            return sentence(Kind::network, "is not reached through the proxy",
                            "check HTTPS_PROXY and NO_PROXY");
        case ConnectionFailure::unreachable:
        case ConnectionFailure::silent:
            return sentence(
                Kind::network,
                problem.os_error == ECONNREFUSED ? "refuses the connection" : "cannot be reached",
                "check the registry's name and port, and firewalls on the way");
        case ConnectionFailure::untrusted:
        case ConnectionFailure::bad_authority:
            return sentence(Kind::tls, "has a certificate that is not trusted",
                            "give the registry's own authority with --ca-file, and the name its "
                            "certificate carries");
        case ConnectionFailure::no_handshake:
        case ConnectionFailure::not_http:
            return signature_fails(problem)
                       ? sentence(Kind::tls, "has a certificate of another authority",
                                  "give the registry's own with --ca-file")
                       : sentence(Kind::tls, "does not speak https here",
                                  "check the port; a registry of plain http needs "
                                  "--insecure-http");
        case ConnectionFailure::bad_client_certificate:
        case ConnectionFailure::lost:
            break;
    }
    return sentence(Kind::network, "lost the connection", "push again: what is there is kept");
}

}  // namespace

Error connection_error(const ConnectionProblem& problem) {
    if (problem.peer == Peer::registry) {
        return registry_error(problem);
    }
    using Kind = Error::Kind;
    const auto sentence = [&](Error::Kind kind,
                              fmt::format_string<std::string_view&, std::string_view&> words) {
        std::string_view server = problem.server;
        std::string_view detail = problem.detail;
        return error_with(kind, fmt::format(words, server, detail));
    };
    switch (problem.failure) {
        case ConnectionFailure::unknown_host:
            return sentence(Kind::network,
                            "the host of {} has no address here ({}); check the "
                            "kubeconfig's server and the name servers");
        case ConnectionFailure::proxy:
            return sentence(Kind::network,
                            "the proxy to {} does not work ({}); check proxy-url "
                            "and HTTPS_PROXY");
        case ConnectionFailure::unreachable:
            return unreachable_error(problem);
        case ConnectionFailure::silent:
            return sentence(Kind::network,
                            "{} does not answer ({}); check the kubeconfig's "
                            "server, the network and firewalls on the way");
        case ConnectionFailure::untrusted:
            return error_with(Kind::tls, untrusted_sentence(problem));
        case ConnectionFailure::bad_authority:
            return sentence(Kind::tls,
                            "the kubeconfig's certificate-authority for {} is not a "
                            "PEM certificate ({})");
        case ConnectionFailure::bad_client_certificate:
            return sentence(Kind::tls,
                            "the kubeconfig's client-certificate or client-key for {} "
                            "is not usable ({})");
        case ConnectionFailure::no_handshake:
            return signature_fails(problem)
                       ? error_with(Kind::tls, untrusted_sentence(problem))
                       : sentence(Kind::tls,
                                  "no TLS connection with {} ({}); is that port the API "
                                  "server's, and does it speak https?");
        case ConnectionFailure::not_http:
            return sentence(Kind::protocol,
                            "{} does not answer in HTTP ({}); is that port the API "
                            "server's?");
        case ConnectionFailure::lost:
            break;
    }
    return lost_error(problem);
}

Error too_large_error(std::string_view server) {
    return error_with(Error::Kind::protocol,
                      fmt::format("an answer of {} is larger than this request allows", server));
}

Error too_late(std::string_view server, const Request& request, steady_clock::time_point began) {
    const double seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
    return error_with(Error::Kind::timeout,
                      fmt::format("{} did not finish answering {} within {:.1f} s", server,
                                  asked(request), seconds));
}

std::optional<Error> limit_error(std::string_view server, const Request& request,
                                 const Limit& limit, steady_clock::time_point began) {
    if (limit.stop.stop_requested()) {
        return error_with(Error::Kind::cancelled,
                          fmt::format("cancelled while asking {} for {}", server, asked(request)));
    }
    if (steady_clock::now() >= limit.deadline) {
        return too_late(server, request, began);
    }
    return std::nullopt;
}

}  // namespace assay::kube
