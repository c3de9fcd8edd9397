// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The Gateway that ai_inference makes: of which class, where it is reached, and what its controller
// says of the routes. Thread contract: one check's thread. What is missing ends the check with what
// was looked for.
#pragma once

#include <string>

#include "engine/scenario.h"

namespace assay {

// A class whose controller has accepted it.
struct FoundClass {
    std::string name;
    std::string controller;
    std::string product;        // by the adapter that knows the controller; "" for any other
    std::string service_label;  // likewise
    std::string others;         // accepted too, and not examined; "" if there is none
    std::string describe() const;
};

// Where requests go: the Gateway's own address, else the Service that its label names.
struct Reached {
    std::string base;  // "http://10.96.12.7:80"
    std::string how;   // "status.addresses (IPAddress 10.96.12.7)"
};

// What a controller says of a route in status.parents.
struct RouteStatus {
    ObjectCondition accepted;
    ObjectCondition resolved;
    std::string describe() const;
};

FoundClass gateway_class(const Scenario& s);
bool has_address(const ObjectState& gateway);  // programmed, with an address
// Waits for that longer than for other things: clouds make a load balancer first.
Observed<ObjectState> programmed(const Object& gateway);
// Of a Gateway that had its time to become programmed; does without where a Service leads to it.
Reached reached(const Scenario& s, const Object& gateway, const FoundClass& of);
RouteStatus route_status_of(const ObjectState& route);
// Waits until the controller has said both, of the route as it is now.
Observed<RouteStatus> route_status(const Object& route);

}  // namespace assay
