#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""build/sdk, by which programs outside this tree are built: wherever it lies, pkg-config says what its guests and hosted
programs are to be compiled and linked with, which is what this tree's own are; and every header compiles alone."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal
from test_compiler import BUILD, ROOT, bulkhead, in_folder

LIMIT_S = 60
GUEST = """
#include "functions_channels.h"
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/large.h"
#include "guest/select.h"
#include "guest/serial.h"
#include "guest/watchdog.h"
static void wake(uint32_t event) { (void)event; }
void guest_main(const struct subject_info *info)
{
    static struct receiver in;
    static struct direct_receiver rays;
    static struct select select;
    static struct large_receiver large;
    static struct watchdog dog;
    static struct serial serial;
    static uint8_t buffer[1000];
    if (!open_receiver_on(&in, info) || !open_receiver_rays(&rays, info)) guest_fail();
    interrupt_install(wake);
    large_receiver_start(&large, buffer, sizeof buffer, 100);
    select_start(&select);
    select_add(&select, &in);
    select_add_direct(&select, &rays);
    watchdog_start(&dog, clock_now(), clock_ticks(info->tsc_khz, 1000));
    while (select_wait(&select) == SELECT_NONE) watchdog_check(&dog);
    serial_print(&serial, "%u", receiver_is_ready(&in));
}
"""
HOSTED = """
#include <stdio.h>
#include <stdlib.h>
#include "functions_channels.h"
#include "guest/call.h"
struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c)
{
    (void)a, (void)b, (void)c;
    return (struct call_answer){ .status = call == ABI_CALL_SEND ? ABI_DENIED : ABI_OK };
}
int main(void)
{
    static struct direct_sender sender;
    static struct direct_receiver receiver;
    static struct sender out;
    static uint8_t outbox[64];
    struct receive_rays got;
    const struct Wide wide = { .id = 7, .kind = 1, .y = -5 };
    const struct Report report = { .x = 1, .kind = 1 };
    struct direct_acknowledgement *page = aligned_alloc(64, sizeof *page);
    void *ring = aligned_alloc(64, 4096);
    *page = (struct direct_acknowledgement){ 0 };
    __builtin_memset(ring, 0, 4096);
    direct_sender_start(&sender, ring, 24, 4, page);
    direct_receiver_start(&receiver, ring, 24, 4, page);
    if (!send_rays__Wide(&sender, &wide) || receive_rays(&receiver, &got) != RECEIVE_TAKEN) return 1;
    struct info_channel channel = { .gpa = (uintptr_t)outbox, .slot_size = 64, .slots = 1 };
    out.channel = &channel;
    printf("%d %d %d %d\\n", got.type == Wide_TYPE, got.as.Wide.id, got.as.Wide.y, send_up(&out, &report).status == ABI_DENIED);
    return 0;
}
"""

FAILING = """
#include "guest/watchdog.h"
%s
int main(void)
{
    struct watchdog dog;
    watchdog_start(&dog, clock_now(), UINT64_MAX >> 2);
    watchdog_check(&dog);
    watchdog_start(&dog, clock_now() - 10, 5);
    watchdog_check(&dog);
    return 0;
}
"""
OWN_FAIL = "#include <stdlib.h>\n_Noreturn void guest_fail(void) { exit(9); }"


def run(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S,
                          check=False, text=True, **options)
    expect_equal((done.returncode, done.stderr), (0, ""), " ".join(command))
    return done.stdout


def moved(folder):
    """The kit in another place, and a policy's headers beside it."""
    place = os.path.join(folder, "elsewhere")
    shutil.copytree(os.path.join(BUILD, "sdk"), place)
    done = bulkhead("headers", os.path.join(ROOT, "tests", "golden", "functions.policy"), "--headers", folder)
    expect_equal(done.returncode, 0, done.stderr)
    return place


def asked(place, what, name):
    return run("pkg-config", what, name, env={**os.environ, "PKG_CONFIG_PATH": os.path.join(place, "lib", "pkgconfig")}).split()


def built(folder, text, library):
    place, source, program = moved(folder), os.path.join(folder, "program.c"), os.path.join(folder, "program")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-I", folder, *asked(place, "--cflags", library), source, "-o", program,
        *asked(place, "--libs", library))
    return program


def check_guest(folder):
    program = built(folder, GUEST, "bulkhead-guest")
    with open(program, "rb") as file:
        expect(file.read(20)[16:20] == b"\x02\x00\x3e\x00", "no program for this machine")
    for name in ("a", "b", "c", "log"):
        shutil.copy(program, os.path.join(folder, name + ".elf"))
    done = bulkhead("build", os.path.join(ROOT, "tests", "golden", "functions.policy"), "-o", os.path.join(folder, "s.img"),
                    "--images", folder)
    expect_equal(done.returncode, 0, done.stderr)


def check_hosted(folder):
    expect_equal(run(built(folder, HOSTED, "bulkhead-channels")), "1 7 -5 1\n", "what the program says")


def check_fail(folder):
    """A hosted program whose watchdog is hungry ends by the library's guest_fail(), or by its own."""
    for own, ends in (("", (-signal.SIGABRT, "guest_fail: the program gives up\n")), (OWN_FAIL, (9, ""))):
        place = os.path.join(folder, f"ends{ends[0]}")
        os.mkdir(place)
        done = subprocess.run([built(place, FAILING % own, "bulkhead-channels")], stdin=subprocess.DEVNULL, timeout=LIMIT_S,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
        expect_equal((done.returncode, done.stderr), ends, "how it ends")


def check_flags(folder):
    """What the tree's own guests are compiled and linked with."""
    with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
        text = file.read().replace("\\\n", "")
    own = {flag for flag in re.search(r"^GUEST_CFLAGS := (.*)$", text, re.MULTILINE)[1].split() if flag.startswith("-")}
    place = moved(folder)
    flags = {flag for flag in asked(place, "--cflags", "bulkhead-guest") if flag[:2] not in ("-I", "-s")}
    expect_equal(sorted(flags), sorted(own - {"-O2"}), "flags to compile with")
    link = re.search(r"define guest_elf.*?\$\$\(CC\) (.*?) -o \$\$@", text, re.DOTALL)[1].replace("channels/guest/guest.ld", "")
    own = re.sub(r",-T,", "", " ".join(link.split())).split()
    libs = [flag for flag in asked(place, "--libs", "bulkhead-guest")
            if flag[:2] not in ("-L", "-l") and "guest.ld" not in flag]
    expect_equal(sorted(libs), sorted(flag for flag in own if flag != "-Wl"), "flags to link with")


def check_headers(folder):
    place = moved(folder)
    for library in ("bulkhead-guest", "bulkhead-channels"):
        flags = asked(place, "--cflags", library)
        for sub in ("channels", "guest"):
            for name in sorted(os.listdir(os.path.join(place, "include", sub))):
                for compiler in ("gcc", "clang"):
                    flags_of = [flag for flag in flags if compiler == "gcc" or flag != "-fno-pic"]
                    run(compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *flags_of, "-x", "c", "-include",
                        os.path.join(place, "include", sub, name), "/dev/null")


def main():
    tap = Tap()
    tap.run("sdk: a guest is built with it, and the compiler takes it", in_folder(check_guest))
    tap.run("sdk: a hosted program is built with it, and runs", in_folder(check_hosted))
    tap.run("sdk: a hosted program's watchdog ends it", in_folder(check_fail))
    tap.run("sdk: its flags are those of this tree's guests", in_folder(check_flags))
    tap.run("sdk: every header compiles alone", in_folder(check_headers))
    tap.finish()


if __name__ == "__main__":
    main()
