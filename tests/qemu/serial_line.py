# SPDX-License-Identifier: Apache-2.0
"""One serial port of a virtual machine: what it writes goes to a file and can be waited for, what is sent goes to it.

The machine takes input at its own pace; `send` waits for it and gives up at a limit. Output is untrusted bytes.
"""
import re
import select
import socket
import threading
import time

from tap import Failure

CONNECT_LIMIT_S = 20
LOOK_EVERY_S = 10
SHOWN_BYTES = 1500


class SerialLine:
    """Listens at `path`, where QEMU connects; logs to `log_path`. `look` is called now and then by who waits, and before it
    is said that the time is over: it may know why nothing comes, and raise that."""

    def __init__(self, path, log_path):
        self.path, self.log_path = path, log_path
        self.changed = threading.Condition()
        self.received = bytearray()
        self.connection = None
        self.ended = False
        self.look, self.next_look = lambda: None, time.monotonic() + LOOK_EVERY_S
        self.listen(path)
        self.reader = threading.Thread(target=self.read_all, daemon=True)
        self.reader.start()

    def listen(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.listener.settimeout(CONNECT_LIMIT_S)

    def accept(self):
        connection, _ = self.listener.accept()
        connection.setblocking(True)
        return connection

    def read_all(self):
        with open(self.log_path, "wb") as log:
            try:
                connection = self.connection = self.accept()
                while data := connection.recv(65536):
                    log.write(data)
                    log.flush()
                    with self.changed:
                        self.received += data
                        self.changed.notify_all()
            except OSError:
                pass                      # the machine never came, or is gone: both are the end of the line
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def send(self, data, seconds):
        deadline = time.monotonic() + seconds
        data = memoryview(data)
        while data:
            left = deadline - time.monotonic()
            if left <= 0 or self.ended:
                self.fail(f"the machine {'is gone' if self.ended else 'takes no more input'}, {len(data)} bytes left")
            if self.connection is None:
                time.sleep(0.01)
            elif select.select([], [self.connection], [], min(left, 0.5))[1]:
                try:
                    data = data[self.connection.send(data[:512], socket.MSG_DONTWAIT):]
                except BlockingIOError:
                    pass
                except OSError:
                    self.ended = True

    def look_now_and_then(self):
        if time.monotonic() >= self.next_look:
            self.look()
            self.next_look = time.monotonic() + LOOK_EVERY_S

    def wait_until(self, happened, seconds):
        """Waits until `happened` returns something, the time is over or the line has ended. Returns what it returned last."""
        deadline = time.monotonic() + seconds
        while True:
            with self.changed:
                ended, result, left = self.ended, happened(), deadline - time.monotonic()
                if result or ended or left <= 0:
                    return result
                self.changed.wait(min(left, LOOK_EVERY_S))
            self.look_now_and_then()

    def wait_for(self, pattern, seconds):
        """Waits until the output matches the regular expression (bytes, ^ and $ at lines) and returns the match. Looks at
        whole lines alone: the start of one may fit what the whole does not."""
        expression = re.compile(pattern, re.MULTILINE)
        match = self.wait_until(lambda: expression.search(self.received, 0, self.received.rfind(b"\n") + 1), seconds)
        if not match:
            self.fail(f"{pattern!r} did not come {'before the end' if self.ended else f'in {seconds} s'}")
        return match

    def wait_lines(self, count, seconds):
        """Waits until `count` lines have come, or the time is over, or the line has ended."""
        self.wait_until(lambda: self.received.count(b"\n") >= count, seconds)

    def wait_quiet(self, quiet_s, seconds):
        """Waits until nothing has come for `quiet_s`, or the line has ended."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while self.changed.wait(quiet_s) and not self.ended:
                if time.monotonic() > deadline:
                    self.fail(f"output goes on after {seconds} s")

    def wait_end(self, seconds):
        self.reader.join(seconds)

    def text(self):
        with self.changed:
            return self.received.decode("utf-8", "replace")

    def tail(self):
        with self.changed:
            return f"{self.log_path}, last output:\n" + self.received[-SHOWN_BYTES:].decode("utf-8", "replace")

    def fail(self, what):
        if not self.ended:
            self.look()
        raise Failure(f"{what}\n{self.tail()}")

    def close(self):
        self.listener.close()
        if self.connection:
            self.connection.close()
