/* SPDX-License-Identifier: Apache-2.0 */
/* Orders by their statements as they are parsed; nothing that the language's checks made of them is read. */
#pragma once

#include "compiler/verify/reader.h"

/* An order as it is written, with a role's rules as those of each holder; `group`: the first that shares rules with it. */
struct said_order {
    const struct order *o;
    name_list after, never, until;
    uint32_t group;
};
struct said_orders { LIST(struct said_order) list; };     /* by their names */

/* Reads them, and which share rules, directly or through others. Before the two below. */
void orders_read(struct reader *v);

/* The protocol of the image that a rule moves by the orders that name it; RAW_NONE: none does. */
uint64_t order_protocol_of(const struct reader *v, const struct allow *a);

/* Walks the automata of all orders, and counts the protocols. Their entries are also compared as those written out are. */
void verify_orders(struct reader *v);
