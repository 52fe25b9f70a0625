# SPDX-License-Identifier: Apache-2.0
"""The product's own programs for the host, as the demo and the tests run them."""
import collections
import json
import os
import subprocess

BUILD = os.environ.get("B", "build")
LIMIT_S = 60

Verdict = collections.namedtuple("Verdict", "good text")
Comparison = collections.namedtuple("Comparison", "good figures")


def run_tool(name, *arguments):
    """Runs build/bin/NAME. Returns whether it succeeded, and what it printed."""
    done = subprocess.run([os.path.join(BUILD, "bin", name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True, errors="replace")
    return Verdict(done.returncode == 0, done.stdout.strip())


def compare_pcrs(tcti, lock, console_log):
    """The PCRs of the TPM at `tcti` against those that the compiler predicted; names the component that differs."""
    tool = run_tool("bulkhead-attest", "compare", "--json", "--tcti", tcti, "--lock", lock, "--console", console_log)
    try:
        return Comparison(tool.good, json.loads(tool.text))
    except ValueError:
        return Comparison(False, {"banks": [], "differences": [], "error": tool.text})


def verify_audit(audit_log, console_log):
    """The records in the audit lines against the heads on the console."""
    return run_tool("bulkhead-audit", "verify", "--console", console_log, audit_log)
