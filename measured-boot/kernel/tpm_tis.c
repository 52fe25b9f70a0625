/* SPDX-License-Identifier: Apache-2.0 */
/* The FIFO protocol: see tpm_tis.h. Sections are those of the PTP 1.05. */
#include "tpm_tis.h"
#include "core/core.h"
#include "launch_status.h"

enum tis_register {
    TIS_ACCESS = 0x00, TIS_STATUS = 0x18, TIS_BURST_LOW = 0x19, TIS_BURST_HIGH = 0x1a, TIS_FAMILY = 0x1b, TIS_FIFO = 0x24,
    TIS_INTERFACE = 0x30
};
enum tis_access {                     /* 6.5.2.4 */
    ACCESS_REQUEST = 0x02, ACCESS_ACTIVE = 0x20, ACCESS_VALID = 0x80, ACCESS_ABSENT = 0xff
};
enum tis_status {                     /* 6.5.2.5 */
    STATUS_EXPECT = 0x08, STATUS_AVAILABLE = 0x10, STATUS_GO = 0x20, STATUS_READY = 0x40, STATUS_VALID = 0x80
};
enum tis_family { FAMILY_MASK = 0x0c, FAMILY_2_0 = 0x04 };
enum tis_interface { INTERFACE_MASK = 0x0f, INTERFACE_FIFO = 0x00, INTERFACE_TIS_1_3 = 0x0f };

/* Milliseconds. The profile's timeouts (6.5.1.4) are at most 2 s; a command may take longer in a TPM that is software. */
enum tis_wait { WAIT_PRESENT = 100, WAIT_STATE = 2000, WAIT_COMMAND = 20000 };

enum { ANSWER_HEADER = 10, SIZE_AT = 2 };

/* Whether the register shows `value` under `mask` within so many milliseconds. It is read once more after the last of them. */
static bool wait_register(uint32_t reg, uint8_t mask, uint8_t value, uint32_t ms)
{
    uint64_t begin = arch_now(), limit = (uint64_t)ms * core_tsc_khz();
    for (;;) {
        bool late = arch_now() - begin >= limit;
        if ((tis_read8(reg) & mask) == value) return true;
        if (late) return false;
    }
}

static bool wait_status(uint8_t mask, uint8_t value, uint32_t ms)
{
    return wait_register(TIS_STATUS, mask | STATUS_VALID, value | STATUS_VALID, ms);
}

/* How many bytes the FIFO takes or gives without a pause (6.5.2.5.3); 0 if it stays so. */
static uint32_t wait_burst(void)
{
    uint64_t begin = arch_now(), limit = (uint64_t)WAIT_STATE * core_tsc_khz();
    for (;;) {
        bool late = arch_now() - begin >= limit;
        uint32_t burst = tis_read8(TIS_BURST_LOW) | (uint32_t)tis_read8(TIS_BURST_HIGH) << 8;
        if (burst != 0 || late) return burst;
    }
}

status_t tis_open(void)
{
    uint8_t interface = tis_read8(TIS_INTERFACE) & INTERFACE_MASK;
    ENSURE(tis_read8(TIS_ACCESS) != ACCESS_ABSENT, LAUNCH_NO_TPM);
    ENSURE(interface == INTERFACE_FIFO || interface == INTERFACE_TIS_1_3, LAUNCH_INTERFACE);
    ENSURE(wait_register(TIS_ACCESS, ACCESS_VALID, ACCESS_VALID, WAIT_PRESENT), LAUNCH_NO_TPM);
    tis_write8(TIS_ACCESS, ACCESS_REQUEST);
    ENSURE(wait_register(TIS_ACCESS, ACCESS_VALID | ACCESS_ACTIVE, ACCESS_VALID | ACCESS_ACTIVE, WAIT_STATE), LAUNCH_LOCALITY);
    if ((tis_read8(TIS_FAMILY) & FAMILY_MASK) == FAMILY_2_0) return STATUS_OK;
    tis_close();
    return (status_t){ LAUNCH_FAMILY };
}

void tis_close(void)
{
    tis_write8(TIS_ACCESS, ACCESS_ACTIVE);
}

/* After each burst the TPM says whether it expects more (6.5.2.5.6): until the last byte it must, then it must not. */
static status_t send(const uint8_t *command, uint32_t size)
{
    uint32_t sent = 0;
    while (sent < size) {
        uint32_t burst = wait_burst();
        ENSURE(burst != 0, LAUNCH_STALLED);
        for (; burst > 0 && sent < size; burst--) tis_write8(TIS_FIFO, command[sent++]);
        ENSURE(wait_status(STATUS_EXPECT, sent < size ? STATUS_EXPECT : 0, WAIT_STATE), LAUNCH_EXPECT);
    }
    return STATUS_OK;
}

/* Fills bytes [from, end) of the answer. */
static status_t receive(uint8_t *answer, uint32_t from, uint32_t end)
{
    while (from < end) {
        ENSURE(wait_status(STATUS_AVAILABLE, STATUS_AVAILABLE, WAIT_STATE), LAUNCH_ANSWER_SIZE);
        uint32_t burst = wait_burst();
        ENSURE(burst != 0, LAUNCH_STALLED);
        for (; burst > 0 && from < end; burst--) answer[from++] = tis_read8(TIS_FIFO);
    }
    return STATUS_OK;
}

static status_t receive_answer(uint8_t *answer, uint32_t room)
{
    TRY(receive(answer, 0, ANSWER_HEADER));
    const uint8_t *p = answer + SIZE_AT;
    uint32_t size = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    ENSURE(size >= ANSWER_HEADER && size <= room, LAUNCH_ANSWER_SIZE);
    TRY(receive(answer, ANSWER_HEADER, size));
    ENSURE(wait_status(STATUS_AVAILABLE, 0, WAIT_STATE), LAUNCH_ANSWER_SIZE);
    return STATUS_OK;
}

static status_t exchange(const uint8_t *command, uint32_t size, uint8_t *answer, uint32_t room)
{
    tis_write8(TIS_STATUS, STATUS_READY);
    ENSURE(wait_register(TIS_STATUS, STATUS_READY, STATUS_READY, WAIT_STATE), LAUNCH_NOT_READY);
    TRY(send(command, size));
    tis_write8(TIS_STATUS, STATUS_GO);
    ENSURE(wait_status(STATUS_AVAILABLE, STATUS_AVAILABLE, WAIT_COMMAND), LAUNCH_SILENT);
    return receive_answer(answer, room);
}

status_t tis_run(const uint8_t *command, uint32_t size, uint8_t *answer, uint32_t room)
{
    status_t s = exchange(command, size, answer, room);
    tis_write8(TIS_STATUS, STATUS_READY);                 /* ends the command, or what is left of it (6.5.2.5.2) */
    return s;
}
