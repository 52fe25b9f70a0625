/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy: the root, its parts, the platform's file, then all checks in their order. */
#include "language/check.h"
#include "language/parser.h"
#include "policy/image.h"

#include <errno.h>
#include <string.h>

#define STATEMENTS_MAX 4096u          /* of one kind */
#define LABEL_WORDS_MAX 1024u        /* of each kind; fewer have bits: check_labels.c */
#define CLAIMS_MAX 1024u              /* each is compared with all subjects, channels or rules */
#define ROLES_MAX 256u                /* roles, rules for them, and `exclusive` */
#define SYSTEM_NAME_MAX (IMAGE_NAME - 1)
#define PART_PATH_MAX 47u             /* as the catalogue holds it */
#define PART_NAME_MAX 31u             /* as the component list holds it */

/* What is wrong with a file's name for the catalogue, the component list, a console or a log; NULL if nothing is. */
static const char *policy_name_wrong(struct arena *a, const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-/";
    const char *slash = strrchr(name, '/'), *last = slash != NULL ? slash + 1 : name;
    if (strspn(name, good) != strlen(name)) return "other characters than letters, digits and `. _ + - /`";
    if (*last == '\0') return "nothing behind its last `/`";
    if (strlen(last) > PART_NAME_MAX) return arena_print(a, "more than %u characters behind its last `/`", PART_NAME_MAX);
    if (strlen(name) > PART_PATH_MAX) return arena_print(a, "more than %u characters", PART_PATH_MAX);
    return NULL;
}

/* Reads one file; `where` is the string that names it, or nowhere for the root. False after a report. */
static bool policy_load(struct policy *p, source_reader *read, const char *path, const char *name, struct place where,
                        uint32_t *file)
{
    size_t size = 0;
    if (p->sources.files.count == SOURCE_MAX_FILES) {
        diag_error(&p->diag, BH_FILE, where, "more than %u files", SOURCE_MAX_FILES);
        p->diag.is_incomplete = true;
        return false;
    }
    const char *wrong = policy_name_wrong(p->arena, name);
    if (wrong != NULL) {
        diag_error(&p->diag, BH_FILE, where, "the name `%s` has %s", name, wrong);
        p->diag.is_incomplete = true;
        return false;
    }
    const char *text = read(p->arena, path, &size);
    if (text == NULL) {
        diag_error(&p->diag, BH_FILE, where, "cannot read %s: %s", path, source_why(errno));
        p->diag.is_incomplete = true;
        return false;
    }
    *file = source_add(&p->sources, path, name, text, size);
    return true;
}

/* The file's name as it goes into the catalogue and the policy's hash. */
static bool policy_load_beside(struct policy *p, source_reader *read, const struct name *path, uint32_t from, uint32_t *file)
{
    if (path->text == NULL) return false;
    const char *full = source_path_beside(p->arena, p->sources.files.items[from]->path, path->text);
    const char *name = source_path_beside(p->arena, p->sources.files.items[from]->name, path->text);
    const struct source *other;
    LIST_EACH(other, &p->sources.files) {
        if (strcmp(other->path, full) != 0) continue;
        diag_error(&p->diag, BH_FILE, path->at, "the file is part of the policy already");
        return false;
    }
    return policy_load(p, read, full, name, path->at, file);
}

static const struct authority *part_authority(struct policy *p, const struct part *part)
{
    const struct authority *a;
    if (part->by.text == NULL) {
        if (p->authorities.count > 0)
            diag_error(&p->diag, BH_AUTHORITY, part->path.at, "the part has no `by`: which authority speaks in it?");
        return NULL;
    }
    LIST_EACH(a, &p->authorities) {
        if (name_is(&a->name, part->by.text)) return a;
    }
    diag_error(&p->diag, BH_NAME_UNKNOWN, part->by.at, "there is no authority `%s`", part->by.text);
    return NULL;
}

static void policy_read_parts(struct policy *p, source_reader *read)
{
    struct part *part;
    uint32_t file;
    LIST_EACH(part, &p->parts) {
        part->authority = part_authority(p, part);
        if (!policy_load_beside(p, read, &part->path, 0, &part->file)) continue;
        parse_part(p, part->file, part);
    }
    if (p->platform_path.text == NULL)
        diag_error(&p->diag, BH_PLATFORM, p->system.at, "the system has no `platform`");
    else if (policy_load_beside(p, read, &p->platform_path, p->platform_path.at.file, &file))
        parse_platform_file(p, file);
}

/* Whether there are few enough statements of each kind for the image, and for the checks that compare them with each other. */
static bool policy_is_bounded(struct policy *p)
{
    const struct { uint32_t count, most; const char *what; } kinds[] = {
        { p->units.count, STATEMENTS_MAX, "units" },
        { p->constants.count, STATEMENTS_MAX, "constants" },
        { p->enumerations.count, STATEMENTS_MAX, "enumerations" },
        { p->types.count, STATEMENTS_MAX, "message types" },
        { p->levels.count, LABEL_WORDS_MAX, "labels" },
        { p->categories.count, LABEL_WORDS_MAX, "categories" },
        { p->integrities.count, LABEL_WORDS_MAX, "levels of integrity" },
        { p->labels.count, STATEMENTS_MAX, "labels of subjects" },
        { p->externals.count, STATEMENTS_MAX, "wires" },
        { p->subjects.count, IMAGE_MAX_SUBJECTS, "subjects" },
        { p->plans.count, IMAGE_MAX_PLANS, "plans" },
        { p->channels.count, IMAGE_MAX_CHANNELS, "channels" },
        { p->directs.count, IMAGE_MAX_CHANNELS, "direct channels" },
        { p->allows.count + p->direct_allows.count + p->restricts.count + p->privileges.count, IMAGE_MAX_RULES, "rules" },
        { p->protocols.count + p->orders.count, IMAGE_MAX_PROTOCOLS, "protocols and orders" },
        { p->trusts.count, IMAGE_MAX_SUBJECTS, "pinned images" },
        { p->pipelines.count + p->nevers.count + p->limits.count, STATEMENTS_MAX, "assertions" },
        { p->claims.count + p->ceilings.count, CLAIMS_MAX, "assertions on who has what" },
        { p->roles.count + p->role_rules.count + p->exclusives.count, ROLES_MAX, "roles and their rules" },
        { p->threats.count, STATEMENTS_MAX, "threats" },
        { p->samples.count, STATEMENTS_MAX, "samples" },
        { p->tests.count, STATEMENTS_MAX, "tests" },
    };
    bool bounded = true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        bounded &= policy_check_count(p, p->system.at, kinds[i].count, kinds[i].most, kinds[i].what);
    return bounded;
}

/* ---- components ---- */
static const char *file_last_name(const struct source *file)
{
    const char *slash = strrchr(file->name, '/');
    return slash != NULL ? slash + 1 : file->name;
}

/* Where a file is named; the root is not. */
static struct place file_named_at(const struct policy *p, uint32_t file)
{
    const struct part *part;
    if (file == 0) return p->system.at;
    LIST_EACH(part, &p->parts) {
        if (part->file == file) return part->path.at;
    }
    return p->platform_path.at;
}

static bool component_is_taken(const struct policy *p, const char *name, uint32_t files)
{
    static const char *const fixed[] = { "header", "tables", "catalogue" };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(name, fixed[i]) == 0) return true;
    }
    for (uint32_t i = 0; i < files; i++) {
        if (strcmp(name, file_last_name(p->sources.files.items[i])) == 0) return true;
    }
    return false;
}

/* What is measured goes by the names of subjects and files: each stands for one thing, or a log of digests could be misread. */
static void policy_check_components(struct policy *p)
{
    const struct source *file;
    const struct subject *s;
    LIST_EACH(file, &p->sources.files) {
        if (component_is_taken(p, file_last_name(file), file_at))
            diag_error(&p->diag, BH_NAME_TWICE, file_named_at(p, file_at), "another component of the image is named `%s`",
                       file_last_name(file));
    }
    LIST_EACH(s, &p->subjects) {
        if (s->name.text != NULL && component_is_taken(p, s->name.text, p->sources.files.count))
            diag_error(&p->diag, BH_NAME_TWICE, s->name.at, "another component of the image is named `%s`", s->name.text);
    }
}

static void policy_check(struct policy *p)
{
    if (!policy_expand_roles(p)) return;
    names_collect(p);
    policy_sort_names(p);
    names_check_system(p, SYSTEM_NAME_MAX);
    policy_check_value(p, &p->version, DIMENSION_PLAIN, 0, UINT32_MAX, "the version");
    policy_check_units_and_constants(p);
    policy_check_enumerations(p);
    policy_check_types(p);
    policy_check_platform(p);
    policy_check_subjects(p);
    policy_check_monitors(p);
    policy_check_plan(p);
    policy_check_labels(p);
    policy_check_colours(p);
    policy_check_trust(p);
    policy_check_directs(p);
    policy_check_channels(p);
    policy_check_rules(p);
    policy_check_interrupts(p);
    policy_check_direct_rules(p);
    policy_check_rates(p);
    policy_check_roles(p);
    policy_check_orders(p);
    policy_check_protocols(p);
    policy_check_everything(p);
    policy_check_closing(p);
    policy_check_assurance(p);
    policy_check_tests(p);
    policy_check_assertions(p);
    policy_check_limits(p);
    policy_check_claims(p);
    policy_check_twice(p);
    policy_check_threats(p);
    if (diag_is_whole(&p->diag)) policy_check_narrowing(p);
    policy_check_components(p);
}

bool policy_parse(struct policy *p, struct arena *a, const char *path, source_reader *read)
{
    uint32_t file;
    *p = (struct policy){ .arena = a, .sources.arena = a, .diag.arena = a };
    p->diag.sources = &p->sources;
    const char *slash = strrchr(path, '/');
    if (!policy_load(p, read, path, slash != NULL ? slash + 1 : path, PLACE_NOWHERE, &file)) return false;
    parse_part(p, file, NULL);
    if (p->system.text == NULL) return false;
    policy_read_parts(p, read);
    return policy_is_bounded(p);
}

void policy_read(struct policy *p, struct arena *a, const char *path, source_reader *read)
{
    if (policy_parse(p, a, path, read)) policy_check(p);
}
