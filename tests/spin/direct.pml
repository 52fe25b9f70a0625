/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A direct channel, lossy or acknowledged: guest/direct_sender.h and direct_receiver.h on two CPUs, in single messages or in
 * batches, with ends that start again at any moment. And the same where one end is hostile first, so that whatever the other
 * loads from it may be any value, and then an honest one starts on what was left.
 *
 * A message is two words, so that half of one can be seen; both hold its number and its sender's life. Numbers are modulo
 * NUMBERS as they are modulo 2^38 in a stamp. What follows a load up to the next one is one step: it is private.
 *
 * Memory order: each CPU has a store buffer, which empties in order and whenever it likes (x86-TSO; Intel SDM volume 3, 9.2).
 * No end loads what it has just stored. One that starts again finds its buffer empty: to start it the kernel has run.
 *
 * Two bounds of the code are not here, as they are for speed: that on a lossy batch, an eighth of the ring, and that on how
 * seldom messages are acknowledged, a quarter of it (of two slots: each).
 */
#define SLOTS 2
#define NUMBERS 12                    /* half of them are more than any end gets ahead of the other, and of what was left */
#define ODD 5                         /* all numbers are alike but those of a ring's first lap and of each slot */
#if defined WITHOUT_CLAMP || defined WITHOUT_GOING_TO_TAKEN || defined WITHOUT_STAYING
#define ATTACK                        /* only then they matter */
#endif
#ifdef WITHOUT_CLAMP
#define ATTACKER RECEIVER
#endif
#ifdef ATTACK
#ifndef ATTACKER
#define ATTACKER SENDER
#endif
#ifndef LOSSY
#define LOSSY false
#endif
#define SENDS 1
#ifndef STORES
#define STORES 1
#endif
#endif
#ifdef WITHOUT_COUNT_OF_ALL
#define SENDS 5
#elif defined WITHOUT_LOOK_AT_BUSY
#define SENDS 4
#endif
#ifndef SENDS
#define SENDS 3
#endif
#ifndef STORES
#define STORES 2                      /* on their way from a CPU, at most */
#endif
#ifdef ATTACK
#define SETTLES (2 * SLOTS)           /* messages of an honest sender after which its receiver knows again where it is */
#define ATTACKED true
#else
#define ATTACKER NOBODY
#define SETTLES 0
#define ATTACKED false
#endif
#define ALL (SENDS + SETTLES)

#define NONE 0                        /* a stamp's kind; all of it is 0 in a slot that nobody has written */
#define WHOLE 1
#define OTHER 2                       /* whole, and not of the expected type or length */
#define BUSY 3
#define STAMP(number, kind) ((number) % NUMBERS * 4 + kind)
#define LAST_STAMP (NUMBERS * 4 - 1)
#define NUMBER(stamp) ((stamp) / 4)
#define KIND(stamp) ((stamp) % 4)
#define IS_WHOLE(stamp) (KIND(stamp) == WHOLE || KIND(stamp) == OTHER)
#define NEXT(number) (((number) + 1) % NUMBERS)
#define FROM(a, b) (((a) + NUMBERS - (b)) % NUMBERS)          /* a - b, of which the greater half is below 0 */
#define IS_BEHIND(a, b) (FROM(a, b) > 0 && FROM(a, b) < NUMBERS / 2)

#define STAMP_AT(number) ((number) % SLOTS)
#define FIRST_AT(number) (SLOTS + (number) % SLOTS)
#define SECOND_AT(number) (2 * SLOTS + (number) % SLOTS)
#define ACKNOWLEDGED (3 * SLOTS)      /* the receiver's page: numbers */
#define TAKEN_TO (3 * SLOTS + 1)      /* a start looks at no more of this word than its number: direct_number_part() */
#define NO_NUMBER NUMBERS             /* every word that has bits of a kind: a refill refuses them all alike and keeps none */
#define UNSEEN 255                    /* what a hostile end has left, until somebody looks at it */

byte memory[3 * SLOTS + 2];
chan sender_stores = [STORES] of { byte, byte };
chan receiver_stores = [STORES] of { byte, byte };

mtype = { NOBODY, SENDER, RECEIVER, EMPTY, TAKEN, LOST, REFUSED, CORRUPT };
mtype hostile = NOBODY;               /* what this end writes is any value at any time */
bool lossy, many, begun;              /* `many`: in batches */
bool sender_ends, receiver_ends;      /* an end is to start again at once */
bool sender_done, receiver_begins;
bool over;                            /* this run shows no more than others do */

/* What no program has. */
byte sent;                            /* messages whose last stamp is stored; those of a sender that is under attack apart */
byte sender_next, delivered;          /* the sender's place; the number behind that of the last message taken */
bool settled = (SETTLES == 0);        /* an attack, if there was one, is long over */

/*
 * Where the peer is hostile, any value up to the last one, each time: what it has stored, when, and how long that was on its
 * way, makes no other run. What it left when its life ended is any value too, but that one from then on. It is chosen when
 * somebody looks: until then nothing comes of it, so that no run is missing, and what is overwritten unseen is one run, not one
 * for each value. In an atomic step.
 */
inline load(into, at, peer, last)
{
    if
    :: hostile == peer -> select(into : 0 .. last)
    :: hostile != peer && memory[at] == UNSEEN -> select(into : 0 .. last); memory[at] = into
    :: hostile != peer && memory[at] != UNSEEN -> into = memory[at]
    fi
}

active proctype sender_buffer()
{
    byte at, value;
end:
    do :: d_step { sender_stores?at,value -> memory[at] = value; at = 0; value = 0 } od
}

active proctype receiver_buffer()
{
    byte at, value;
end:
    do :: d_step { receiver_stores?at,value -> memory[at] = value; at = 0; value = 0 } od
}

/* direct_find_end(): `end` is behind the newest whole message or, if there is none, the first busy one. */
inline find_end(end, word, i)
{
    atomic { end = 0; found_whole = false; found_busy = false };
    do
    :: atomic { i < SLOTS ->
           load(word, STAMP_AT(i), SENDER, LAST_STAMP);
           if
           :: IS_WHOLE(word) && (!found_whole || IS_BEHIND(NEXT(NUMBER(word)), end)) ->
               end = NEXT(NUMBER(word));
               found_whole = true
#ifndef WITHOUT_LOOK_AT_BUSY
           :: KIND(word) == BUSY && !found_whole && (!found_busy || IS_BEHIND(end, NUMBER(word))) ->
               end = NUMBER(word);
               found_busy = true
#endif
           :: else
           fi;
           word = 0;
           i++ }
    :: atomic { i == SLOTS -> i = 0; found_whole = false; found_busy = false; break }
    od
}

/* ---- the sender ---- */
/* direct_sender_start() and direct_sender_mend() */
inline sender_start()
{
#ifndef WITHOUT_FIND_END
    find_end(next, word, i);
#else
    next = 0;
#endif
    if
    :: atomic { !lossy ->
           load(word, TAKEN_TO, RECEIVER, NUMBERS - 1);
           if
           :: FROM(next, word) > SLOTS ->
               assert(ATTACKED);                  /* of an honest receiver it says nothing wrong */
#ifndef WITHOUT_GOING_TO_TAKEN
               next = word
#endif
           :: else
           fi;
           believed = FROM(next, SLOTS);
           word = 0 }
    :: lossy
    fi;
    if
    :: atomic { ATTACKER == SENDER && hostile == NOBODY && next != 0 && next != ODD -> over = true; goto stopped }
    :: else
    fi;
    do
    :: atomic { i < SLOTS ->
           word = memory[STAMP_AT(next + i)];
           if
           :: IS_WHOLE(word) && NUMBER(word) == FROM((next + i) % NUMBERS, SLOTS)
           :: else -> word = 0; sender_stores!STAMP_AT(next + i),STAMP(next + i, BUSY)
           fi;
           word = 0;
           i++ }
    :: atomic { i == SLOTS -> i = 0; break }
    od;
    sender_next = next
}

/* direct_sender_refill() */
inline refill()
{
    atomic {
        load(word, ACKNOWLEDGED, RECEIVER, NO_NUMBER);
        if
#ifndef WITHOUT_CLAMP
        :: word == NO_NUMBER || FROM(word, believed) > FROM(next, believed) -> contradicted = true
#endif
        :: else -> believed = word; credit = SLOTS - FROM(next, believed)
        fi;
        word = 0;
        assert(ATTACKED || !contradicted);
        assert(credit <= SLOTS && FROM(next, believed) <= SLOTS)        /* whatever the receiver says */
    }
}

/* Stores a message's own stamp: from now on the receiver may take it. */
inline stamp_whole()
{
    d_step {
        nfull(sender_stores) -> sender_stores!STAMP_AT(next),STAMP(next, WHOLE);
        assert(ATTACKED || next == sent);         /* each message has a number of its own, the next one */
        next = NEXT(next);
        sender_next = (hostile == NOBODY -> next : 0);
        if :: hostile == NOBODY -> sent++ :: else fi
    }
}

inline stamp_busy(number)
{
    if
    :: lossy -> sender_stores!STAMP_AT(number),STAMP(number, BUSY)
    :: !lossy
    fi
}

/* direct_push(); direct_push_batch() where payloads stand apart from the stamps. In a batch all of one kind go together. */
inline push()
{
#if !defined WITHOUT_BUSY && !defined WITHOUT_FENCE_BEHIND_BUSY
    do
    :: i < count -> stamp_busy(next + i); i++
    :: atomic { i == count -> i = 0; break }
    od;
#endif
#ifdef WITHOUT_STAMP_LAST
    stamp_whole();
    next = FROM(next, 1);
#endif
    do
    :: i < count ->
        sender_stores!FIRST_AT(next + i),(next + i) % NUMBERS + NUMBERS * life;
#ifdef WITHOUT_FENCE_BEHIND_BUSY
        stamp_busy(next + i);
#endif
        sender_stores!SECOND_AT(next + i),(next + i) % NUMBERS + NUMBERS * life;
        i++
    :: atomic { i == count -> i = 0; break }
    od;
#ifdef WITHOUT_STAMP_LAST
    atomic { next = NEXT(next); count-- };
#endif
    do
    :: count > 0 -> stamp_whole(); count--
    :: count == 0 -> break
    od
}

active proctype sender_cpu()
{
    byte next, believed, credit, word, i, count, life;
    bool found_whole, found_busy, contradicted;

    atomic { begun && hostile != SENDER };
again:
    {
        sender_start();
        do
        :: over -> goto stopped
        :: !over && sent < ALL ->
            count = (many && next % SLOTS == 0 && sent + SLOTS <= ALL -> SLOTS : 1);   /* direct_run() */
            if
#ifndef WITHOUT_CREDIT
            :: !lossy && credit < count ->
                refill();
                count = (credit < count -> credit : count)
#endif
            :: else
            fi;
            if
            :: !lossy -> credit = credit - count
            :: lossy
            fi;
            if
            :: count == 0 && contradicted && hostile == NOBODY ->       /* its program starts again */
                atomic { empty(sender_stores) -> contradicted = false; sent = 0; settled = false; goto again }
            :: count == 0 && !(contradicted && hostile == NOBODY) -> contradicted = false
            :: count > 0 -> push()
            fi
        :: !over && sent == ALL -> break
        od
    } unless {
        atomic { sender_ends && empty(sender_stores) ->
            sender_ends = false; life++; credit = 0; count = 0; i = 0; word = 0; contradicted = false; goto again }
    };
    atomic { empty(sender_stores) -> sender_done = true };
stopped:
    skip
}

/* ---- the receiver ---- */
/* direct_passed() and direct_acknowledge() */
inline passed()
{
    if
    :: !lossy ->
#ifndef WITHOUT_TAKEN
        receiver_stores!TAKEN_TO,next;
#endif
        receiver_stores!ACKNOWLEDGED,next
    :: lossy
    fi
}

/* direct_is_lost() */
inline is_lost()
{
    result = LOST;
    kept = (overtaken == 0 -> SLOTS : 1);
    overtaken = 1;
#ifndef WITHOUT_COUNT_OF_ALL
    lost = (ATTACKED -> 0 : (lost + ahead + 1 - kept) % NUMBERS);
#else
    lost = (lost + 1) % NUMBERS;
#endif
    next = (next + ahead + 1 - kept) % NUMBERS;
    kept = 0
}

/* direct_not_expected(), in an atomic step */
inline not_expected()
{
    ahead = FROM(NUMBER(found), next);
    if
    :: ahead == 0 && IS_WHOLE(found) -> result = REFUSED; next = NEXT(next)
    :: (ahead == 0 && KIND(found) == BUSY) || (ahead == NUMBERS - SLOTS && IS_WHOLE(found)) || (found == 0 && next < SLOTS) ->
        result = EMPTY;
        overtaken = 0
    :: else ->
        if
        :: lossy && ahead > 0 && ahead < NUMBERS / 2 && ahead % SLOTS == 0 -> is_lost()
        :: else ->
            result = CORRUPT;
            if
            :: lossy -> next = NUMBER(found)
#ifndef WITHOUT_STAYING
            :: !lossy && ahead < NUMBERS / 2 -> next = NEXT(next)
#else
            :: !lossy -> next = NEXT(next)
#endif
            :: else
            fi
        fi
    fi;
    assert(!settled || (result != CORRUPT && result != REFUSED));
    ahead = 0;
    found = 0
}

/* What the program gets: whole, behind what it got before, and never again. */
inline deliver(number, i)
{
    assert(!settled || (first[i] == second[i] && first[i] % NUMBERS == number));
    if
    :: !ATTACKED -> assert(number >= delivered); delivered = number + 1; taken++
    :: else
    fi
}

/* Copies message `next + i`. */
inline copy(i)
{
    first[i] = memory[FIRST_AT(next + i)];
    second[i] = memory[SECOND_AT(next + i)]
}

/* direct_pop() */
inline pop()
{
    atomic {
        load(found, STAMP_AT(next), SENDER, LAST_STAMP);
        if
        :: found == STAMP(next, WHOLE) -> result = TAKEN
        :: else -> not_expected()
        fi
    };
    if
    :: result == TAKEN ->
#ifdef WITHOUT_FENCE_BEHIND_COPY
        first[0] = memory[FIRST_AT(next)];
#else
        copy(0);
#endif
#ifndef WITHOUT_STAMP_AGAIN
        if
        :: lossy ->
            atomic {
                load(found, STAMP_AT(next), SENDER, LAST_STAMP);
                if
                :: found == STAMP(next, WHOLE)
                :: else -> not_expected()
                fi
            }
        :: !lossy
        fi;
#endif
#ifdef WITHOUT_FENCE_BEHIND_COPY
        second[0] = memory[SECOND_AT(next)];
#endif
        found = 0;
        if
        :: result == TAKEN -> next = NEXT(next); passed(); d_step { deliver(FROM(next, 1), 0) }
        :: result == REFUSED || (result == CORRUPT && !lossy) -> passed()
        :: result != TAKEN && result != REFUSED && (result != CORRUPT || lossy)
        fi
    :: result == REFUSED || (result == CORRUPT && !lossy) -> passed()
    :: result != TAKEN && result != REFUSED && (result != CORRUPT || lossy)
    fi
}

/* direct_pop_batch() of up to two messages, where payloads stand apart from the stamps */
inline pop_batch()
{
    atomic { count = SLOTS - next % SLOTS; result = TAKEN };
    do
    :: atomic { i < count ->
           load(found, STAMP_AT(next + i), SENDER, LAST_STAMP);
           if
           :: found == STAMP(next + i, WHOLE) -> i++
           :: found != STAMP(next + i, WHOLE) && i > 0 -> count = i
           :: found != STAMP(next + i, WHOLE) && i == 0 -> not_expected(); count = 0
           fi;
           found = 0 }
    :: atomic { i == count -> i = 0; break }
    od;
    if
    :: count > 0 ->
        do
        :: i < count -> copy(i); i++
        :: atomic { i == count -> i = 0; break }
        od;
#ifndef WITHOUT_STAMP_AGAIN
        do
        :: atomic { lossy && i < count ->
               load(found, STAMP_AT(next + i), SENDER, LAST_STAMP);
               i++;
               if
               :: found != STAMP(next + i - 1, WHOLE) -> torn = i
               :: else
               fi;
               found = 0 }
        :: atomic { !lossy || i == count -> i = 0; break }
        od;
#endif
        next = (next + count) % NUMBERS;
        passed();
        d_step {
            lost = (ATTACKED -> 0 : (lost + torn) % NUMBERS);
            do
            :: torn < count -> deliver(FROM((next + torn) % NUMBERS, count), torn); torn++
            :: torn == count -> break
            od;
            torn = 0;
            count = 0
        }
    :: count == 0 && (result == REFUSED || (result == CORRUPT && !lossy)) -> passed()
    :: count == 0 && result != REFUSED && (result != CORRUPT || lossy)
    fi
}

/* direct_receiver_start() */
inline receiver_start()
{
    if
    :: atomic { !lossy -> load(next, TAKEN_TO, RECEIVER, NUMBERS - 1) };
        receiver_stores!ACKNOWLEDGED,next
    :: lossy ->
        find_end(next, found, i);
        do
        :: atomic { i < SLOTS ->
               load(found, STAMP_AT(FROM(next, 1)), SENDER, LAST_STAMP);
               i++;
               if
               :: IS_WHOLE(found) && NUMBER(found) == FROM(next, 1) -> next = FROM(next, 1)
               :: else -> i = SLOTS
               fi;
               found = 0 }
        :: atomic { i == SLOTS -> i = 0; begin = (ATTACKED -> 0 : next); delivered = begin; break }
        od
    fi
}

active proctype receiver_cpu()
{
    byte next, found, ahead, kept, overtaken, i, count, torn, taken, lost, begin;
    byte first[SLOTS], second[SLOTS];
    bool found_whole, found_busy, late;
    mtype result;

    atomic { begun && hostile != RECEIVER -> if :: over -> goto stopped :: else fi };
again:
    {
        receiver_start();
        receiver_begins = true;
        do
        :: if
           :: !many -> pop()
           :: many -> pop_batch()
           fi;
           if
           :: atomic { over -> goto stopped }
           :: atomic { !over && sender_done && result == EMPTY && next == sender_next -> break }
           :: else ->
               d_step {
                   first[0] = 0; second[0] = 0; first[1] = 0; second[1] = 0;
                   settled = settled || (late && sent >= SETTLES && (result == TAKEN || result == EMPTY));
                   late = sent >= SETTLES && hostile == NOBODY;      /* the next call may still find what the attack has left */
                   result = 0
               }
           fi
        od
    } unless {
        atomic { receiver_ends && empty(receiver_stores) ->
            receiver_ends = false; overtaken = 0; i = 0; count = 0; torn = 0; taken = 0; lost = 0; found = 0;
            first[0] = 0; second[0] = 0; first[1] = 0; second[1] = 0; goto again }
    };
    assert(ATTACKED || !lossy || FROM(next, begin) == taken + lost);
stopped:
    skip
}

init
{
    atomic {
#ifdef ATTACK                         /* in single messages; the one way or the other */
        lossy = LOSSY;
        hostile = ATTACKER;
#else
        if :: lossy = true :: lossy = false fi;
        if :: many = true :: many = false fi;
#endif
        begun = true
    };
#ifdef ATTACK
    atomic {
        (hostile == RECEIVER || receiver_begins);
        if
        :: hostile == SENDER -> memory[STAMP_AT(0)] = UNSEEN; memory[STAMP_AT(1)] = UNSEEN
        :: hostile == RECEIVER ->
            /* All numbers are alike, and both slots, but before the first stamps are mended: until then one slot's is 0. */
            over = NUMBER(memory[STAMP_AT(0)]) != 0;
            memory[ACKNOWLEDGED] = UNSEEN;
            memory[TAKEN_TO] = UNSEEN
        fi;
        hostile = NOBODY
    }
#else
    if :: sender_ends = true :: true fi;
    if :: receiver_ends = true :: true fi
#endif
}
