/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that check a policy and write what is built from it. */
#include "compiler/command.h"
#include "compiler/guest.h"
#include "compiler/header.h"
#include "compiler/lock.h"
#include "compiler/output.h"
#include "compiler/policy_tests.h"
#include "compiler/signature.h"

#include <string.h>

/* What is read is not written over: the policy's files and, with `images`, the guests'. */
static void keep_inputs(struct output *o, const struct build *b, const char *images)
{
    const struct source *file;
    const struct subject *s;
    LIST_EACH (file, &b->policy->sources.files) LIST_ADD(o->arena, &o->inputs, file->path);
    if (images == NULL) return;
    LIST_EACH (s, &b->policy->subjects) LIST_ADD(o->arena, &o->inputs, guest_path(o->arena, s, images));
}

static const char *images_directory(struct arena *a, const struct options *o)
{
    const char *slash = strrchr(o->words[0], '/');
    if (o->value[OPTION_IMAGES] != NULL) return o->value[OPTION_IMAGES];
    return slash == NULL ? "." : arena_copy_text(a, o->words[0], (size_t)(slash - o->words[0]));
}

int command_check(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    size_t size;
    if (command_read_policy(a, o, &p, &b)) policy_tests_run(&b, NULL);
    if (p.diag.errors == 0 && o->value[OPTION_IMAGES] != NULL) build_layout(&b, o->value[OPTION_IMAGES]);
    if (p.diag.errors == 0 && o->value[OPTION_IMAGES] != NULL) image_whole(&b, &size);
    int status = command_print_result(&p, o);
    if (status == EXIT_GOOD && !o->json) {
        printf("%s: %u subjects, %u channels, %u rules, %u types, %u tests passed\n", o->words[0], p.subjects.count,
               p.channels.count + p.directs.count, b.rules.count, p.types.count, p.tests.count);
        if (o->value[OPTION_IMAGES] == NULL && p.pipelines.count > 0)
            printf("not verified: images: that stages of pipelines differ is told by name alone; --images DIR compares code\n");
    }
    return status;
}

int command_test(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    if (command_read_policy(a, o, &p, &b)) policy_tests_run(&b, stdout);
    return command_print_result(&p, o);
}

static void add_header(struct build *b, const char *directory, struct output *out)
{
    struct text text = { .arena = b->arena };
    header_write(b, &text);
    output_add(out, arena_print(b->arena, "%s/%s.h", directory, b->policy->system.text), text.bytes, text.size);
}

int command_headers(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct output out = { .arena = a };
    if (o->value[OPTION_HEADERS] == NULL) {
        fprintf(stderr, "bulkhead: headers needs --headers DIR\n");
        return EXIT_USAGE;
    }
    if (!command_read_policy(a, o, &p, &b)) return command_print_result(&p, o);
    add_header(&b, o->value[OPTION_HEADERS], &out);
    keep_inputs(&out, &b, NULL);
    int status = command_print_result(&p, o);
    return output_write(&out) ? status : EXIT_USAGE;
}

/* What the image costs: memory is laid out once and never asked for again. */
static void print_cost(const struct build *b, const struct options *o)
{
    const struct image_region *regions = (const struct image_region *)(const void *)b->tables[IMAGE_REGIONS].bytes;
    const struct image_region *last = &regions[b->tables[IMAGE_REGIONS].count - 1];
    printf("%s: image %llu KiB, kept for restarts %llu KiB, kernel pool %llu KiB, memory in use %llu of %llu MiB; %s\n",
           o->value[OPTION_OUTPUT], (unsigned long long)(b->header.image_size + 1023) >> 10,
           (unsigned long long)regions[b->header.image_home].size >> 10,
           (unsigned long long)regions[b->header.kernel_pool].size >> 10,
           (unsigned long long)(last->hpa + last->size - b->header.ram_base) >> 20,
           (unsigned long long)(b->header.ram_end - b->header.ram_base) >> 20,
           b->release ? "signed" : "unsigned");
}

/* A release is signed as its authorities demand; only it does not call itself unsigned. */
static void check_signatures(struct build *b, const struct options *o, signed_files *all)
{
    signature_look(b->policy, all);
    if (!o->release || !signature_demand(b->policy, all)) return;
    b->release = true;
    b->header.flags &= ~(uint32_t)IMAGE_FLAG_UNSIGNED;
}

static void add_lock(struct build *b, const struct options *o, const void *image, const signed_files *all, struct output *out)
{
    struct text text = { .arena = b->arena };
    if (o->value[OPTION_LOCK] == NULL) return;
    lock_write(b, image, all, &text);
    output_add(out, o->value[OPTION_LOCK], text.bytes, text.size);
}

int command_build(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct output out = { .arena = a };
    signed_files signed_by = { 0 };
    void *image = NULL;
    size_t size = 0;
    if (o->value[OPTION_OUTPUT] == NULL) {
        fprintf(stderr, "bulkhead: build needs -o IMAGE\n");
        return EXIT_USAGE;
    }
    if (command_read_policy(a, o, &p, &b)) policy_tests_run(&b, NULL);
    if (p.diag.errors == 0) check_signatures(&b, o, &signed_by);
    if (p.diag.errors == 0) build_layout(&b, images_directory(a, o));
    if (p.diag.errors == 0) image = image_whole(&b, &size);
    int status = command_print_result(&p, o);
    if (status != EXIT_GOOD) return status;
    output_add(&out, o->value[OPTION_OUTPUT], image, size);
    if (o->value[OPTION_HEADERS] != NULL) add_header(&b, o->value[OPTION_HEADERS], &out);
    add_lock(&b, o, image, &signed_by, &out);
    keep_inputs(&out, &b, images_directory(a, o));
    if (!output_write(&out)) return EXIT_USAGE;
    if (!o->json) print_cost(&b, o);
    return EXIT_GOOD;
}
