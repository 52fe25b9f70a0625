/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust: which file a subject must be, how many must sign, whom the policy may not leave unpinned. Whether the file is the one
 * that is pinned, and the signatures good, only the compiler can tell, which reads them.
 */
#include "language/check.h"
#include "language/labels.h"

#include <string.h>

#define SIGNERS_MAX 16

static int trust_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* False unless it is "sha256:" and 64 hexadecimal digits in lower case. */
static bool trust_digest(struct trust *t)
{
    static const char prefix[] = "sha256:";
    const char *text = t->image.text;
    size_t skip = sizeof prefix - 1;
    if (strncmp(text, prefix, skip) != 0 || strlen(text) != skip + 2 * sizeof t->sha256) return false;
    for (size_t i = 0; i < sizeof t->sha256; i++) {
        int high = trust_digit(text[skip + 2 * i]), low = trust_digit(text[skip + 2 * i + 1]);
        if (high < 0 || low < 0) return false;
        t->sha256[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void check_trust(struct policy *p, struct trust *t)
{
    struct subject *s = names_find(p, NAME_SUBJECT, &t->subject);
    if (t->image.text != NULL && !trust_digest(t)) {
        diag_error(&p->diag, BH_TRUST, t->image.at, "this is no digest: expected \"sha256:\" and 64 digits 0-9 and a-f");
        diag_note(&p->diag, PLACE_NOWHERE, "`sha256sum` of the image's file prints it, as `build` does for one that differs");
    }
    if (t->reason.text != NULL && t->reason.text[0] == '\0')
        diag_error(&p->diag, BH_TRUST, t->reason.at, "the reason is empty: say who reviewed the image, and where that is kept");
    if (s == NULL) return;
    if (s->trust == NULL) {
        s->trust = t;
        return;
    }
    diag_error(&p->diag, BH_TRUST, t->subject.at, "the image of `%s` is pinned already", s->name.text);
    diag_note(&p->diag, s->trust->subject.at, "pinned here");
}

/* Who handles several labels decides what passes between them: `trust required` wants to know what program that is. */
static void trust_is_there(struct policy *p, const struct subject *s)
{
    const struct label *l = s->label;
    if (s->trust != NULL || l == NULL || !l->known || l->least == l->most) return;
    diag_error(&p->diag, BH_TRUST, l->subject.at, "`%s` handles %s, but nothing pins its image", s->name.text,
               label_range_text(p, l->least, l->most));
    diag_note(&p->diag, p->trust_required_at, "say `trust %s image \"sha256:...\" reason \"...\";`", s->name.text);
}

void policy_check_trust(struct policy *p)
{
    struct trust *t;
    struct authority *a;
    const struct subject *s;
    LIST_EACH(t, &p->trusts) check_trust(p, t);
    if (p->trust_required_at.length > 0) LIST_EACH(s, &p->subjects) trust_is_there(p, s);
    LIST_EACH(a, &p->authorities) {
        a->signer_count = 1;
        if (policy_check_value(p, &a->signers, DIMENSION_PLAIN, 1, SIGNERS_MAX, "the number of signers"))
            a->signer_count = (uint32_t)a->signers.number;
    }
}
