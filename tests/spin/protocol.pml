/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One protocol that two CPUs move: monitor/kernel/flow.c, decide_commit(), and judge() and pass() of mediate.c, while two
 * others start subjects again whose restarts reset the protocol (channel.c) and begin both channels anew.
 *
 * The protocol: IDLE -ask-> ASKED -grant-> GRANTED -use-> IDLE; `refuse` leads from ASKED to IDLE, `hello` stays in IDLE, and
 * GRANTED runs out. CPU 0 sends ask, use and hello, CPU 1 grant and refuse, as often and in such order as it likes. The word
 * holds the state and when it was entered, by a clock so coarse that a word may come back while somebody looks away.
 *
 * `now_word` is what no program has: the word if each message were judged and committed in one instant, in the order of the
 * commits. Whoever passes must pass there too; whoever is denied was denied by the word that it read in one instant.
 *
 * What is committed before the protocol comes to rest is lost with the old epochs, what is committed later is not: so nothing
 * of a new epoch rests on what is lost with an old one. All runs end (the search for livelocks).
 * WORD_ALONE: without the channels, so that more messages and restarts can be searched.
 * ENDLESS: CPU 1 sends without end, as a hostile subject may, and no restart comes; CPU 0 has judged all its messages some day.
 */
#define IDLE 0
#define ASKED 1
#define GRANTED 2
#define NONE 3                        /* no step */
#ifdef WITHOUT_LAST_TRY
#define ENDLESS
#endif
#ifdef ENDLESS
#define WORD_ALONE
#define TRIES 2
#define RESTARTS 0
#endif
#ifndef RESTARTS
#define RESTARTS 2
#endif
#define WORD(state, time) ((state) * 8 + (time))
#define LASTS 2                       /* GRANTED, in units of the clock */
#define CLOCK_END 3
#ifndef MESSAGES
#define MESSAGES 2                    /* of each CPU */
#endif
#ifndef TRIES
#define TRIES 8                       /* IMAGE_COMMIT_TRIES: more than others can move here, so that none is refused unjudged */
#endif
#define ROOM 1                        /* records that the audit ring takes from each CPU */

mtype = { ask, use, hello, grant, refuse }

byte word, now_word, clock;
byte passed[2], recorded[2];          /* of each CPU */
byte turns[2], published[2], first[2];          /* of each CPU's channel: monitor_senders[], monitor_first[] */
byte before_rest[2];                  /* what had passed when the protocol last came to rest */
byte telling;                         /* restarts that are being told */
bool granted;                         /* and not yet used, refused or reset */

/* follow_timeouts(): an earlier look at the clock than the word's is none. */
inline follow(w, now, state)
{
    state = w / 8;
    if
    :: state == GRANTED && now >= w % 8 + LASTS -> state = IDLE
    :: else
    fi
}

/* What `message` leads to from `state`. */
inline find_step(state, message, to)
{
    if
    :: state == IDLE && message == ask -> to = ASKED
    :: state == IDLE && message == hello -> to = IDLE
    :: state == ASKED && message == grant -> to = GRANTED
    :: state == ASKED && message == refuse -> to = IDLE
    :: state == GRANTED && message == use -> to = IDLE
    :: else -> to = NONE
    fi
}

/* A step of a sender's own count, which a restart reads. */
inline turn()
{
    turns[cpu]++
}

inline choose(cpu, message)
{
    if
    :: cpu == 0 -> message = ask
    :: cpu == 0 -> message = use
    :: cpu == 0 -> message = hello
    :: cpu == 1 -> message = grant
    :: cpu == 1 -> message = refuse
#ifdef ENDLESS
    :: cpu == 1 -> message = ask                  /* so that this CPU alone can move the word for ever */
#endif
    fi
}

proctype sender(byte cpu)
{
    mtype message;
    byte seen, state, to, expected, now, count, tries;
    bool allowed;

    do
    :: count < MESSAGES ->
#ifdef ENDLESS
        if :: cpu == 0 -> count++ :: cpu == 1 fi;
#else
        count++;
#endif
        choose(cpu, message);
#if !defined WITHOUT_FIRST_TURN && !defined WORD_ALONE
        turn();
#endif
        tries = 0;
        allowed = false;
        do
        :: tries < TRIES ->
#ifndef WITHOUT_LAST_TRY
            tries++;
#endif
            now = clock;
            d_step {                              /* decide(): one load */
                seen = word;
#ifdef WITHOUT_JUDGING_ANEW
                if
                :: tries == 1 -> follow(seen, now, state); find_step(state, message, to)
                :: else
                fi
#else
                follow(seen, now, state);
                find_step(state, message, to)
#endif
            };
            if
            :: to == NONE -> break                /* denied */
            :: to != NONE
            fi;
#if !defined WITHOUT_RESERVATION && !defined ENDLESS
            if
            :: recorded[cpu] == ROOM -> break     /* can_record(): withheld */
            :: recorded[cpu] < ROOM
            fi;
#endif
#ifdef WITHOUT_ONE_LOAD
            seen = word;
#endif
            atomic {                              /* decide_commit(): one compare and exchange */
                if
#ifndef WITHOUT_EXCHANGE
                :: word == seen ->
#else
                :: true ->
#endif
                    word = WORD(to, now);
                    follow(now_word, now, state);
                    find_step(state, message, expected);
                    assert(expected == to);
                    now_word = word;
                    assert(message != use || granted);
                    granted = message == grant || (granted && message == hello);
                    assert(telling == 0);
                    allowed = true;
#ifndef ENDLESS
                    passed[cpu]++
#endif
#ifndef WITHOUT_EXCHANGE
                :: else
#endif
                fi
            };
            if
            :: allowed -> break
            :: !allowed
            fi
#ifdef ENDLESS
        :: tries == TRIES -> break                /* refused, whatever the word */
#else
        :: tries == TRIES -> assert(false)
#endif
        od;
#ifndef ENDLESS
        if
        :: allowed && recorded[cpu] < ROOM ->     /* pass() */
#ifndef WITHOUT_RECORD_FIRST
            recorded[cpu]++;
#endif
#ifndef WORD_ALONE
            d_step { published[cpu]++; assert(published[cpu] == recorded[cpu]) };
#endif
            assert(passed[cpu] == recorded[cpu])
        :: allowed && recorded[cpu] == ROOM -> assert(false)      /* it passed, and there is no room for its record */
        :: !allowed
        fi;
#endif
#if !defined WITHOUT_SECOND_TURN && !defined WORD_ALONE
        turn()
#endif
    :: count == MESSAGES -> break
    od;
#ifdef ENDLESS
progress:
    cpu != 0                              /* from here on nothing waits */
#endif
}

/* rest(): a loop of compare and exchange, which does as one step what it does in the end. */
inline rest(begins)
{
    atomic {
#if defined WITHOUT_RESTING
        if
        :: begins -> word = WORD(IDLE, clock)
        :: !begins
        fi;
#elif defined WITHOUT_COUNTING
        word = (begins -> WORD(NONE, 1) : WORD(IDLE, clock));
#else
        word = (word < WORD(NONE, 0) -> WORD(NONE, 0) : word) + (begins -> 1 : -1);
        if
        :: word == WORD(NONE, 0) -> word = WORD(IDLE, clock)
        :: else
        fi;
#endif
        now_word = word;
        granted = false;
        telling = telling + (begins -> 1 : -1);
#ifndef WORD_ALONE
        if
        :: begins -> before_rest[0] = passed[0]; before_rest[1] = passed[1]
        :: !begins && telling == 0 -> assert(first[0] == before_rest[0] && first[1] == before_rest[1])
        :: else
        fi
#endif
    }
}

/* at_rest() and begin_epoch(), whose own steps are those of mediated.pml. Out of time, a restart comes back and looks again. */
inline begin_anew(channel)
{
#ifndef WITHOUT_WAIT
    seen = turns[channel];
    do
    :: seen % 2 != 0 && turns[channel] == seen
    :: else -> break
    od;
#endif
    atomic {
        seen = 0;
        if
        :: first[channel] < published[channel] -> first[channel] = published[channel]
        :: else
        fi
    }
}

/*
 * CPUs that start subjects again whose restarts reset the protocol: monitor_restarted(). Each is an end of both channels. (One
 * that sends starts again between its messages; here, amid them too.)
 */
#ifndef ENDLESS
active [RESTARTS] proctype restart()
{
    byte seen;

#ifdef WITHOUT_REST_BEFORE
    begin_anew(0);
#endif
    rest(true);
#ifndef WORD_ALONE
#ifndef WITHOUT_REST_BEFORE
    begin_anew(0);
#endif
    begin_anew(1);
#endif
    rest(false)
}

#endif
active proctype time()
{
    do
    :: clock < CLOCK_END -> clock++
    :: clock == CLOCK_END -> break
    od
}

init { atomic { run sender(0); run sender(1) } }
