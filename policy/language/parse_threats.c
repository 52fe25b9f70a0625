/* SPDX-License-Identifier: Apache-2.0 */
/* Threats, and the requirements that statements meet: free text in quotes, for `bulkhead trace`. */
#include "language/parser.h"

/* "TEXT", "TEXT" ... */
static void requirement_strings(struct parser *p, name_list *list)
{
    do {
        struct name name = parser_string(p, "a requirement's number");
        if (p->failed) return;
        *LIST_NEW(p->arena, list) = name;
    } while (parser_take_mark(p, ","));
}

bool parse_requirements(struct parser *p, name_list *list)
{
    if (!parser_take_word(p, "req")) return false;
    if (list->count > 0) parser_once(p, list->items[0]->at, "what requirements it meets");
    requirement_strings(p, list);
    return true;
}

/* threat "T-1" "what may happen" countered by "REQUIREMENT", ...; or without, as long as nothing counters it */
void parse_threat(struct parser *p)
{
    struct threat *t = LIST_NEW(p->arena, &p->policy->threats);
    t->name = parser_string(p, "the threat's number");
    t->text = parser_string(p, "what may happen");
    if (parser_take_word(p, "countered")) {
        parser_need_word(p, "by");
        requirement_strings(p, &t->countered_by);
    }
    parser_need_mark(p, ";");
}
