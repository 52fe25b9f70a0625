# SPDX-License-Identifier: Apache-2.0
"""The product's own programs for the host, as the demo and the tests run them."""
import collections
import json
import os
import subprocess

from audit_log import AuditLog
from tap import expect

BUILD = os.environ.get("B", "build")
LIMIT_S = 60

Tool = collections.namedtuple("Tool", "good text")
Verdict = collections.namedtuple("Verdict", "good figures")


def run_tool(name, *arguments):
    """Runs build/bin/NAME. Returns whether it succeeded, and what it printed."""
    done = subprocess.run([os.path.join(BUILD, "bin", name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True, errors="replace")
    return Tool(done.returncode == 0, done.stdout.strip())


def read_verdict(tool, otherwise):
    """What the tool says as JSON; if it says something else, `otherwise` with that as its error."""
    try:
        return Verdict(tool.good, json.loads(tool.text))
    except ValueError:
        return Verdict(False, {**otherwise, "error": tool.text})


def compare_pcrs(tcti, lock, console_log):
    """The PCRs of the TPM at `tcti` against those that the compiler predicted; names the component that differs."""
    tool = run_tool("bulkhead-attest", "compare", "--json", "--tcti", tcti, "--lock", lock, "--console", console_log)
    return read_verdict(tool, {"banks": [], "differences": []})


def verify_audit(audit_log, console_log, image):
    """The records in the audit lines against the heads on the console, the names in them against the image's catalogue."""
    tool = run_tool("bulkhead-audit", "verify", "--json", "--console", console_log, "--image", image, audit_log)
    return read_verdict(tool, {"rings": [], "problems": []})


def sound_log(machine, folder, image):
    """The audit log of a machine that has ended: whole, verified, and the kernel did not panic."""
    log = AuditLog(machine.audit.text())
    expect(not log.damaged, log.damaged)
    verified = verify_audit(os.path.join(folder, "audit.log"), os.path.join(folder, "console.log"), image)
    expect(verified.good, verified.figures)
    expect("panic" not in machine.console.text(), machine.console.text())
    return log
