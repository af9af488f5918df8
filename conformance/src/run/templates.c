#include "run/templates.h"

#include <stddef.h>

/* Paths are those of the project's folder, where make runs. */
#define FOLDER "conformance/src/run/templates/"
#define INCLUDE(symbol, file)                                                                                          \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".globl template_" #symbol "\n"                                                                            \
            "template_" #symbol ":\n.incbin \"" FOLDER file "\"\n.byte 0\n.popsection\n");                             \
    extern const char template_##symbol[];
INCLUDE(python, "testee.py")
INCLUDE(node, "testee.js")
INCLUDE(c, "testee.c.txt")
INCLUDE(c_script, "testee.c.sh")

const struct template_file template_files[] = {
    {"python", "testee", template_python, true},
    {"node", "testee", template_node, true},
    {"c", "testee.c", template_c, false},
    {"c", "testee", template_c_script, true},
    {NULL, NULL, NULL, false},
};
