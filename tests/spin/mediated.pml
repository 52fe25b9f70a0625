/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mediated channel: monitor/kernel/mediate.c and channel.c on the two ends' CPUs, channels/guest/receiver.c in the receiver,
 * and a sender that writes its outbox whenever it likes. Either end may start again.
 *
 * A message is two words, so that half of one can be seen. The outbox slot holds GOOD or BAD; the monitor lets GOOD pass. A
 * published message is known by its number, which stands in both words of its inbox slot. Loads and stores interleave in program
 * order: x86 keeps stores in order and loads in order, and no end stores one word and then needs to have it seen before it
 * loads another.
 *
 * Nothing in here waits for an end that need not come: if each CPU goes on, every run ends (the search for livelocks).
 */
#define DEPTH 2
#ifndef SENDS
#define SENDS 4                       /* messages that the sender sends */
#endif
#define RESTARTS 1                    /* of each end */
#define BAD 255

byte outbox0, outbox1;                /* shared: the sender writes, the kernel reads */

byte slot0[DEPTH], slot1[DEPTH];      /* the inbox: the kernel writes, the receiver reads */
byte inbox_published, inbox_first, inbox_epoch;

byte published, consumed, first;      /* the kernel's own: monitor_senders[], monitor_consumed[], monitor_first[] */

byte epoch_first;                     /* what no program has: the first message of the epoch that the receiver can see */
byte freed;                           /* what the receiver, or its restart, has given back */
byte lost;                            /* the inbox's count, without what found it full */
byte taken;                           /* messages that a receiver has taken */
byte sent;
bool sender_done;

inline raise_to(word, value)
{
#ifndef WITHOUT_RAISE
    d_step { if :: word < value -> word = value :: else fi }
#else
    word = value
#endif
}

/* begin_epoch(): `at` is the caller's local word. */
inline begin_epoch(at, receiver_restarted)
{
    at = published;
#ifndef WITHOUT_CONSUMED_FIRST
    behind = consumed;
#endif
    atomic {
#ifdef WITHOUT_COUNTING_ONCE
        was = 0;
#else
        was = first;
#endif
        raise_to(first, at)
    };
#ifdef WITHOUT_CONSUMED_FIRST
    behind = consumed;
#endif
    d_step {
        if :: was < behind -> was = behind :: else fi;
        if :: was < at -> lost = lost + at - was :: else fi;
        was = 0;
        behind = 0
    };
    if
#ifdef WITHOUT_KEEPING_SLOTS
    :: true -> d_step { consumed = at; freed = at }
#elif !defined WITHOUT_FREEING_AT_RESTART
    :: receiver_restarted -> d_step { consumed = at; freed = at }
    :: else
#else
    :: receiver_restarted -> freed = at
    :: else
#endif
    fi;
#ifndef WITHOUT_FIRST_BEFORE_EPOCH
    raise_to(inbox_first, at);
    d_step { inbox_epoch++; epoch_first = inbox_first }
#else
    d_step { inbox_epoch++; if :: epoch_first < at -> epoch_first = at :: else fi };
    raise_to(inbox_first, at)
#endif
}

/* receiver_free() and monitor_receive(); an honest receiver is never refused. */
inline receive(at, next)
{
    at = published;
    assert(next >= consumed && next <= at);
    consumed = next;
    freed = next
}

/* The sender's memory at any time, as others that share it or other CPUs of a hostile sender may write it. */
active proctype outbox_writer()
{
    do
    :: d_step { !sender_done -> outbox0 = 0 }
    :: d_step { !sender_done -> outbox0 = BAD }
    :: d_step { !sender_done -> outbox1 = 0 }
    :: d_step { !sender_done -> outbox1 = BAD }
    :: sender_done -> break
    od
}

/* The sender's CPU: the kernel's path of each message, and restarts between messages. */
active proctype sender_cpu()
{
    byte copy0, copy1, i, at, behind, was, restarts;

    do
    :: sent < SENDS ->
        sent++;
        copy0 = outbox0;                          /* copy_in() */
        copy1 = outbox1;
        if
        :: copy0 == BAD || copy1 == BAD           /* decide(): denied */
        :: copy0 != BAD && copy1 != BAD ->
            if
#ifndef WITHOUT_FULL_CHECK
            :: atomic { published - consumed >= DEPTH ->      /* can_record(): dropped and counted */
                   assert(freed != published) }               /* but not where the receiver holds nothing */
#endif
            :: else ->
#ifdef WITHOUT_PRIVATE_COPY
                copy0 = outbox0;
#endif
                assert(copy0 != BAD);             /* what passes is what was judged */
                i = published % DEPTH;
#ifdef WITHOUT_PUBLISHING_LAST
                inbox_published = published + 1;
#endif
                slot0[i] = published + copy0;
                slot1[i] = published + copy1;
#ifdef WITHOUT_OWN_COUNT_FIRST
                inbox_published = published + 1;
#endif
                published++;
                inbox_published = published;
                assert(published - consumed <= DEPTH)
            fi
        fi
    :: restarts < RESTARTS -> restarts++; begin_epoch(at, false)
    :: sent == SENDS -> break
    od;
    sender_done = true
}

/* The receiver's CPU: the receiver itself, its calls, and its restarts. */
active proctype receiver_cpu()
{
    byte epoch, next, now, got0, got1, at, behind, was, restarts;
    bool whole;

    do
    :: /* receiver_take() */
        now = inbox_epoch;
        if
        :: now != epoch -> epoch = now; next = inbox_first
        :: else
        fi;
        if
        :: next < inbox_published ->
            got0 = slot0[next % DEPTH];
            got1 = slot1[next % DEPTH];
            atomic {
#ifndef WITHOUT_EPOCH_AGAIN
                whole = inbox_epoch == now;
#else
                whole = true;
#endif
                if
                :: whole ->
                    assert(got0 == next && got1 == next);     /* not torn, doubled or out of order */
                    assert(next >= epoch_first)               /* nothing of an epoch that has ended */
                :: else
                fi
            };
            if
            :: whole -> next++; taken++
            :: else
            fi
        :: next >= inbox_published && sender_done && inbox_epoch == epoch -> break
        :: next >= inbox_published && !(sender_done && inbox_epoch == epoch)
        fi
    :: freed != next ->
        receive(at, next)
    :: restarts < RESTARTS ->
        restarts++;
        begin_epoch(at, true);
        epoch = inbox_epoch;                      /* receiver_open() */
        next = inbox_first;
#ifndef WITHOUT_FREEING_AT_OPEN
        receive(at, next)
#else
        freed = next
#endif
    od;
    assert(lost + taken >= published && lost <= first)        /* counted if nobody took it, and not twice */
}
