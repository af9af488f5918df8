#include "migrate/lexer.h"
#include <string.h>
#include <strings.h>

static const char mark[] = "-- orm:";

orm__lexer orm__lexer_on(const orm__syntax *syntax, const char *text, size_t size, size_t first_line)
{
    return (orm__lexer){ .syntax = syntax, .at = text, .end = text + size, .line = first_line, .fresh = true };
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static bool starts(const char *at, const char *end, const char *with)
{
    size_t size = strlen(with);
    return (size_t)(end - at) >= size && memcmp(at, with, size) == 0;
}

/* Behind the closing quote, which is doubled where it is meant as text; NULL: it is not closed. */
static const char *behind_quotes(const char *at, const char *end, char close, bool backslash)
{
    for (; at < end; at++) {
        if (backslash && *at == '\\' && at + 1 < end)
            at++;
        else if (*at == close && at + 1 < end && at[1] == close)
            at++;
        else if (*at == close)
            return at + 1;
    }
    return NULL;
}

static const char *behind_comment(const orm__lexer *lexer, const char *at)
{
    size_t depth = 0;
    while (at < lexer->end) {
        if (starts(at, lexer->end, "/*") && (depth == 0 || lexer->syntax->nested_comments)) {
            depth++;
            at += 2;
        } else if (starts(at, lexer->end, "*/")) {
            at += 2;
            if (--depth == 0) return at;
        } else {
            at++;
        }
    }
    return NULL;
}

/* At a dollar sign: behind the text between $tag$ and $tag$; the place itself when no such text begins here. */
static const char *behind_dollars(const orm__lexer *lexer, const char *at)
{
    const char *tag_end = at + 1;
    if (tag_end < lexer->end && *tag_end >= '0' && *tag_end <= '9') return at; /* $1 */
    while (tag_end < lexer->end && is_word(*tag_end) && *tag_end != '$') tag_end++;
    if (tag_end >= lexer->end || *tag_end != '$') return at;
    size_t size = (size_t)(tag_end + 1 - at);
    for (const char *close = tag_end + 1; close + size <= lexer->end; close++)
        if (memcmp(close, at, size) == 0) return close + size;
    return NULL;
}

static bool is_literal_prefix(const orm__lexer *lexer, const char *at, size_t *size, bool *backslash)
{
    *backslash = false;
    if (*at == '\'') {
        *size = 1;
        return true;
    }
    bool second = at + 1 < lexer->end && at[1] == '\'';
    if (second && strchr("xXbBnN", *at) != NULL) {
        *size = 2;
        return true;
    }
    if (second && lexer->syntax->escape_strings && (*at == 'e' || *at == 'E')) {
        *size = 2;
        *backslash = true;
        return true;
    }
    if ((*at == 'u' || *at == 'U') && (starts(at + 1, lexer->end, "&'"))) {
        *size = 3;
        return true;
    }
    return false;
}

static char quoted_name_close(const orm__lexer *lexer, char open)
{
    if (open == '"') return '"';
    if (open == '`' && lexer->syntax->backtick_names) return '`';
    if (open == '[' && lexer->syntax->bracket_names) return ']';
    return '\0';
}

static orm__token take(orm__lexer *lexer, enum orm__token_kind kind, const char *end)
{
    if (end == NULL) {
        kind = ORM__BROKEN;
        end = lexer->end;
    }
    orm__token token = { .kind = kind, .at = lexer->at, .size = (size_t)(end - lexer->at), .line = lexer->line };
    for (const char *at = lexer->at; at < end; at++) {
        if (*at == '\n') {
            lexer->line++;
            lexer->fresh = true;
        } else if (kind != ORM__SPACE || !is_space(*at)) {
            lexer->fresh = false;
        }
    }
    lexer->at = end;
    return token;
}

orm__token orm__lex(orm__lexer *lexer)
{
    const char *at = lexer->at, *end = lexer->end;
    size_t prefix;
    bool backslash;
    if (at >= end) return take(lexer, ORM__AT_END, end);
    if (is_space(*at)) {
        while (at < end && is_space(*at)) at++;
        return take(lexer, ORM__SPACE, at);
    }
    if (starts(at, end, "--")) {
        bool directive = lexer->fresh && starts(at, end, mark);
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        orm__token token = take(lexer, ORM__SPACE, line_end == NULL ? end : line_end);
        token.directive = directive;
        return token;
    }
    if (starts(at, end, "/*")) return take(lexer, ORM__SPACE, behind_comment(lexer, at));
    if (is_literal_prefix(lexer, at, &prefix, &backslash))
        return take(lexer, ORM__LITERAL, behind_quotes(at + prefix, end, '\'', backslash));
    if (*at == '$' && lexer->syntax->dollar_quotes) {
        const char *behind = behind_dollars(lexer, at);
        if (behind != at) return take(lexer, ORM__LITERAL, behind);
    }
    char close = quoted_name_close(lexer, *at);
    if (close == ']') {
        const char *bracket = memchr(at, ']', (size_t)(end - at));
        return take(lexer, ORM__NAME, bracket == NULL ? NULL : bracket + 1);
    }
    if (close != '\0') return take(lexer, ORM__NAME, behind_quotes(at + 1, end, close, false));
    if (is_word(*at)) {
        while (at < end && is_word(*at)) at++;
        return take(lexer, ORM__WORD, at);
    }
    return take(lexer, ORM__SYMBOL, at + 1);
}

orm__token orm__lex_solid(orm__lexer *lexer)
{
    orm__token token;
    do token = orm__lex(lexer);
    while (token.kind == ORM__SPACE);
    return token;
}

bool orm__token_is(const orm__token *token, const char *word)
{
    return (token->kind == ORM__WORD || token->kind == ORM__SYMBOL) && strlen(word) == token->size &&
           strncasecmp(token->at, word, token->size) == 0;
}

bool orm__token_name(const orm__token *token, char *out, size_t size)
{
    size_t used = 0;
    if (token->kind == ORM__WORD) {
        if (token->size >= size) return false;
        memcpy(out, token->at, token->size);
        out[token->size] = '\0';
        return true;
    }
    if (token->kind != ORM__NAME) return false;
    char close = token->at[token->size - 1];
    for (size_t i = 1; i + 1 < token->size; i++) {
        if (used + 1 >= size) return false;
        out[used++] = token->at[i];
        if (token->at[i] == close && close != ']') i++; /* it is doubled */
    }
    out[used] = '\0';
    return true;
}

/* Semicolons inside of what CREATE TRIGGER and CREATE FUNCTION bracket with BEGIN and END end nothing. */
typedef struct body {
    enum { FIRST_WORD, CREATES, TRIGGER, ROUTINE, OTHER } is;
    bool after_begin;
    size_t depth;
} body;

static bool is_one_of(const orm__token *token, const char *const *words)
{
    for (; *words != NULL; words++)
        if (orm__token_is(token, *words)) return true;
    return false;
}

/* What a CREATE is about: the first word that is no addition to it. */
static void classify(const orm__lexer *lexer, body *b, const orm__token *token)
{
    static const char *const additions[] = { "temp", "temporary", "or", "replace", "constraint", NULL };
    static const char *const routines[] = { "function", "procedure", NULL };
    if (b->is == FIRST_WORD)
        b->is = orm__token_is(token, "create") ? CREATES : OTHER;
    else if (b->is == CREATES && !is_one_of(token, additions))
        b->is = orm__token_is(token, "trigger") && !lexer->syntax->dollar_quotes    ? TRIGGER
                : is_one_of(token, routines) && lexer->syntax->dollar_quotes ? ROUTINE
                                                                             : OTHER;
}

static void look(const orm__lexer *lexer, body *b, const orm__token *token)
{
    bool begin = token->kind == ORM__WORD && orm__token_is(token, "begin");
    if (token->kind == ORM__WORD) {
        classify(lexer, b, token);
        if (b->depth == 0 && ((b->is == TRIGGER && begin) ||
                              (b->is == ROUTINE && b->after_begin && orm__token_is(token, "atomic"))))
            b->depth = 1;
        else if (b->depth > 0 && orm__token_is(token, "case"))
            b->depth++;
        else if (b->depth > 0 && orm__token_is(token, "end"))
            b->depth--;
    }
    b->after_begin = begin;
}

enum orm__found orm__next_statement(orm__lexer *lexer, orm__statement_text *out)
{
    body b = { 0 };
    const char *last = NULL; /* behind the last token that is no space */
    *out = (orm__statement_text){ 0 };
    for (;;) {
        orm__token token = orm__lex(lexer);
        if (token.kind == ORM__SPACE && token.directive) {
            if (out->at != NULL) return ORM__NOT_ENDED;
            size_t skip = strlen(mark);
            *out = (orm__statement_text){ token.at + skip, token.size - skip, token.line };
            while (out->size > 0 && is_space(*out->at)) out->at++, out->size--;
            while (out->size > 0 && is_space(out->at[out->size - 1])) out->size--;
            return ORM__A_DIRECTIVE;
        }
        if (token.kind == ORM__SPACE) continue;
        if (token.kind == ORM__BROKEN) {
            *out = (orm__statement_text){ token.at, token.size, token.line };
            return ORM__NOT_CLOSED;
        }
        if (token.kind == ORM__AT_END) return out->at == NULL ? ORM__NOTHING : ORM__NOT_CLOSED;
        if (orm__token_is(&token, ";") && b.depth == 0) {
            if (out->at == NULL) continue; /* an empty one */
            out->size = (size_t)(last - out->at);
            return ORM__A_STATEMENT;
        }
        if (out->at == NULL) {
            out->at = token.at;
            out->line = token.line;
        }
        last = token.at + token.size;
        look(lexer, &b, &token);
    }
}
