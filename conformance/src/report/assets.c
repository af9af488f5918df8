#include "report/assets.h"

#include <string.h>

/* Paths are those of the project's folder, where make runs. */
#define FOLDER "conformance/src/report/html/"
#define ASSETS(ASSET)                                                                                                  \
    ASSET(common_css, "common.css")                                                                                    \
    ASSET(marks_css, "marks.css")                                                                                      \
    ASSET(report_css, "report.css")                                                                                    \
    ASSET(report_js, "report.js")                                                                                      \
    ASSET(report_html, "report.html")                                                                                  \
    ASSET(summary_html, "summary.html")                                                                                \
    ASSET(matrix_html, "matrix.html")                                                                                  \
    ASSET(behaviour_html, "behaviour.html")                                                                            \
    ASSET(story_html, "story.html")                                                                                    \
    ASSET(marks_html, "marks.html")                                                                                    \
    ASSET(book_css, "book.css")                                                                                        \
    ASSET(book_js, "book.js")                                                                                          \
    ASSET(book_html, "book.html")                                                                                      \
    ASSET(prose_html, "prose.html")                                                                                    \
    ASSET(rule_html, "rule.html")

#define INCLUDE(symbol, file)                                                                                          \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".globl asset_" #symbol ", asset_" #symbol "_end\n"                                                        \
            "asset_" #symbol ":\n.incbin \"" FOLDER file "\"\n"                                                        \
            "asset_" #symbol "_end:\n.byte 0\n.popsection\n");                                                         \
    extern const char asset_##symbol[], asset_##symbol##_end[];
ASSETS(INCLUDE)

#define ROW(symbol, file) {file, asset_##symbol, asset_##symbol##_end},
static const struct asset assets[] = {ASSETS(ROW)};

const struct asset *asset_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
        if (strlen(assets[i].name) == length && strncmp(assets[i].name, name, length) == 0) {
            return &assets[i];
        }
    }
    return NULL;
}
