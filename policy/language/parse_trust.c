/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about whom and what one relies on: trust, retired. */
#include "language/parser.h"

/* `trust required;` or `trust SUBJECT image "sha256:..." reason "...";` */
void parse_trust(struct parser *p)
{
    struct place from = p->before;
    struct name subject = parser_name(p, "a subject or `required`");
    if (name_is(&subject, "required") && parser_is_mark(p, ";")) {
        parser_once(p, p->policy->trust_required_at, "`trust required`");
        p->policy->trust_required_at = place_span(from, p->before);
        parser_need_mark(p, ";");
        return;
    }
    struct trust *t = LIST_NEW(p->arena, &p->policy->trusts);
    t->subject = subject;
    parser_need_word(p, "image");
    t->image = parser_string(p, "the digest of the subject's image, \"sha256:...\"");
    parser_need_word(p, "reason");
    t->reason = parser_string(p, "why it is trusted");
    parser_need_mark(p, ";");
}

void parse_retired(struct parser *p)
{
    do {
        struct name name = parser_name(p, "the name of a rule that is no more");
        if (p->failed) return;
        LIST_NEW(p->arena, &p->policy->retirements)->name = name;
    } while (parser_take_mark(p, ","));
    parser_need_mark(p, ";");
}
