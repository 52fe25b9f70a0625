/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the lock file. Names are checked words of the policy and need no escapes; requirements are free text and get them. */
#include "compiler/lock.h"
#include "compiler/predict.h"

#include <mbedtls/sha256.h>

static const char *lock_hex(struct arena *a, const uint8_t *bytes, size_t size)
{
    char *text = arena_take(a, 2 * size + 1);
    for (size_t i = 0; i < size; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

static const char *lock_separator(uint32_t index)
{
    return index == 0 ? "\n" : ",\n";
}

/* Who answers for a file: each authority with the keys of those who signed. */
static void lock_signers(const struct source *file, const signed_files *all, struct text *out)
{
    const struct signed_file *f;
    const struct signer *s;
    uint32_t count = 0;
    text_add(out, ", \"authorities\": [");
    LIST_EACH(f, all) {
        if (f->file != file || f->authority == NULL) continue;
        text_add(out, "%s{ \"name\": \"%s\", \"demands\": %u, \"signed_by\": [", count++ == 0 ? "" : ", ",
                 f->authority->name.text, f->key_path != NULL ? f->authority->signer_count : 0);
        LIST_EACH(s, &f->signers) text_add(out, "%s\"%s\"", s_at == 0 ? "" : ", ", s->fingerprint);
        text_add(out, "] }");
    }
    text_add(out, "]");
}

static void lock_parts(const struct build *b, const signed_files *signed_by, struct text *out)
{
    const struct source *file;
    text_add(out, "  \"files\": [");
    LIST_EACH(file, &b->policy->sources.files) {
        uint8_t digest[32];
        mbedtls_sha256_ret((const unsigned char *)file->text, file->size, digest, 0);
        text_add(out, "%s    { \"name\": \"%s\", \"sha256\": \"%s\"", lock_separator(file_at), file->name,
                 lock_hex(b->arena, digest, sizeof digest));
        lock_signers(file, signed_by, out);
        text_add(out, " }");
    }
    text_add(out, "\n  ],\n");
}

/* What is measured, in order. */
static void lock_measured(const struct build *b, const void *image, struct text *out)
{
    const struct image_header *h = image;
    uint8_t digest[32];
    predict_header_digest(image, digest);
    text_add(out, "  \"components\": [\n    { \"name\": \"header\", \"offset\": 0, \"size\": %u, \"sha256\": \"%s\" }",
             h->header_size, lock_hex(b->arena, digest, sizeof digest));
    for (uint32_t i = 0; i < h->component_count; i++) {
        const struct image_component *c = &policy_components(h)[i];
        text_add(out, ",\n    { \"name\": \"%s\", \"offset\": %llu, \"size\": %llu, \"sha256\": \"%s\" }", c->name,
                 (unsigned long long)c->offset, (unsigned long long)c->size, lock_hex(b->arena, c->sha256, sizeof c->sha256));
    }
    text_add(out, "\n  ],\n");
}

static void lock_prediction(const struct build *b, const void *image, struct text *out)
{
    static const char *const levels[] = { "none", "optional", "required" };
    const struct image_header *h = image;
    text_add(out, "  \"measure\": \"%s\",\n  \"pcr\": %u,\n  \"banks\": [", levels[h->measure], h->pcr);
    for (uint32_t i = 0; i < b->policy->measure.banks.count; i++)
        text_add(out, "%s\"%s\"", i == 0 ? "" : ", ", b->policy->measure.banks.items[i]->text);
    text_add(out, "],\n  \"pcr_values\": {");
    for (int bank = 0; bank < PREDICT_BANKS; bank++) {
        uint8_t value[PREDICT_MAX_DIGEST];
        predict_pcr((enum predict_bank)bank, image, value);
        text_add(out, "%s    \"%s\": \"%s\"", lock_separator((uint32_t)bank), predict_bank_name((enum predict_bank)bank),
                 lock_hex(b->arena, value, predict_bank_size((enum predict_bank)bank)));
    }
    text_add(out, "\n  },\n");
}

/* Changes when the meaning does, and then only: language/meaning.h. */
static void lock_meaning(const struct build *b, const char *name, struct text *out)
{
    uint8_t digest[32];
    if (!hash_meaning(b->policy, name, digest)) return;
    const char *hex = lock_hex(b->arena, digest, sizeof digest);
    text_add(out, ", \"shown\": \"%s@%.4s\", \"meaning\": \"%s\"", name, hex, hex);
}

static void lock_requirements(const name_list *requirements, struct text *out)
{
    const struct name *n;
    text_add(out, ", \"req\": [");
    LIST_EACH(n, requirements) {
        text_add(out, n_at > 0 ? ", " : "");
        text_add_json(out, n->text);
    }
    text_add(out, "]");
}

static void lock_rules(const struct build *b, struct text *out)
{
    static const char *const builtin[] = {
#define LOCK_BUILTIN(id, name) name,
        IMAGE_BUILTIN_RULES(LOCK_BUILTIN)
#undef LOCK_BUILTIN
    };
    const struct sources *sources = &b->policy->sources;
    const struct build_rule *r;
    text_add(out, "  \"rules\": [");
    for (uint32_t i = 0; i < IMAGE_BUILTIN_COUNT; i++)
        text_add(out, "%s    { \"index\": %u, \"name\": \"%s\" }", lock_separator(i), i, builtin[i]);
    LIST_EACH(r, &b->rules) {
        text_add(out, ",\n    { \"index\": %u, \"name\": \"%s\", \"file\": \"%s\", \"line\": %u", IMAGE_RULE_FIRST + r_at,
                 r->name, sources->files.items[r->at.file]->name, source_line_number(sources, r->at));
        lock_meaning(b, r->name, out);
        if (r->requirements != NULL && r->requirements->count > 0) lock_requirements(r->requirements, out);
        text_add(out, " }");
    }
    text_add(out, "\n  ],\n");
}

/* Names that stay taken, and images that are pinned. */
static void lock_trust(const struct build *b, struct text *out)
{
    const struct retired *r;
    const struct trust *t;
    text_add(out, "  \"retired\": [");
    LIST_EACH(r, &b->policy->retirements) text_add(out, "%s\"%s\"", r_at == 0 ? "" : ", ", r->name.text);
    text_add(out, "],\n  \"trust\": [");
    LIST_EACH(t, &b->policy->trusts) {
        text_add(out, "%s    { \"subject\": \"%s\", \"image\": \"%s\", \"reason\": ", lock_separator(t_at), t->subject.text,
                 t->image.text);
        text_add_json(out, t->reason.text);
        text_add(out, " }");
    }
    text_add(out, "%s],\n", b->policy->trusts.count > 0 ? "\n  " : "");
}

static void lock_names(const struct build *b, struct text *out)
{
    const struct subject *s;
    const struct channel *c;
    const struct direct *d;
    const struct type *t;
    text_add(out, "  \"subjects\": [");
    LIST_EACH(s, &b->policy->subjects) {
        const struct image_subject *i = (const struct image_subject *)(const void *)b->tables[IMAGE_SUBJECTS].bytes + s_at;
        text_add(out, "%s    { \"index\": %u, \"name\": \"%s\", \"cpu\": %u, \"memory\": %llu }", lock_separator(s_at), s_at,
                 s->name.text, i->cpu, (unsigned long long)s->memory.number);
    }
    text_add(out, "\n  ],\n  \"channels\": [");
    LIST_EACH(c, &b->policy->channels) {
        text_add(out, "%s    { \"index\": %u, \"name\": \"%s\", \"sender\": \"%s\", \"receiver\": \"%s\" }",
                 lock_separator(c_at), c_at, c->name.text, c->sender->name.text, c->receiver->name.text);
    }
    text_add(out, "\n  ],\n  \"direct\": [");
    LIST_EACH(d, &b->policy->directs) {
        text_add(out, "%s    { \"index\": %u, \"name\": \"%s\", \"sender\": \"%s\", \"receiver\": \"%s\" }",
                 lock_separator(d_at), d_at, d->name.text, d->sender->name.text, d->receiver->name.text);
    }
    text_add(out, "\n  ],\n  \"types\": [");
    LIST_EACH(t, &b->policy->types) {
        text_add(out, "%s    { \"index\": %u, \"name\": \"%s\", \"version\": %u, \"size\": %u", lock_separator(t_at), t_at,
                 t->name.text, t->version_number, t->size);
        lock_meaning(b, t->name.text, out);
        text_add(out, " }");
    }
    text_add(out, "\n  ]\n");
}

void lock_write(const struct build *b, const void *image, const signed_files *signed_by, struct text *out)
{
    const struct image_header *h = image;
    text_add(out, "{\n  \"system\": \"%s\",\n  \"version\": %u,\n  \"rollback\": %u,\n  \"signed\": %s,\n",
             b->policy->system.text, (uint32_t)b->policy->version.number, h->rollback,
             (h->flags & IMAGE_FLAG_UNSIGNED) != 0 ? "false" : "true");
    text_add(out, "  \"policy_hash\": \"%s\",\n  \"image_size\": %llu,\n",
             lock_hex(b->arena, h->policy_hash, sizeof h->policy_hash), (unsigned long long)h->image_size);
    lock_parts(b, signed_by, out);
    lock_measured(b, image, out);
    lock_prediction(b, image, out);
    lock_rules(b, out);
    lock_trust(b, out);
    lock_names(b, out);
    text_add(out, "}\n");
}
