/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a direct channel, each against a peer that writes the shared memory before any load: the input says what, word
 * by word. First byte: lossy or acknowledged, payload and depth; then calls. Memory and buffers have their exact size. What
 * must hold: a call ends after a bounded number of loads, loads no payload byte twice, moves its end by no more than it tells
 * of, and counts each contradiction.
 */
#include <stdint.h>
#include <string.h>
#include "input.h"

static void peer_acts(const void *address, uint64_t size);
#define SHARED_BEFORE_LOAD(address, size) peer_acts(address, size)
#include "guest/direct_ring.h"

enum { TYPE = 3, BATCH = 5, CALLS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *memory, *seen;                /* the ring; how often each of its bytes was loaded in this call */
static uint64_t memory_size, loads_left;
static uint32_t length, slots;
static struct direct_acknowledgement *page;
static struct direct_sender sender;
static struct direct_receiver receiver;

static uint64_t next_word(void)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < 8; i++) word = word << 8 | next_byte();
    return word;
}

/* A stamp or an acknowledgement: near the ends' places, or anything. */
static uint64_t next_stamp(uint64_t place)
{
    uint8_t how = next_byte();
    uint64_t number = place + (uint64_t)(int64_t)(int8_t)next_byte() * DIRECT_ONE;

    switch (how % 6) {
    case 0: return next_word();
    case 1: return number;
    case 2: return number | DIRECT_BUSY;
    case 3: return number | direct_kind(TYPE, length);
    case 4: return number | direct_kind(TYPE, next_byte());
    default: return 0;
    }
}

/* What the peer writes: mostly the word that is about to be loaded, else any stamp, byte, or the page. */
static void peer_acts(const void *address, uint64_t size)
{
    const uint8_t *at = address;
    uint64_t word;
    bool in_ring = at >= memory && at < memory + memory_size;

    require(loads_left-- > 0, "a call loads for ever");
    for (uint64_t i = 0; in_ring && i < size; i++) {
        uint64_t index = (uint64_t)(at - memory) + i;
        require(index < memory_size, "a load leaves the ring");
        seen[index]++;
    }
    switch (next_byte() % 8) {
    case 0:
        word = next_stamp(receiver.ring.next);
        if (in_ring) memcpy(memory + (at - memory), &word, size < 8 ? size : 8);
        break;
    case 1: *direct_stamp(&receiver.ring, next_byte() * DIRECT_ONE) = next_stamp(receiver.ring.next); break;
    case 2: *direct_stamp(&receiver.ring, receiver.ring.next) = receiver.ring.next | direct_kind(TYPE, length); break;
    case 3: memory[next_word() % memory_size] = next_byte(); break;
    case 4:
        if (page != NULL) page->acknowledged = next_stamp(sender.ring.next);
        break;
    case 5:
        if (page != NULL) page->taken = next_stamp(sender.ring.next);
        break;
    default: break;
    }
}

static void begin_call(uint64_t loads)
{
    memset(seen, 0, memory_size);
    loads_left = loads;
}

static void no_payload_twice(void)
{
    for (uint64_t i = 0; i < slots; i++) {
        const uint8_t *payload = receiver.ring.payloads + i * receiver.ring.payload_stride;
        for (uint64_t k = 0; k < length; k++) require(seen[payload - memory + (ptrdiff_t)k] <= 1, "a payload is loaded twice");
    }
}

static void receive(uint32_t batch)
{
    struct direct_receiver before = receiver;
    enum direct_result result;
    uint8_t *buffer = malloc((uint64_t)batch * length);
    uint32_t count;

    begin_call(4 + batch * (4ull + length));
    if (batch == 1) {
        result = direct_pop(&receiver, TYPE, buffer, length);
        count = result == DIRECT_TAKEN;
    } else {
        count = direct_pop_batch(&receiver, TYPE, buffer, length, batch, &result);
    }
    no_payload_twice();
    uint64_t moved = (receiver.ring.next - before.ring.next) / DIRECT_ONE, lost = receiver.lost - before.lost;
    require(count <= batch && count <= slots && (result == DIRECT_TAKEN) == (count > 0), "more taken than asked for");
    require((result == DIRECT_REFUSED) == (receiver.refused > before.refused), "a refusal is not counted");
    require((result == DIRECT_CORRUPT) == (receiver.corrupt > before.corrupt), "a contradiction is not counted");
    require(result != DIRECT_EMPTY || moved == 0, "nothing came, and the place is another");
    require(page == NULL || (lost == 0 && moved <= batch), "more is passed by than may have come");
    require(result == DIRECT_CORRUPT || result == DIRECT_REFUSED || moved == count + lost, "lost without being counted");
    require(receiver.ring.stamp == (uint8_t *)direct_stamp(&receiver.ring, receiver.ring.next), "the place is not its slot");
    free(buffer);
}

static void send(uint32_t batch)
{
    struct direct_sender before = sender;
    uint8_t *buffer = calloc(batch, length);
    uint32_t count;

    begin_call(4 + batch * (2ull + length));
    if (batch == 1) count = direct_push(&sender, TYPE, buffer, length);
    else count = direct_push_batch(&sender, TYPE, buffer, length, batch);
    require(count <= batch && sender.ring.next - before.ring.next == count * DIRECT_ONE, "the place is not behind what went");
    require(page == NULL || (sender.ring.next - sender.acknowledged) / DIRECT_ONE <= slots, "more on its way than slots");
    require(sender.acknowledged - before.acknowledged <= slots * DIRECT_ONE, "an acknowledgement goes back");
    require(count > 0 || page != NULL, "a lossy sender waits");
    free(buffer);
}

static void start(bool sends)
{
    begin_call(2ull * slots + 4);
    if (sends) direct_sender_start(&sender, memory, direct_slot_payload(length), slots, page);
    else direct_receiver_start(&receiver, memory, direct_slot_payload(length), slots, page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t lengths[] = { 8, 17, 56, 88 };

    input = data;
    input_left = size;
    uint8_t shape = next_byte();
    length = lengths[shape >> 1 & 3];
    slots = 1u << (shape >> 3 & 3);
    memory_size = direct_memory_size(direct_slot_payload(length), slots);
    memory = calloc(1, memory_size);
    seen = malloc(memory_size);
    page = (shape & 1) != 0 ? calloc(1, sizeof *page) : NULL;
    direct_ring_set(&receiver.ring, memory, direct_slot_payload(length), slots);
    start(true);
    start(false);
    for (uint32_t i = 0; i < CALLS && input_left > 0; i++) {
        uint8_t call = next_byte();
        if (call % 16 == 0) start((call & 16) != 0);
        else if (call % 2 == 0) send(call % 3 == 0 ? BATCH : 1);
        else receive(call % 3 == 0 ? BATCH : 1);
    }
    free(memory);
    free(seen);
    free(page);
    return 0;
}
