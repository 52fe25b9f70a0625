/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached signatures over the bytes of a policy's files, in the form of `openssl dgst -sha256 -sign`: ECDSA (DER) or RSA
 * (PKCS #1 v1.5) over SHA-256. They stand beside the file, in FILE.sig or FILE.NAME.sig. An authority's key file holds the
 * public keys (PEM) of its people one behind the other; a part counts as signed when as many different keys as the authority
 * has `signers` have signed it. The root, which says who may say what, wants that of each authority; the platform's file is
 * signed by the authority whose part names it. Key files and signatures are untrusted input; which keys count is decided by
 * whoever keeps the key files, and the lock file says which ones did.
 */
#pragma once

#include "language/model.h"

/* A key, and the file of its signature. */
struct signer {
    const char *fingerprint;          /* SHA-256 of the key's DER form, in hexadecimal */
    const char *file;
};

/* What one file of the policy owes to one authority. */
struct signed_file {
    const struct source *file;
    const struct authority *authority;        /* NULL: no authority speaks in it, so that none can sign it */
    struct place at;                  /* where the policy names the file */
    const char *key_path;             /* NULL: the authority has no key */
    const char *key_wrong;            /* what is wrong with the key file; NULL: nothing */
    LIST(struct signer) signers;      /* different keys, each with a good signature */
    LIST(const char) bad;             /* files with signatures that are by none of these keys */
};
typedef LIST(struct signed_file) signed_files;

/* Reads the key files, as far as there are any: each authority's `key_ids`. */
void signature_read_keys(struct policy *p);
/* Looks at all files of a policy that has been read. */
void signature_look(struct policy *p, signed_files *out);
bool signature_is_good(const struct signed_file *f);
/* Whether every file is signed as its authorities demand; reports each one that is not. */
bool signature_demand(struct policy *p, const signed_files *all);

/* Checks the signatures beside the file at `path` against the keys in the file `keys`. NULL, or what is wrong with the keys. */
const char *signature_check_file(struct arena *a, const char *path, const char *keys, struct signed_file *out);

/* Signs the file's bytes with the private key; NULL, or what went wrong. */
const char *signature_make(struct arena *a, const char *path, const char *key, uint8_t **bytes, size_t *size);
