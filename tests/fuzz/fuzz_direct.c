/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a direct channel, where the peer acts before any load: the input says what. First two bytes: lossy or
 * acknowledged, the peer hostile or honest, slots and length; then calls. Memory and buffers have their exact size.
 * A hostile peer writes the shared memory. What must hold: a call ends after a bounded number of loads, loads no payload byte
 * twice, moves its end by no more than it tells of, and counts each contradiction.
 * An honest one sends and receives. What must hold besides: what is taken is, whole, the message of that number, and nothing is
 * a contradiction.
 */
#include <stdint.h>
#include <string.h>
#include "input.h"

#define WAYS(X)                                                                                                                \
    X(LOSSY_BATCH, "a lossy batch of several messages")                                                                        \
    X(ACKNOWLEDGED_BATCH, "an acknowledged batch of several messages")                                                         \
    X(TORN_PARTLY, "a batch of which the first are torn and the others close up")                                              \
    X(TORN_HONESTLY, "the same by an honest sender")                                                                           \
    X(TORN_WHOLLY, "a batch that is torn to its end")                                                                          \
    X(STAMPS_APART, "a partly torn batch where stamps stand apart")                                                            \
    X(LONG_LAP, "a batch from a ring of 128 slots")                                                                            \
    X(ANY_FIRST, "direct_pop_any() takes the first of its types")                                                              \
    X(ANY_OTHER, "direct_pop_any() takes another")                                                                             \
    X(ANY_TOO_LONG, "direct_pop_any() refuses a type that is longer than a slot")                                              \
    X(FETCHED, "a message that is fetched beforehand")                                                                         \
    X(IN_ONE_PIECE, "a payload that is copied by the processor in one piece")                                                  \
    X(RUN_IN_ONE_PIECE, "a batch that is copied so")                                                                           \
    X(OVERTAKEN, "a receiver that is overtaken several times in a row")                                                        \
    X(REFUSED, "a message of another type or length")                                                                          \
    X(CORRUPT_LOSSY, "a contradiction that a lossy receiver believes")                                                         \
    X(CORRUPT_ACKNOWLEDGED, "a contradiction that is passed by")                                                               \
    X(READY, "direct_is_ready() sees something, and nothing")                                                                  \
    X(NO_CREDIT, "a sender that has to wait")                                                                                  \
    X(SHORT_CREDIT, "a batch of which a part has credit")                                                                      \
    X(FALSE_CREDIT, "an acknowledgement that cannot be right")                                                                 \
    X(FALSE_PLACE, "a sender that begins where the receiver says it is")
#include "ways.h"

static void peer_acts(const void *address, uint64_t size);
#define SHARED_BEFORE_LOAD(address, size) peer_acts(address, size)
#include "guest/direct_ring.h"

enum { TYPE = 3, CALLS = 64, SLOTS_MAX = 128, LENGTH_MAX = 4096, MEMORY_MAX = SLOTS_MAX * (LENGTH_MAX + 8) };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *memory;
static uint64_t memory_size, loads_left;
static uint32_t loaded_in[MEMORY_MAX], calls;             /* in which call each byte was loaded last; calls so far */
static uint32_t length, slots, quiet;                     /* quiet: loads before which the peer does nothing */
static bool is_honest, acts, sends, saw_one_piece;        /* acts: the peer does; sends: it is the sender that is called */
static struct direct_type types[3];                       /* the last is longer than a slot */
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

    switch (how % 7) {
    case 0: return next_word();
    case 1: return number;
    case 2: return number | DIRECT_BUSY;
    case 3: return number | direct_kind(TYPE, length);
    case 4: return number | direct_kind(TYPE, next_byte());
    case 5: return number | direct_kind(types[how / 7 % 3].type, types[how / 7 % 3].length);
    default: return 0;
    }
}

/* ---- an honest peer: each payload is of its number ---- */
static void fill(uint8_t *messages, uint64_t first, uint32_t size, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) memset(messages + (uint64_t)i * size, (uint8_t)(first + i), size);
}

static void is_whole(const uint8_t *messages, uint64_t first, uint32_t size, uint32_t count)
{
    if (!is_honest) return;
    for (uint32_t i = 0; i < count; i++, messages += size) {
        bool right = messages[0] == (uint8_t)(first + i) && memcmp(messages, messages + 1, size - 1) == 0;
        require(right, "what is taken is not what was sent as that number");
    }
}

static void peer_sends(uint32_t count)
{
    static uint8_t message[LENGTH_MAX];

    for (uint32_t i = 0; i < count; i++) {
        fill(message, direct_number(&sender.ring), length, 1);
        direct_push(&sender, TYPE, message, length);
    }
}

static void peer_receives(uint32_t count)
{
    static uint8_t message[LENGTH_MAX];

    for (uint32_t i = 0; i < count; i++) {
        if (direct_pop(&receiver, TYPE, message, length) != DIRECT_TAKEN) continue;
        is_whole(message, direct_number(&receiver.ring) - 1, length, 1);
    }
}

/* ---- a hostile one ---- */
static void write_stamps(uint64_t first, uint64_t kind, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, first += DIRECT_ONE) *direct_stamp(&receiver.ring, first) = first | kind;
}

static void write_any_byte(void)
{
    uint64_t at = next_byte();

    at = at << 16 | (uint64_t)next_byte() << 8 | next_byte();
    memory[at % memory_size] = next_byte();
}

/* Mostly the word that is about to be loaded, or stamps that the receiver comes to, or a lap later; else any, or the page. */
static void peer_writes(uint8_t how, uint8_t *at, uint64_t size)
{
    uint64_t next = receiver.ring.next, word;
    bool in_ring = at >= memory && at < memory + memory_size;
    uint8_t ahead;

    switch (how) {
    case 1:
        word = next_stamp(next);
        if (in_ring) memcpy(at, &word, size < 8 ? size : 8);
        break;
    case 2: *direct_stamp(&receiver.ring, next + next_byte() * DIRECT_ONE) = next_stamp(next); break;
    case 3: write_stamps(next, direct_kind(TYPE, length), 1 + next_byte() % 32); break;
    case 4:
        ahead = next_byte();
        write_stamps(next + (slots + ahead % 32) * DIRECT_ONE, ahead >> 7 ? DIRECT_BUSY : direct_kind(TYPE, length), 1);
        break;
    case 5: write_any_byte(); break;
    case 6:
        word = next_stamp(sender.ring.next);
        if (page != NULL) *(next_byte() % 2 ? &page->acknowledged : &page->taken) = word;
        break;
    default:
        if (!sends) peer_sends(1 + next_byte() % 32);
        break;
    }
}

/* A byte of the input is what the peer does, and for how many loads it then does nothing. */
static void peer_comes(uint8_t *at, uint64_t size)
{
    if (quiet > 0 && quiet--) return;
    if (input_left == 0) return;
    uint8_t act = next_byte();
    quiet = act >> 3 == 31 ? 255 : act >> 3;
    if ((act & 7) == 0) return;
    acts = true;
    if (!is_honest) peer_writes(act & 7, at, size);
    else if (sends) peer_receives(1u << (act & 7) >> 1);
    else peer_sends(1u << (act & 7) >> 1);
    acts = false;
}

static bool is_payload(uint64_t index)
{
    uint64_t first = (uint64_t)(receiver.ring.payloads - memory);

    return index >= first && (index - first) % receiver.ring.payload_stride < length;
}

static void peer_acts(const void *address, uint64_t size)
{
    uint8_t *at = memory + ((const uint8_t *)address - memory);
    bool in_ring = at >= memory && at < memory + memory_size;

    if (acts) return;
    require(loads_left-- > 0, "a call loads for ever");
    require(!in_ring || size <= (uint64_t)(memory + memory_size - at), "a load leaves the ring");
    for (uint64_t i = in_ring ? (uint64_t)(at - memory) : 0, end = i + size; in_ring && i < end; i++) {
        require(loaded_in[i] != calls || !is_payload(i), "a payload is loaded twice");
        loaded_in[i] = calls;
    }
    if (size >= SHARED_STRING) saw_one_piece = true;
    peer_comes(at, size);
}

/* ---- calls ---- */
static void begin_call(bool to_send, uint64_t loads)
{
    if (++calls == 0) memset(loaded_in, 0, sizeof loaded_in), calls = 1;
    loads_left = loads;
    sends = to_send;
    saw_one_piece = false;
}

static void note_ways(const struct direct_receiver *before, enum direct_result result, uint32_t batch, uint32_t count)
{
    uint64_t lost = receiver.lost - before->lost;
    bool is_torn = batch > 1 && lost > 0 && page == NULL, partly = is_torn && count > 0;

    way(LOSSY_BATCH, page == NULL && count > 1);
    way(ACKNOWLEDGED_BATCH, page != NULL && count > 1);
    way(TORN_PARTLY, partly);
    way(TORN_HONESTLY, partly && is_honest);
    way(STAMPS_APART, partly && receiver.ring.stamp_stride == 8);
    way(TORN_WHOLLY, is_torn && count == 0 && slots > 1 && receiver.overtaken == 0);
    way(LONG_LAP, count > 1 && slots == SLOTS_MAX);
    way(FETCHED, count == 1 && batch == 1 && length >= DIRECT_FAR);
    way(IN_ONE_PIECE, count == 1 && saw_one_piece);
    way(RUN_IN_ONE_PIECE, count > 1 && saw_one_piece);
    way(OVERTAKEN, receiver.overtaken > 2);
    way(REFUSED, result == DIRECT_REFUSED);
    way(CORRUPT_LOSSY, result == DIRECT_CORRUPT && page == NULL);
    way(CORRUPT_ACKNOWLEDGED, result == DIRECT_CORRUPT && page != NULL && receiver.ring.next != before->ring.next);
}

/* What holds behind each call of the receiver's. */
static void is_accounted(const struct direct_receiver *before, enum direct_result result, uint32_t batch, uint32_t count)
{
    uint64_t moved = (receiver.ring.next - before->ring.next) / DIRECT_ONE, lost = receiver.lost - before->lost;

    note_ways(before, result, batch, count);
    require(count <= batch && count <= slots && (result == DIRECT_TAKEN) == (count > 0), "more taken than asked for");
    require((result == DIRECT_REFUSED) == (receiver.refused > before->refused), "a refusal is not counted");
    require((result == DIRECT_CORRUPT) == (receiver.corrupt > before->corrupt), "a contradiction is not counted");
    require(!is_honest || result != DIRECT_CORRUPT, "an honest sender contradicts itself");
    require(result != DIRECT_EMPTY || moved == 0, "nothing came, and the place is another");
    require(page == NULL || (lost == 0 && moved <= batch), "more is passed by than may have come");
    require(result == DIRECT_CORRUPT || result == DIRECT_REFUSED || moved == count + lost, "lost without being counted");
    require(receiver.ring.stamp == (uint8_t *)direct_stamp(&receiver.ring, receiver.ring.next), "the place is not its slot");
}

static void receive(uint32_t batch)
{
    struct direct_receiver before = receiver;
    enum direct_result result;
    uint8_t *buffer = malloc((uint64_t)batch * length);
    uint32_t count;

    begin_call(false, 4 + batch * (4ull + length));
    if (batch == 1) {
        result = direct_pop(&receiver, TYPE, buffer, length);
        count = result == DIRECT_TAKEN;
    } else {
        count = direct_pop_batch(&receiver, TYPE, buffer, length, batch, &result);
    }
    is_accounted(&before, result, batch, count);
    is_whole(buffer, direct_number(&receiver.ring) - count, length, count);
    free(buffer);
}

static void receive_any(void)
{
    struct direct_receiver before = receiver;
    uint8_t *buffer = malloc(length);
    uint32_t which = 3;

    begin_call(false, 4 + 4ull + length);
    enum direct_result result = direct_pop_any(&receiver, types, 3, buffer, &which);
    is_accounted(&before, result, 1, result == DIRECT_TAKEN);
    if (result == DIRECT_TAKEN) {
        require(which < 2, "taken as none of the types that fit");
        is_whole(buffer, direct_number(&receiver.ring) - 1, types[which].length, 1);
        way(ANY_FIRST, which == 0);
        way(ANY_OTHER, which == 1);
    }
    uint64_t kind = *direct_stamp(&receiver.ring, before.ring.next) & DIRECT_KIND_MASK;
    way(ANY_TOO_LONG, result == DIRECT_REFUSED && kind == direct_kind(types[2].type, types[2].length));
    free(buffer);
}

static void look(void)
{
    static uint32_t saw;
    struct direct_receiver before = receiver;

    begin_call(false, 1);
    saw |= direct_is_ready(&receiver) ? 1 : 2;
    require(receiver.ring.next == before.ring.next && receiver.lost == before.lost, "a look moves the place");
    way(READY, saw == 3);
}

static void send(uint32_t batch, uint32_t which)
{
    struct direct_sender before = sender;
    uint32_t size = types[which].length, count;
    uint8_t *buffer = malloc((uint64_t)batch * size);

    fill(buffer, direct_number(&sender.ring), size, batch);
    begin_call(true, 4 + batch * (2ull + length));
    if (batch == 1) count = direct_push(&sender, types[which].type, buffer, size);
    else count = direct_push_batch(&sender, types[which].type, buffer, size, batch);
    require(count <= batch && sender.ring.next - before.ring.next == count * DIRECT_ONE, "the place is not behind what went");
    require(page == NULL || (sender.ring.next - sender.acknowledged) / DIRECT_ONE <= slots, "more on its way than slots");
    require(sender.acknowledged - before.acknowledged <= slots * DIRECT_ONE, "an acknowledgement goes back");
    require(count > 0 || page != NULL, "a lossy sender waits");
    require(!is_honest || sender.corrupt == before.corrupt, "an honest receiver contradicts itself");
    way(NO_CREDIT, count == 0);
    way(SHORT_CREDIT, count > 0 && count < batch && sender.ring.stamp != sender.ring.stamps);
    way(FALSE_CREDIT, sender.corrupt > before.corrupt);
    free(buffer);
}

static void start(bool to_send)
{
    begin_call(to_send, 2ull * slots + 4);
    if (to_send) direct_sender_start(&sender, memory, direct_slot_payload(length), slots, page);
    else direct_receiver_start(&receiver, memory, direct_slot_payload(length), slots, page);
    way(FALSE_PLACE, to_send && sender.corrupt > 0);
}

static void open(void)
{
    static const uint32_t lengths[] = { 8, 17, 56, 88, 300, LENGTH_MAX };
    uint8_t shape = next_byte();

    is_honest = (shape & 2) != 0;
    slots = 1u << (shape >> 2 & 7);
    length = lengths[next_byte() % 6];
    types[0] = (struct direct_type){ TYPE, length };
    types[1] = (struct direct_type){ TYPE + 1, length / 2 };
    types[2] = (struct direct_type){ TYPE + 2, direct_slot_payload(length) + 1 };
    memory_size = direct_memory_size(direct_slot_payload(length), slots);
    memory = calloc(1, memory_size);
    page = (shape & 1) != 0 ? calloc(1, sizeof *page) : NULL;
    quiet = 0;
    direct_ring_set(&receiver.ring, memory, direct_slot_payload(length), slots);
    acts = true;                      /* both begin before either acts */
    start(true);
    start(false);
    acts = false;
}

static void call(uint8_t how)
{
    uint32_t batch = how >> 3 & 1 ? 2 + next_byte() % 31 : 1;

    switch (how & 7) {
    case 0: start((how & 16) != 0); break;
    case 1: look(); break;
    case 2: receive_any(); break;
    case 3: case 4: send(batch, how >> 4 & 1); break;
    default: receive(batch); break;
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    ways_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    open();
    for (uint32_t i = 0; i < CALLS && input_left > 0; i++) call(next_byte());
    free(memory);
    free(page);
    return 0;
}
