/* Steps as calls. */
#include "run/pseudo.h"
#include "world.h"

#include <criterion/criterion.h>

static const struct {
    const char *operation, *params, *bind, *expect, *error, *when; /* JSON; NULL: none */
    const char *says;
} rows[] = {
    {"new", "{\"model\":\"User\",\"values\":{\"name\":\"a\",\"age\":null}}", "u", NULL, NULL, NULL,
     "u = User(name: \"a\", age: null)"},
    {"new", "{\"model\":\"User\"}", NULL, NULL, "\"argument\"", NULL, "User()   raises \"argument\""},
    {"get", "{\"obj\":{\"$\":\"var\",\"v\":\"u\"},\"name\":\"id\"}", NULL, "{\"~\":\"any\"}", NULL, NULL,
     "u.id   is anything"},
    {"set", "{\"obj\":{\"$\":\"var\",\"v\":\"u\"},\"values\":{\"a\":1,\"b\":{\"$\":\"float\",\"v\":\"1.5\"}}}", NULL, NULL,
     NULL, NULL, "u.a = 1, u.b = 1.5"},
    {"store", "{\"objs\":[{\"$\":\"var\",\"v\":\"u\"},{\"$\":\"var\",\"v\":\"v\"}]}", NULL, NULL,
     "[\"data\",\"integrity.check\"]", "\"sqlite\"", "if \"sqlite\": store(u, v)   raises [\"data\", \"integrity.check\"]"},
    {"query",
     "{\"model\":\"User\",\"q\":[[\"filter_by\",{\"a\":1}],[\"order_by\",\"-id\",[\"a\",\"asc\"]],[\"distinct\"]],\"end\":"
     "\"all\",\"read\":\"a\"}",
     NULL, "[]", NULL, NULL, "User.filter_by(a: 1).order_by(\"-id\", [\"a\", \"asc\"]).distinct().all(), read \"a\"   is []"},
    {"query", "{\"model\":\"User\",\"end\":[\"get\",1]}", "u", NULL, NULL, NULL, "u = User.get(1)"},
    {"stored", "{\"table\":\"user\",\"count\":true}", NULL, "{\"~\":\"db\",\"sqlite\":1,\"postgresql\":2}", NULL, NULL,
     "look: stored(table: \"user\", count: true)   is on sqlite 1, on postgresql 2"},
    {"commit", "{\"session\":\"b\"}", NULL, NULL, NULL, NULL, "commit(session: \"b\")"},
    {"refresh", "{\"obj\":{\"$\":\"var\",\"v\":\"u\"},\"names\":[\"a\"]}", NULL,
     "{\"~\":\"near\",\"v\":\"now\",\"s\":60}", NULL, NULL, "refresh(u, names: [\"a\"])   is near(v: \"now\", s: 60)"},
};

Test(run_pseudo, calls)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec_step step = {.operation = spec_operation_find(rows[i].operation), .bind = rows[i].bind};
        struct text out = {0};
        json_t **parts[] = {&step.params, &step.expect, &step.error, &step.when};
        const char *const texts[] = {rows[i].params, rows[i].expect, rows[i].error, rows[i].when};
        for (size_t j = 0; j < 4; j++) {
            *parts[j] = texts[j] == NULL ? NULL : json_loads(texts[j], JSON_DECODE_ANY, NULL);
        }
        pseudo_step(&step, &out);
        cr_expect_str_eq(text_get(&out), rows[i].says, "row %zu: %s", i, text_get(&out));
        text_free(&out);
        for (size_t j = 0; j < 4; j++) {
            json_decref(*parts[j]);
        }
    }
}
