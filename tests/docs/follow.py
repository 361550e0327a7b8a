#!/usr/bin/env python3
"""Follows a how-to of docs/ as a reader would, and fails where it does not come as the page says.

    follow.py PAGE BUILD_DIR [SECONDS]

In an empty folder in which build/release is BUILD_DIR:
- a fenced block behind a line that ends with `path`: is written to that file;
- in a ```console block a line `$ command` is given to a shell, `2$ command` to the shell of a second terminal. The
  lines behind it are what it must print: "…" stands for any text, also of several lines; other lines may stand around
  them. A command of the first terminal must succeed, and is waited for; one of another may go on once its lines have
  come. Each has SECONDS (120) for that.
Ports that the page names (behind 127.0.0.1:, or behind an option that ends in -port) are replaced by free ones,
everywhere on the page alike.

Prints what was typed and what came back.
"""

import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

GRACE_S = 20


class Wrong(Exception):
    """Something did not come as the page says."""


def blocks(page):
    """(language, file it is for or None, text) of each fenced block, in order."""
    before = ""
    lines = iter(page.splitlines())
    for line in lines:
        if not line.startswith("```"):
            before = line if line.strip() else before
            continue
        body = []
        for inner in lines:
            if inner.startswith("```"):
                break
            body.append(inner)
        else:
            raise Wrong("a block has no end")
        named = re.search(r"`([^`]+)`:$", before)
        yield line[3:].strip(), named and named.group(1), "".join(one + "\n" for one in body)
        before = ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def with_free_ports(page):
    named = set(re.findall(r"(?:127\.0\.0\.1:|-port )(\d{4,5})\b", page))
    free = {port: free_port() for port in named}
    return re.sub(r"(?<!\d)\d{4,5}(?!\d)", lambda number: free.get(number.group(), number.group()), page)


def commands(console):
    """(terminal, command, what it must print) of a console block."""
    found = []
    for line in console.splitlines():
        prompt = re.match(r"(\d?)\$ (.*)", line)
        if prompt:
            found.append((prompt.group(1) or "1", prompt.group(2), []))
        elif not found:
            raise Wrong(f"{line}\n  stands before the first command of its block")
        elif found[-1][1].endswith("\\") and not found[-1][2]:
            terminal, command, output = found[-1]
            found[-1] = (terminal, f"{command}\n{line}", output)
        else:
            found[-1][2].append(line)
    return [(terminal, command, "\n".join(output)) for terminal, command, output in found]


def pattern_of(expected):
    text = ".*".join(map(re.escape, expected.split("…")))
    return re.compile(rf"(?:^|\n){text}(?=\n|$)", re.DOTALL)


class Terminal:
    """A shell, and everything it prints."""

    def __init__(self, name, folder, seconds):
        self.name, self.seconds, self.typed = name, seconds, 0
        self.shell = subprocess.Popen(
            ["bash"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", errors="replace", start_new_session=True)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.shell.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def run(self, command, expected, waits_for_end):
        print(f"{self.name}$ {command}", flush=True)
        self.typed += 1
        end = f"=== end of command {self.typed}: "
        self.shell.stdin.write(f"{{ {command}\n}} </dev/null\necho \"{end}$?\"\n")
        self.shell.stdin.flush()
        wanted = pattern_of(expected) if expected else None
        output, status, until = "", None, time.monotonic() + self.seconds
        while status is None:
            if not waits_for_end and wanted and wanted.search(output.rstrip("\n")):
                return
            try:
                line = self.lines.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                raise Wrong(f"{command}\n  was not done in {self.seconds} s{wish(expected)}") from None
            if line is None:
                raise Wrong(f"{command}\n  ended its terminal")
            text, found, rest = line.partition(end)
            if found:
                status = int(rest)
            output += text
            print(text, end="" if text.endswith("\n") or not text else "\n", flush=True)
        if status != 0:
            raise Wrong(f"{command}\n  ended with {status}")
        if wanted and not wanted.search(output.rstrip("\n")):
            raise Wrong(f"{command}\n  printed something else{wish(expected)}")

    def close(self):
        """As when its window is closed: everything in it is told to end, and is gone after that."""
        for to in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.shell.pid, to)
            except ProcessLookupError:
                break
            if to == signal.SIGTERM:
                self.reader.join(GRACE_S)
        self.shell.wait()


def wish(expected):
    return f"; the page says\n{expected}" if expected else ""


def follow(page, folder, seconds):
    terminals, followed = {}, 0
    try:
        for language, path, text in blocks(with_free_ports(page)):
            if language == "console":
                for name, command, expected in commands(text):
                    if name not in terminals:
                        terminals[name] = Terminal(name, folder, seconds)
                    terminals[name].run(command, expected, waits_for_end=name == "1")
                    followed += 1
            elif path:
                print(f"({path} is written)")
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
                followed += 1
    finally:
        for terminal in terminals.values():
            terminal.close()
    if followed == 0:
        raise Wrong("the page has nothing to follow")
    return followed


def main():
    page, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 120
    with tempfile.TemporaryDirectory(prefix="stream-how-to-") as name:
        folder = pathlib.Path(name)
        (folder / "build").mkdir()
        (folder / "build/release").symlink_to(build)
        try:
            steps = follow(page.read_text(encoding="utf-8"), folder, seconds)
        except Wrong as wrong:
            sys.exit(f"{page.name}: {wrong}")
    print(f"{page.name}: {steps} steps, all as the page says")


if __name__ == "__main__":
    main()
