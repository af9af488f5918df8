#include "run/outputs.h"

#include "report/html.h"
#include "run/complain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JSON, JUNIT, TAP, TEXT, HTML, BADGE };

static bool open_one(struct output *output)
{
    if (output->path != NULL && (output->file = fopen(output->path, "we")) == NULL) {
        complain("%s %s: %s", output->option, output->path, strerror(errno));
        return false;
    }
    return true;
}

static bool write_one(struct output *output, const struct text *text)
{
    bool good = fwrite(text_get(text), 1, text->length, output->file) == text->length;
    good = fclose(output->file) == 0 && good;
    output->file = NULL;
    if (!good) {
        complain("%s %s: %s", output->option, output->path, strerror(errno));
    }
    return good;
}

bool outputs_open(struct outputs *outputs, const struct output_options *options)
{
    *outputs = (struct outputs){{
        [JSON] = {"--json", options->json, NULL},
        [JUNIT] = {"--junit", options->junit, NULL},
        [TAP] = {"--tap", options->tap, NULL},
        [TEXT] = {"--text", options->text, NULL},
        [HTML] = {"--html", options->html, NULL},
        [BADGE] = {"--badge", options->badge, NULL},
    }};
    for (int i = 0; i < OUTPUTS; i++) {
        if (!open_one(&outputs->items[i])) {
            outputs_close(outputs);
            return false;
        }
    }
    return true;
}

void outputs_close(struct outputs *outputs)
{
    for (int i = 0; i < OUTPUTS; i++) {
        if (outputs->items[i].file != NULL) {
            fclose(outputs->items[i].file);
            outputs->items[i].file = NULL;
        }
    }
}

/* False: it was said. */
static bool make(int kind, const struct results_set *set, struct text *text)
{
    char *problem = NULL;
    bool good = true;
    switch (kind) {
    case JSON:
        results_write(set->items[0], text);
        break;
    case JUNIT:
        results_junit(set, text);
        break;
    case TAP:
        results_tap(set, text);
        break;
    case TEXT:
        results_print_set(set, false, text);
        break;
    case HTML:
        html_report(set, text);
        break;
    case BADGE:
        good = results_badge(set, text, &problem);
        break;
    default:
        break;
    }
    if (!good) {
        complain("%s", problem);
        free(problem);
    }
    return good;
}

bool outputs_write(struct outputs *outputs, const struct results_set *set)
{
    struct text text = {0};
    bool good = true;
    for (int i = 0; i < OUTPUTS; i++) {
        if (outputs->items[i].file != NULL) {
            text_clear(&text);
            good = make(i, set, &text) && write_one(&outputs->items[i], &text) && good;
        }
    }
    text_free(&text);
    outputs_close(outputs);
    return good;
}

bool outputs_read(struct results_set *set, const struct strings *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        char *problem = NULL;
        struct results *results = results_read(paths->items[i], &problem);
        if (results == NULL) {
            complain("%s", problem);
            free(problem);
            return false;
        }
        results_set_add(set, results);
    }
    results_set_label(set);
    return true;
}

bool output_text(const char *option, const char *path, const struct text *text)
{
    struct output output = {option, path, NULL};
    return open_one(&output) && write_one(&output, text);
}

bool outputs_colored(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || *no_color == '\0');
}
