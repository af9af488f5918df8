#include "report/book.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/outputs.h"

#include <stdio.h>
#include <stdlib.h>

struct wishes {
    const char *html, *report;
    struct strings specs, results;
};

static int write_book(const struct place_of_run *place, const struct wishes *wishes)
{
    size_t refused = 0;
    struct spec *spec = spec_load(place->root, wishes->specs.items, complain_place, &refused);
    struct results_set set = {0};
    struct text text = {0};
    char *problem = NULL;
    int status = 2;
    if (spec != NULL && outputs_read(&set, &wishes->results)) {
        struct book book = {.spec = spec, .root = place->root, .set = &set, .report = wishes->report};
        if (book_write(&book, &text, &problem)) {
            status = output_text("--html", wishes->html, &text) ? 0 : 3;
        } else {
            complain("book: %s", problem);
        }
    }
    free(problem);
    text_free(&text);
    results_set_free(&set);
    spec_free(spec);
    return status;
}

int command_book(const struct place_of_run *place, int count, char **words)
{
    struct wishes wishes = {0};
    struct strings others = {0};
    bool help = false;
    const struct argument table[] = {
        {"--html", ARGUMENT_TEXT, &wishes.html, NULL, "FILE", "where the book goes: one page"},
        {"--results", ARGUMENT_LIST, &wishes.results, NULL, "FILE",
         "* a results file (`run --json`): its verdicts stand beside the rules"},
        {"--report", ARGUMENT_TEXT, &wishes.report, NULL, "ADDRESS",
         "of the HTML report of the same files, as seen from the book: verdicts lead there"},
        {"--spec", ARGUMENT_LIST, &wishes.specs, NULL, "PATH", "* further chapters, a file or a folder"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("book: %s", problem);
    } else if (help) {
        printf(
            "usage: %s book [OPTION]… --html FILE\n\n"
            "Renders the specification as a book: how it is written, the chapters with rules, sources and cases, the "
            "closed\nlists, the schemas, the protocol, and how an adapter is written.\n\n",
            place->program);
        arguments_print(table);
        printf("\nExit status: 0 written; 2 wrong usage, a wrong specification, or a file that is no results file; 3 "
               "the book could\nnot be written.\n");
        status = 0;
    } else if (others.count > 0) {
        complain("book: what is '%s'? Results files are given by --results", others.items[0]);
    } else if (wishes.html == NULL) {
        complain("book: where to? --html FILE");
    } else {
        status = write_book(place, &wishes);
    }
    free(problem);
    strings_free(&wishes.specs);
    strings_free(&wishes.results);
    strings_free(&others);
    return status;
}
