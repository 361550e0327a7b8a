#!/usr/bin/env python3
"""follow.py finds what is wrong with a page: each test is a page, and what comes of following it."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

FOLLOW = pathlib.Path(__file__).with_name("follow.py")


def followed(page, seconds=20):
    """(exit code, what it printed on stdout, on stderr)"""
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name) / "page.md"
        file.write_text(page, encoding="utf-8")
        done = subprocess.run([sys.executable, FOLLOW, file, name, str(seconds)], capture_output=True, text=True,
                              encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def console(*lines):
    return "\n".join(("```console", *lines, "```", ""))


class Follow(unittest.TestCase):
    def assert_wrong(self, page, *messages, seconds=20):
        code, _, err = followed(page, seconds)
        self.assertEqual(code, 1, err)
        for message in messages:
            self.assertIn(message, err)

    def test_what_comes_as_the_page_says_is_fine_and_shown(self):
        code, out, err = followed(console("$ printf 'a\\nb 12 c\\nd\\n'", "b … c"))
        self.assertEqual((code, err), (0, ""))
        self.assertIn("1$ printf 'a\\nb 12 c\\nd\\n'\na\nb 12 c\nd\n", out)
        self.assertIn("page.md: 1 steps, all as the page says", out)

    def test_other_output_is_wrong(self):
        self.assert_wrong(console("$ echo 2 alarms", "1 alarm"), "echo 2 alarms", "the page says\n1 alarm")

    def test_a_part_of_a_line_is_other_output(self):
        self.assert_wrong(console("$ echo 21 alarms", "1 alarms"), "printed something else")

    def test_lines_in_another_order_are_other_output(self):
        self.assert_wrong(console("$ printf 'b\\na\\n'", "a", "b"), "printed something else")

    def test_a_command_that_fails_is_wrong_whatever_it_prints(self):
        self.assert_wrong(console("$ echo done; false", "done"), "ended with 1")

    def test_a_command_that_does_not_end_is_wrong(self):
        self.assert_wrong(console("$ echo done; sleep 1000", "done"), "was not done in 0.5 s", seconds=0.5)

    def test_another_terminal_must_say_its_lines(self):
        self.assert_wrong(console("2$ echo starting; sleep 1000", "ready"), "was not done in 0.5 s", seconds=0.5)
        self.assert_wrong(console("2$ echo starting", "ready"), "printed something else")

    def test_a_shell_that_ends_is_wrong(self):
        self.assert_wrong(console("$ exit 0"), "ended its terminal")

    def test_another_terminal_goes_on_and_is_ended_with_the_page(self):
        code, out, err = followed(console("2$ echo process $$; exec sleep 1000", "process …", "$ echo here", "here"))
        self.assertEqual(code, 0, err)
        pid = int(re.search(r"^process (\d+)$", out, re.MULTILINE).group(1))
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)

    def test_terminals_remember_what_was_set_in_them(self):
        code, _, err = followed(console("$ export A=1", "2$ export A=2", "$ echo $A", "1", "2$ echo $A", "2"))
        self.assertEqual(code, 0, err)

    def test_files_are_written_as_they_stand(self):
        page = "In `other` and\n`some/file.json`:\n\n```json\n{\n  \"a\": 1\n}\n```\n" + console("$ cat some/file.json")
        code, out, err = followed(page)
        self.assertEqual(code, 0, err)
        self.assertIn('{\n  "a": 1\n}\n', out)

    def test_a_block_without_a_file_or_commands_is_only_read(self):
        self.assert_wrong("It is `this`, like\n\n```json\n{}\n```\n", "nothing to follow")

    def test_ports_are_replaced_by_the_same_everywhere(self):
        page = console("$ echo 127.0.0.1:18089 --api-port 18090 18089 18090 118089 2026")
        code, out, err = followed(page)
        self.assertEqual(code, 0, err)
        found = re.search(r"^127.0.0.1:(\d+) --api-port (\d+) (\d+) (\d+) 118089 2026$", out, re.MULTILINE)
        self.assertIsNotNone(found, out)
        self.assertEqual(found.group(1, 2), found.group(3, 4))
        self.assertNotEqual(found.group(1), found.group(2))
        self.assertNotIn("18089", found.groups())

    def test_a_page_that_is_broken_is_said_to_be(self):
        self.assert_wrong("```console\n$ echo a\n", "a block has no end")
        self.assert_wrong(console("echo a", "$ echo a"), "stands before the first command")


if __name__ == "__main__":
    unittest.main()
