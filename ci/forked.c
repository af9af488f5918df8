/* Runs Criterion's tests by fork alone, for valgrind.
 *
 * Criterion starts the whole program anew for each test, which costs a second of each under valgrind. Linked in front of
 * libcriterion, this takes the place of its main and of what a test calls there, and runs each test in a fork: as
 * separate from the others, with a log of its own, in a tenth of the time. Options: --tap=FILE; others are ignored. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST 300 /* seconds for a test */

/* The linker makes these from the sections that Test() and TestSuite() fill. A program may have no suite. */
extern struct criterion_test *__start_cr_tst[], *__stop_cr_tst[];
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak)), *__stop_cr_sts[] __attribute__((weak));

enum outcome { RIGHT, WRONG, SKIPPED };
static volatile enum outcome *outcome; /* shared with the child */
static const struct criterion_test *current;
static const struct criterion_test_extra_data none, *suite;

/* What a test calls in libcriterion. */

void criterion_internal_test_setup(void)
{
    if (suite->init != NULL) suite->init();
    if (current->data->init != NULL) current->data->init();
}

void criterion_internal_test_main(void (*body)(void))
{
    body();
}

void criterion_internal_test_teardown(void)
{
    if (current->data->fini != NULL) current->data->fini();
    if (suite->fini != NULL) suite->fini();
}

void criterion_send_assert(struct criterion_assert_stats *assertion)
{
    if (assertion->passed) return;
    *outcome = WRONG;
    printf("%s:%u: %s\n", assertion->file, assertion->line, assertion->message);
}

void criterion_abort_test(void)
{
    exit(1);
}

void criterion_continue_test(void)
{
}

void criterion_skip_test(const char *format, ...)
{
    (void)format;
    *outcome = SKIPPED;
    exit(0);
}

void criterion_test_die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    *outcome = WRONG;
    exit(1);
}

static const struct criterion_test_extra_data *suite_of(const struct criterion_test *test)
{
    for (struct criterion_suite **s = __start_cr_sts; s < __stop_cr_sts; s++)
        if (strcmp((*s)->name, test->category) == 0) return (*s)->data;
    return &none;
}

static enum outcome run(const struct criterion_test *test)
{
    current = test;
    suite = suite_of(test);
    if (suite->disabled || test->data->disabled) return SKIPPED;
    if (test->data->kind_ != CR_TEST_NORMAL) {
        printf("parameterized tests are not known here\n");
        return WRONG;
    }
    *outcome = RIGHT;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return WRONG;
    }
    if (child == 0) {
        alarm(LONGEST);
        test->test();
        exit(0);
    }
    int status, wanted = test->data->signal != 0 ? test->data->signal : suite->signal;
    int code = test->data->exit_code != 0 ? test->data->exit_code : suite->exit_code;
    if (waitpid(child, &status, 0) < 0) {
        perror("waitpid");
        return WRONG;
    }
    if (*outcome != RIGHT) return *outcome;
    if (WIFSIGNALED(status) ? WTERMSIG(status) == wanted : wanted == 0 && WEXITSTATUS(status) == code) return RIGHT;
    printf("ended with %s %d\n", WIFSIGNALED(status) ? "signal" : "exit status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return WRONG;
}

int main(int argc, char **argv)
{
    FILE *tap = NULL;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--tap=", 6) == 0 && (tap = fopen(argv[i] + 6, "w")) == NULL) {
            perror(argv[i] + 6);
            return 2;
        }
    }
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    int failed = 0;
    if (tap != NULL) fprintf(tap, "1..%td\n", __stop_cr_tst - __start_cr_tst);
    for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++) {
        enum outcome result = run(*test);
        if (result == WRONG) {
            failed++;
            printf("FAIL %s::%s\n", (*test)->category, (*test)->name);
        }
        if (tap != NULL) {
            fprintf(tap, "%s - %s::%s%s\n", result == WRONG ? "not ok" : "ok", (*test)->category, (*test)->name,
                    result == SKIPPED ? "  # SKIP" : "");
        }
    }
    if (tap != NULL) fclose(tap);
    return failed > 0;
}
