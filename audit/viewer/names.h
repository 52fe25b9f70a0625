/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names in a log against the numbers in its records. With a system image its catalogue says what each number is called.
 * Without one, names are taken as they come; then a name may be wrong, but no number may have two.
 */
#pragma once

#include "audit/forwarder/catalogue.h"
#include "input.h"

struct names {
    struct catalogue_entry *entries;  /* sorted by kind, then index, as in a catalogue */
    uint32_t count, room;
    bool complete;                    /* from an image */
    uint8_t policy_hash[32];          /* of that image */
};

/* Opens the catalogue of a system image. Prints and returns false if the image, or the catalogue's digest, is not good. */
bool names_open_image(struct names *names, struct slice image);

/*
 * Notes that a line calls `kind` number `index` so, as the line has it (escaped; "#7" where the forwarder had no name), at
 * `file:line` if it says that. Returns NULL, or what is wrong with it.
 */
const char *names_note(struct names *names, enum catalogue_kind kind, uint32_t index, struct slice name, struct slice place);

/* As the forwarder's formatter takes it. */
struct catalogue names_catalogue(const struct names *names);

void names_free(struct names *names);
