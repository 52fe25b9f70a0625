# SPDX-License-Identifier: Apache-2.0
"""Whether any message of a type meets several conditions, by trying: no answer changes between the ends that they name."""
import itertools
import math

from describe import numbers

GUESSES, TRIES = 200, 50_000


def ends_of(cond, boxes):
    """(field, low, high) of each test."""
    if cond[0] == "test":
        _, name, operator, right = cond
        if operator in ("set", "named"):
            return [(name, value, value) for value in (right if operator == "set" else right[1])]
        low, high = boxes[right[0]][right[1]] if operator == "box" else right if operator == "range" else (right, right)
        return [(name, low, high)]
    return [end for part in (cond[1] if cond[0] in ("and", "or") else cond[1:]) for end in ends_of(part, boxes)]


def holds(cond, values, boxes):
    kind = cond[0]
    if kind == "not":
        return not holds(cond[1], values, boxes)
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(holds(c, values, boxes) for c in cond[1])
    if kind == "implies":
        return not holds(cond[1], values, boxes) or holds(cond[2], values, boxes)
    _, name, operator, right = cond
    left = values[name]
    if operator in ("set", "named"):
        return left in (right if operator == "set" else right[1])
    if operator in ("range", "box"):
        low, high = right if operator == "range" else boxes[right[0]][right[1]]
        return low <= left <= high
    return {"==": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
            ">=": left >= right}[operator]


def ends_agree(message_type, values):
    """What is behind the end of an array is zero, as far as these values tell where it ends."""
    most = {i.name: i.ends()[1] for i in numbers(message_type.items)}
    for array in (i for i in message_type.items if i.kind == "array"):
        ended = False
        for i, element in enumerate(array.elements()):
            value = values.get(element.name)
            if array.length is not None:
                ended = values.get(array.length, most[array.length]) <= i
            if ended and value not in (None, 0):
                return False
            ended = ended or (array.text and value == 0)
    return True


def anything_passes(random, message_type, conds, boxes):
    """None: there are too many cases to try."""
    fields = {i.name: i for i in numbers(message_type.items)}
    tried = {}
    for name, low, high in [end for cond in conds for end in ends_of(cond, boxes)]:
        field = fields[name]
        least, greatest = field.ends()
        near = [least, greatest, 0] + [v + d for v in (low, high) for d in (-1, 0, 1)]
        if field.domain and field.domain[0] == "set":
            near = field.domain[1]
        tried.setdefault(name, set()).update(v for v in near if least <= v <= greatest and field.holds(v))
    names, choices = list(tried), [sorted(values) for values in tried.values()]

    def passes(values):
        by_name = dict(zip(names, values))
        return ends_agree(message_type, by_name) and all(holds(cond, by_name, boxes) for cond in conds)

    if any(passes([random.choice(values) for values in choices]) for _ in range(GUESSES)):
        return True
    if math.prod(len(values) for values in choices) > TRIES:
        return None
    return any(passes(values) for values in itertools.product(*choices))


def tells_apart(random, message_type, conds, cond, boxes):
    """Whether messages that meet `conds` are known, of which some meet `cond`, and some do not."""
    return all(anything_passes(random, message_type, [*conds, c], boxes) for c in (cond, ("not", cond)))
