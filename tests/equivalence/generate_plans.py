# SPDX-License-Identifier: Apache-2.0
"""Plans, which rules hold in which, and privileges."""
from describe import Plan, Privilege, Rate, Rule
from labels import meet, release


def make_rate(random):
    return Rate(random.choice((1, 2, 3, 7, 60, 700, 1000)), random.choice(("s", "s", "min")), random.choice((1, 1, 2, 3, 9)))


def make_plans(random, policy, name):
    """The first plan has time for all, the others for some."""
    subjects = [s.name for s in policy.subjects]
    for i in range(random.choice((1, 2, 2, 3, 4))):
        running = random.sample(subjects, len(subjects) if i == 0 else random.randint(1, len(subjects)))
        windows = [(subject, random.randint(1, 3)) for subject in running]
        if random.random() < 0.3:
            windows.insert(random.randint(0, len(windows)), ("idle", random.randint(1, 3)))
        policy.plans.append(Plan(name("n"), windows))


def common_plans(left, right):
    """None: all."""
    return right if left is None else left if right is None else [p for p in left if p in right]


def make_plan_list(random, policy, holding):
    """None or a list that leaves a rule which is `holding` in these plans (None: in all) one of them at least."""
    if random.random() > 0.3:
        return None
    names = [p.name for p in policy.plans]
    kept = random.choice(names if holding is None else holding)
    others = [n for n in names if n != kept]
    return [kept] + random.sample(others, random.randint(0, len(others)))


def make_give(random, policy, name):
    """Time for another of the same label, where there is one: without conditions."""
    pairs = [(a.name, b.name) for a in policy.subjects for b in policy.subjects
             if a is not b and (a.low, a.high) == (b.low, b.high)]
    if not pairs:
        return None
    actor, receiver = random.choice(pairs)
    return Privilege(name("v"), actor, "give", receiver)


def make_privilege(random, policy, name):
    give = make_give(random, policy, name) if random.random() < 0.25 else None
    if give is not None:
        return give
    actor, act = random.choice(policy.subjects).name, random.choice(("switch", "switch", "restart", "stop"))
    objects = [p.name for p in policy.plans] if act == "switch" else [s.name for s in policy.subjects if s.name != actor]
    rate = make_rate(random) if random.random() < 0.5 else None
    privilege = Privilege(name("v"), actor, act, random.choice(objects), rate, make_plan_list(random, policy, None))
    make_release(random, policy, privilege)
    return privilege


def make_release(random, policy, privilege):
    """With a release where one helps, or may stand."""
    actor, told = policy.subject(privilege.actor), policy.privilege_told(privilege)
    wanted = told[0].high
    for subject in told:
        wanted = meet(wanted, subject.high)
    release(random, privilege, actor, None if privilege.act == "switch" else told[0], wanted)


def make_privileges(random, policy, name):
    made = [make_privilege(random, policy, name) for _ in range(random.choice((0, 2, 4, 8, 12)))]
    tries = {(v.actor, v.act, v.object): v for v in made}.values()      # one a subject, act and object
    for privilege in [t for t in tries if policy.labels_permit_privilege(t)][:6]:
        policy.privileges.append(privilege)
        plans = privilege.plans
        for _ in range(0 if privilege.act == "give" else random.choice((0, 0, 1, 2))):
            rule = Rule(name("r"), on=privilege.name, plans=make_plan_list(random, policy, plans))
            if rule.plans is None or random.random() < 0.5:
                rule.rate = make_rate(random)
            plans = common_plans(plans, rule.plans)
            policy.restricts.insert(random.randint(0, len(policy.restricts)), rule)
