# SPDX-License-Identifier: Apache-2.0
"""Reads the lines that the audit subject writes (RFC 5424, element bulkhead@32473). What does not have that form is counted as
damaged, never guessed at."""
import collections
import re

LINE = re.compile(r'<\d{1,3}>1 - - bulkhead - (\S+) (?:-|\[bulkhead@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\])(?: .*)?')
PARAMETER = re.compile(r' ([a-z]+)="((?:[^"\\\]]|\\["\\\]])*)"')


class AuditLog:
    def __init__(self, text):
        self.records = []                 # parameters of lines that carry a record, in their order
        self.statements = []              # (kind, parameters) of the forwarder's own lines
        self.damaged = []
        for line in filter(None, text.replace("\r", "").split("\n")):
            match = LINE.fullmatch(line)
            if not match:
                self.damaged.append(line)
                continue
            parameters = {name: re.sub(r"\\(.)", r"\1", value) for name, value in PARAMETER.findall(match[2] or "")}
            if "record" in parameters:
                self.records.append(parameters)
            else:
                self.statements.append((match[1], parameters))

    def select(self, event, **parameters):
        return [record for record in self.records
                if record["event"] == event and all(record.get(name) == value for name, value in parameters.items())]

    def count(self, event, **parameters):
        """Events, not records: equal ones in a row share a record."""
        return sum(int(record["count"]) for record in self.select(event, **parameters))

    def count_by(self, parameter, event, **parameters):
        totals = collections.Counter()
        for record in self.select(event, **parameters):
            totals[record.get(parameter, "none")] += int(record["count"])
        return dict(totals)
