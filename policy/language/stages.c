/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a pipeline's stages more than places on a path: each is code of its own, and one that crashes closes the line.
 * While a stage is down no one does its work, since no path skips it. What remains is that nothing it did before its crash
 * opens a rule that it sends by once it has started anew, be it by protocol, order or plan, that no memory which others have as
 * well keeps what it did for them to hand on, and that no one else starts it anew unless the policy says who may. By a rule
 * sends also who shares the outbox. What it did to others by privilege, stopping or restarting them, outlives its crash.
 */
#include "language/stages.h"
#include "language/anew.h"
#include "language/graph.h"
#include "language/running.h"

#include <string.h>

static const struct subject *stage_subject(const struct policy *p, const struct assertion *pipeline, uint32_t stage)
{
    const char *text = pipeline->stages.items[stage]->text;
    return text != NULL ? names_look(p, NAME_SUBJECT, text) : NULL;
}

bool stages_are_known(const struct assertion *pipeline)
{
    return !pipeline->broken && pipeline->name.text != NULL && pipeline->stages.count <= STAGES_MAX;
}

/* ---- code ---- */
static bool list_names(const name_list *names, const struct name *wanted)
{
    const struct name *name;
    LIST_EACH (name, names) {
        if (name_is(name, wanted->text)) return true;
    }
    return false;
}

static bool stages_may_share(const struct assertion *pipeline, uint32_t one, uint32_t other)
{
    const struct exception *e;
    LIST_EACH (e, &pipeline->exceptions) {
        if (list_names(&e->same_code, pipeline->stages.items[one]) && list_names(&e->same_code, pipeline->stages.items[other]))
            return true;
    }
    return false;
}

/* Looks in two stages, each itself or its monitor, for the first two that run the same. */
static bool stages_meet(const struct subject *one, const struct subject *other, const char *const *keys,
                        struct stage_alike *found)
{
    const struct subject *there[] = { one, one->monitor }, *here[] = { other, other->monitor };
    for (uint32_t i = 0; i < 4; i++) {
        found->there = there[i / 2];
        found->here = here[i % 2];
        if (found->there == NULL || found->here == NULL) continue;
        const char *key = keys[found->there->index], *same = keys[found->here->index];
        if (key != NULL && same != NULL && strcmp(key, same) == 0) return true;
    }
    return false;
}

struct stage_alike *stages_alike(const struct policy *p, const struct assertion *pipeline, const char *const *keys)
{
    uint32_t count = pipeline->stages.count;
    struct stage_alike *alike = arena_take(p->arena, (count + 1) * sizeof *alike);
    for (uint32_t i = 0; i < count; i++) {
        const struct subject *s = stage_subject(p, pipeline, i);
        alike[i].stage = STAGE_NONE;
        for (uint32_t k = 0; s != NULL && k < i && alike[i].stage == STAGE_NONE; k++) {
            const struct subject *earlier = stage_subject(p, pipeline, k);
            if (earlier != NULL && stages_meet(earlier, s, keys, &alike[i]) && !stages_may_share(pipeline, k, i))
                alike[i].stage = k;
        }
    }
    return alike;
}

static void note_image(struct policy *p, const struct subject *s)
{
    if (s->served == NULL) diag_note(&p->diag, s->image.at, "the image of `%s`", s->name.text);
    else diag_note(&p->diag, s->image.at, "the image of `%s`, which monitors `%s`", s->name.text, s->served->name.text);
}

static void report_alike(struct policy *p, const struct assertion *pipeline, const struct stage_alike *alike, uint32_t stage,
                         const char *what, const char *key)
{
    const char *earlier = pipeline->stages.items[alike->stage]->text, *later = pipeline->stages.items[stage]->text;
    bool monitors = alike->there->served != NULL || alike->here->served != NULL;
    diag_error(&p->diag, BH_STAGE_CODE, pipeline->stages.items[stage]->at, "stages `%s` and `%s` of `%s` run the same %s, %s",
               earlier, later, pipeline->name.text, what, key);
    note_image(p, alike->there);
    if (alike->here != alike->there) note_image(p, alike->here);
    diag_note(&p->diag, PLACE_NOWHERE, "give each%s a program of its own; if one is meant, say `except by same code of %s, %s`",
              monitors ? " and its monitor" : "", earlier, later);
}

void stages_report_alike(struct policy *p, const char *const *keys, const char *what)
{
    const struct assertion *pipeline;
    LIST_EACH (pipeline, &p->pipelines) {
        if (!stages_are_known(pipeline) || p->diag.errors > DIAG_MAX) continue;
        const struct stage_alike *alike = stages_alike(p, pipeline, keys);
        for (uint32_t i = 0; i < pipeline->stages.count; i++) {
            if (alike[i].stage != STAGE_NONE)
                report_alike(p, pipeline, &alike[i], i, what, keys[alike[i].here->index]);
        }
    }
}

/* By what the text says of the images: their names, else the digests to which they are pinned. */
static void check_images(struct policy *p)
{
    const struct subject *s;
    uint32_t errors = p->diag.errors;
    const char **images = arena_take(p->arena, (p->subjects.count + 1) * sizeof *images);
    LIST_EACH (s, &p->subjects) images[s->index] = s->image.text;
    stages_report_alike(p, images, "image");
    if (p->diag.errors != errors) return;
    LIST_EACH (s, &p->subjects) images[s->index] = s->trust != NULL ? s->trust->image.text : NULL;
    stages_report_alike(p, images, "image");
}

/* Whether the names of an exception are stages that could be alike: two at least. */
static void check_exception(struct policy *p, const struct assertion *pipeline, const struct exception *e)
{
    const struct name *name;
    if (e->same_code.count == 1)
        diag_error(&p->diag, BH_ASSERTION, e->at, "the same code of one stage: name those that share it");
    LIST_EACH (name, &e->same_code) {
        if (names_find(p, NAME_SUBJECT, name) != NULL && !list_names(&pipeline->stages, name))
            diag_error(&p->diag, BH_ASSERTION, name->at, "`%s` is no stage of `%s`", name->text, pipeline->name.text);
        for (uint32_t i = 0; i < name_at; i++) {
            if (!name_is(e->same_code.items[i], name->text)) continue;
            diag_error(&p->diag, BH_ASSERTION, name->at, "`%s` is named twice", name->text);
            return;
        }
    }
}

/* ---- crashes ---- */
static bool protocol_moves_by(const struct protocol *protocol, const struct subject *s)
{
    const struct step *step;
    LIST_EACH (step, &protocol->steps) {
        if (step->allow != NULL && step->allow->channel != NULL && policy_produces(step->allow->channel, s)) return true;
    }
    return false;
}

/* Its monitor's restarts do as well: they come with the stage's, and what they reset is reset before its new life begins. */
static bool protocol_resets_by(const struct protocol *protocol, const struct subject *s)
{
    for (uint32_t i = 0; i < protocol->reset_by.count; i++) {
        const struct subject *reset = protocol->reset_by.items[i];
        if (reset == s || (s->monitor != NULL && reset == s->monitor)) return true;
    }
    return false;
}

/* What passes after the restart that would not have passed without what was before it. */
static void note_opened(struct policy *p, const struct anew *found)
{
    const char *before = found->before != NULL ? arena_print(p->arena, "after %s, the restart", found->before) : "the restart";
    diag_note(&p->diag, found->step->at, "%s, then %s: the last of these would not pass from the beginning", before,
              found->after);
}

/* A stage that starts anew, by itself or by order, must not go on with what it was let do before. `at`: what starts it. */
static void check_forgets(struct policy *p, const struct name *stage, const struct subject *s, struct place at)
{
    const struct protocol *protocol;
    struct anew found;
    LIST_EACH (protocol, &p->protocols) {
        if (protocol->name.text == NULL || !protocol_moves_by(protocol, s) || protocol_resets_by(protocol, s)) continue;
        if (!anew_find(p->arena, protocol, &found)) continue;
        diag_error(&p->diag, BH_STAGE_CRASH, stage->at, "stage `%s` starts anew after a crash, but `%s` goes on from before it",
                   s->name.text, protocol->name.text);
        note_opened(p, &found);
        diag_note(&p->diag, protocol->reset_at.length > 0 ? protocol->reset_at : protocol->name.at,
                  "let it begin anew too: `reset when %s restart`", s->name.text);
        diag_note(&p->diag, at, "or let nothing start the stage anew: `on fault stop`, and no privilege to restart it");
    }
}

/* A rule that lets pass what the stage makes, and that holds in some of the plans that run, not in all; NULL: none. */
static const struct allow *rule_of_some_plans(const struct policy *p, const struct subject *stage, uint32_t run)
{
    const struct allow *a;
    LIST_EACH (a, &p->allows) {
        if (a->channel == NULL || !policy_produces(a->channel, stage)) continue;
        if ((a->plan_mask & run) != 0 && (run & ~a->plan_mask) != 0) return a;
    }
    return NULL;
}

/*
 * The plan that it switched to runs on when it has crashed: it must not decide what passes from it. A monitor switches none. A
 * privilege of some plans is left: what the stage does by privilege outlives it anyhow.
 */
static void check_plans(struct policy *p, const struct name *stage, const struct subject *s, struct place at)
{
    const struct privilege *v;
    const struct allow *a = NULL;
    LIST_EACH (v, &p->privileges) {
        if (v->kind != PRIVILEGE_SWITCH || v->actor != s || v->plan == NULL) continue;
        if (a == NULL) a = rule_of_some_plans(p, s, running_find(p)->plans);
        if (a == NULL) return;
        diag_error(&p->diag, BH_STAGE_CRASH, stage->at,
                   "stage `%s` starts anew after a crash, but plan `%s`, to which it may switch, goes on from before it",
                   s->name.text, v->plan->name.text);
        diag_note(&p->diag, v->name.at, "by this privilege: give it to who is no stage");
        diag_note(&p->diag, a->name.at, "or let this, which holds in some plans only, hold in all");
        diag_note(&p->diag, at, "or let nothing start the stage anew: `on fault stop`, and no privilege to restart it");
    }
}

static void report_kept(struct policy *p, const struct name *stage, const struct name *kept, const char *cure, struct place at)
{
    diag_error(&p->diag, BH_STAGE_CRASH, stage->at, "stage `%s` starts anew after a crash, but `%s` keeps what was in it",
               stage->text, kept->text);
    diag_note(&p->diag, kept->at, "%s", cure);
    diag_note(&p->diag, at, "or let nothing start the stage anew: `on fault stop`, and no privilege to restart it");
}

static bool is_stage(const struct policy *p, const struct subject *s)
{
    const struct assertion *pipeline;
    const struct name *stage;
    LIST_EACH (pipeline, &p->pipelines) {
        LIST_EACH (stage, &pipeline->stages) {
            if (stage->text != NULL && name_is(stage, s->name.text)) return true;
        }
    }
    return false;
}

/*
 * Whether anything flows from the subject, be it messages or whether it makes room, but what it writes into the stage's own
 * messages: these the stage says itself, by rules that its restart has set back. What is on record of it is left aside.
 */
static bool hands_on(const struct graph *g, const struct subject *s, const struct subject *stage)
{
    const struct graph_edge *e;
    LIST_EACH (e, &g->nodes.items[s->index]->out) {
        bool writes = e->kind == EDGE_SHARED && e->channel != NULL && e->channel->sender == stage;
        bool fills = e->kind == EDGE_BACKPRESSURE && e->to == g->first_reserve + stage->index;
        if (!writes && !fills && e->kind != EDGE_RING) return true;
    }
    return false;
}

/*
 * Whether what the subject wrote into an outbox before its crash reaches others without it. Of another's outbox the other sends
 * it. From its own nothing is sent but what it sends itself, once it has started anew; but who shares it reads there, be it
 * another stage or one who hands on what it reads.
 */
static bool outbox_keeps(const struct policy *p, const struct graph *g, const struct channel *c, const struct subject *s)
{
    if (c->sender != s) return policy_produces(c, s);
    for (uint32_t i = 0; i < c->sharers.count; i++) {
        if (is_stage(p, c->sharers.items[i]) || hands_on(g, c->sharers.items[i], s)) return true;
    }
    return false;
}

/* What it wrote into memory that another has as well, or has yet to read there, outlives its crash. */
static void check_memory(struct policy *p, const struct graph *g, const struct name *stage, const struct subject *s,
                         struct place at)
{
    const struct direct *d;
    const struct channel *c;
    LIST_EACH (d, &p->directs) {
        if (d->sender == s || d->receiver == s)
            report_kept(p, stage, &d->name, "let the channel be mediated: messages that no one has taken are lost then", at);
    }
    LIST_EACH (c, &p->channels) {
        if (outbox_keeps(p, g, c, s))
            report_kept(p, stage, &c->name, "let no one share its outbox: give each who writes a channel of its own", at);
    }
}

/* Whether an assertion says who may restart the subject; it is exact. */
static bool restart_is_claimed(const struct policy *p, const struct subject *s)
{
    const struct claim *c;
    LIST_EACH (c, &p->claims) {
        if (!c->broken && c->kind == CLAIM_RESTART && name_is(&c->object, s->name.text)) return true;
    }
    return false;
}

static void check_stage(struct policy *p, const struct graph *g, const struct name *stage, const struct subject *s)
{
    const struct privilege *v;
    struct place anew = s->fault.restarts.at;
    LIST_EACH (v, &p->privileges) {
        if (v->kind != PRIVILEGE_RESTART || v->target != s || v->actor == NULL) continue;
        if (anew.length == 0) anew = v->name.at;
        if (restart_is_claimed(p, s)) continue;
        diag_error(&p->diag, BH_STAGE_CRASH, stage->at,
                   "`%s` may restart stage `%s`: the line does not stay closed by its crash", v->actor->name.text,
                   s->name.text);
        diag_note(&p->diag, v->name.at, "given here; if it is meant, say `only %s may restart %s;`", v->actor->name.text,
                  s->name.text);
    }
    if (anew.length == 0) return;
    check_forgets(p, stage, s, anew);
    check_plans(p, stage, s, anew);
    check_memory(p, g, stage, s, anew);
}

/* A pipeline's stages, each once, though several pipelines may pass it. */
static void check_crashes(struct policy *p, const struct graph *g)
{
    const struct assertion *pipeline;
    const struct name *stage;
    bool *done = arena_take(p->arena, p->subjects.count + 1);
    LIST_EACH (pipeline, &p->pipelines) {
        if (!stages_are_known(pipeline)) continue;
        LIST_EACH (stage, &pipeline->stages) {
            const struct subject *s = stage_subject(p, pipeline, stage_at);
            if (s == NULL || s->broken || done[s->index]) continue;
            done[s->index] = true;
            check_stage(p, g, stage, s);
        }
    }
}

void policy_check_stages(struct policy *p, const struct graph *g)
{
    const struct assertion *pipeline;
    const struct exception *e;
    uint32_t errors = p->diag.errors;
    LIST_EACH (pipeline, &p->pipelines) {
        LIST_EACH (e, &pipeline->exceptions) {
            if (stages_are_known(pipeline)) check_exception(p, pipeline, e);
        }
    }
    if (p->diag.errors == errors) check_images(p);
    check_crashes(p, g);
}
