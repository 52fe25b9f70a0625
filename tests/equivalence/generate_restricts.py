# SPDX-License-Identifier: Apache-2.0
"""Restrictions, of a rule or of all that a role's rule stands for; none that may open something."""
from describe import Rule
from generate_plans import common_plans, make_rate


class Narrowed:
    """What restrictions have left of an `allow` so far."""

    def __init__(self, allow):
        self.plans, self.others = allow.plans, [allow.where] if allow.where else []

    def take(self, rule):
        self.plans = common_plans(self.plans, rule.plans)
        self.others += [rule.where] if rule.where else []


def make_restrict(random, policy, rule, message_type, narrowed, make_body):
    rule.plans = narrowed.plans
    make_body(random, policy, rule, message_type, narrowed.others)
    if (rule.rate, rule.where, rule.plans) == (None, None, None):
        rule.rate = make_rate(random)     # what narrows nothing is an error
    return rule


def add(policy, rule, allow, narrowed):
    narrowed.take(rule)
    policy.restricts.append(rule)
    policy.channel(allow.channel).depth += rule.rate.count + rule.rate.burst if rule.rate else 0


def make_of_roles(random, policy, name, left, make_body):
    """One statement for all holders, which are alike."""
    for role_rule in policy.role_rules:
        if random.random() < 0.5:
            continue
        first, head = role_rule.rules[0], Rule(name("r"))
        make_restrict(random, policy, head, policy.type(first.type), left[first.name], make_body)
        for allow in role_rule.rules:
            holder = allow.name[len(role_rule.name):]
            rule = Rule(head.name + holder, on=allow.name, where=head.where, rate=head.rate, plans=head.plans, of=head.name)
            add(policy, rule, allow, left[allow.name])


def make_restricts(random, policy, name, make_body):
    left = {allow.name: Narrowed(allow) for allow in policy.allows}
    make_of_roles(random, policy, name, left, make_body)
    for allow in policy.allows:
        for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
            rule = Rule(name("r"), on=allow.name)
            make_restrict(random, policy, rule, policy.type(allow.type), left[allow.name], make_body)
            add(policy, rule, allow, left[allow.name])
    random.shuffle(policy.restricts)


def named(policy, rules):
    """Rules by name: those of its holders for a role's rule."""
    of_roles = {r.name: [a.name for a in r.rules] for r in policy.role_rules}
    return {name for rule in rules for name in of_roles.get(rule, [rule])}


def only_opens(policy, order):
    """Whether what it waits for does nothing else, and for good: less of that opens nothing."""
    mine = named(policy, order.rules())
    others = [named(policy, o.rules()) for o in policy.orders if o is not order]
    return not (order.always or order.alternates or order.after or order.resets or any(mine & other for other in others))


def drop_what_may_open(policy):
    """No restriction of what may close another rule, which is an error: those that orders hold alone move nothing."""
    movers = named(policy, [s.on for p in policy.protocols for s in p.steps if s.on])
    for order in policy.orders:
        held = order.never if order.always or order.alternates else []
        movers |= named(policy, order.after + held + ([] if only_opens(policy, order) else order.until))
    opening = {r.of or r.name for r in policy.restricts if r.on in movers}
    policy.restricts = [r for r in policy.restricts if (r.of or r.name) not in opening]
