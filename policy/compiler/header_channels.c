/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generating SYSTEM_channels.h: for each channel functions that open its ends, send and receive one message or several, typed.
 * They stand on the guest library, which is plain C without allocation, and so do they: for bare-metal subjects, Linux programs
 * and tests alike. What follows a double underscore is a type or says how, since no name of a policy has one.
 */
#include "channels/message.h"
#include "compiler/header.h"
#include "compiler/layout.h"
#include "guest/direct_layout.h"

#include <string.h>

/* Either kind of channel, as far as its functions differ by nothing else. */
struct ends {
    const struct name *name;
    const struct subject *sender, *receiver;
    LIST(struct allow) allows;
    bool is_direct, acknowledged;
    uint32_t slot_payload, slots;                 /* of direct ones */
    const char *sender_kind, *receiver_kind;      /* the library's structures */
};

static bool ends_has_several(const struct ends *e)
{
    return e->allows.count > 1;
}

/* Bytes of the longest message: slots that are shorter are another policy's, as this header then is. */
static uint32_t ends_longest(const struct ends *e)
{
    const struct allow *rule;
    uint32_t longest = 0;
    LIST_EACH(rule, &e->allows)
        if (rule->type->size > longest) longest = rule->type->size;
    return longest;
}

static void ends_opening(struct text *out, const struct ends *e)
{
    const char *name = e->name->text, *kinds[] = { e->sender_kind, e->receiver_kind };
    const struct subject *owners[] = { e->sender, e->receiver };
    for (int i = 0; i < 2; i++) {
        const char *end = i == 0 ? "sender" : "receiver";
        text_add(out,
                 "/*\n * Opens the %s end of `%s`, once in each life of %s. False: this subject has no such end, or the\n"
                 " * image is of another policy than this header, and its slots are shorter than these messages.\n */\n",
                 i == 0 ? "sending" : "receiving", name, owners[i]->name.text);
        text_add(out, "static inline bool open_%s_%s(struct %s *%s, const struct subject_info *info)\n{\n", end, name, kinds[i],
                 end);
        text_add(out, "    return %s_open(%s, info, \"%s\") &&\n           %s->%s >= %u;\n}\n\n", kinds[i], end, name, end,
                 e->is_direct ? "ring.slot_payload" : "channel->slot_size",
                 ends_longest(e) + (e->is_direct ? 0 : (uint32_t)sizeof(struct message_header)));
    }
}

/* The same under Linux, where no info page says how the channel's memory is laid out. */
static void ends_mapping(struct arena *a, struct text *out, const struct ends *e)
{
    const char *name = e->name->text;
    text_add(out, "enum { DIRECT_%s__memory = %llu };     /* bytes of the ring */\n\n", name,
             (unsigned long long)direct_memory_size(e->slot_payload, e->slots));
    for (int i = 0; i < 2; i++) {
        const char *end = i == 0 ? "sender" : "receiver", *kind = i == 0 ? e->sender_kind : e->receiver_kind;
        text_add(out, "/* The same for a program under Linux, in what it maps. False: errno says why (guest/mapped.h). */\n");
        const char *begin = arena_print(a, "static inline bool open_%s_%s__mapped(", end, name);
        text_add(out, "%sstruct %s *%s, struct direct_file ring", begin, kind, end);
        if (e->acknowledged) text_add(out, ",\n%*sstruct direct_file page", (int)strlen(begin), "");
        text_add(out, ")\n{\n    return %s_map(%s, %u, %u, ring, %s);\n}\n\n", kind, end, e->slot_payload, e->slots,
                 e->acknowledged ? "&page" : "NULL");
    }
}

/* `send_CHANNEL` or, of a channel of several types, `send_CHANNEL__TYPE`. */
static const char *ends_function(struct arena *a, const struct ends *e, const char *verb, const struct type *t)
{
    if (!ends_has_several(e)) return arena_print(a, "%s_%s", verb, e->name->text);
    return arena_print(a, "%s_%s__%s", verb, e->name->text, t->name.text);
}

/* The message in the wire's byte order, as `source` names it behind these lines. */
static const char *ends_encode(struct text *out, const struct type *t)
{
    if (!header_swaps(t)) return "*message";
    text_add(out, "    struct %s wire = *message;\n    %s_encode(&wire);\n", t->name.text, t->name.text);
    return "wire";
}

static void ends_receive(struct text *out, const struct ends *e, const char *comment, const char *message)
{
    text_add(out, "%sstatic inline enum receive_result receive_%s(struct %s *receiver, struct %s *message)\n{\n", comment,
             e->name->text, e->receiver_kind, message);
}

/* ---- mediated ---- */
static void mediated_queue(struct arena *a, struct text *out, const struct ends *e, const struct allow *rule)
{
    const struct type *t = rule->type;
    const char *name = t->name.text;
    text_add(out,
             "/*\n * Puts a `%s` of %u bytes into the outbox: the next sender_flush() has the rule `%s` judge it.\n"
             " * Nothing is checked here. False: the outbox is full, and nothing has changed. No hypercall.\n */\n",
             name, t->size, rule->name.text);
    text_add(out, "static inline bool %s(struct sender *sender, const struct %s *message)\n{\n",
             ends_function(a, e, "queue", t), name);
    text_add(out, "    struct %s *slot = sender_claim(sender, %s_TYPE, %s_VERSION, sizeof *slot);\n", name, name, name);
    text_add(out, "    if (slot == NULL) return false;\n");
    text_add(out, "    *slot = %s;\n    return true;\n}\n\n", ends_encode(out, t));
}

static void mediated_send(struct arena *a, struct text *out, const struct ends *e, const struct allow *rule)
{
    const struct type *t = rule->type;
    const char *name = t->name.text;
    text_add(out,
             "/*\n * Sends a `%s` of %u bytes by one hypercall, with all that waits before it; the verdicts as\n"
             " * sender_flush() has them, this message's the last. Behind ABI_BATCH_MAX or more that wait, those go and\n"
             " * this one does not yet: sender->waiting is 0 if it has gone. Status ABI_SLOT and count 0: the outbox is\n"
             " * full, and this message is not in it.\n */\n", name, t->size);
    text_add(out, "static inline struct sender_result %s(struct sender *sender, const struct %s *message)\n{\n",
             ends_function(a, e, "send", t), name);
    text_add(out, "    if (!%s(sender, message)) return (struct sender_result){ .status = ABI_SLOT };\n",
             ends_function(a, e, "queue", t));
    text_add(out, "    return sender_flush(sender, sender->waiting);\n}\n\n");
}

/* What is said of every function that sends several. */
static void batch_comment(struct text *out, const struct type *t, const char *room)
{
    text_add(out,
             "/*\n * Sends up to `count` messages of `%s`, as many as there is room for, each that %s_valid() lets\n"
             " * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.\n"
             " * %s\n */\n",
             t->name.text, t->name.text, room);
}

static void batch_open(struct arena *a, struct text *out, const struct ends *e, const struct type *t)
{
    const char *begin = arena_print(a, "static inline struct send_batch %s__batch(", ends_function(a, e, "send", t));
    text_add(out, "%sstruct %s *sender, const struct %s *messages,\n%*suint32_t count, enum send_result *results)\n{\n", begin,
             e->sender_kind, t->name.text, (int)strlen(begin), "");
}

/* One that is not valid takes no room. The call is made for what waited before even if nothing goes with it. */
static void mediated_batch(struct arena *a, struct text *out, const struct ends *e, const struct type *t)
{
    const char *name = t->name.text;
    batch_comment(out, t, "By one hypercall, with all that waits before: up to ABI_BATCH_MAX, or to the outbox's slots.");
    batch_open(a, out, e, t);
    text_add(out, "    struct send_batch batch = { 0 };\n    uint32_t before = sender->waiting;\n\n"
                  "    for (; batch.tried < count && sender->waiting < ABI_BATCH_MAX; batch.tried++) {\n");
    text_add(out, "        struct %s wire = messages[batch.tried];\n", name);
    if (header_swaps(t)) text_add(out, "        %s_encode(&wire);\n", name);
    text_add(out, "        results[batch.tried] = SEND_INVALID;\n"
                  "        if (!%s_valid(&wire, sizeof wire)) continue;\n"
                  "        struct %s *slot = sender_claim(sender, %s_TYPE, %s_VERSION, sizeof *slot);\n"
                  "        if (slot == NULL) break;\n"
                  "        *slot = wire;\n        results[batch.tried] = SEND_DONE;\n    }\n"
                  "    send_settle(sender, before, &batch, results);\n    return batch;\n}\n\n", name, name, name, name);
}

/* A rule with its restrictions is one chain. */
static struct info_channel mediated_rate(const struct build *b, const struct allow *rule)
{
    struct info_channel rate = { .rate_count = 0 };
    const struct image_rule *all = (const struct image_rule *)(const void *)b->tables[IMAGE_RULES].bytes;
    for (uint32_t at = b->allow_index[rule->index];; at = all[at].next) {
        if (all[at].rate_count != 0) layout_rate_narrow(&rate, &all[at]);
        if (all[at].next == 0) return rate;
    }
}

/* Of a channel of several types, whose sender_allowance() is that of the strictest rule. */
static void mediated_pace(struct arena *a, struct text *out, const struct ends *e, const struct build *b,
                          const struct allow *rule)
{
    const struct info_channel rate = mediated_rate(b, rule);
    const char *name = rule->type->name.text;
    text_add(out, "/*\n * Begins the pace of the messages of `%s` on `%s`, ", name, e->name->text);
    if (rate.rate_count == 0) text_add(out, "to which `%s` sets no rate.", rule->name.text);
    else text_add(out, "of which `%s` lets %u pass in %u ms, %u at once.", rule->name.text, rate.rate_count,
                  rate.rate_ms, rate.burst);
    text_add(out, "\n * How it is kept: guest/pace.h. sender_allowance() has one pace for all types of the channel, the\n"
                  " * strictest.\n */\n");
    text_add(out, "static inline void %s(struct pace *pace, const struct subject_info *info)\n{\n",
             ends_function(a, e, "pace", rule->type));
    text_add(out, "    pace_start(pace, %u, %u, %u, info->tsc_khz, clock_now());\n}\n\n", rate.rate_count, rate.rate_ms,
             rate.burst);
}

static const char *const mediated_receive_text =
    "/*\n * Copies the next message out and checks it once more. RECEIVE_EMPTY: there is none. RECEIVE_REFUSED: one that the\n"
    " * monitor should have denied, so that nothing else can be relied on either (guest/receive.h); it is gone. Its\n"
    " * number is receiver->sequence. No hypercall: receiver_free() gives the slots back.\n */\n";

static void mediated_receive_one(struct text *out, const struct ends *e, const struct type *t)
{
    const char *name = t->name.text;
    ends_receive(out, e, mediated_receive_text, name);
    text_add(out, "    struct message_header header;\n\n"
                  "    if (!receiver_take(receiver, &header, message, sizeof *message)) return RECEIVE_EMPTY;\n");
    text_add(out, "    if (header.type != %s_TYPE || header.version != %s_VERSION || !%s_valid(message, header.length))\n"
                  "        return RECEIVE_REFUSED;\n", name, name, name);
    if (header_swaps(t)) text_add(out, "    %s_decode(message);\n", name);
    text_add(out, "    return RECEIVE_TAKEN;\n}\n\n");
}

static void mediated_receive_several(struct text *out, const struct ends *e)
{
    const struct allow *rule;
    ends_receive(out, e, mediated_receive_text, arena_print(out->arena, "receive_%s", e->name->text));
    text_add(out, "    struct message_header header;\n    bool right = false;\n\n"
                  "    if (!receiver_take(receiver, &header, &message->as, sizeof message->as)) return RECEIVE_EMPTY;\n"
                  "    message->type = header.type;\n    switch (header.type) {\n");
    LIST_EACH(rule, &e->allows) {
        const char *name = rule->type->name.text;
        text_add(out,
                 "    case %s_TYPE:\n"
                 "        right = header.version == %s_VERSION && %s_valid(&message->as.%s, header.length);\n",
                 name, name, name, name);
        if (header_swaps(rule->type)) text_add(out, "        if (right) %s_decode(&message->as.%s);\n", name, name);
        text_add(out, "        break;\n");
    }
    text_add(out, "    }\n    return right ? RECEIVE_TAKEN : RECEIVE_REFUSED;\n}\n\n");
}

/* ---- direct ---- */
static void direct_send(struct arena *a, struct text *out, const struct ends *e, const struct type *t)
{
    const char *name = t->name.text;
    text_add(out, "/*\n * Writes a `%s` of %u bytes; nobody judges it, and no kernel is called. Its values are not checked\n"
                  " * here: %s_valid() does, or a batch; %s refuses a bad one. ", name, t->size, name, e->receiver->name.text);
    if (e->acknowledged)
        text_add(out, "False: it has not acknowledged\n * enough yet, and nothing has changed.\n */\n");
    else
        text_add(out, "True, whatever it does: it\n * counts what it was too slow for in one life.\n */\n");
    text_add(out, "static inline bool %s(struct direct_sender *sender, const struct %s *message)\n{\n",
             ends_function(a, e, "send", t), name);
    bool whole = !header_swaps(t);
    ends_encode(out, t);
    text_add(out, "    return direct_push(sender, %s_TYPE, %s, sizeof *message);\n}\n\n", name, whole ? "message" : "&wire");
}

enum { BATCH_BYTES = 2048, BATCH_MOST = 32 };       /* of a batch on the sender's stack, where the byte order is turned */

/* Each run of valid messages is written at once: from where it lies or, turned into the wire's byte order, from the stack. */
static void direct_batch(struct arena *a, struct text *out, const struct ends *e, const struct type *t)
{
    const char *name = t->name.text;
    uint32_t most = t->size * BATCH_MOST < BATCH_BYTES ? BATCH_MOST : t->size < BATCH_BYTES ? BATCH_BYTES / t->size : 1;
    bool swaps = header_swaps(t);
    const char *room = e->acknowledged ? "Status ABI_SLOT: %s has not acknowledged enough for the rest. No kernel is called."
                                       : "There always is room, whatever %s does. No kernel is called.";
    batch_comment(out, t, arena_print(a, room, e->receiver->name.text));
    batch_open(a, out, e, t);
    if (swaps) text_add(out, "    struct %s wire[%u];\n", name, most);
    text_add(out, "    struct send_batch batch = { 0 };\n\n    while (batch.tried < count) {\n"
                  "        uint32_t run = 0, left = count - batch.tried;\n");
    if (swaps) {
        text_add(out, "        for (; run < left && run < %u; run++) {\n"
                      "            wire[run] = messages[batch.tried + run];\n            %s_encode(&wire[run]);\n"
                      "            if (!%s_valid(&wire[run], sizeof *wire)) break;\n        }\n", most, name, name);
    } else {
        text_add(out, "        while (run < left && %s_valid(&messages[batch.tried + run], sizeof *messages)) run++;\n", name);
    }
    text_add(out, "        if (run == 0) results[batch.tried++] = SEND_INVALID;\n"
                  "        else if (!send_run(sender, %s_TYPE, %s, sizeof *messages, run, &batch, results)) break;\n"
                  "    }\n    return batch;\n}\n\n", name, swaps ? "wire" : "&messages[batch.tried]");
}

static const char *const direct_receive_text =
    "/*\n * Copies the next message out, each byte once, and then checks it: nobody has before. RECEIVE_EMPTY: there is none.\n"
    " * RECEIVE_LOST, RECEIVE_REFUSED, RECEIVE_CORRUPT: counted in the receiver; call again. No kernel is called.\n */\n";

/* What follows a pop: whether what was taken is of its type's values. */
static void direct_judge(struct text *out, const struct type *t, const char *message, const char *indent)
{
    const char *name = t->name.text;
    text_add(out, "%sif (!%s_valid(%s, sizeof(struct %s))) return direct_refuse(receiver);\n", indent, name, message, name);
    if (header_swaps(t)) text_add(out, "%s%s_decode(%s);\n", indent, name, message);
}

static void direct_receive_one(struct text *out, const struct ends *e, const struct type *t)
{
    const char *name = t->name.text;
    ends_receive(out, e, direct_receive_text, name);
    text_add(out, "    enum direct_result result = direct_pop(receiver, %s_TYPE, message, sizeof *message);\n\n"
                  "    if (result != DIRECT_TAKEN) return (enum receive_result)result;\n", name);
    direct_judge(out, t, "message", "    ");
    text_add(out, "    return RECEIVE_TAKEN;\n}\n\n");
}

static void direct_receive_several(struct text *out, const struct ends *e)
{
    const struct allow *rule;
    ends_receive(out, e, direct_receive_text, arena_print(out->arena, "receive_%s", e->name->text));
    text_add(out, "    static const struct direct_type types[] = {\n");
    LIST_EACH(rule, &e->allows)
        text_add(out, "        { %s_TYPE, sizeof(struct %s) },\n", rule->type->name.text, rule->type->name.text);
    text_add(out, "    };\n    uint32_t which = 0;\n"
                  "    enum direct_result result = direct_pop_any(receiver, types, %u, &message->as, &which);\n\n"
                  "    if (result != DIRECT_TAKEN) return (enum receive_result)result;\n"
                  "    message->type = (uint16_t)types[which].type;\n    switch (message->type) {\n", e->allows.count);
    LIST_EACH(rule, &e->allows) {
        text_add(out, "    case %s_TYPE:\n", rule->type->name.text);
        struct text one = { .arena = out->arena };
        text_add(&one, "&message->as.%s", rule->type->name.text);
        direct_judge(out, rule->type, one.bytes, "        ");
        text_add(out, "        break;\n");
    }
    text_add(out, "    }\n    return RECEIVE_TAKEN;\n}\n\n");
}

/* ---- all ---- */
/* Of a channel of several types: whichever came. */
static void ends_message(struct text *out, const struct ends *e)
{
    const struct allow *rule;
    text_add(out, "/* What `%s` brings: `type` is one of NAME_TYPE, and only the member of that name is filled in. */\n"
                  "struct receive_%s {\n    uint16_t type;\n    union {\n", e->name->text, e->name->text);
    LIST_EACH(rule, &e->allows)
        text_add(out, "        struct %s %s;\n", rule->type->name.text, rule->type->name.text);
    text_add(out, "    } as;\n};\n\n");
}

/*
 * Of a direct channel of one type: runs of messages, each judged where it was copied to. A run that the sender overtook lacks
 * its first ones, at least one: what is left of it moves up by one place, so that the loss is told where it was.
 */
static void direct_receive_runs(struct text *out, const struct type *t)
{
    const char *name = t->name.text;
    text_add(out, "        enum direct_result result;\n"
                  "        uint64_t lost = receiver->lost;\n"
                  "        uint32_t run = direct_pop_batch(receiver, %s_TYPE, &messages[done], sizeof *messages,\n"
                  "                                        count - done, &result);\n"
                  "        if (run == 0 && result == DIRECT_EMPTY) break;\n"
                  "        if (run > 0 && receiver->lost != lost) {\n"
                  "            receive_shift(&messages[done], sizeof *messages, run);\n"
                  "            results[done++] = RECEIVE_LOST;\n"
                  "        }\n"
                  "        if (run == 0) receive_clear(&messages[done], sizeof *messages);\n"
                  "        if (run == 0) results[done++] = (enum receive_result)result;\n"
                  "        for (; run > 0; run--, done++) {\n", name);
    text_add(out, "            bool right = %s_valid(&messages[done], sizeof *messages);\n"
                  "            results[done] = right ? RECEIVE_TAKEN : direct_refuse(receiver);\n"
                  "            if (!right) receive_clear(&messages[done], sizeof *messages);\n", name);
    if (header_swaps(t)) text_add(out, "            else %s_decode(&messages[done]);\n", name);
    text_add(out, "        }\n");
}

static void ends_receive_each(struct text *out, const struct ends *e)
{
    text_add(out, "        results[done] = receive_%s(receiver, &messages[done]);\n"
                  "        if (results[done] == RECEIVE_EMPTY) break;\n"
                  "        if (results[done] != RECEIVE_TAKEN) receive_clear(&messages[done], sizeof *messages);\n"
                  "        done++;\n", e->name->text);
}

static void ends_receive_batch(struct text *out, const struct ends *e)
{
    const char *name = e->name->text;
    const struct type *only = e->allows.items[0]->type;
    const char *message = ends_has_several(e) ? arena_print(out->arena, "receive_%s", name) : only->name.text;
    text_add(out,
             "/*\n * As up to `count` calls of receive_%s(): messages[i] and results[i] are what the i-th gives, but that\n"
             " * messages[i] is all zero unless it was taken. Returns how many; fewer than `count`: there are no more\n"
             " * now. %s */\n",
             name, e->is_direct ? "No kernel is called.\n" : "One hypercall gives the slots of all back.\n");
    const char *begin = arena_print(out->arena, "static inline uint32_t receive_%s__batch(", name);
    text_add(out, "%sstruct %s *receiver, struct %s *messages, uint32_t count,\n%*senum receive_result *results)\n{\n", begin,
             e->receiver_kind, message, (int)strlen(begin), "");
    text_add(out, "    uint32_t done = 0;\n\n    while (done < count) {\n");
    if (e->is_direct && !ends_has_several(e)) direct_receive_runs(out, only);
    else ends_receive_each(out, e);
    text_add(out, "    }\n%s    return done;\n}\n\n", e->is_direct ? "" : "    receiver_free(receiver);\n");
}

static void ends_write(const struct build *b, struct text *out, const struct ends *e)
{
    struct arena *a = b->arena;
    const struct allow *rule;
    if (e->allows.count == 0) return;
    text_add(out, "/* ---- %s: %s -> %s, %s ---- */\n", e->name->text, e->sender->name.text, e->receiver->name.text,
             !e->is_direct ? "mediated" : e->acknowledged ? "direct, acknowledged" : "direct, lossy");
    ends_opening(out, e);
    if (e->is_direct) ends_mapping(a, out, e);
    LIST_EACH(rule, &e->allows) {
        if (e->is_direct) {
            direct_send(a, out, e, rule->type);
            direct_batch(a, out, e, rule->type);
        } else {
            mediated_queue(a, out, e, rule);
            mediated_send(a, out, e, rule);
            mediated_batch(a, out, e, rule->type);
            if (ends_has_several(e)) mediated_pace(a, out, e, b, rule);
        }
    }
    if (ends_has_several(e)) ends_message(out, e);
    if (ends_has_several(e) && e->is_direct) direct_receive_several(out, e);
    else if (ends_has_several(e)) mediated_receive_several(out, e);
    else if (e->is_direct) direct_receive_one(out, e, e->allows.items[0]->type);
    else mediated_receive_one(out, e, e->allows.items[0]->type);
    ends_receive_batch(out, e);
}

static const char *const channels_preface =
    "/*\n"
    " * Each end is a structure of the guest library in private memory, for one thread of control of the one subject at\n"
    " * that end; two threads need a lock of their own around it. Messages are structures in the guest's own byte order,\n"
    " * whatever the wire's is; numbers have the units that the policy gives them. No function waits, and none allocates.\n"
    " *\n"
    " * Memory order: what a function has received was written before its sender sent it (acquire), and what was written\n"
    " * before a message is sent is there for who has received it (release). Nothing else is ordered.\n"
    " *\n"
    " * Mediated channels end in call_make(): bare-metal subjects have it from the library, other programs supply it or\n"
    " * have the library's, which has no kernel to call. Direct channels make no call at all.\n"
    " */\n";

void header_channels_write(const struct build *b, struct text *out)
{
    const struct policy *p = b->policy;
    const struct channel *c;
    const struct direct *d;
    const char *guard = header_guard(b->arena, arena_print(b->arena, "%s_channels", p->system.text));
    text_add(out, "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated from %s: do not edit. */\n%s",
             p->sources.files.items[0]->name, channels_preface);
    text_add(out, "#ifndef %s\n#define %s\n\n#include \"%s.h\"\n", guard, guard, p->system.text);
    text_add(out, "#include \"channels/abi.h\"\n#include \"guest/clock.h\"\n#include \"guest/direct.h\"\n"
                  "#include \"guest/mapped.h\"\n#include \"guest/receive.h\"\n#include \"guest/receiver.h\"\n"
                  "#include \"guest/send.h\"\n#include \"guest/sender.h\"\n\n");
    LIST_EACH(c, &p->channels) {
        struct ends e = { .name = &c->name, .sender = c->sender, .receiver = c->receiver, .sender_kind = "sender",
                          .receiver_kind = "receiver" };
        memcpy(&e.allows, &c->allows, sizeof e.allows);
        ends_write(b, out, &e);
    }
    LIST_EACH(d, &p->directs) {
        struct ends e = { .name = &d->name, .sender = d->sender, .receiver = d->receiver, .is_direct = true,
                          .acknowledged = d->acknowledged_at.length > 0, .slot_payload = d->slot_payload,
                          .slots = direct_slots((uint32_t)d->depth.number), .sender_kind = "direct_sender",
                          .receiver_kind = "direct_receiver" };
        memcpy(&e.allows, &d->allows, sizeof e.allows);
        ends_write(b, out, &e);
    }
    text_add(out, "#endif\n");
}
