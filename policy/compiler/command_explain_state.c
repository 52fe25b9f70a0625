/* SPDX-License-Identifier: Apache-2.0 */
/* --state PROTOCOL=STATE[:REGISTER],...: states of protocols and of orders, also of those that are joined in one protocol. */
#include "compiler/command_explain.h"
#include "language/automaton.h"
#include "language/check.h"

/* What is asked of the orders of each protocol: bit o for its order o. */
struct asked { uint64_t known, held; };

void command_need_end(struct parser *p)
{
    if (!p->failed && p->token.kind != TOKEN_END) parser_expected(p, "nothing more");
}

/* An order alone is held or free; the others of its protocol are as what was said before leaves them. */
static bool set_order(struct policy *p, struct judge *j, struct asked *asked, const struct order *order,
                      const struct name *word)
{
    const struct protocol *protocol = order->protocol;
    bool held = name_is(word, "held");
    if (!held && !name_is(word, "free")) return false;
    for (uint32_t i = 0; i < protocol->orders.count; i++) {
        if (protocol->orders.items[i] != order) continue;
        asked->known |= 1ull << i;
        asked->held = held ? asked->held | 1ull << i : asked->held & ~(1ull << i);
    }
    int state = automaton_find(protocol, asked->known, asked->held);
    if (state >= 0)
        j->state.protocols[protocol->index] = decide_protocol_word((uint32_t)state, 0, j->now);
    else
        diag_error(&p->diag, BH_WORD, word->at, "no messages lead to a state in which `%s` is %s%s", order->name.text,
                   word->text, (asked->known & (asked->known - 1)) != 0 ? " and the others are as said before" : "");
    return true;
}

static int state_index(struct policy *p, const struct protocol *protocol, bool of_order, const struct name *word)
{
    uint32_t count = protocol->states.count;
    const char **states = arena_take(p->arena, (count + 2) * sizeof *states);
    if (of_order) {
        states[count] = "held";
        states[count + 1] = "free";
    }
    for (uint32_t i = 0; i < count; i++) states[i] = protocol->states.items[i]->name.text;
    return policy_check_word(p, word, states, of_order ? count + 2 : count, "state");
}

static void set_state(struct policy *p, struct judge *j, struct asked *asked, const struct name *name, const struct name *word,
                      struct value *kept)
{
    const struct order *order = names_look(p, NAME_ORDER, name->text);
    struct protocol *protocol = order != NULL ? order->protocol : names_find(p, NAME_PROTOCOL, name);
    if (protocol == NULL) return;
    if (kept->at.length > 0 && protocol->keeps.text == NULL)
        diag_error(&p->diag, BH_PROTOCOL_REGISTER, kept->at, "`%s` keeps nothing", protocol->name.text);
    policy_check_value(p, kept, DIMENSION_PLAIN, 0, protocol->keeps_width == 1 ? UINT8_MAX : UINT16_MAX, "the register");
    if (order != NULL && set_order(p, j, &asked[protocol->index], order, word)) return;
    int index = state_index(p, protocol, order != NULL, word);
    if (index >= 0) j->state.protocols[protocol->index] = decide_protocol_word((uint32_t)index, (uint16_t)kept->number, j->now);
}

void command_read_states(struct policy *p, struct judge *j, const char *word)
{
    struct parser parser;
    struct asked *asked = arena_take(p->arena, (p->protocols.count + 1) * sizeof *asked);
    parser_start(&parser, p, command_word(p, word).at.file);
    do {
        struct value kept = { 0 };
        struct name protocol = parser_name(&parser, "a protocol, as in `protocol=state:register`");
        parser_need_mark(&parser, "=");
        struct name state = parser_name(&parser, "a state");
        if (parser_take_mark(&parser, ":")) kept = parser_value(&parser);
        if (!parser.failed) set_state(p, j, asked, &protocol, &state, &kept);
    } while (parser_take_mark(&parser, ","));
    command_need_end(&parser);
}
