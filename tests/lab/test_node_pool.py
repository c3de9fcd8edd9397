# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The profile node-pool on real nodes: every accelerator is examined, and what computes in its place is said.
Needs a running lab of two nodes that has the probe image; its name is in ASSAY_TEST_LAB."""

from __future__ import annotations

import unittest

from cluster import assay

NODES = 2
EACH = 4  # devices of the DRA example driver


class NodePool(unittest.TestCase):
    def test_tells_of_each_accelerator_of_each_node_and_of_two_nodes_together(self) -> None:
        done = assay("--profile", "node-pool", accelerator="gpu.example.com", requirement="*")
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertTrue(done.out.startswith("SIMULATED: 2 of 2 MUSTs examined: 2 passed"), done.out)
        assert done.report is not None
        report, page = done.report, (done.folder / "report.html").read_text()
        requirements = {one["id"]: one for one in report["requirements"]}
        self.assertEqual({name: one["outcome"] for name, one in requirements.items()},
                         {"accelerator_compute": "passed", "all_reduce": "passed"})
        table = requirements["accelerator_compute"]["accelerators"]
        self.assertEqual(len(table["rows"]), NODES * EACH)
        self.assertEqual(len({(row["node"], row["index"]) for row in table["rows"]}), NODES * EACH)
        for row in table["rows"]:
            self.assertTrue(row["simulated"], row)
            self.assertEqual(len(row["samples"]), len(table["measures"]))
            for measure, samples in zip(table["measures"], row["samples"]):
                self.assertGreaterEqual(len(samples), 5, measure)
                self.assertGreater(min(samples), 0, measure)
            self.assertIn(row["node"], page)


if __name__ == "__main__":
    unittest.main()
