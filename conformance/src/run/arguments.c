#include "run/arguments.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strings_add(struct strings *strings, const char *text)
{
    strings->items = memory_resize(strings->items, strings->count + 2, sizeof *strings->items);
    strings->items[strings->count++] = text;
    strings->items[strings->count] = NULL;
}

void strings_free(struct strings *strings)
{
    free(strings->items);
    *strings = (struct strings){0};
}

static bool take_value(const struct argument *argument, const char *value, char **problem)
{
    switch (argument->kind) {
    case ARGUMENT_FLAG:
        *(bool *)argument->target = true;
        return true;
    case ARGUMENT_LIST:
        strings_add(argument->target, value);
        return true;
    case ARGUMENT_TEXT:
        if (*(const char **)argument->target != NULL) {
            *problem = memory_format("%s is given twice", argument->name);
            return false;
        }
        *(const char **)argument->target = value;
        return true;
    case ARGUMENT_NUMBER:
        if (!number_parse_float(value, argument->target) ||
            !(*(double *)argument->target >= 0 && *(double *)argument->target < 1e15)) {
            *problem = memory_format("%s %s: that is no number that it can take", argument->name, value);
            return false;
        }
        if (argument->given != NULL) {
            *argument->given = true;
        }
        return true;
    }
    return false;
}

static bool take_option(const struct argument *table, char **words, int count, int *at, char **problem)
{
    const char *word = words[*at], *equals = strchr(word, '=');
    size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
    for (const struct argument *argument = table; argument->name != NULL; argument++) {
        if (strlen(argument->name) != length || strncmp(argument->name, word, length) != 0) {
            continue;
        }
        if (argument->kind == ARGUMENT_FLAG) {
            if (equals != NULL) {
                *problem = memory_format("%s takes no value", argument->name);
                return false;
            }
            return take_value(argument, NULL, problem);
        }
        if (equals == NULL && *at + 1 == count) {
            *problem = memory_format("%s needs a value: %s", argument->name, argument->value);
            return false;
        }
        return take_value(argument, equals != NULL ? equals + 1 : words[++*at], problem);
    }
    *problem = memory_format("unknown option %.*s", (int)length, word);
    return false;
}

bool arguments_parse(const struct argument *table, int count, char **words, struct strings *others, char **problem)
{
    *problem = NULL;
    bool options = true;
    for (int i = 0; i < count; i++) {
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
        } else if (options && words[i][0] == '-' && words[i][1] != '\0') {
            if (!take_option(table, words, count, &i, problem)) {
                return false;
            }
        } else {
            strings_add(others, words[i]);
        }
    }
    return true;
}

void arguments_print(const struct argument *table)
{
    for (const struct argument *argument = table; argument->name != NULL; argument++) {
        char *left = memory_format("%s%s%s", argument->name, argument->value != NULL ? " " : "",
                                   argument->value != NULL ? argument->value : "");
        printf("  %-22s %s\n", left, argument->help);
        free(left);
    }
}
