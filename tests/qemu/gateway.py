# SPDX-License-Identifier: Apache-2.0
"""One run of the AIS gateway in a machine: waits for low, feeds it, waits until all is through, has the audit subject shut
the machine down. Leaves console.log, low.log, high.jsonl and audit.log in the output folder."""
import re
import time

from machine import Machine

BOOT_LIMIT_S = 30
FEED_LIMIT_S = 60
FEED_BYTES_PER_S = 1000                   # the slowest that is waited for
DONE_LIMIT_S = 60
ATTACK_LIMIT_S = 240
SETTLE_S = 1.5                            # without a further track: what was accepted has arrived
SETTLE_LIMIT_S = 30
END_LIMIT_S = 30
BLOCK = 4096
NEWLINE = b"\n"
LOW_DONE = re.compile(rb"^low done .*\n", re.MULTILINE)
SHOWN_REASONS = 3                         # lines before the last one that tell why the kernel does not start
END_OF_INPUT = b"$BHEND"                  # the control sentence that low answers with `low done`


class Run:
    """What remains of a run: logs as text, how the machine ended, how long it took. `refused`: it did not start, and why."""

    def __init__(self, machine, boot_s=0.0, feed_s=0.0, refused=None):
        self.console, self.low = machine.console.text(), machine.low.text()
        self.high, self.audit = machine.high.text(), machine.audit.text()
        self.reason, self.refused = machine.reason, refused
        self.boot_s, self.feed_s, self.seconds = boot_s, feed_s, machine.seconds()


def find_refusal(machine):
    """What the kernel says about why it does not start, or None."""
    lines = machine.console.text().replace("\r", "").splitlines()
    said = [line for line in lines if not line.startswith(("measure ", "digest "))]
    stops = [number for number, line in enumerate(said) if line.startswith(("start-up refused:", "panic:"))]
    return "; ".join(said[max(stops[0] - SHOWN_REASONS, 0):stops[0] + 1]) if stops else None


def wait_until(line, happened, what, seconds, show):
    """Waits until `happened` returns something, and returns that. Calls `show` all the while."""
    deadline = time.monotonic() + seconds
    while not (result := happened()):
        show()
        if line.ended or time.monotonic() > deadline:
            line.fail(f"{what} does not come")
        line.look_now_and_then()
        time.sleep(0.1)
    return result


def wait_ready(machine, lives, say):
    """Waits until low takes input: in its life number `lives`, counted from 0. Shows how far an attack has come. Returns why
    the kernel refuses to start, if it does."""
    ready = re.compile(rb"^low ready epoch=%d\r?$" % lives, re.MULTILINE)

    def show():
        sends = re.findall(rb"^race sends=(\d+)", machine.low.received, re.MULTILINE)
        say(f"attacking: {int(sends[-1]):,} sends of the race" if sends else "starting")

    seen = wait_until(machine.low, lambda: find_refusal(machine) or ready.search(machine.low.received), "low ready",
                      ATTACK_LIMIT_S if lives else BOOT_LIMIT_S, show)
    return seen if isinstance(seen, str) else None


def wait_done(machine, say):
    """Waits until low has sent all that it was fed."""
    wait_until(machine.low, lambda: LOW_DONE.search(machine.low.received), "low done", DONE_LIMIT_S,
               lambda: say(f"fed; {machine.high.received.count(NEWLINE):,} tracks delivered"))


def feed(machine, data, say):
    deadline = time.monotonic() + FEED_LIMIT_S + len(data) / FEED_BYTES_PER_S
    for begin in range(0, len(data), BLOCK):
        machine.low.send(data[begin:begin + BLOCK], deadline - time.monotonic())
        percent = min(begin + BLOCK, len(data)) * 100 // len(data)
        say(f"feeding: {percent} %, {machine.high.received.count(NEWLINE):,} tracks delivered")
    machine.low.send(b"\n" + END_OF_INPUT + b"\n", deadline - time.monotonic())


def drive(machine, data, tracks, lives, say):
    """From power-on to power-off."""
    if refusal := wait_ready(machine, lives, say):
        machine.quit()
        return Run(machine, refused=refusal)
    if lives:                         # the attacks have filled low's audit reservation, which would stop its reports as well
        machine.audit.wait_quiet(SETTLE_S, ATTACK_LIMIT_S)
    boot_s = machine.seconds()
    feed(machine, data, say)
    wait_done(machine, say)
    machine.high.wait_lines(tracks, SETTLE_LIMIT_S)
    machine.high.wait_quiet(SETTLE_S, SETTLE_LIMIT_S)
    feed_s = machine.seconds() - boot_s
    say("shutting down")
    machine.shut_down(END_LIMIT_S)
    return Run(machine, boot_s, feed_s)


def run_gateway(out, image, data, tracks=0, lives=0, say=lambda text: None, attest=lambda tcti: None, **options):
    """Feeds `data` to the gateway in `image`, and waits for that many `tracks` if it is known how many must come. `attest` is
    called with the TPM's address after the end. Returns the run and the result of `attest`."""
    with Machine(out, image=image, **options) as machine:
        run = drive(machine, data, tracks, lives, say)
        return run, attest(machine.release_tpm()) if machine.tpm else None
