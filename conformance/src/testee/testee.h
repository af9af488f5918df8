/* An implementation under test: a process that answers one request at a time (spec/protocol.md). */
#ifndef TESTEE_TESTEE_H
#define TESTEE_TESTEE_H
#include "base/text.h"
#include "spec/spec.h"

struct testee;

struct testee_options {
    const char *root; /* the project's folder */
    const char *impl; /* a name in conformance/adapters, or a command when it holds a space or a slash */
    double timeout;   /* seconds for one operation; 0: TESTEE_TIMEOUT */
    bool trace;       /* each line of the wire goes to our stderr, with the milliseconds since testee_mark */
    char mark[24];    /* before each of these lines */
    bool patient;     /* wait for answers without end: somebody looks at it with a debugger */
    const char *const *secrets; /* texts that nobody is to read on the wire, NULL-ended; or NULL */
    int interrupt_fd; /* readable when the run is to end; -1: none */
    void (*started)(int pid); /* called before anything is asked of a new process; NULL: nobody */
};
#define TESTEE_TIMEOUT 10.0
#define TESTEE_HELLO_TIMEOUT 60.0

enum testee_status {
    TESTEE_RESULT,      /* `result` */
    TESTEE_RAISED,      /* the ORM raised `kind`; `message` says what */
    TESTEE_ABSENT,      /* -32601: it does not have the method, or a part of it */
    TESTEE_FAILED,      /* an error without a kind: its own failure, or it calls the request bad */
    TESTEE_BROKEN,      /* crash, hang or protocol: `message`; testee_alive is false from here on */
    TESTEE_INTERRUPTED, /* the run is to end */
};
struct testee_answer {
    enum testee_status status;
    json_t *result;
    char *kind; /* data.kind, one of the closed list */
    json_t *data; /* all that was told with it */
    char *message;
};
void testee_answer_clear(struct testee_answer *answer);

/* What `hello` said, checked against the closed lists. */
struct testee_hello {
    json_t *json;  /* as it came */
    json_t *facts; /* all facts, those not given with their defaults */
    bool speaks[SPEC_DATABASES];
    bool fixed; /* models: static */
};
bool testee_declares(const struct testee_hello *hello, const char *capability);
void testee_hello_clear(struct testee_hello *hello);
/* Checks the result of `hello`; NULL, and the greeting taken, when it is right, else what is wrong (to free). */
char *testee_take_hello(const struct spec *spec, json_t *result, struct testee_hello *hello);

/* Why a testee could not be had. */
enum testee_failure {
    TESTEE_STARTED,
    TESTEE_UNUSABLE /* no such adapter or program */,
    TESTEE_REFUSED /* it runs, but not by the protocol */,
    TESTEE_STOPPED
};

/* Looks without starting: is there such an adapter? False with *problem (to free). */
bool testee_find(const struct testee_options *options, char **problem);
/* Starts it and exchanges `hello`. Not TESTEE_STARTED: *problem (to free) says why, and *testee is NULL. */
enum testee_failure testee_start(const struct testee_options *options, const struct spec *spec, struct testee **testee,
                                 struct testee_hello *hello, char **problem);
/* Starts it and says nothing; NULL with *problem. */
struct testee *testee_launch(const struct testee_options *options, char **problem);
/* Closes its stdin and waits; kills it when it does not end in time. Frees it; NULL is fine. True when it exited with
 * status 0 in time; else *problem (to free, may be NULL) says what it did. */
bool testee_stop(struct testee *testee, char **problem);
/* Kills its group at once and frees it. */
void testee_kill(struct testee *testee);

/* Did the shell or the kernel refuse to execute its program? */
bool testee_not_executable(const struct testee *testee);
bool testee_alive(const struct testee *testee);

/* One request and its answer. `params` NULL stands for {}. With 0 the timeout of the options counts. */
void testee_call(struct testee *testee, const char *method, const json_t *params, double timeout,
                 struct testee_answer *answer);
/* Waits so long for output that nobody asked for. False when there is some: the answer is TESTEE_BROKEN then. */
bool testee_quiet(struct testee *testee, double wait, struct testee_answer *answer);

/* From here on the tails hold what comes now. */
void testee_mark(struct testee *testee);
void testee_print_wire(const struct testee *testee, struct text *out);
/* The last lines of stderr, at most `lines`. */
void testee_print_stderr(const struct testee *testee, size_t lines, struct text *out);

/* The closed list of kinds, for data.kind; testee_start sets it. */
void testee_know(struct testee *testee, const struct spec *spec);
#endif
