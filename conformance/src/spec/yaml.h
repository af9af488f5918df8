/* A strict YAML file as a tree of typed nodes: spec/README.md, "YAML". */
#ifndef SPEC_YAML_H
#define SPEC_YAML_H
#include "base/arena.h"
#include "spec/spec.h"

enum yaml_kind { YAML_NULL, YAML_BOOLEAN, YAML_INTEGER, YAML_REAL, YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    bool plain;          /* a scalar without quotes */
    const char *text;    /* scalars: as written (quotes and escapes undone), NUL-ended */
    size_t length;       /* of text */
    size_t count;        /* of items */
    struct yaml **keys;  /* of a map: scalars */
    struct yaml **items; /* of a list, or the values of a map */
    struct spec_place place;
};

/* Reads a file (`shown` is its name in messages) or a text. NULL when it was refused; each refusal was reported. The
 * tree lives in `arena`. */
struct yaml *yaml_read(struct arena *arena, const char *path, const char *shown, spec_report *report, void *context);
struct yaml *yaml_parse(struct arena *arena, const char *text, size_t length, const char *shown, spec_report *report,
                        void *context);

/* The value of a key, or NULL. */
struct yaml *yaml_get(const struct yaml *map, const char *key);
bool yaml_is_text(const struct yaml *node, const char *text);
/* "a map", "a list", "text", "an integer" … */
const char *yaml_kind_name(const struct yaml *node);

/* What a map may hold. */
struct yaml_key {
    const char *name;
    bool required;
};
/* Is it a map with these keys only (`keys` ends with a NULL name)? `what` names the thing in messages ("a case"). */
bool yaml_check_map(const struct yaml *node, const char *what, const struct yaml_key *keys, spec_report *report,
                    void *context);

/* Reports with printf's formats. */
void yaml_refuse(spec_report *report, void *context, const struct spec_place *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#endif
