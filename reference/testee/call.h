/* One request in hand: its parameters, its answer, and the memory that lives as long as both. */
#ifndef TESTEE_CALL_H
#define TESTEE_CALL_H
#include <jansson.h>
#include <orm.h>

/* JSON-RPC's codes, and the protocol's own for errors that the ORM raised. */
enum call_code {
    CALL_PARSE = -32700,
    CALL_REQUEST = -32600,
    CALL_NO_METHOD = -32601,
    CALL_PARAMS = -32602,
    CALL_INTERNAL = -32603,
    CALL_ORM = -32000
};

struct call {
    json_t *params; /* borrowed */
    json_t *result; /* owned; NULL answers {} */
    struct {
        int code; /* 0: none */
        char message[640];
        const char *kind; /* of the ORM's errors */
        char table[64], column[64], sqlstate[6];
    } failure;
    struct call_memory *memory;
};

/* Each returns false, so that `return call_…(c, …)` ends an operation. */
bool call_bad(struct call *, const char *format, ...) ORM_PRINTF_(2, 3);     /* the request is wrong */
bool call_lacks(struct call *, const char *format, ...) ORM_PRINTF_(2, 3);   /* this testee does not have it */
bool call_raised(struct call *, orm_status, const orm_error *);             /* the ORM says no; the error may be NULL */
bool call_raised_text(struct call *, orm_status, const char *format, ...) ORM_PRINTF_(3, 4);

void *call_alloc(struct call *, size_t size); /* zeroed, freed by call_end; never NULL */
void call_end(struct call *);
void *must(void *);                           /* the testee itself dies when it is out of memory */

/* Parameters. The text is NULL where an optional one is absent or null. */
bool call_text(struct call *, const char *name, bool required, const char **out);
bool call_flag(struct call *, const char *name, bool *out);                  /* leaves *out alone when absent */
bool call_array(struct call *, const char *name, json_t **out);
bool call_object(struct call *, const char *name, json_t **out);             /* NULL when absent */
#endif
