# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What scripts/bench says of its samples, without a cluster."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "fixtures" / "lab")]

import contenders  # noqa: E402
import table  # noqa: E402
from sample import Sample  # noqa: E402


def samples(ours: Sample) -> table.Samples:
    other = Sample(wall_s=2.0, max_rss_kib=1000)
    return {table.OURS: [ours], **{name: [other] for name in table.MUST_BE_SLOWER}}


class Bars(unittest.TestCase):
    def test_met(self) -> None:
        self.assertEqual(table.missed(samples(Sample(wall_s=1.9, max_rss_kib=100))), [])

    def test_each_bar_is_held(self) -> None:
        slow = table.missed(samples(Sample(wall_s=2.0, max_rss_kib=100)))
        self.assertEqual(slow, [f"assay is not faster than {one}" for one in table.MUST_BE_SLOWER])
        large = table.missed(samples(Sample(wall_s=1.0, max_rss_kib=101)))
        self.assertEqual(large, ["assay takes more than 1/10 of the memory of client-go, keeps all"])

    def test_a_missed_bar_is_the_exit_code_and_everything_is_written(self) -> None:
        slow = samples(Sample(wall_s=9.0, max_rss_kib=1, sums={"nodes": 5000, "pods": 50000}))
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(table.write(Path(folder), {"cpu": "2 cores"}, slow, {}), 1)
            self.assertIn("5,000 nodes and 50,000 pods", (Path(folder) / "list.md").read_text())
            self.assertIn('"wall_s": 9.0', (Path(folder) / "list.json").read_text())


class Pages(unittest.TestCase):
    def test_objects_are_counted_and_the_token_found_at_the_front(self) -> None:
        item = b'{"metadata":{"name":"a","uid":"u"}}'
        page = (b'{"kind":"PodList","metadata":{"resourceVersion":"1","continue":"abc"},"items":['
                + item + b"," + item + b"]}")
        self.assertEqual(page.count(contenders.ITEM), 2)
        found = contenders.TOKEN.search(page, 0, contenders.HEAD)
        self.assertEqual(found and found[1], b"abc")


if __name__ == "__main__":
    unittest.main()
