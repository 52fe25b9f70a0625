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
SHOWN_BYTES = 1500


class SerialLine:
    """Listens at `path`, where QEMU connects; logs to `log_path`."""

    def __init__(self, path, log_path):
        self.path, self.log_path = path, log_path
        self.changed = threading.Condition()
        self.received = bytearray()
        self.connection = None
        self.ended = False
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

    def wait_for(self, pattern, seconds):
        """Waits until the output matches the regular expression (bytes, ^ and $ at lines) and returns the match. Looks at
        whole lines alone: the start of one may fit what the whole does not."""
        expression, deadline = re.compile(pattern, re.MULTILINE), time.monotonic() + seconds
        with self.changed:
            while not (match := expression.search(self.received, 0, self.received.rfind(b"\n") + 1)):
                left = deadline - time.monotonic()
                if left <= 0 or self.ended:
                    self.fail(f"{pattern!r} did not come {'before the end' if self.ended else f'in {seconds} s'}")
                self.changed.wait(left)
        return match

    def wait_lines(self, count, seconds):
        """Waits until `count` lines have come, or the time is over, or the line has ended."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while self.received.count(b"\n") < count and not self.ended and time.monotonic() < deadline:
                self.changed.wait(deadline - time.monotonic())

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
        raise Failure(f"{what}\n{self.tail()}")

    def close(self):
        self.listener.close()
        if self.connection:
            self.connection.close()
