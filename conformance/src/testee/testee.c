#define _GNU_SOURCE
#include "testee/testee.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "base/utf8.h"
#include "testee/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 * 1024 * 1024, CHUNK = 64 * 1024, EXCERPT = 160 };

/* How long a testee may take to end by itself at end of input, and after SIGTERM. */
#define GRACE 2.0
#define TERM_GRACE 1.0

struct testee {
    struct process process;
    const struct spec *spec;
    double timeout;
    int interrupt_fd;
    bool trace, patient, alive;
    char trace_mark[24];
    double marked; /* by process_now */
    const char *const *secrets;
    int64_t id;         /* of the last request */
    const char *asking; /* its method, while it is open */
    const char *next;   /* the method to be asked, while we look whether it may be */
    struct text input;  /* read from its stdout, not yet used */
    size_t scanned;     /* bytes of it that hold no LF */
    struct text output;
    size_t written;
    struct text errors;
    size_t errors_dropped, errors_mark; /* the mark counts from the start of all stderr */
    struct tail_lines wire;
};

void testee_answer_clear(struct testee_answer *answer)
{
    json_decref(answer->result);
    json_decref(answer->data);
    free(answer->kind);
    free(answer->message);
    *answer = (struct testee_answer){0};
}

/* ---- finding and starting ---------------------------------------------------------------------------------------- */

static bool is_command(const char *impl)
{
    return strpbrk(impl, "/ ") != NULL;
}

static char *adapter_path(const struct testee_options *options)
{
    return memory_format("%s/conformance/adapters/%s/testee", options->root, options->impl);
}

bool testee_find(const struct testee_options *options, char **problem)
{
    if (options->impl[0] == '\0') {
        *problem = memory_copy("--impl: an empty name");
        return false;
    }
    if (is_command(options->impl)) {
        return true; /* the shell will say */
    }
    char *path = adapter_path(options);
    if (access(path, F_OK) != 0) {
        *problem =
            memory_format("--impl %s: there is no adapter of that name (no %s); a command needs a slash or a space",
                          options->impl, path);
    }
    free(path);
    return *problem == NULL;
}

static void no_blocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

struct testee *testee_launch(const struct testee_options *options, char **problem)
{
    *problem = NULL;
    if (!testee_find(options, problem)) {
        return NULL;
    }
    struct testee *testee = memory_get(sizeof *testee);
    bool command = is_command(options->impl);
    char *program = command ? memory_format("exec %s", options->impl) : adapter_path(options);
    char sh[] = "sh", c[] = "-c";
    char *shell[] = {sh, c, program, NULL}, *direct[] = {program, NULL};
    int reason = process_start(&testee->process, command ? shell : direct, -1);
    if (reason != 0) {
        *problem = memory_format("--impl %s: %s cannot be started: %s", options->impl, command ? "sh" : program,
                                 strerror(reason));
        free(program);
        free(testee);
        return NULL;
    }
    free(program);
    no_blocking(testee->process.in);
    no_blocking(testee->process.out);
    no_blocking(testee->process.err);
    testee->timeout = options->timeout > 0 ? options->timeout : TESTEE_TIMEOUT;
    testee->interrupt_fd = options->interrupt_fd;
    testee->trace = options->trace;
    testee->patient = options->patient;
    testee->secrets = options->secrets;
    memcpy(testee->trace_mark, options->mark, sizeof testee->trace_mark);
    testee->marked = process_now();
    testee->alive = true;
    if (options->started != NULL) {
        options->started((int)testee->process.pid);
    }
    return testee;
}

void testee_know(struct testee *testee, const struct spec *spec)
{
    testee->spec = spec;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

enum reading { READ_SOME, READ_NOTHING, READ_END };

static enum reading read_chunk(int fd, char *chunk, size_t *length)
{
    for (;;) {
        ssize_t got = read(fd, chunk, CHUNK);
        if (got > 0) {
            *length = (size_t)got;
            return READ_SOME;
        }
        if (got == 0) {
            return READ_END;
        }
        if (errno == EAGAIN) {
            return READ_NOTHING;
        }
        if (errno != EINTR) {
            return READ_END;
        }
    }
}

static void read_errors(struct testee *testee)
{
    char chunk[CHUNK];
    size_t length = 0;
    /* One chunk at a time: a flood on stderr must not keep us from the deadline. */
    switch (testee->process.err < 0 ? READ_NOTHING : read_chunk(testee->process.err, chunk, &length)) {
    case READ_SOME: {
        size_t before = testee->errors.length + length;
        tail_bytes_add(&testee->errors, chunk, length);
        testee->errors_dropped += before - testee->errors.length;
        break;
    }
    case READ_END:
        process_close(&testee->process.err);
        break;
    case READ_NOTHING:
        break;
    }
}

static enum reading read_input(struct testee *testee)
{
    char chunk[CHUNK];
    size_t length = 0;
    enum reading reading = read_chunk(testee->process.out, chunk, &length);
    if (reading == READ_SOME) {
        text_add_bytes(&testee->input, chunk, length);
    }
    return reading;
}

/* The length of the first line in the input without its LF, or -1. */
static ssize_t find_line(struct testee *testee)
{
    if (testee->input.length == testee->scanned) {
        return -1;
    }
    const char *from = testee->input.data + testee->scanned;
    const char *end = memchr(from, '\n', testee->input.length - testee->scanned);
    if (end == NULL) {
        testee->scanned = testee->input.length;
        return -1;
    }
    return end - testee->input.data;
}

static void use_line(struct testee *testee, size_t length)
{
    text_drop(&testee->input, length + 1);
    testee->scanned = 0;
}

/* ---- breaking ---------------------------------------------------------------------------------------------------- */

/* A short, printable piece of what came over the wire. */
static char *excerpt(const char *bytes, size_t length)
{
    struct text out = {0};
    text_add_char(&out, '"');
    for (size_t i = 0; i < length && i < EXCERPT;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t whole = 1;
        while (c >= 0x80 && whole < 4 && i + whole < length && utf8_valid(bytes + i, whole) < whole) {
            whole++;
        }
        if (c < 0x20 || c == 0x7f || utf8_valid(bytes + i, whole) < whole) {
            text_format(&out, "\\x%02x", c);
            whole = 1;
        } else {
            text_add_bytes(&out, bytes + i, whole);
        }
        i += whole;
    }
    text_add(&out, length > EXCERPT ? "…\"" : "\"");
    return text_take(&out);
}

/* What it still says on stderr is worth a moment: it is usually the reason. */
static void drain_errors(struct testee *testee, double seconds)
{
    double deadline = process_now() + seconds;
    while (testee->process.err >= 0 && process_now() < deadline) {
        struct pollfd fd = {.fd = testee->process.err, .events = POLLIN};
        if (poll(&fd, 1, 20) > 0) {
            read_errors(testee);
        }
    }
}

static void end_process(struct testee *testee)
{
    testee->alive = false;
    if (testee->process.pid != 0) {
        process_stop(&testee->process, 0, TERM_GRACE);
    }
}

static void broken(struct testee *testee, struct testee_answer *answer, char *message)
{
    /* Its stderr ends when the last of its group does, or a moment later. */
    struct process *process = &testee->process;
    int errors = process->err;
    process->err = -1;
    end_process(testee);
    process->err = errors;
    drain_errors(testee, 0.2);
    process_close(&process->err);
    answer->status = TESTEE_BROKEN;
    answer->message = message;
}

static void during(struct testee *testee, struct text *out)
{
    if (testee->asking != NULL) {
        text_format(out, " during `%s` (request %" PRId64 ")", testee->asking, testee->id);
    } else if (testee->next != NULL) {
        text_format(out, " before `%s`", testee->next);
    } else {
        text_add(out, " while nothing was asked");
    }
}

/* Its stdout has ended. */
static void ended(struct testee *testee, struct testee_answer *answer)
{
    struct text message = {0};
    if (process_wait(&testee->process, 1)) {
        text_format(&message, "the testee %s", process_ending(testee->process.status));
    } else {
        text_add(&message, "the testee closed its standard output");
    }
    during(testee, &message);
    if (testee->input.length > 0) {
        char *piece = excerpt(testee->input.data, testee->input.length);
        text_format(&message, ", after half a line: %s", piece);
        free(piece);
    }
    broken(testee, answer, text_take(&message));
}

static void babbled(struct testee *testee, struct testee_answer *answer, const char *what, const char *line,
                    size_t length)
{
    char *piece = excerpt(line, length);
    struct text message = {0};
    text_format(&message, "%s", what);
    during(testee, &message);
    text_format(&message, ": %s", piece);
    free(piece);
    broken(testee, answer, text_take(&message));
}

static void no_answer_line(struct testee *testee, struct testee_answer *answer, const char *line, size_t length)
{
    babbled(testee, answer,
            "a line on standard output that is no answer (what a program prints belongs on standard error)", line,
            length);
}

/* Bytes that answer no open request. */
static void unasked(struct testee *testee, struct testee_answer *answer)
{
    ssize_t end = find_line(testee);
    size_t length = end < 0 ? testee->input.length : (size_t)end;
    const char *line = testee->input.data;
    testee->asking = NULL;
    tail_lines_add(&testee->wire, "← ", line, length);
    json_t *json = json_loadb(line, length, JSON_ALLOW_NUL, NULL);
    json_t *id = json_object_get(json, "id");
    if (json_is_integer(id)) {
        char *piece = excerpt(line, length);
        broken(testee, answer,
               memory_format("an answer to request %" JSON_INTEGER_FORMAT
                             " that was not asked for, or a second one: %s",
                             json_integer_value(id), piece));
        free(piece);
    } else {
        no_answer_line(testee, answer, line, length);
    }
    json_decref(json);
}

/* ---- one request ------------------------------------------------------------------------------------------------- */

static void raised(struct testee *testee, struct testee_answer *answer, json_t *error, const char *line, size_t length)
{
    json_t *code = json_object_get(error, "code"), *message = json_object_get(error, "message");
    json_t *data = json_object_get(error, "data"), *kind = json_object_get(data, "kind");
    if (!json_is_integer(code) || !json_is_string(message) || (data != NULL && !json_is_object(data)) ||
        (kind != NULL && !json_is_string(kind))) {
        babbled(testee, answer, "an error that is not {code, message, data: {kind}}", line, length);
        return;
    }
    if (json_integer_value(code) == -32601) {
        answer->status = TESTEE_ABSENT;
    } else if (kind == NULL) {
        answer->status = TESTEE_FAILED;
    } else if (testee->spec != NULL && !spec_has_kind(testee->spec, json_string_value(kind), true)) {
        answer->status = TESTEE_FAILED;
        answer->message = memory_format("the kind '%s' is not in spec/error-kinds.yaml (%s)", json_string_value(kind),
                                        json_string_value(message));
        return;
    } else {
        answer->status = TESTEE_RAISED;
        answer->kind = memory_copy(json_string_value(kind));
        answer->data = json_incref(data);
    }
    answer->message = memory_copy_bytes(json_string_value(message), json_string_length(message));
}

static void understand(struct testee *testee, struct testee_answer *answer, const char *line, size_t length)
{
    json_error_t where;
    json_t *json = json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
    if (!json_is_object(json)) {
        no_answer_line(testee, answer, line, length);
        json_decref(json);
        return;
    }
    json_t *id = json_object_get(json, "id"), *result = json_object_get(json, "result"),
           *error = json_object_get(json, "error");
    if (!json_is_integer(id) || json_integer_value(id) != testee->id) {
        babbled(testee, answer, "an answer with another id", line, length);
    } else if ((result != NULL) == (error != NULL)) {
        babbled(testee, answer, "an answer that has not either `result` or `error`", line, length);
    } else if (error != NULL) {
        raised(testee, answer, error, line, length);
    } else {
        answer->status = TESTEE_RESULT;
        answer->result = json_incref(result);
    }
    json_decref(json);
}

/* Writes what the pipe takes. */
static void write_output(struct testee *testee)
{
    while (testee->process.in >= 0 && testee->written < testee->output.length) {
        ssize_t done =
            write(testee->process.in, testee->output.data + testee->written, testee->output.length - testee->written);
        if (done > 0) {
            testee->written += (size_t)done;
        } else if (done < 0 && errno == EAGAIN) {
            return;
        } else if (done < 0 && errno != EINTR) {
            process_close(&testee->process.in); /* what it still says decides what happened */
        }
    }
}

/* The line without what nobody is to read (to free), or NULL when it holds nothing such. */
static char *masked(const struct testee *testee, const char *line, size_t length)
{
    struct text out = {0};
    bool found = false;
    if (testee->secrets == NULL || testee->secrets[0] == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < length;) {
        size_t size = 0;
        for (const char *const *secret = testee->secrets; *secret != NULL && size == 0; secret++) {
            size_t wanted = strlen(*secret);
            size = wanted <= length - i && memcmp(line + i, *secret, wanted) == 0 ? wanted : 0;
        }
        found = found || size > 0;
        text_add_bytes(&out, size > 0 ? "***" : line + i, size > 0 ? 3 : 1);
        i += size > 0 ? size : 1;
    }
    if (!found) {
        text_free(&out);
        return NULL;
    }
    return text_take(&out);
}

/* For the report, and for who looks on. */
static void note_line(struct testee *testee, const char *arrow, const char *line, size_t length)
{
    char *plain = masked(testee, line, length), *mark = memory_format("%s ", arrow);
    if (plain != NULL) {
        line = plain;
        length = strlen(plain);
    }
    tail_lines_add(&testee->wire, mark, line, length);
    if (testee->trace) {
        fprintf(stderr, "%s%10.3f ms %s %.*s\n", testee->trace_mark, (process_now() - testee->marked) * 1000, arrow,
                length > INT_MAX ? INT_MAX : (int)length, line);
    }
    free(mark);
    free(plain);
}

static void await(struct testee *testee, double timeout, struct testee_answer *answer)
{
    double limit = timeout > 0 ? timeout : testee->timeout;
    double deadline = process_now() + limit;
    for (;;) {
        ssize_t length = find_line(testee);
        if (length > LINE_MAX_BYTES || (length < 0 && testee->input.length > LINE_MAX_BYTES)) {
            babbled(testee, answer, "a line of more than 16 MiB", testee->input.data, testee->input.length);
            return;
        }
        if (length >= 0) {
            note_line(testee, "←", testee->input.data, (size_t)length);
            understand(testee, answer, testee->input.data, (size_t)length);
            use_line(testee, (size_t)length);
            return;
        }
        double left = testee->patient ? 1 : deadline - process_now();
        if (left <= 0) {
            struct text message = {0};
            text_format(&message, "no answer within %g s", limit);
            during(testee, &message);
            broken(testee, answer, text_take(&message));
            return;
        }
        bool writing = testee->process.in >= 0 && testee->written < testee->output.length;
        struct pollfd fds[] = {
            {.fd = testee->process.out, .events = POLLIN},
            {.fd = testee->process.err, .events = POLLIN},
            {.fd = testee->interrupt_fd, .events = POLLIN},
            {.fd = writing ? testee->process.in : -1, .events = POLLOUT},
        };
        if (poll(fds, sizeof fds / sizeof *fds, left > 1000 ? 1000000 : (int)(left * 1000) + 1) <= 0) {
            continue;
        }
        if (fds[2].revents != 0) {
            answer->status = TESTEE_INTERRUPTED;
            return;
        }
        if (fds[3].revents != 0) {
            write_output(testee);
        }
        if (fds[1].revents != 0) {
            read_errors(testee);
        }
        if (fds[0].revents != 0 && read_input(testee) == READ_END) {
            ended(testee, answer);
            return;
        }
    }
}

static int add_to_text(const char *bytes, size_t length, void *text)
{
    text_add_bytes(text, bytes, length);
    return 0;
}

/* Sends testee->output, which has everything but the LF. */
static void exchange(struct testee *testee, double timeout, struct testee_answer *answer)
{
    note_line(testee, "→", testee->output.data, testee->output.length);
    text_add_char(&testee->output, '\n');
    testee->written = 0;
    write_output(testee);
    await(testee, timeout, answer);
    /* The line and more: nobody asked for more. */
    if (answer->status != TESTEE_BROKEN && answer->status != TESTEE_INTERRUPTED && testee->input.length > 0) {
        testee_answer_clear(answer);
        unasked(testee, answer);
    }
    testee->asking = NULL;
}

static bool ready(struct testee *testee, const char *method, struct testee_answer *answer)
{
    *answer = (struct testee_answer){0};
    if (!testee->alive) {
        answer->status = TESTEE_BROKEN;
        answer->message = memory_copy("the testee is not running");
        return false;
    }
    testee->next = method;
    bool quiet = testee_quiet(testee, 0, answer);
    testee->next = NULL;
    return quiet;
}

void testee_call(struct testee *testee, const char *method, const json_t *params, double timeout,
                 struct testee_answer *answer)
{
    if (!ready(testee, method, answer)) {
        return;
    }
    testee->asking = method;
    text_clear(&testee->output);
    text_format(&testee->output, "{\"jsonrpc\":\"2.0\",\"id\":%" PRId64 ",\"method\":\"%s\",\"params\":", ++testee->id,
                method);
    if (params == NULL) {
        text_add(&testee->output, "{}");
    } else {
        json_dump_callback(params, add_to_text, &testee->output, JSON_COMPACT | JSON_ENCODE_ANY);
    }
    text_add_char(&testee->output, '}');
    exchange(testee, timeout, answer);
}

bool testee_quiet(struct testee *testee, double wait, struct testee_answer *answer)
{
    if (!testee->alive) {
        return true;
    }
    if (wait > 0) {
        struct pollfd fds[] = {{.fd = testee->process.out, .events = POLLIN},
                               {.fd = testee->interrupt_fd, .events = POLLIN}};
        poll(fds, sizeof fds / sizeof *fds, (int)(wait * 1000));
    }
    switch (testee->input.length > 0 ? READ_SOME : read_input(testee)) {
    case READ_NOTHING:
        return true;
    case READ_END:
        ended(testee, answer);
        return false;
    case READ_SOME:
        unasked(testee, answer);
        return false;
    }
    return true;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void free_testee(struct testee *testee)
{
    process_close(&testee->process.in);
    process_close(&testee->process.out);
    process_close(&testee->process.err);
    text_free(&testee->input);
    text_free(&testee->output);
    text_free(&testee->errors);
    tail_lines_free(&testee->wire);
    free(testee);
}

bool testee_stop(struct testee *testee, char **problem)
{
    *problem = NULL;
    if (testee == NULL) {
        return true;
    }
    bool good = true;
    if (testee->alive) {
        /* Both of its outputs end when it does; reading them keeps it from waiting for us. */
        process_close(&testee->process.in);
        double deadline = process_now() + GRACE, left;
        while (testee->process.out >= 0 && (left = deadline - process_now()) > 0) {
            struct pollfd fds[] = {{.fd = testee->process.out, .events = POLLIN},
                                   {.fd = testee->process.err, .events = POLLIN}};
            if (poll(fds, 2, (int)(left * 1000) + 1) <= 0) {
                continue;
            }
            if (fds[1].revents != 0) {
                read_errors(testee);
            }
            if (fds[0].revents != 0 && read_input(testee) == READ_END) {
                process_close(&testee->process.out);
            }
            if (testee->input.length > 0) {
                break;
            }
        }
        left = deadline - process_now();
        bool silent = testee->input.length == 0;
        bool in_time = process_stop(&testee->process, left > 0 ? left : 0, TERM_GRACE);
        if (!silent) {
            char *piece = excerpt(testee->input.data, testee->input.length);
            *problem = memory_format("output after the end of input: %s", piece);
            free(piece);
        } else if (!in_time) {
            *problem = memory_format("did not exit within %g s of the end of input", GRACE);
        } else if (testee->process.status != 0) {
            *problem =
                memory_format("%s at the end of input, not with status 0", process_ending(testee->process.status));
        }
        good = *problem == NULL;
    }
    free_testee(testee);
    return good;
}

void testee_kill(struct testee *testee)
{
    if (testee != NULL) {
        end_process(testee);
        free_testee(testee);
    }
}

bool testee_not_executable(const struct testee *testee)
{
    /* What sh and env say: 126 found but not executable, 127 not found. */
    int status = testee->process.status;
    return testee->process.pid == 0 && WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127);
}

bool testee_alive(const struct testee *testee)
{
    return testee != NULL && testee->alive;
}

/* ---- what was said ----------------------------------------------------------------------------------------------- */

void testee_mark(struct testee *testee)
{
    tail_lines_clear(&testee->wire);
    testee->marked = process_now();
    read_errors(testee);
    testee->errors_mark = testee->errors_dropped + testee->errors.length;
}

void testee_print_wire(const struct testee *testee, struct text *out)
{
    tail_lines_print(&testee->wire, out);
}

void testee_print_stderr(const struct testee *testee, size_t lines, struct text *out)
{
    const struct text *errors = &testee->errors;
    size_t from = testee->errors_mark > testee->errors_dropped ? testee->errors_mark - testee->errors_dropped : 0;
    if (from >= errors->length) {
        return;
    }
    size_t start = errors->length;
    if (errors->data[start - 1] == '\n') {
        start--;
    }
    while (start > from && (errors->data[start - 1] != '\n' || --lines > 0)) {
        start--;
    }
    text_add_bytes(out, errors->data + start, errors->length - start);
    if (errors->data[errors->length - 1] != '\n') {
        text_add_char(out, '\n');
    }
}
