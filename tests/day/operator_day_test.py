#!/usr/bin/env python3
"""How scripts/operator-day tells the longest time without a frame."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True  # no file beside the script

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/operator-day"
LOADER = importlib.machinery.SourceFileLoader("operator_day", str(SCRIPT))
SPEC = importlib.util.spec_from_loader("operator_day", LOADER)
operator_day = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(operator_day)


def frame(seconds, number, task="cam1", boot=7):
    return {"task_id": task, "number": number, "received_us": int(seconds * 1e6), "ref": {"boot": boot}}


class LongestGap(unittest.TestCase):
    def gap(self, frames, since=0.0, until_then=100.0):
        return operator_day.longest_gap(frames, since, until_then)

    def test_is_that_between_two_frames_of_one_task(self):
        frames = [frame(1, 1), frame(1, 1, "cam2"), frame(2, 2, "cam2"), frame(4, 2), frame(5, 3)]
        self.assertEqual(self.gap(frames), (3.0, "cam1", 0))

    def test_is_no_shorter_for_frames_that_only_the_tap_has_missed(self):
        self.assertEqual(self.gap([frame(1, 1), frame(4, 4)]), (3.0, "cam1", 2))

    def test_counts_no_missed_frames_when_the_ingest_node_is_another_process(self):
        self.assertEqual(self.gap([frame(1, 1), frame(4, 4, boot=8)]), (3.0, "cam1", 0))

    def test_counts_when_a_part_of_it_was_between_the_times(self):
        frames = [frame(1, 1), frame(9, 2), frame(10, 3)]
        self.assertEqual(self.gap(frames, since=8.5), (8.0, "cam1", 0))
        self.assertEqual(self.gap(frames, since=9.5), (1.0, "cam1", 0))
        self.assertEqual(self.gap(frames, until_then=2), (8.0, "cam1", 0))
        self.assertEqual(self.gap(frames, until_then=0.5), (0.0, "none", 0))


if __name__ == "__main__":
    unittest.main()
