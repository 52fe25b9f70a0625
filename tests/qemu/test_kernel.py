#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""The kernel against subjects that do what no subject may, and its events as virtual interrupts. What a subject does harms
itself alone: the others, and the audit subject above all, go on."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from host_tools import sound_log
from machine import BUILD, Machine
from runs import run_folder
from tap import Once, Tap, expect, expect_equal

BOOT_LIMIT_S = 120
END_LIMIT_S = 30
SETTLE_S = 1.0

# What `toucher` tries, and the rule that must refuse it: tests/guests/toucher.c. The other maker's instructions do not exist.
SVM = ["vmrun", "vmload", "vmsave", "stgi", "clgi", "skinit", "invlpga"]
VMX = ["vmxoff", "vmptrst", "vmread", "vmwrite", "invept"]
REFUSED = {"port": ["port-in", "port-out", "port-string", "port-edge"], "msr": ["msr-read", "msr-write", "apic-base"],
           "instruction": ["invd"], "register": ["debug"]}
UNDEFINED_VECTOR, PROTECTION_VECTOR = 6, 13
MEMORY = ["memory-read", "memory-write", "memory-execute"]
RESTARTS_OF_TRIPLE = 2
CALLS_OF_LIAR = 5000


class OnSvm:
    name, own, foreign, slowness = "kernel", SVM, VMX, 1
    invalid_state = 0xffffffff            # AMD64 APM volume 2, appendix C: VMEXIT_INVALID, its low half
    check_refused = staticmethod(lambda log: None)        # the processor says no more
    crashes = {"fault": 3, "msr": 0}      # of `crasher`, by rule: tests/guests/traitor.c

    @staticmethod
    def machine(folder, image):
        return Machine(folder, image=image, tpm=False)


def run_system(backend, name, done, record, limit_s=BOOT_LIMIT_S):
    """Runs build/test-NAME.img until `done` stands in what COM2 says, and `record` in the audit log. Returns (backend, COM2's
    text, the audit log)."""
    folder, image = run_folder(f"{backend.name}-{name}"), os.path.join(BUILD, f"test-{name}.img")
    with backend.machine(folder, image) as machine:
        machine.low.wait_for(done, limit_s * backend.slowness)
        machine.audit.wait_for(record, limit_s * backend.slowness)
        time.sleep(SETTLE_S * backend.slowness)
        machine.audit.send(b"shutdown\n", END_LIMIT_S * backend.slowness)
        expect_equal(machine.wait_end(END_LIMIT_S * backend.slowness), "guest-shutdown", "end of the machine")
    return backend, machine.low.text().replace("\r", ""), sound_log(machine, folder, image)


def refused_on(backend):
    return {**REFUSED, "instruction": REFUSED["instruction"] + backend.own}


def check_refusals(backend, com2, log):
    for vector, acts in ((PROTECTION_VECTOR, sum(refused_on(backend).values(), [])), (UNDEFINED_VECTOR, backend.foreign)):
        for act in acts:
            expect(f"touch {act} refused vector={vector}\n" in com2, f"{act} was not refused:\n{com2}")
    expect("passed" not in com2, com2)


def check_refusals_are_recorded(backend, com2, log):
    seen = log.count_by("rule", "denied", subject="toucher")
    refused = {rule: len(acts) for rule, acts in refused_on(backend).items()}
    expect_equal(seen, {**refused, "memory": len(MEMORY)}, "denials of toucher")


def check_restarts(backend, com2, log):
    lives = re.findall(r"^touch (memory-\w+) epoch=(\d+)$", com2, re.MULTILINE)
    expect_equal(lives, [(act, str(life)) for life, act in enumerate(MEMORY)], "lives of toucher")
    expect_equal(log.count("restart", subject="toucher"), len(MEMORY), "restarts of toucher")
    expect_equal(log.count("restart", subject="triple"), RESTARTS_OF_TRIPLE, "restarts of triple")


def check_stop(backend, com2, log):
    expect_equal(log.count("stop", subject="triple", rule="fault"), 1, "stops of triple")
    expect_equal(log.count("stop", subject="toucher") + log.count("stop", subject="spin"), 0, "other stops")


def check_interrupts(backend, com2, log):
    for event in (0, 1):
        counts = [int(n) for n in re.findall(rf"^irq event={event} count=(\d+)", com2, re.MULTILINE)]
        expect(counts and counts[-1] >= 20, f"event {event} came too seldom:\n{com2}")
    expect("masked=0" in com2 and not re.search(r"masked=[1-9]", com2), "an interrupt came while masked:\n" + com2)


def check_wake(backend, com2, log):
    expect("sleeper woke total=2\n" in com2, "the second event is lost:\n" + com2)


ENOUGH = 200                          # messages of each giver that `chooser` takes: tests/guests/chooser.c


def chosen(com2, how):
    """Of each giver (interrupts, messages taken, odd ones, turns of one other while it had to wait)."""
    line = rf"^chooser {how} giver=(\d) interrupts=(\d+) taken=(\d+) odd=(\d+) passed=(\d+)$"
    found = re.findall(line, com2, re.MULTILINE)
    expect_equal([giver for giver, *_ in found], ["1", "2", "3"], com2)
    return [tuple(map(int, counts)) for _, *counts in found]


def check_choice(how):
    def check(backend, com2, log):
        for giver, (_, taken, odd, passed) in enumerate(chosen(com2, how), 1):
            expect(taken >= ENOUGH and odd == 0, f"giver {giver}: {taken} taken, {odd} odd")
            expect(passed <= 1, f"giver {giver} was passed over {passed} times by one other")
        expect_equal((log.count("denied"), log.count("stop")), (0, 0), "denials, and givers that did not see what they must")
    return check


def check_coalescing(backend, com2, log):
    """Each giver's interrupts woke it, fewer than there were messages, and nothing else did: of the giver that it is told of
    with each eighth message not many more than that, which a window's end may cut a batch into."""
    for each, (interrupts, taken, _, _) in zip((1, 4, 8), chosen(com2, "slept")):
        expect(0 < interrupts and interrupts * each <= 2 * taken, f"{interrupts} interrupts for {taken} messages")
    interrupts, taken = (sum(counts) for counts in list(zip(*chosen(com2, "slept")))[:2])
    expect(interrupts * 2 < taken, f"{interrupts} interrupts for {taken} messages")
    naps = re.search(r"^chooser naps=(\d+)$", com2, re.MULTILINE)
    expect(naps and int(naps[1]) <= interrupts, f"woken {naps and naps[1]} times for nothing by {interrupts} interrupts")
    expect_equal([counts[0] for counts in chosen(com2, "polled")], [0, 0, 0], "interrupts of who polls")


def check_inheritance(backend, com2, log):
    lives = re.findall(r"^heir epoch=(\d) left=(\d+)$", com2, re.MULTILINE)
    expect_equal(lives, [("0", "0"), ("1", "0"), ("2", "0")], "registers left by earlier lives")


def check_end_on_record(backend, com2, log):
    expect_equal(log.count("stop", subject="liar", rule="fault"), 1, "stops of liar")
    lost = sum(int(record["value"]) for record in log.select("lost", subject="liar"))
    expect_equal(lost + log.count("denied", subject="liar"), CALLS_OF_LIAR + 1, "refused calls and the fault, with lost ones")


def check_long_windows(backend, com2, log):
    expect("touch done\n" in com2, com2)


# What is typed at `hark`'s port, and how it sleeps until its interrupt: tests/guests/hark.c. COM3 interrupts at line 4.
# A line fits into the port's FIFO: what is more is lost, where the emulator paces it, while another subject has the CPU.
TYPED = [(b"first", "hlt"), (b"second", "wait"), (b"a third line", "hlt"), (b"last", "wait")]
EVENT = 32 + 4


def check_input(backend):
    """Each line only once the one before is answered: what tells `hark` of it is its interrupt alone."""
    folder = run_folder(f"{backend.name}-lines")
    with backend.machine(folder, os.path.join(BUILD, "test-lines.img")) as machine:
        machine.high.wait_for(rb"^hark ready\r?$", BOOT_LIMIT_S * backend.slowness)
        for text, by in TYPED:
            machine.high.send(text + b"\n", END_LIMIT_S * backend.slowness)
            answer = rb"^hark by=%s event=%d line=%s\r?$" % (by.encode(), EVENT, text)
            machine.high.wait_for(answer, END_LIMIT_S * backend.slowness)
        console = machine.console.text()
        expect(re.search(r"^I/O APIC at fec00000: 24 pins, all masked but 10\r?$", console, re.MULTILINE), console)


# What `ops` does, whether the policy lets it, and the frames of the plan that runs then: tests/guests/ops.c.
ACTS = [("hold", True, "short"), ("revive", True, "short"), ("revive-again", False, "short"), ("degrade", True, "long"),
        ("degrade-again", False, "long"), ("recover", True, "short"), ("foreign", False, "short"), ("missing", False, "short")]


def check_privileges(backend, com2, log):
    seen = re.findall(r"^ops (\S+) status=(\d+) frames=(\w+)$", com2, re.MULTILINE)
    expect_equal([(act, status == "0") for act, status, _ in seen], [(act, good) for act, good, _ in ACTS], "acts of ops")
    expect_equal([frames for _, _, frames in seen], [frame for _, _, frame in ACTS], "frames after each act")


def check_privileges_on_record(backend, com2, log):
    expect_equal(log.count_by("rule", "plan", subject="ops"), {"degrade": 1, "recover": 1}, "switches")
    expect_equal(log.count_by("rule", "order", subject="ops"), {"hold": 1, "revive": 1}, "orders")
    expect_equal(log.count_by("rule", "denied", subject="ops"), {"revive.rate": 1, "plan": 1, "privilege": 2}, "denials of ops")
    expect_equal(log.count("stop", subject="spin", rule="hold"), 1, "stops of spin")
    expect_equal(log.count("restart", subject="spin", rule="revive"), 1, "restarts of spin")


def check_rogue(backend, com2, log):
    expect(set(log.count_by("rule", "denied", subject="rogue")) == {"privilege"}, "denials of rogue")
    expect_equal(log.count("stop", subject="rogue"), 0, "stops of rogue")


def check_direct(backend, com2, log):
    said = re.search(r"^hearer taken=(\d+) missed=\d+ odd=(\d+) corrupt=(\d+)$", com2, re.MULTILINE)
    expect(said and int(said[1]) >= 500, com2)
    expect_equal((said[2], said[3]), ("0", "0"), "messages out of order or torn")
    expect(log.count_by("rule", "denied", subject="teller").keys() == {"default"}, "sends of teller by the kernel")


def check_direct_is_read_only(backend, com2, log):
    expect("hearer writes\n" in com2 and "hearer wrote" not in com2, com2)
    expect_equal(log.count_by("rule", "denied", subject="hearer"), {"memory": 1}, "denials of hearer")
    expect_equal(log.count("stop", subject="hearer"), 1, "stops of hearer")


def check_features(backend, com2, log):
    expect("hearer hides=0 shows=1\n" in com2, com2)


# What comes of `asker`'s windows: tests/guests/asker.c.
GIVEN_BACK = {"spin": "next", "sink": "next", "triple": "soon"}
DENIED = 2 << 16 | 1


def check_calls(backend, com2, log):
    said = re.search(r"^asker calls=(\d+) wrong=(\d+) lost=(\d+) rounds=(\d+)$", com2, re.MULTILINE)
    expect(said, com2)
    calls, wrong, lost, rounds = map(int, said.groups())
    expect_equal((wrong, lost), (0, 0), "wrong answers, registers that were not kept")
    expect(calls <= rounds <= 2 * calls, f"{calls} calls took {rounds} windows")


def check_crash_in_given_time(backend, com2, log):
    expect("asker crash epoch=1\n" in com2, com2)
    expect_equal((log.count("restart", subject="callee"), log.count("stop", subject="asker")), (1, 0), "ends of lives")


def check_given_back(backend, com2, log):
    expect_equal(dict(re.findall(r"^asker (\w+) back=(\w+)$", com2, re.MULTILINE)), GIVEN_BACK, "when the time came back")


def check_gives_on_record(backend, com2, log):
    told = dict(re.findall(r"^asker (\w+) status=(\d+)$", com2, re.MULTILINE))
    expect_equal(told, {"foreign": str(DENIED), "missing": str(DENIED)}, "what is not given")
    expect_equal(log.count_by("rule", "denied", subject="asker"), {"privilege": 2}, "denials of asker")
    expect_equal(log.count_by("rule", "denied", subject="callee"), {"fault": 1}, "denials of callee")
    expect_equal(log.count("order"), 0, "records of time that was given")


# What `emulated` finds as its monitor answers it: tests/guests/emulated.c, emulator.c.
ANSWERED = ["cpuid rax=40000001 rdx=0", "out rax=12345678 rdx=503", "in rax=12345678 rdx=503", "in-byte rax=aabbcc78 rdx=503",
            "in-unknown vector=13", "wrmsr rax=89abcdef rdx=1234567", "rdmsr rax=89abcdef rdx=1234567",
            "rdmsr-unknown vector=13", "hlt rax=1 rdx=0", "store rax=100000021 rdx=0", "load rax=200000042 rdx=0",
            "load-half rax=42 rdx=0", "load-elsewhere vector=13", "wbinvd vector=6", "lift rax=50000001 rdx=3",
            "cr0-read rax=80010033 rdx=0", "cr4-read rax=660 rdx=0", "cr4-write vector=6",
            "registers kept"]
NO_CALL = 1 << 16 | 1


def check_answers(backend, com2, log):
    seen = re.findall(r"^emulated (.*)$", com2, re.MULTILINE)
    expect_equal(seen[:len(ANSWERED)], ANSWERED, "what emulated found")
    expect_equal(seen[len(ANSWERED):], [f"resume status={NO_CALL}", "gives up", "done"], "what came then")
    expect_equal(log.count_by("rule", "denied", subject="emulated"), {"hypercall": 1}, "denials of emulated")


def check_giving_up(backend, com2, log):
    expect_equal([record["value"] for record in log.select("denied", subject="emulator")], ["1535"], "why emulator gave up")
    expect_equal(log.count("restart", subject="emulated", rule="monitor"), 1, "restarts of emulated")
    expect_equal([record["value"] for record in log.select("denied", subject="failer")], ["7"], "why failer gave up")
    expect_equal(log.count("stop", subject="of_fail", rule="monitor"), 1, "stops of of_fail")


def check_traitors(backend, com2, log):
    for subject, (monitor, rules, restarts) in {"of_crash": ("crasher", backend.crashes, 2),
                                                "of_trespass": ("intruder", {"memory": 4}, 3)}.items():
        denied = log.count_by("rule", "denied", subject=monitor)
        expect_equal({rule: denied.get(rule, 0) for rule in rules}, rules, f"ends of {monitor}")
        expect_equal(log.count_by("rule", "restart", subject=subject), {"monitor": restarts}, f"restarts of {subject}")
        expect_equal(log.count_by("rule", "stop", subject=subject), {"monitor": 1}, f"stops of {subject}")
    asked = log.count_by("rule", "denied", subject="intruder")
    expect(asked["default"] and asked["privilege"] and asked["hypercall"], f"what intruder asked for: {asked}")


def check_nonsense(backend, com2, log):
    expect(log.count("restart", subject="of_nonsense", rule="fault") >= 3, "the nonsense of liar ended too few lives")
    values = [int(record["value"]) for record in log.select("denied", subject="of_nonsense")]
    expect(values.count(backend.invalid_state) >= 3, "the processor refused too few of the states that liar made up")
    backend.check_refused(log)
    for subject in ("of_loop", "of_stare", "of_sleep", "of_hurry", "looper", "starer", "sleeper", "hurrier"):
        expect_equal(log.count("denied", subject=subject) + log.count("stop", subject=subject), 0, f"records of {subject}")


def main(backend=OnSvm):
    tap, systems = Tap(), {}

    def run_once(name, done, check, record=b""):
        check(*systems.setdefault(name, Once(run_system, backend, name, done, record)).get())

    faults = ("faults", rb"^touch done\r?$")
    tap.run("ports, registers and instructions are refused", run_once, *faults, check_refusals)
    tap.run("each refusal is on record under its rule", run_once, *faults, check_refusals_are_recorded)
    tap.run("forbidden memory ends a life; the next begins clean", run_once, *faults, check_restarts)
    tap.run("a subject that keeps failing is stopped, no other is", run_once, *faults, check_stop)
    tap.run("events come as virtual interrupts, each in its turn, none while masked", run_once, "events",
            rb"^irq event=1 count=[3-9]\d masked=\d+\r?$", check_interrupts)
    tap.run("an event that comes while the one before is handled wakes its subject", run_once, "wake",
            rb"^sleeper woke total=2\r?$", check_wake)
    choose = ("choose", rb"^chooser done\r?$")
    tap.run("who sleeps until an interrupt serves several senders fairly", run_once, *choose, check_choice("slept"))
    tap.run("interrupts are coalesced: fewer than messages", run_once, *choose, check_coalescing)
    tap.run("who polls direct channels serves several senders fairly, without interrupts", run_once, *choose,
            check_choice("polled"))
    tap.run("a serial port's interrupt wakes its subject, from HLT and from a call that waits", check_input, backend)
    lives, end = ("lives", rb"^heir done\r?$"), rb'event="stop" subject="liar"'
    tap.run("a new life finds nothing of the one before", run_once, *lives, check_inheritance, end)
    tap.run("a subject cannot hide its end behind a flood of refusals", run_once, *lives, check_end_on_record, end)
    tap.run("a window of seconds ends on time", run_once, "windows", rb"^touch done\r?$", check_long_windows)
    plans, end = ("plans", rb"^ops done\r?$"), rb'subject="ops" rule="privilege"[\s\S]*subject="ops" rule="privilege"'
    tap.run("privileges stop, restart and switch plans; each plan's frames follow", run_once, *plans, check_privileges, end)
    tap.run("what a privilege gives or refuses is on record", run_once, *plans, check_privileges_on_record, end)
    tap.run("who has no privilege gets nothing", run_once, *plans, check_rogue, end)
    direct, end = ("direct", rb"^hearer writes\r?$"), rb'event="stop" subject="hearer"'
    tap.run("a direct channel brings each message whole, in order", run_once, *direct, check_direct, end)
    tap.run("who reads a direct channel cannot write it", run_once, *direct, check_direct_is_read_only, end)
    tap.run("CPUID shows a subject what its policy lets it see", run_once, *direct, check_features, end)
    gives, end = ("gives", rb"^asker done\r?$"), rb'subject="asker" rule="privilege"[\s\S]*subject="asker" rule="privilege"'
    tap.run("call and reply in time that is given; both keep their registers", run_once, *gives, check_calls, end)
    tap.run("who dies in another's time starts again in it", run_once, *gives, check_crash_in_given_time, end)
    tap.run("who keeps the time that is given costs that window alone; who has stopped gives it back", run_once, *gives,
            check_given_back, end)
    tap.run("time is given without a record, refused with one", run_once, *gives, check_gives_on_record, end)
    monitors, end = ("monitors", rb"^emulated done\r?$"), rb'event="stop" subject="of_trespass"'
    tap.run("what a subject's processor cannot do its monitor answers", run_once, *monitors, check_answers, end)
    tap.run("a monitor that gives up ends its subject's life, and why is on record", run_once, *monitors, check_giving_up, end)
    tap.run("a monitor that crashes or reaches beyond costs its subject alone", run_once, *monitors, check_traitors, end)
    tap.run("a monitor that answers nonsense, or never, costs its subject alone", run_once, *monitors, check_nonsense, end)
    tap.finish()


if __name__ == "__main__":
    main()
