# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""dra_support on the DRA example driver, which can be given every form of DRA that the check asks for.
Needs a running lab; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import unittest

import cluster
from cluster import assay, tell_lab

# Offered by every API server of these versions, whatever the driver.
ALWAYS = {"feature_prioritized_list", "feature_admin_access"}
ONLY_OF_AN_EXTENDED_RESOURCE = {"extended_resource_form"}


class Forms(unittest.TestCase):
    """What a driver offers is tried, and what it does not is told apart from what is broken."""

    def tearDown(self) -> None:
        tell_lab("add", "example", "--plain")

    def outcomes(self, *shape: str) -> dict[str, str]:
        tell_lab("add", "example", *shape)
        done = assay("--quiet", accelerator="gpu.example.com", requirement="dra_support")
        assert done.report is not None, done.err
        [check] = [one for one in done.report["requirements"] if one["id"] == "dra_support"]
        outcomes = {one["id"]: one["outcome"] for one in check["assertions"]}
        forms = {name: outcome for name, outcome in outcomes.items() if name.startswith("feature_")}
        others = outcomes.keys() - forms.keys() - ONLY_OF_AN_EXTENDED_RESOURCE
        self.assertEqual({name: outcomes[name] for name in others}, dict.fromkeys(others, "passed"))
        return forms

    def with_outcome(self, forms: dict[str, str], outcome: str) -> set[str]:
        return {name for name, one in forms.items() if one == outcome}

    def test_a_plain_driver_offers_none_of_its_own(self) -> None:
        forms = self.outcomes("--plain")
        self.assertEqual(self.with_outcome(forms, "passed"), ALWAYS)
        self.assertEqual(self.with_outcome(forms, "not_applicable"), forms.keys() - ALWAYS)

    def test_each_that_is_offered_works(self) -> None:
        forms = self.outcomes("--partitions", "--device-status", "--binding-conditions",
                              "--device-taints", "rule", "--health", "--extended-resource")
        self.assertEqual(self.with_outcome(forms, "not_applicable"), {"feature_consumable_capacity"})
        self.assertEqual(self.with_outcome(forms, "passed"),
                         forms.keys() - {"feature_consumable_capacity"})

    def test_a_share_of_a_device_can_be_had_twice(self) -> None:
        forms = self.outcomes("--consumable-capacity")
        self.assertEqual(forms["feature_consumable_capacity"], "passed")

    def test_a_device_that_reports_itself_unhealthy_is_found(self) -> None:
        unhealthy = [word for number in range(4) for word in ("--unhealthy", f"gpu-{number}")]
        forms = self.outcomes("--health", *unhealthy, "--device-taints", "slice")
        self.assertEqual(self.with_outcome(forms, "failed"), {"feature_health"})
        self.assertEqual(forms["feature_device_taints"], "passed")


if __name__ == "__main__":
    unittest.main()
