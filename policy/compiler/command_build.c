/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that check a policy and write what is built from it. */
#include "compiler/command.h"
#include "compiler/header.h"
#include "compiler/layout.h"
#include "compiler/lock.h"
#include "compiler/policy_tests.h"

/* A release is signed as its authorities demand, and pins images; only it does not call itself unsigned. */
static void check_signatures(struct build *b, const struct options *o, signed_files *all)
{
    signature_look(b->policy, all);
    b->release = o->release;
    if (o->release && signature_demand(b->policy, all)) b->header.flags &= ~(uint32_t)IMAGE_FLAG_UNSIGNED;
}

/* All that can be wrong with an image; without a directory all but what depends on the guests' files. NULL if anything is. */
static void *make_image(struct arena *a, const struct options *o, const char *images, struct policy *p, struct build *b,
                        signed_files *signed_by, size_t *size)
{
    if (command_read_policy(a, o, p, b)) policy_tests_run(b);
    if (diag_is_whole(&p->diag)) {
        check_signatures(b, o, signed_by);
        build_layout(b, images);
    }
    return p->diag.errors == 0 ? image_whole(b, size) : NULL;
}

/* ---- check, test ---- */
/* What `build` may refuse nevertheless: by guests that were not looked at, and with --release. */
static void print_unchecked(const struct build *b, bool images)
{
    const struct subject *s;
    uint64_t most = 0, room = b->header.ram_end - b->header.ram_base - layout_needs(b);
    bool signatures = !b->release && b->policy->authorities.count > 0;
    LIST_EACH(s, &b->policy->subjects) most += (uint64_t)s->memory.number;
    if (!images || signatures) printf("not checked: ");
    if (!images)
        printf("the guests' programs (--no-images)%s",
               b->policy->pipelines.count > 0 ? ", and so whether stages of pipelines run different code" : "");
    if (!images && most > room) printf(", which may have %llu KiB together", (unsigned long long)room >> 10);
    if (signatures) printf("%ssignatures (--release)", images ? "" : "; ");
    if (!images || signatures) printf("\n");
}

int command_check(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    size_t size;
    signed_files signed_by = { 0 };
    bool images = o->value[OPTION_NO_IMAGES] == NULL;
    if (!images && o->value[OPTION_IMAGES] != NULL) {
        diag_complain("check takes either --images or --no-images");
        return EXIT_USAGE;
    }
    make_image(a, o, images ? command_images(a, o) : NULL, &p, &b, &signed_by, &size);
    int status = command_print_members(&p, o);
    if (o->json) {
        printf(", \"images_checked\": %s, \"signatures_checked\": %s }\n", images ? "true" : "false",
               o->release ? "true" : "false");
    } else if (status == EXIT_GOOD) {
        printf("%s: %u subjects, %u channels, %u allow rules, %u types, %u tests passed\n", p.sources.files.items[0]->shown,
               p.subjects.count, p.channels.count + p.directs.count, p.allows.count + p.direct_allows.count, p.types.count,
               p.tests.count);
        print_unchecked(&b, images);
    }
    return status;
}

static void print_tests(const struct policy *p, bool json)
{
    const struct test *t;
    LIST_EACH(t, &p->tests) {
        if (!json) {
            printf("%s %s\n", t->passed ? "PASS" : "FAIL", t->title.text);
            continue;
        }
        printf("%s\n  { \"test\": ", t_at > 0 ? "," : "");
        diag_json_text(t->title.text, stdout);
        printf(", \"passed\": %s }", t->passed ? "true" : "false");
    }
}

int command_test(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    bool ran = command_read_policy(a, o, &p, &b);
    if (ran) policy_tests_run(&b);
    if (ran && !o->json) print_tests(&p, false);
    int status = command_print_members(&p, o);
    if (!o->json) return status;
    printf(", \"tests\": [");
    if (ran) print_tests(&p, true);
    printf("%s] }\n", ran && p.tests.count > 0 ? "\n" : "");
    return status;
}

/* ---- headers, build ---- */
static void add_headers(struct build *b, const char *directory, struct output *out)
{
    struct text types = { .arena = b->arena }, channels = { .arena = b->arena };
    header_write(b, &types);
    output_add_in(out, directory, arena_print(b->arena, "%s.h", b->policy->system.text), types.bytes, types.size);
    header_channels_write(b, &channels);
    output_add_in(out, directory, arena_print(b->arena, "%s_channels.h", b->policy->system.text), channels.bytes,
                  channels.size);
}

int command_headers(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct output out = { .arena = a };
    if (o->value[OPTION_HEADERS] == NULL) {
        diag_complain("headers needs --headers DIR");
        return EXIT_USAGE;
    }
    if (!command_read_policy(a, o, &p, &b) || p.diag.errors > 0) return command_print_result(&p, o);
    add_headers(&b, o->value[OPTION_HEADERS], &out);
    command_keep_inputs(&out, o, &p);
    return output_write(&out) ? command_print_result(&p, o) : command_refuse(&p, o, out.wrong);
}

/* What the image costs: memory is laid out once and never asked for again. */
static void print_cost(const struct build *b, const struct options *o)
{
    const struct image_region *regions = (const struct image_region *)(const void *)b->tables[IMAGE_REGIONS].bytes;
    printf("%s: image %llu KiB, kept for restarts %llu KiB, kernel pool %llu KiB, memory in use %llu of %llu MiB; %s\n",
           source_show(b->arena, o->value[OPTION_OUTPUT]), (unsigned long long)(b->header.image_size + 1023) >> 10,
           (unsigned long long)regions[b->header.image_home].size >> 10,
           (unsigned long long)regions[b->header.kernel_pool].size >> 10,
           (unsigned long long)layout_needs(b) >> 20,
           (unsigned long long)(b->header.ram_end - b->header.ram_base) >> 20,
           b->release ? "signed" : "unsigned");
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
    size_t size = 0;
    if (o->value[OPTION_OUTPUT] == NULL) {
        diag_complain("build needs -o IMAGE");
        return EXIT_USAGE;
    }
    const void *image = make_image(a, o, command_images(a, o), &p, &b, &signed_by, &size);
    if (image == NULL) return command_print_result(&p, o);
    output_add(&out, o->value[OPTION_OUTPUT], image, size);
    if (o->value[OPTION_HEADERS] != NULL) add_headers(&b, o->value[OPTION_HEADERS], &out);
    add_lock(&b, o, image, &signed_by, &out);
    command_keep_inputs(&out, o, &p);
    command_keep_signatures(&out, &signed_by);
    if (!output_write(&out)) return command_refuse(&p, o, out.wrong);
    int status = command_print_result(&p, o);
    if (!o->json) print_cost(&b, o);
    return status;
}
