/* What was said in a case, word by word and with what each step is judged by, for people and for `replay`.
 *
 * A transcript is a file of JSON lines: first what it is about, with the whole case; then one line for each request, and
 * for each look of the runner's own; last the verdict. Texts of one run alone (paths, names and passwords of databases)
 * stand as ${dir}, ${root}, ${database.url} and such. */
#ifndef RUN_TRANSCRIPT_H
#define RUN_TRANSCRIPT_H
#include "database/database.h"
#include "testee/testee.h"

enum { TRANSCRIPT_FORMAT = 1 };

struct transcript {
    bool on;
    double begin;           /* of the case, by process_now */
    json_t *before, *lines; /* how the schema was made ready; the case */
    size_t step;            /* in hand, from 1; 0: none */
};

/* The database is gone, and with it what made it ready. */
void transcript_forget(struct transcript *transcript);
/* From here on it is about a case. */
void transcript_begin(struct transcript *transcript);
void transcript_end(struct transcript *transcript);
void transcript_free(struct transcript *transcript);

void transcript_call(struct transcript *transcript, const char *method, const json_t *params,
                     const struct testee_answer *answer);
/* Of the runner itself: "stored", "rows" … `result` and `problem` may be NULL. */
void transcript_own(struct transcript *transcript, const char *what, const json_t *params, const json_t *result,
                    const char *problem);

/* Puts ${name} where a value of the environment stands in a text, at any depth; a new value. */
json_t *transcript_portable(const json_t *json, const json_t *environment);

/* FOLDER/DATABASE/ID.jsonl; `head` and `verdict` are taken over. NULL with *problem (to free). */
char *transcript_write(const struct transcript *transcript, const char *folder, const char *database, const char *id,
                       json_t *head, json_t *verdict, const json_t *environment, char **problem);
#endif
