/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose signatures the new policy needs that the old one's are not good for. A signature is over a file's bytes, so that these
 * decide, whatever they mean: signature_look() says who signs which file. Of what is gone nobody signs anything; whatever went
 * with it stood in a file that has other bytes now.
 */
#include "compiler/compare.h"

static void signer_add(struct changes *c, const char *name)
{
    const char *known;
    LIST_EACH (known, &c->signers) {
        if (strcmp(known, name) == 0) return;
    }
    LIST_ADD(c->arena, &c->signers, name);
}

/* Who signs a part; without authorities the whole policy is the root's. */
static void authority_add(struct changes *c, const struct authority *a)
{
    if (a != NULL && a->name.text != NULL) signer_add(c, a->name.text);
    if (c->new_policy->authorities.count == 0) signer_add(c, "root");
}

static bool bytes_same(const struct policy *p, uint32_t file, const struct policy *q, uint32_t other)
{
    if (file >= p->sources.files.count || other >= q->sources.files.count)
        return file >= p->sources.files.count && other >= q->sources.files.count;
    const struct source *a = p->sources.files.items[file], *b = q->sources.files.items[other];
    return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool authority_same(const struct authority *a, const struct authority *b)
{
    return a == NULL || b == NULL ? a == b : name_is(&a->name, b->name.text);
}

/* ---- files ---- */
/* The root says who may say what: each authority signs it. */
static void root_add(struct changes *c)
{
    const struct authority *a;
    if (bytes_same(c->old_policy, 0, c->new_policy, 0)) return;
    authority_add(c, NULL);
    LIST_EACH (a, &c->new_policy->authorities) authority_add(c, a);
}

static bool part_is_in(const struct policy *p, const struct part *part, const struct policy *other)
{
    const struct part *there;
    LIST_EACH (there, &other->parts) {
        bool same = there->path.text != NULL && name_is(&part->path, there->path.text);
        if (same && authority_same(part->authority, there->authority)) return bytes_same(p, part->file, other, there->file);
    }
    return false;
}

static void parts_add(struct changes *c)
{
    const struct policy *p = c->new_policy;
    const struct part *part;
    LIST_EACH (part, &p->parts) {
        if (part->path.text != NULL && !part_is_in(p, part, c->old_policy)) authority_add(c, part->authority);
    }
}

static const struct authority *platform_speaker(const struct policy *p)
{
    const struct part *part;
    LIST_EACH (part, &p->parts) {
        if (part->file == p->platform_path.at.file) return part->authority;
    }
    return NULL;
}

/* The platform's file is the last one; whoever names it signs it. */
static void platform_add(struct changes *c)
{
    const struct policy *p = c->old_policy, *q = c->new_policy;
    const struct authority *after = platform_speaker(q);
    bool same = bytes_same(p, p->sources.files.count - 1, q, q->sources.files.count - 1);
    if (!same || !authority_same(platform_speaker(p), after)) authority_add(c, after);
}

/* ---- keys ---- */
static bool keys_kept(const struct authority *before, const struct authority *after)
{
    if (before->key_ids.count == 0) return after->key_ids.count == 0;      /* of a file that cannot be read nobody knows them */
    return compare_keys(before, after);
}

/* What was signed by a key that no longer counts is signed no more, though no byte of it changed. */
static void keys_add(struct changes *c)
{
    const struct authority *a, *b;
    LIST_EACH (a, &c->new_policy->authorities) {
        LIST_EACH (b, &c->old_policy->authorities) {
            if (a->name.text != NULL && authority_same(a, b) && !keys_kept(b, a)) authority_add(c, a);
        }
    }
}

void compare_signers(struct changes *c)
{
    root_add(c);
    parts_add(c);
    platform_add(c);
    keys_add(c);
}
