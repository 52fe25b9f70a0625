/* SPDX-License-Identifier: Apache-2.0 */
/* Signing and checking by mbedTLS. */
#include "compiler/signature.h"

#include <dirent.h>
#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <stdlib.h>
#include <sys/stat.h>

#define KEYS_MAX 16u                  /* in one key file */
#define SIGNATURES_MAX 64u            /* beside one file */
#define SIGNATURE_MAX_SIZE 4096u
#define RSA_MIN_BITS 2048u
#define EC_MIN_BITS 256u

/* ---- keys ---- */
/* Of the curves that mbedTLS knows, all of this strength: P-256, P-384, P-521, secp256k1 and the Brainpool ones of RFC 5639. */
#define KEYS_WANTED "wanted is ECDSA of 256 bits or more, as with P-256, or RSA of 2048 bits or more"

static const char *key_wrong(const mbedtls_pk_context *key)
{
    mbedtls_pk_type_t type = mbedtls_pk_get_type(key);
    size_t bits = mbedtls_pk_get_bitlen(key);
    if (type == MBEDTLS_PK_RSA) return bits >= RSA_MIN_BITS ? NULL : "an RSA key shorter than 2048 bits: " KEYS_WANTED;
    if (type == MBEDTLS_PK_ECKEY || type == MBEDTLS_PK_ECDSA)
        return bits >= EC_MIN_BITS ? NULL : "a curve below 256 bits: " KEYS_WANTED;
    return "a key that is neither ECDSA nor RSA: " KEYS_WANTED;
}

static const char *key_fingerprint(struct arena *a, mbedtls_pk_context *key)
{
    uint8_t der[4096], digest[32];
    int size = mbedtls_pk_write_pubkey_der(key, der, sizeof der);
    if (size <= 0) return NULL;
    mbedtls_sha256_ret(der + sizeof der - size, (size_t)size, digest, 0);
    char *text = arena_take(a, 2 * sizeof digest + 1);
    for (size_t i = 0; i < sizeof digest; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

/* ---- one file's signatures ---- */
struct candidate { const char *path; const uint8_t *bytes; size_t size; bool used; };
typedef LIST(struct candidate) candidates;

static int candidate_order(const void *left, const void *right)
{
    const struct candidate *a = *(const struct candidate *const *)left, *b = *(const struct candidate *const *)right;
    return strcmp(a->path, b->path);
}

/* FILE.sig and FILE.NAME.sig */
static bool candidate_is_named(const char *entry, const char *file)
{
    size_t length = strlen(file), all = strlen(entry);
    return all >= length + 4 && strncmp(entry, file, length) == 0 && entry[length] == '.' &&
           strcmp(entry + all - 4, ".sig") == 0;
}

/* NULL, or what is wrong: which ones a folder lists first is no reason to leave others out. */
static const char *candidates_find(struct arena *a, const char *path, candidates *out)
{
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path;
    const char *folder = slash == NULL ? "." : slash == path ? "/" : arena_copy_text(a, path, (size_t)(slash - path));
    DIR *directory = opendir(folder);
    if (directory == NULL) return NULL;
    const char *wrong = NULL;
    for (struct dirent *e = readdir(directory); e != NULL && wrong == NULL; e = readdir(directory)) {
        if (!candidate_is_named(e->d_name, file)) continue;
        if (out->count == SIGNATURES_MAX) wrong = "more than 64 signatures beside the file";
        const char *name = arena_print(a, "%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - path), path, e->d_name);
        struct stat about;
        if (stat(name, &about) != 0 || !S_ISREG(about.st_mode)) continue;
        struct candidate *c = LIST_NEW(a, out);
        c->path = name;
        c->bytes = (const uint8_t *)source_read_regular(a, c->path, SIGNATURE_MAX_SIZE, &c->size);
        if (c->bytes == NULL) c->size = 0;
    }
    closedir(directory);
    if (out->count > 1) qsort(out->items, out->count, sizeof *out->items, candidate_order);
    return wrong;
}

static bool signed_by_already(const struct signed_file *f, const char *fingerprint)
{
    const struct signer *s;
    LIST_EACH(s, &f->signers) {
        if (strcmp(s->fingerprint, fingerprint) == 0) return true;
    }
    return false;
}

struct key_trial {
    struct arena *arena;
    const uint8_t *digest;            /* of the file */
    const candidates *all;
    struct signed_file *out;
};

/* Looks for a signature by this key. */
static void key_try(mbedtls_pk_context *key, void *context)
{
    const struct key_trial *t = context;
    struct candidate *c;
    const char *fingerprint = key_fingerprint(t->arena, key);
    if (fingerprint == NULL || signed_by_already(t->out, fingerprint)) return;
    LIST_EACH(c, t->all) {
        if (c->size == 0 || mbedtls_pk_verify(key, MBEDTLS_MD_SHA256, t->digest, 32, c->bytes, c->size) != 0) continue;
        c->used = true;
        if (signed_by_already(t->out, fingerprint)) continue;
        *LIST_NEW(t->arena, &t->out->signers) = (struct signer){ fingerprint, c->path };
    }
}

/* Each of the keys that stand one behind the other in `text`. NULL, or what is wrong with one. */
static const char *keys_each(struct arena *a, const char *text, void (*use)(mbedtls_pk_context *, void *), void *context)
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----", end[] = "-----END PUBLIC KEY-----";
    uint32_t count = 0;
    const char *wrong = NULL;
    for (const char *at = strstr(text, begin); at != NULL && wrong == NULL; at = strstr(at + 1, begin)) {
        const char *last = strstr(at, end);
        if (last == NULL) return "a key that does not end";
        if (++count > KEYS_MAX) return "more than 16 keys";
        size_t length = (size_t)(last - at) + strlen(end);
        const char *one = arena_print(a, "%.*s\n", (int)length, at);
        mbedtls_pk_context key;
        mbedtls_pk_init(&key);
        wrong = mbedtls_pk_parse_public_key(&key, (const unsigned char *)one, strlen(one) + 1) != 0
                    ? "a key that is broken, or of another kind: " KEYS_WANTED
                    : key_wrong(&key);
        if (wrong == NULL) use(&key, context);
        mbedtls_pk_free(&key);
    }
    return wrong == NULL && count == 0 ? "no public key (-----BEGIN PUBLIC KEY-----)" : wrong;
}

static const char *bytes_check(struct arena *a, const char *path, const char *bytes, size_t size, const char *keys,
                               struct signed_file *out)
{
    uint8_t digest[32];
    candidates all = { 0 };
    struct candidate *c;
    size_t keys_size;
    const char *text = source_read_file(a, keys, &keys_size);
    if (text == NULL) return source_why(errno);
    mbedtls_sha256_ret((const unsigned char *)bytes, size, digest, 0);
    const char *wrong = candidates_find(a, path, &all);
    struct key_trial trial = { a, digest, &all, out };
    if (wrong == NULL) wrong = keys_each(a, text, key_try, &trial);
    LIST_EACH(c, &all) {
        if (!c->used) LIST_ADD(a, &out->bad, c->path);
    }
    return wrong;
}

const char *signature_check_file(struct arena *a, const char *path, const char *keys, struct signed_file *out)
{
    size_t size;
    const char *bytes = source_read_file(a, path, &size);
    if (bytes == NULL) return arena_print(a, "%s: %s", path, source_why(errno));
    const char *wrong = bytes_check(a, path, bytes, size, keys, out);
    return wrong == NULL ? NULL : arena_print(a, "%s: %s", keys, wrong);
}

/* ---- whose keys ---- */
#define KEY_ID_DIGITS 16              /* of the fingerprint: to be told apart by people */

struct key_ids { struct arena *arena; name_list *list; };

static void key_name(mbedtls_pk_context *key, void *context)
{
    const struct key_ids *ids = context;
    const struct name *n;
    const char *fingerprint = key_fingerprint(ids->arena, key);
    if (fingerprint == NULL) return;
    const char *id = arena_copy_text(ids->arena, fingerprint, KEY_ID_DIGITS);
    LIST_EACH(n, ids->list) {
        if (name_is(n, id)) return;
    }
    LIST_NEW(ids->arena, ids->list)->text = id;
}

void signature_read_keys(struct policy *p)
{
    struct authority *a;
    LIST_EACH(a, &p->authorities) {
        size_t size;
        if (a->key.text == NULL) continue;
        const char *path = source_path_beside(p->arena, p->sources.files.items[0]->path, a->key.text);
        const char *text = source_read_file(p->arena, path, &size);
        struct key_ids ids = { p->arena, &a->key_ids };
        if (text != NULL && keys_each(p->arena, text, key_name, &ids) != NULL) a->key_ids.count = 0;
    }
}

/* ---- a whole policy ---- */
static void look_at(struct policy *p, uint32_t file, const struct authority *authority, struct place at, signed_files *out)
{
    struct signed_file *f = LIST_NEW(p->arena, out);
    *f = (struct signed_file){ .file = p->sources.files.items[file], .authority = authority, .at = at };
    if (authority == NULL || authority->key.text == NULL) return;
    f->key_path = source_path_beside(p->arena, p->sources.files.items[0]->path, authority->key.text);
    f->key_wrong = bytes_check(p->arena, f->file->path, f->file->text, f->file->size, f->key_path, f);
}

static const struct authority *authority_in(const struct policy *p, uint32_t file)
{
    const struct part *part;
    LIST_EACH(part, &p->parts) {
        if (part->file == file) return part->authority;
    }
    return NULL;
}

static bool signed_with(const struct signed_file *f, const char *path)
{
    const struct signer *s;
    LIST_EACH(s, &f->signers) {
        if (strcmp(s->file, path) == 0) return true;
    }
    return false;
}

/* The root is signed by several authorities: a signature by a key of another one is as it should be. */
static void forget_others(const signed_files *all)
{
    struct signed_file *f;
    const struct signed_file *other;
    LIST_EACH(f, all) {
        uint32_t left = 0;
        for (uint32_t i = 0; i < f->bad.count; i++) {
            bool good = false;
            LIST_EACH(other, all) good |= other->file == f->file && signed_with(other, f->bad.items[i]);
            if (!good) f->bad.items[left++] = f->bad.items[i];
        }
        f->bad.count = left;
    }
}

void signature_look(struct policy *p, signed_files *out)
{
    const struct authority *a;
    const struct part *part;
    LIST_EACH(a, &p->authorities) look_at(p, 0, a, a->name.at, out);
    if (p->authorities.count == 0) look_at(p, 0, NULL, p->system.at, out);
    LIST_EACH(part, &p->parts) look_at(p, part->file, part->authority, part->path.at, out);
    look_at(p, p->sources.files.count - 1, authority_in(p, p->platform_path.at.file), p->platform_path.at, out);
    forget_others(out);
}

bool signature_is_good(const struct signed_file *f)
{
    return f->authority != NULL && f->key_path != NULL && f->key_wrong == NULL &&
           f->signers.count >= f->authority->signer_count;
}

static void demand_one(struct policy *p, const struct signed_file *f)
{
    const char *bad, *file = f->file->name;
    if (f->authority == NULL) {
        diag_error(&p->diag, BH_SIGNATURE, f->at, "no authority speaks in `%s`, so that no one can sign it", file);
        return;
    }
    const char *who = f->authority->name.text;
    if (f->key_path == NULL) {
        diag_error(&p->diag, BH_SIGNATURE, f->at, "`%s` cannot be signed: the authority `%s` has no `key`", file, who);
        return;
    }
    if (f->key_wrong != NULL) {
        diag_error(&p->diag, BH_SIGNATURE, f->authority->key.at, "the key of `%s`, %s: %s", who, f->key_path, f->key_wrong);
        return;
    }
    diag_error(&p->diag, BH_SIGNATURE, f->at, "`%s` is signed by %u of the %u keys that the authority `%s` demands", file,
               f->signers.count, f->authority->signer_count, who);
    LIST_EACH(bad, &f->bad) {
        diag_note(&p->diag, PLACE_NOWHERE, "%s is by no key of %s, or over other bytes", bad, f->key_path);
    }
    diag_note(&p->diag, f->authority->key.at, "`bulkhead sign %s --key KEY.pem`, the key being one of these", f->file->path);
}

bool signature_demand(struct policy *p, const signed_files *all)
{
    const struct signed_file *f;
    bool good = true;
    LIST_EACH(f, all) {
        if (signature_is_good(f)) continue;
        demand_one(p, f);
        good = false;
    }
    return good;
}

/* ---- signing ---- */
static const char *sign_digest(mbedtls_pk_context *key, const uint8_t digest[32], uint8_t *bytes, size_t *size)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    int failed = mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
    if (failed == 0)
        failed = mbedtls_pk_sign(key, MBEDTLS_MD_SHA256, digest, 32, bytes, size, mbedtls_ctr_drbg_random, &random);
    mbedtls_ctr_drbg_free(&random);
    mbedtls_entropy_free(&entropy);
    return failed == 0 ? NULL : "signing failed";
}

static const char *private_key_read(struct arena *a, const char *path, mbedtls_pk_context *key)
{
    size_t size;
    char *text = source_read_file(a, path, &size);
    if (text == NULL) return source_why(errno);
    int failed = mbedtls_pk_parse_key(key, (const unsigned char *)text, size + 1, NULL, 0);
    bool is_key = strstr(text, "PRIVATE KEY-----") != NULL;
    memset(text, 0, size);
    __asm__ volatile("" ::"r"(text) : "memory");      /* the key must really be gone */
    if (failed == MBEDTLS_ERR_PK_PASSWORD_REQUIRED || failed == MBEDTLS_ERR_PEM_PASSWORD_REQUIRED)
        return "the key has a passphrase: sign with `openssl dgst -sha256 -sign KEY -out PART.sig PART`";
    if (failed == 0) return key_wrong(key);
    return is_key ? "a private key that is broken, or of another kind: " KEYS_WANTED : "no private key in PEM form";
}

const char *signature_make(struct arena *a, const char *path, const char *key_path, uint8_t **bytes, size_t *size)
{
    size_t text_size;
    uint8_t digest[32];
    mbedtls_pk_context key;
    const char *text = source_read_file(a, path, &text_size);
    if (text == NULL) return arena_print(a, "%s: %s", path, source_why(errno));
    mbedtls_sha256_ret((const unsigned char *)text, text_size, digest, 0);
    *bytes = arena_take(a, MBEDTLS_PK_SIGNATURE_MAX_SIZE);
    mbedtls_pk_init(&key);
    const char *wrong = private_key_read(a, key_path, &key);
    if (wrong == NULL) wrong = sign_digest(&key, digest, *bytes, size);
    mbedtls_pk_free(&key);
    return wrong == NULL ? NULL : arena_print(a, "%s: %s", key_path, wrong);
}
