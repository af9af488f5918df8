#include "run/known_write.h"

#include "base/glob.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { REASON_BYTES = 300 };

/* Lines of the file that belong to an entry: its comment, then the entry itself. Counted from 0, the end excluded. */
struct extent {
    size_t comment, begin, end;
};

struct lines {
    char **items; /* with their LF */
    size_t count;
};

static struct lines split(const char *text)
{
    struct lines lines = {0};
    for (const char *at = text == NULL ? "" : text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        length += at[length] == '\n';
        lines.items = memory_resize(lines.items, lines.count + 1, sizeof(char *));
        lines.items[lines.count++] = memory_copy_bytes(at, length);
        at += length;
    }
    return lines;
}

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->items[i]);
    }
    free(lines->items);
}

static char first_letter(const char *line)
{
    return line[strspn(line, " \t")];
}

/* Where each entry lies; false when two share a line, or one does not begin with its dash. */
static bool find_extents(const struct known *known, const struct lines *lines, struct extent *extents)
{
    size_t free_from = 0;
    for (size_t i = 0; i < known->count; i++) {
        size_t line = (size_t)known->entries[i].place.line - 1;
        while (line < lines->count && line > free_from && first_letter(lines->items[line]) != '-') {
            line--;
        }
        if (line >= lines->count || line < free_from || first_letter(lines->items[line]) != '-') {
            return false;
        }
        extents[i].begin = extents[i].comment = line;
        while (extents[i].comment > free_from && first_letter(lines->items[extents[i].comment - 1]) == '#') {
            extents[i].comment--;
        }
        if (i > 0) {
            extents[i - 1].end = extents[i].comment;
        }
        extents[i].end = lines->count;
        free_from = line + 1;
    }
    return true;
}

/* ---- new text ---------------------------------------------------------------------------------------------------- */

static void add_scalar(struct text *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";
    if (text[0] >= 'a' && text[0] <= 'z' && text[strspn(text, plain)] == '\0' && strpbrk(text, "./_") != NULL) {
        text_add(out, text);
        return;
    }
    text_add_char(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            text_add_char(out, '\\');
        }
        if (c < 0x20 || c == 0x7f) {
            text_format(out, c == '\n' ? " " : "\\x%02x", c);
        } else {
            text_add_char(out, (char)c);
        }
    }
    text_add_char(out, '"');
}

static void add_key(struct text *out, const char *key, const char *value)
{
    if (value != NULL) {
        text_format(out, "  %s: ", key);
        add_scalar(out, value);
        text_add_char(out, '\n');
    }
}

/* The name that `database` has for exactly these, or NULL for all. */
static const char *database_key(const bool *databases)
{
    return databases[SPEC_SQLITE] && databases[SPEC_POSTGRESQL] ? NULL
           : databases[SPEC_SQLITE]                             ? spec_database_name(SPEC_SQLITE)
                                                                : spec_database_name(SPEC_POSTGRESQL);
}

static void add_entry(struct text *out, const char *id, const bool *databases, const struct known_entry *like)
{
    const char *database = database_key(databases);
    text_add(out, "- case: ");
    add_scalar(out, id);
    text_add_char(out, '\n');
    if (database != NULL) {
        text_format(out, "  database: %s\n", database);
    }
    add_key(out, "versions", like->versions);
    add_key(out, "reason", like->reason);
    add_key(out, "url", like->url);
    add_key(out, "expires", like->expires);
}

/* "  case: x" → the indentation before `case`, when the line gives that key its value; else NULL. */
static char *key_indent(const char *line, const char *key)
{
    size_t indent = strspn(line, " ");
    if (line[indent] == '-') {
        indent += 1 + strspn(line + indent + 1, " ");
    }
    size_t length = strlen(key);
    if (strncmp(line + indent, key, length) != 0 || line[indent + length] != ':') {
        return NULL;
    }
    char *spaces = memory_copy_bytes(line, indent);
    for (char *c = spaces; *c != '\0'; c++) {
        *c = ' ';
    }
    return spaces;
}

/* The comment behind a value: " # so", with its LF, or the LF alone. */
static const char *line_end(const char *line)
{
    const char *comment = strstr(line, " #");
    return comment != NULL && strchr(comment, '"') == NULL && strchr(comment, '\'') == NULL ? comment : "\n";
}

/* The entry's own lines with another case and database. False when it has another form than a key on each line. */
static bool edit(struct text *out, const struct lines *lines, const struct extent *extent, const char *id,
                 const bool *databases)
{
    const char *database = database_key(databases);
    bool found = false;
    struct text edited = {0};
    for (size_t i = extent->begin; i < extent->end; i++) {
        char *is_case = key_indent(lines->items[i], "case"), *is_database = key_indent(lines->items[i], "database");
        if (is_case != NULL) {
            text_add_bytes(&edited, lines->items[i], strlen(is_case));
            text_add(&edited, "case: ");
            add_scalar(&edited, id);
            text_add(&edited, line_end(lines->items[i]));
            if (database != NULL) {
                text_format(&edited, "%sdatabase: %s\n", is_case, database);
            }
            found = true;
        } else if (is_database != NULL && i == extent->begin) {
            found = false; /* the dash would go with it */
            free(is_database);
            break;
        } else if (is_database == NULL) {
            text_add(&edited, lines->items[i]);
        }
        free(is_case);
        free(is_database);
    }
    if (found) {
        text_add(out, text_get(&edited));
    }
    text_free(&edited);
    return found;
}

static void add_lines(struct text *out, const struct lines *lines, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        text_add(out, lines->items[i]);
    }
}

/* ---- what is left of an entry ------------------------------------------------------------------------------------ */

enum verdict_of { UNKNOWN, FAILS, PASSES };

/* What the run says about the id, as far as this entry stands for it. */
static enum verdict_of said_of(const struct known_rewrite *rewrite, const struct known_entry *entry, const char *id,
                               enum spec_database database)
{
    for (size_t i = 0; i < rewrite->count; i++) {
        const struct known_news *news = &rewrite->news[i];
        if (news->database == database && strcmp(news->id, id) == 0 &&
            known_find(rewrite->known, id, database) == entry) {
            return news->verdict == JUDGE_STALE ? PASSES : news->verdict == JUDGE_KNOWN ? FAILS : UNKNOWN;
        }
    }
    return UNKNOWN;
}

struct rest {
    const char **ids; /* that the entry names */
    bool (*stays)[SPEC_DATABASES];
    size_t count;
    bool any, gone;               /* some stay, some go */
    bool whole[SPEC_DATABASES];   /* all stay */
    bool nothing[SPEC_DATABASES]; /* none stays */
};

static struct rest find_rest(const struct known_rewrite *rewrite, const struct known_entry *entry)
{
    struct rest rest = {.whole = {true, true}, .nothing = {true, true}};
    for (const char *const *id = rewrite->ids; *id != NULL; id++) {
        if (!glob_match(entry->pattern, *id)) {
            continue;
        }
        rest.ids = memory_resize(rest.ids, rest.count + 1, sizeof *rest.ids);
        rest.stays = memory_resize(rest.stays, rest.count + 1, sizeof *rest.stays);
        rest.ids[rest.count] = *id;
        for (int i = 0; i < SPEC_DATABASES; i++) {
            bool named = entry->databases[i];
            bool stays = named && (!entry->holds || !rewrite->ran[i] ||
                                   said_of(rewrite, entry, *id, (enum spec_database)i) != PASSES);
            rest.stays[rest.count][i] = stays;
            rest.any = rest.any || stays;
            rest.gone = rest.gone || (named && !stays);
            rest.whole[i] = rest.whole[i] && stays;
            rest.nothing[i] = rest.nothing[i] && !stays;
        }
        rest.count++;
    }
    return rest;
}

static void narrow(struct text *out, const struct lines *lines, const struct extent *extent,
                   const struct known_entry *entry, const struct rest *rest)
{
    bool all[SPEC_DATABASES], even = true;
    for (int i = 0; i < SPEC_DATABASES; i++) {
        all[i] = entry->databases[i] && rest->whole[i];
        even = even && (all[i] || rest->nothing[i]);
    }
    add_lines(out, lines, extent->comment, extent->begin);
    if (even) { /* the pattern stays, for one database */
        if (!edit(out, lines, extent, entry->pattern, all)) {
            add_entry(out, entry->pattern, all, entry);
        }
        return;
    }
    bool first = true;
    for (size_t i = 0; i < rest->count; i++) {
        const bool *stays = rest->stays[i];
        if (!stays[SPEC_SQLITE] && !stays[SPEC_POSTGRESQL]) {
            continue;
        }
        if (!first || !edit(out, lines, extent, rest->ids[i], stays)) {
            add_entry(out, rest->ids[i], stays, entry);
        }
        first = false;
    }
}

/* ---- new failures ------------------------------------------------------------------------------------------------ */

static bool may_be_named(const struct known_rewrite *rewrite, const char *id)
{
    for (const char *const *name = rewrite->ids; *name != NULL; name++) {
        if (strcmp(*name, id) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_new(const struct known_rewrite *rewrite, const struct known_news *news)
{
    return (news->verdict == JUDGE_FAIL || news->verdict == JUDGE_ERROR) && may_be_named(rewrite, news->id) &&
           known_find(rewrite->known, news->id, news->database) == NULL;
}

static bool is_expired(const struct known_rewrite *rewrite, const struct known_news *news)
{
    const struct known_entry *entry = known_find(rewrite->known, news->id, news->database);
    return entry != NULL && entry->expired && (news->verdict == JUDGE_FAIL || news->verdict == JUDGE_ERROR);
}

static void add_new(struct known_rewrite *rewrite, struct text *out)
{
    for (size_t i = 0; i < rewrite->count; i++) {
        const struct known_news *news = &rewrite->news[i];
        bool databases[SPEC_DATABASES] = {false}, told = false;
        if (!is_new(rewrite, news)) {
            rewrite->expired += is_expired(rewrite, news);
            continue;
        }
        for (size_t j = 0; j < rewrite->count; j++) {
            if (strcmp(rewrite->news[j].id, news->id) == 0 && is_new(rewrite, &rewrite->news[j])) {
                databases[rewrite->news[j].database] = true;
                told = told || j < i;
            }
        }
        if (told) {
            continue;
        }
        const char *message = news->message == NULL ? "it fails" : news->message;
        size_t length = strlen(message) > REASON_BYTES ? utf8_valid(message, REASON_BYTES) : strlen(message);
        char *reason = memory_format("Not looked into yet: %.*s", (int)length, message);
        add_entry(out, news->id, databases, &(struct known_entry){.reason = reason});
        free(reason);
        rewrite->added++;
    }
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static void add_old(struct known_rewrite *rewrite, const struct lines *lines, const struct extent *extents,
                    struct text *out)
{
    for (size_t i = 0; i < rewrite->known->count; i++) {
        const struct known_entry *entry = &rewrite->known->entries[i];
        struct rest rest = find_rest(rewrite, entry);
        if (!rest.gone) {
            add_lines(out, lines, extents[i].comment, extents[i].end);
        } else if (rest.any) {
            narrow(out, lines, &extents[i], entry, &rest);
            rewrite->narrowed++;
        } else {
            /* What stands at the top of the file is about the file. */
            add_lines(out, lines, extents[i].comment, extents[i].comment == 0 ? extents[i].begin : 0);
            rewrite->removed++;
        }
        free(rest.ids);
        free(rest.stays);
    }
}

static bool is_empty_list(const char *line)
{
    return strncmp(line + strspn(line, " "), "[]", 2) == 0;
}

char *known_rewrite(struct known_rewrite *rewrite, char **problem)
{
    const struct known *known = rewrite->known;
    struct lines lines = split(rewrite->text);
    struct extent *extents = memory_array(known->count + 1, sizeof *extents);
    struct text out = {0};
    *problem = NULL;
    if (!find_extents(known, &lines, extents)) {
        *problem = memory_format("%s: to be rewritten, each entry needs lines of its own, the first with its dash",
                                 known->path);
    } else {
        for (size_t i = 0; i < (known->count > 0 ? extents[0].comment : lines.count); i++) {
            if (known->count > 0 || !is_empty_list(lines.items[i])) {
                text_add(&out, lines.items[i]);
            }
        }
        add_old(rewrite, &lines, extents, &out);
        if (out.length > 0 && out.data[out.length - 1] != '\n') {
            text_add_char(&out, '\n');
        }
        add_new(rewrite, &out);
        if (rewrite->removed == known->count && rewrite->added == 0) {
            text_add(&out, "[]\n");
        }
    }
    free(extents);
    free_lines(&lines);
    if (*problem != NULL) {
        text_free(&out);
        return NULL;
    }
    return text_take(&out);
}
