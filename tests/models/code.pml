/* SPDX-License-Identifier: Apache-2.0 */
/* One authorization code, and everybody who may come with it at the same moment.
 *
 * A statement is two steps, as PostgreSQL runs it under READ COMMITTED: what it reads (one snapshot), and what it writes and commits. A
 * row that an UPDATE waited for is looked at again before it is written, other rows are not; so between its two steps anything may happen.
 * Whoever dies meanwhile, the server or the database, has written nothing, or has written it and nobody heard the answer.
 *
 * Mutants (-DMUTANT_...) break one guard each; tests/models/check wants every one to be found. */

#define OF_CLIENT 0 /* comes as the code's own client, proven: by its secret, or by the verifier */
#define UNPROVEN  1 /* has the code alone */

#define NO_ROW  0
#define DONE    1
#define USED    2
#define LOST    3 /* no answer came */

/* authorization_code, family and grant: the rows */
bool code_used = false;        /* used_at IS NOT NULL */
bool code_over = false;        /* expires_at <= now() */
byte families = 0;             /* rows of the family whose id stands in the code; the first refresh token stands with it */
bool family_active = false;
bool grant_active = true;

/* what the properties speak of */
byte done_answers = 0;         /* committed first uses */
bool told_used = false;        /* a proven second use was committed */
bool ended_by_unproven = false;
bool began_after_end = false;  /* a first use began when the grant was revoked, or the code over, and was done */
bool honest_has_tokens = false;
bool honest_was_refused = false;
bool others_came = false;      /* a proven use that is not the honest one's */
bool ended_otherwise = false;  /* the code ran out, or the grant was revoked */
bool honest_lost_an_answer = false;

#define usable (families > 0 && family_active && grant_active)

/* schema/queries/code_redeem.sql. `spent` waits for the row and looks at used_at again; client, verifier, redirect URI and the time of the
 * statement's beginning do not change; the grant is seen as it was in the snapshot. */
inline code_redeem(proof)
{
    d_step {
#ifdef MUTANT_THE_END_IS_NOT_LOOKED_AT
        saw = proof == OF_CLIENT && !code_used;
#else
        saw = !code_over && grant_active && proof == OF_CLIENT && !code_used;
#endif
#ifdef MUTANT_A_WRONG_TRY_BURNS_THE_CODE
        code_used = code_used || proof == UNPROVEN;
#endif
        saw_end = code_over || !grant_active
    };
    if
    :: !saw -> result = NO_ROW
    :: saw ->
        if
        :: atomic {
#ifdef MUTANT_USED_IS_NOT_LOOKED_AT_AGAIN
               true ->
#else
               !code_used ->
#endif
               code_used = true;              /* spent */
               families++;                    /* family, and token with it */
               family_active = true;
               done_answers++;
               began_after_end = began_after_end || saw_end;
               result = DONE
           }
#ifndef MUTANT_USED_IS_NOT_LOOKED_AT_AGAIN
        :: atomic { code_used -> result = NO_ROW }
#endif
        :: result = LOST                      /* dead before the commit */
        fi
    fi;
    if
    :: result == DONE -> result = LOST        /* dead after it */
    :: true
    fi
}

/* schema/queries/code_again.sql, asked when code_redeem gave no row. */
inline code_again(proof)
{
    d_step {
#ifdef MUTANT_ANYBODY_ENDS_THE_FAMILY
        saw = code_used
#else
        saw = code_used && proof == OF_CLIENT
#endif
    };
    if
    :: !saw -> result = NO_ROW
    :: saw ->
        if
        :: atomic {
#ifndef MUTANT_A_SECOND_USE_ENDS_NOTHING
               family_active = false;         /* ended */
#endif
               told_used = true;
               ended_by_unproven = ended_by_unproven || proof == UNPROVEN;
               result = USED
           }
        :: result = LOST
        fi
    fi
}

/* server/endpoint, grants/grant_person.c: the one statement, and where it gives nothing the other. */
inline redeem(proof)
{
    code_redeem(proof);
    if
    :: result == NO_ROW -> code_again(proof)
    :: else
    fi
}

/* The client that the person sent the code to. It asks again when no answer came, and once in a while for no reason at all. */
active proctype honest()
{
    bool saw, saw_end;
    byte result, tries = 0;
    do
    :: tries < 3 ->
        tries++;
        redeem(OF_CLIENT);
        if
        :: result == DONE -> honest_has_tokens = true; break
        :: result == LOST -> honest_lost_an_answer = true
        :: else -> honest_was_refused = true; break
        fi
    :: tries == 3 -> break
    od
}

/* The same client's second window, or a thief who has the verifier too. */
active [2] proctype other()
{
    bool saw, saw_end;
    byte result;
    if
    :: atomic { true -> others_came = true };
       redeem(OF_CLIENT)
    :: true
    fi
}

/* Who saw the code in a log or an address line. */
active proctype thief()
{
    bool saw, saw_end;
    byte result, tries = 0;
    do
    :: tries < 2 -> tries++; redeem(UNPROVEN); assert(result != DONE)
    :: true -> break
    od
}

/* schema/queries/grant_revoke.sql. */
active proctype person()
{
    if
    :: atomic { true -> grant_active = false; ended_otherwise = true }
    :: true
    fi
}

active proctype clock()
{
    if
    :: atomic { true -> code_over = true; ended_otherwise = true }
    :: true
    fi
}

/* A code works once; at most one family comes of it. */
ltl once { [] (done_answers <= 1 && families <= 1) }

/* Nothing that began after its end is done. */
ltl never_after_its_end { [] !began_after_end }

/* Once a second use was told, nothing of what the first gave is ever usable again. */
ltl second_use_ends_the_first { [] (told_used -> [] !usable) }

/* Whoever cannot prove to be the client takes nothing and ends nothing. */
ltl unproven_changes_nothing { [] !ended_by_unproven }

/* An honest client that nobody else disturbs is refused only after an answer to it was lost: then the code is spent, and it starts anew. */
ltl honest_is_served { [] (honest_was_refused -> (others_came || ended_otherwise || honest_lost_an_answer)) }

/* The model can do what it is for: these are to be found false. */
ltl reaches_tokens { [] !(honest_has_tokens && usable) }
ltl reaches_a_second_use { [] !(honest_has_tokens && told_used) }
