/* SPDX-License-Identifier: Apache-2.0 */
/* One family of refresh tokens of a public client: rotation, the retry window, and a thief who has a copy of one token.
 *
 * Tokens are numbered in the order in which they were made. A statement is two steps, as PostgreSQL runs it under READ COMMITTED: what it
 * reads (one snapshot), and what it writes and commits. The token's row that an UPDATE waited for is looked at again before it is written,
 * the family's is not; so between the two steps anything may happen. Whoever dies meanwhile, the server or the database, has written
 * nothing, or has written it and nobody heard the answer.
 *
 * Tokens of confidential clients are not here: refresh_keep spends nothing, and a thief without the client's secret cannot ask.
 *
 * Assumed of the honest client: it may ask twice at once and again when no answer came, but uses a new token only when nothing that it
 * asked with the old one is still on its way. (Such a straggler would be taken for a thief. A request lives five seconds, and a client
 * refreshes when its access token ends, ten minutes later.)
 *
 * Mutants (-DMUTANT_...) break one guard each; tests/models/check wants every one to be found. */

#define TOKENS 3 /* the last one is not used any more */
#define NOBODY 0
#define HONEST 1
#define THIEF  2

#define NO_ROW 0
#define DONE   1
#define AGAIN  2
#define USED   3
#define LOST   4 /* no answer came */

/* refresh_token and family: the rows */
byte made = 1;                /* tokens 1 to made are there */
bool spent[TOKENS + 1];       /* spent_at IS NOT NULL */
bool over[TOKENS + 1];        /* spent_at <= now() - refresh_retry */
byte successor[TOKENS];
bool family_active = true;

/* what the properties speak of */
bool caught = false;          /* a use of a spent token, out of its window, was committed */
bool late = false;            /* a window ended while the honest client was still asking */
bool thief_asked = false;
bool honest_refused = false;
bool two_live = false;        /* two tokens that nobody has spent */
bool two_successors = false;  /* one token was answered with two different ones */
bool out_of_window = false;   /* a token gave something to the other party after its window or its successor's use */
bool for_the_dead = false;    /* a use that began in a family that was dead already gave something */
byte by[TOKENS];              /* who got the first answer to it */
bool shared[TOKENS];          /* both parties got an answer to it */

/* the honest client */
byte honest_token = 1;
bool answered[2];             /* which of its two callers has an answer to the token of now */

inline told_of(who, token, heir)
{
    two_successors = two_successors || heir != successor[token];
    out_of_window = out_of_window || (by[token] != NOBODY && by[token] != who && was_over);
    for_the_dead = for_the_dead || was_dead;
    shared[token] = shared[token] || (by[token] != NOBODY && by[token] != who);
    by[token] = (by[token] == NOBODY -> who : by[token])
}

/* schema/queries/refresh_rotate.sql: `spent` waits for the token's row and looks at spent_at again; `fresh` is the successor, drawn by
 * whoever asked and kept with it. */
inline refresh_rotate(who, token)
{
    d_step {
        was_over = over[token] || (spent[token] && spent[successor[token]]);
        was_dead = !family_active;
#ifdef MUTANT_DEAD_FAMILIES_ROTATE
        result = (!spent[token] -> DONE : NO_ROW)
#else
        result = (!spent[token] && family_active -> DONE : NO_ROW)
#endif
    };
    atomic {
        if
        :: result == DONE -> result = LOST    /* dead before the commit */
#ifdef MUTANT_SPENT_IS_NOT_LOOKED_AT_AGAIN
        :: result == DONE && made < TOKENS ->
#else
        :: result == DONE && spent[token] -> result = NO_ROW
        :: result == DONE && !spent[token] ->
#endif
            two_live = two_live || spent[token];
            made++;                           /* fresh */
            spent[token] = true;              /* spent */
            successor[token] = made;
            heir = made;
            told_of(who, token, heir)
        :: result == NO_ROW
        fi
    }
}

/* schema/queries/refresh_again.sql, asked when refresh_rotate gave no row: `token` is the snapshot, `ended` the write. */
inline refresh_again(who, token)
{
    d_step {
        heir = successor[token];
        was_over = over[token] || (spent[token] && spent[heir]);
        was_dead = !family_active;
#ifdef MUTANT_THERE_IS_NO_WINDOW
        retry = false;
#else
        retry = true;
#endif
#ifndef MUTANT_THE_WINDOW_NEVER_ENDS
        retry = retry && !over[token];
#endif
#ifndef MUTANT_THE_SUCCESSOR_MAY_BE_USED
        retry = retry && !spent[heir];
#endif
        result = (family_active && spent[token] -> (retry -> AGAIN : USED) : NO_ROW)
    };
    atomic {
        if
        :: result != NO_ROW -> result = LOST  /* dead before the commit */
        :: result == AGAIN ->
#ifdef MUTANT_EACH_ASKER_GETS_ITS_OWN
            heir = TOKENS;
#endif
            told_of(who, token, heir)
        :: result == USED ->
#ifndef MUTANT_REUSE_ENDS_NOTHING
            family_active = false;            /* ended */
#endif
            caught = true
        :: result == NO_ROW
        fi
    }
}

/* grants/grant_refresh.c, grant_person.c: the one statement, and where it gives nothing the other; and the way of the answer. */
inline refresh(who, token)
{
    refresh_rotate(who, token);
    if
    :: result == NO_ROW -> refresh_again(who, token)
    :: else
    fi;
    atomic {
        retry = false; was_over = false; was_dead = false;
        if
        :: result == DONE || result == AGAIN -> result = LOST; heir = 0
        :: true
        fi
    }
}

/* Two callers of the honest client that ask with the same token at the same moment; each asks until it has an answer. */
active [2] proctype caller()
{
    bool retry, was_over, was_dead;
    byte result, heir;
    do
    :: honest_token < TOKENS && !honest_refused && !answered[_pid] ->
        refresh(HONEST, honest_token);
        atomic {
            if
            :: (result == DONE || result == AGAIN) && answered[1 - _pid] -> answered[1 - _pid] = false; honest_token = heir
            :: (result == DONE || result == AGAIN) && !answered[1 - _pid] -> answered[_pid] = true
            :: result == NO_ROW || result == USED -> honest_refused = true
            :: result == LOST
            fi;
            result = NO_ROW;
            heir = 0
        }
    :: honest_token == TOKENS || honest_refused -> break
    od
}

/* Has a copy of the token that the honest client held at some moment, and goes on from there as if it were the client. */
active proctype thief()
{
    bool retry, was_over, was_dead;
    byte result, heir, token;
    atomic { true -> token = honest_token; thief_asked = true };
    do
    :: token < TOKENS ->
        refresh(THIEF, token);
        atomic {
            if
            :: result == DONE || result == AGAIN -> token = heir
            :: result == LOST
            :: result == NO_ROW || result == USED -> break
            fi;
            result = NO_ROW;
            heir = 0
        }
    :: true -> break
    od
}

/* Half a minute goes by. */
active proctype clock()
{
    byte token;
    do
    :: atomic {
           select (token : 1 .. (TOKENS - 1));
           if
           :: spent[token] && !over[token] ->
              over[token] = true;
              late = late || token == honest_token
           :: else
           fi
       }
    :: break
    od
}

/* Of any number of uses at the same moment one makes a successor: there is always one token that is not spent. */
ltl one_live_token { [] !two_live }

/* Whoever asks with a token is told the same successor, however often, and by whatever answer was lost. */
ltl same_successor { [] !two_successors }

/* Nobody else gets anything for a token after its window, or after its successor was used. */
ltl window_is_kept { [] !out_of_window }

/* Once a spent token came back, the family is dead for ever, for the thief and for the client. */
ltl reuse_ends_the_family { [] (caught -> [] !family_active) }

/* What begins in a dead family gives nothing. */
ltl dead_gives_nothing { [] !for_the_dead }

/* Who is honest, in time and alone is never refused, whatever answers are lost. */
ltl honest_goes_on { [] (honest_refused -> (late || thief_asked)) }

/* All of these at once: one search instead of five. */
ltl never_anything_bad {
    [] (!two_live && !two_successors && !out_of_window && !for_the_dead && (honest_refused -> (late || thief_asked)))
}

/* The model can do what it is for: these are to be found false. */
ltl reaches_the_end { [] !(honest_token == TOKENS) }
ltl reaches_a_catch { [] !(caught && thief_asked) }

/* The price of a retry window, found false too: a thief who asks within the window of each single token, and always before its successor
 * is used, stays beside the client unseen. One that comes a window later but once is caught. */
ltl reaches_a_silent_thief { [] !(shared[1] && shared[2] && !caught) }
