/* SPDX-License-Identifier: Apache-2.0 */
/* Bits a message, messages a second. The logarithm is computed here, so that it is the same on every machine. */
#include "language/capacity.h"
#include "language/check.h"
#include "policy/image.h"

#define LOG_STEPS 24u /* binary digits of a logarithm's fraction */

/* ---- numbers of values: beyond any integer, but exact enough for a logarithm ---- */
/* mantissa times 2 to the power of `power`; the mantissa lies in [1, 2), or is 0. */
struct amount {
    double mantissa;
    int power;
};

static struct amount amount_of(double value)
{
    struct amount n = { value, 0 };
    if (value <= 0) return (struct amount){ 0, 0 };
    while (n.mantissa >= 2) {
        n.mantissa /= 2;
        n.power++;
    }
    return n;
}

static struct amount amount_times(struct amount a, struct amount b)
{
    struct amount n = amount_of(a.mantissa * b.mantissa);
    n.power += a.power + b.power;
    return n;
}

static struct amount amount_plus(struct amount a, struct amount b)
{
    if (a.mantissa <= 0) return b;
    if (b.mantissa <= 0) return a;
    if (a.power < b.power) return amount_plus(b, a);
    double small = b.mantissa;
    for (int i = b.power; i < a.power && small > 0; i++) small /= 2;
    struct amount n = amount_of(a.mantissa + small);
    n.power += a.power;
    return n;
}

static struct amount amount_most(struct amount a, struct amount b)
{
    bool less = a.power < b.power || (a.power == b.power && a.mantissa < b.mantissa);
    return less || a.mantissa <= 0 ? b : a;
}

/* Thousandths, rounded up. Each squaring of the mantissa yields one binary digit. */
static uint64_t amount_log2(struct amount n)
{
    double mantissa = n.mantissa, digit = 0.5, sum = n.power;
    for (uint32_t i = 0; i < LOG_STEPS; i++, digit /= 2) {
        mantissa *= mantissa;
        if (mantissa < 2) continue;
        mantissa /= 2;
        sum += digit;
    }
    uint64_t thousandths = (uint64_t)(sum * 1000);
    return sum * 1000 - (double)thousandths > 1e-3 ? thousandths + 1 : thousandths;
}

/* ---- values of a type ---- */
static struct amount domain_values(const struct field *f)
{
    if (f->domain == DOMAIN_SET) return amount_of(__builtin_popcountll(f->set));
    return amount_of((double)(f->hi - f->lo + 1));
}

static struct amount amount_power(struct amount base, uint32_t times)
{
    struct amount all = amount_of(1);
    for (; times > 0; times >>= 1, base = amount_times(base, base)) {
        if ((times & 1) != 0) all = amount_times(all, base);
    }
    return all;
}

/* Texts of each length, or all elements. With a length field elements count where that does: length_values(). */
static struct amount array_values(const struct field *f)
{
    struct amount all = { 0, 0 };
    if (!f->is_text) return amount_power(domain_values(f), f->elements.count);
    for (uint32_t i = 0; i <= f->elements.count; i++)
        all = amount_plus(all, amount_power(amount_of(TEXT_LAST - TEXT_FIRST + 1), i));
    return all;
}

static bool field_is_length(const field_list *fields, const struct field *f)
{
    const struct field *other;
    LIST_EACH (other, fields) {
        if (other->length_field == f && f->kind == FIELD_NUMBER) return true;
    }
    return false;
}

/* What all arrays of this length field hold together while it has one value. */
static struct amount length_values(const field_list *fields, const struct field *length, wide value)
{
    struct amount all = amount_of(1);
    const struct field *f;
    LIST_EACH (f, fields) {
        if (f->length_field == length) all = amount_times(all, amount_power(domain_values(f), (uint32_t)value));
    }
    return all;
}

static bool domain_has(const struct field *f, wide value)
{
    if (f->domain == DOMAIN_SET) return value < 64 && (f->set >> (uint64_t)value & 1) != 0;
    return value >= f->lo && value <= f->hi;
}

/* A field among its fellows: an array of a length is counted with that. */
static struct amount field_values(const field_list *fields, const struct field *f)
{
    struct amount all = { 0, 0 };
    if (f->kind == FIELD_ARRAY && f->length_field == NULL) return array_values(f);
    if (f->kind != FIELD_NUMBER) return amount_of(1);
    if (!field_is_length(fields, f)) return domain_values(f);
    for (wide v = f->lo; v <= f->hi; v++) {
        if (domain_has(f, v)) all = amount_plus(all, length_values(fields, f, v));
    }
    return all;
}

/* What a case of a union can hold. A union within it counts as its largest case: that is never too little. */
static struct amount case_values(const struct type_case *c)
{
    struct amount all = amount_of(1);
    const struct field *f;
    const struct type_case *inner;
    LIST_EACH (f, &c->fields) {
        struct amount most = field_values(&c->fields, f);
        LIST_EACH (inner, &f->cases) most = amount_most(most, case_values(inner));
        all = amount_times(all, most);
    }
    return all;
}

/* What all unions by this tag hold together while it has one value. */
static struct amount tagged_values(const struct type *t, const struct field *tag, uint64_t bit)
{
    struct amount all = amount_of(1);
    const struct field *f;
    const struct type_case *c;
    LIST_EACH (f, &t->fields) {
        LIST_EACH (c, &f->cases) {
            if (c->tag_field == tag && (c->tag_set & bit) != 0) all = amount_times(all, case_values(c));
        }
    }
    return all;
}

static bool field_is_tag(const struct type *t, const struct field *f)
{
    const struct field *other;
    LIST_EACH (other, &t->fields) {
        if (other->cases.count > 0 && other->cases.items[0]->tag_field == f) return true;
    }
    return false;
}

/* A tag and its unions: for each of its values what the unions hold then. */
static struct amount tag_values(const struct type *t, const struct field *tag)
{
    struct amount all = { 0, 0 };
    for (uint32_t v = 0; v < 64; v++) {
        uint64_t bit = (uint64_t)1 << v;
        if (domain_has(tag, v))
            all = amount_plus(all, amount_times(tagged_values(t, tag, bit), length_values(&t->fields, tag, v)));
    }
    return all;
}

/* What a sender can do instead of sending a message of the type: `others` ways. */
static uint64_t type_bits(const struct type *t, double others)
{
    struct amount all = amount_of(1);
    const struct field *f;
    LIST_EACH (f, &t->fields)
        all = amount_times(all, field_is_tag(t, f) ? tag_values(t, f) : field_values(&t->fields, f));
    return amount_log2(amount_plus(all, amount_of(others)));
}

/* ---- events without a message ---- */
static bool rule_is_free(const struct allow *a)
{
    const struct restrict_rule *r;
    if (a->protocol != NULL || a->record || label_releases(&a->label) || a->body.where != NULL) return false;
    LIST_EACH (r, &a->restricts) {
        if (r->body.where != NULL) return false;
    }
    return true;
}

/*
 * Whether the sender may raise the channel's event alone under this rule: where the channel has one, the kernel takes the first
 * free rule in its tables.
 */
static bool rule_rings(const struct policy *p, const struct allow *a)
{
    const struct allow *other;
    if (a->channel == NULL || a->channel->notify.number == 0 || !rule_is_free(a)) return false;
    if ((p->audit.always_bits & IMAGE_AUDIT_ALLOWED) != 0) return false;
    LIST_EACH (other, &a->channel->allows) {
        if (other->type != NULL && other->type->index < a->type->index && rule_is_free(other)) return false;
    }
    return true;
}

/* Silence, and the event alone, are more values. */
uint64_t capacity_message(const struct policy *p, const struct allow *a)
{
    return type_bits(a->type, rule_rings(p, a) ? 2 : 1);
}

/* ---- rates ---- */
static bool rate_is_less(const struct rate *a, const struct rate *b)
{
    return b == NULL || a->count.number * b->per_ms < b->count.number * a->per_ms;
}

static const struct rate *rate_least(const struct rate *least, const struct rate *r)
{
    bool usable = r->at.length > 0 && !r->unlimited && r->count.known && r->per_ms > 0;
    return usable && rate_is_less(r, least) ? r : least;
}

const struct rate *capacity_rate(const struct policy *p, const struct allow *a)
{
    const struct restrict_rule *r;
    const struct rate *least = rate_least(NULL, &a->body.rate);
    LIST_EACH (r, &p->restricts) {
        if (r->allow == a) least = rate_least(least, &r->body.rate);
    }
    return least;
}

static uint64_t rate_times(const struct rate *r, uint64_t thousandths)
{
    if (r == NULL || !r->count.known || r->per_ms == 0) return CAPACITY_UNBOUNDED;      /* a wrong one has been reported */
    return (uint64_t)((r->count.number * (wide)thousandths * 1000 + r->per_ms - 1) / r->per_ms);
}

/* ---- edges ---- */
static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t capacity_sum(uint64_t a, uint64_t b)
{
    return a == CAPACITY_UNBOUNDED || b == CAPACITY_UNBOUNDED || a > CAPACITY_UNBOUNDED - 1 - b ? CAPACITY_UNBOUNDED : a + b;
}

uint64_t capacity_rule(const struct policy *p, const struct allow *a)
{
    return a->type != NULL ? rate_times(capacity_rate(p, a), capacity_message(p, a)) : CAPACITY_UNBOUNDED;
}

/* What a protocol remembers: its state and its register. */
static uint64_t protocol_bits(const struct protocol *p)
{
    return amount_log2(amount_of(p->states.count)) + 8000 * p->keeps_width;
}

/* Whether messages come that someone holds back: one bit each. */
static uint64_t withheld(const struct policy *p, const struct channel *c)
{
    const struct allow *a;
    uint64_t sum = 0;
    LIST_EACH (a, &p->allows) {
        if (a->channel == c) sum = capacity_sum(sum, rate_times(capacity_rate(p, a), 1000));
    }
    return sum;
}

/* Used or not: one bit each time. */
uint64_t capacity_privilege(const struct policy *p, const struct privilege *v)
{
    const struct restrict_rule *r;
    bool bounded = v->body.rate.at.length > 0 && !v->body.rate.unlimited;
    uint64_t most = bounded ? rate_times(&v->body.rate, 1000) : CAPACITY_UNBOUNDED;
    LIST_EACH (r, &p->restricts) {
        if (r->privilege == v && r->body.rate.at.length > 0) most = least(most, rate_times(&r->body.rate, 1000));
    }
    return most;
}

/* By faults: one bit each. */
static uint64_t fault_restarts(const struct fault *f)
{
    if (f->restarts.at.length == 0) return 0;
    if (!f->restarts.known || !f->period.known || f->period.number <= 0) return CAPACITY_UNBOUNDED;
    return (uint64_t)((f->restarts.number * 1000 * 1000000 + f->period.number - 1) / f->period.number);
}

/* A restart by a privilege is another's act, and counts there. A monitor starts again as its subject does. */
static uint64_t restarts(const struct graph_edge *e, const struct policy *p)
{
    return e->from < p->subjects.count ? fault_restarts(&policy_life(p->subjects.items[e->from])->fault) : 0;
}

uint64_t capacity_edge(const struct policy *p, const struct graph_edge *e)
{
    switch (e->kind) {
    case EDGE_MESSAGE:
        if (e->protocol == NULL) return capacity_rule(p, e->rule);
        return least(capacity_rule(p, e->rule), rate_times(capacity_rate(p, e->rule), 1000 + protocol_bits(e->protocol)));
    case EDGE_STATE:
        return least(capacity_rule(p, e->mover), rate_times(capacity_rate(p, e->mover), protocol_bits(e->protocol)));
    case EDGE_RESTART:
        return restarts(e, p);
    case EDGE_TIME:
    case EDGE_PRIVILEGE: /* what others do to the plan or to a life is bounded where they do it */
        return e->privilege != NULL ? capacity_privilege(p, e->privilege) : CAPACITY_UNBOUNDED;
    case EDGE_BACKPRESSURE:
        if (e->privilege != NULL) return capacity_privilege(p, e->privilege);
        if (e->mover != NULL) return rate_times(capacity_rate(p, e->mover), 1000);
        return e->channel != NULL && e->to == e->channel->receiver->index ? withheld(p, e->channel) : CAPACITY_UNBOUNDED;
    case EDGE_WIRE:
    case EDGE_FEEDBACK: /* a send that finds the inbox full takes no token: there is no rate */
    case EDGE_SHARED:
    case EDGE_RING:
    case EDGE_DIRECT:
        break; /* denials have no rate, and each is recorded */
    }
    return CAPACITY_UNBOUNDED;
}

/* ---- text ---- */
static const char *thousandths_text(struct arena *a, uint64_t n, const char *unit)
{
    if (n < 1000) return arena_print(a, "%llu.%03llu %s", 0ull, (unsigned long long)n, unit);
    uint64_t tenths = (n + 99) / 100;
    return arena_print(a, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10), unit);
}

const char *capacity_text(struct arena *a, uint64_t capacity)
{
    return capacity == CAPACITY_UNBOUNDED ? "unbounded" : thousandths_text(a, capacity, "bit/s");
}

const char *capacity_rule_text(const struct policy *p, const struct allow *a)
{
    const struct rate *r = capacity_rate(p, a);
    if (a->type == NULL) return "";
    const char *bits = thousandths_text(p->arena, capacity_message(p, a), "bit");
    if (r == NULL) return arena_print(p->arena, "%s a message, no rate", bits);
    return arena_print(p->arena, "%s a message x %lld/%s", bits, (long long)r->count.number, r->per.text);
}
