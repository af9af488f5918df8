#include "spec/spec.h"

#include <string.h>

#define SESSION                                                                                                        \
    {                                                                                                                  \
        "session", SPEC_PARAM_TEXT, false                                                                              \
    }
#define PARAMS(...)                                                                                                    \
    (const struct spec_param[])                                                                                        \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
        {                                                                                                              \
            NULL, SPEC_PARAM_ANY, false                                                                                \
        }                                                                                                              \
    }

static const struct spec_operation operations[] = {
    {"hello", NULL, false, true, PARAMS({"protocol", SPEC_PARAM_ANY, true}, {"suite", SPEC_PARAM_TEXT, true}, )},
    {"open", "core", false, false,
     PARAMS({"url", SPEC_PARAM_TEXT, false}, {"root", SPEC_PARAM_TEXT, false}, {"dialect", SPEC_PARAM_TEXT, false},
            {"path", SPEC_PARAM_TEXT, false}, {"socket", SPEC_PARAM_TEXT, false}, {"host", SPEC_PARAM_TEXT, false},
            {"port", SPEC_PARAM_ANY, false}, {"user", SPEC_PARAM_TEXT, false}, {"password", SPEC_PARAM_TEXT, false},
            {"dbname", SPEC_PARAM_TEXT, false}, {"foreign_keys", SPEC_PARAM_BOOLEAN, false},
            {"pool_size", SPEC_PARAM_ANY, false}, {"pool_timeout_ms", SPEC_PARAM_ANY, false},
            {"pre_ping", SPEC_PARAM_BOOLEAN, false}, {"hide_values", SPEC_PARAM_BOOLEAN, false}, )},
    {"dispose", "dispose", false, false, PARAMS()},
    {"ping", "url", false, false, PARAMS()},
    {"define", "core", false, false, PARAMS({"schema", SPEC_PARAM_TEXT, true}, )},
    {"create_all", "ddl", false, false, PARAMS()},
    {"drop_all", "ddl", false, false, PARAMS()},
    {"new", "core", false, false,
     PARAMS({"model", SPEC_PARAM_TEXT, true}, {"values", SPEC_PARAM_MAP, false}, SESSION, )},
    {"get", "core", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, true}, {"name", SPEC_PARAM_TEXT, false}, {"names", SPEC_PARAM_LIST, false},
            SESSION, )},
    {"set", "core", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, true}, {"values", SPEC_PARAM_MAP, true}, SESSION, )},
    {"store", "core", false, false, PARAMS({"objs", SPEC_PARAM_OBJECTS, true}, SESSION, )},
    {"remove", "core", false, false, PARAMS({"objs", SPEC_PARAM_OBJECTS, true}, SESSION, )},
    {"query", "core", false, false,
     PARAMS({"model", SPEC_PARAM_TEXT, false}, {"base", SPEC_PARAM_OBJECT, false}, {"obj", SPEC_PARAM_OBJECT, false},
            {"name", SPEC_PARAM_TEXT, false}, {"q", SPEC_PARAM_LIST, false}, {"end", SPEC_PARAM_ANY, true},
            {"read", SPEC_PARAM_ANY, false}, SESSION, )},
    {"insert_rows", "bulk_insert", false, false,
     PARAMS({"model", SPEC_PARAM_TEXT, true}, {"rows", SPEC_PARAM_LIST, true}, {"keys", SPEC_PARAM_BOOLEAN, false},
            {"statement", SPEC_PARAM_BOOLEAN, false}, SESSION, )},
    {"insert_objects", "bulk_insert", false, false,
     PARAMS({"objs", SPEC_PARAM_OBJECTS, true}, {"keys", SPEC_PARAM_BOOLEAN, false}, SESSION, )},
    {"update_rows", "bulk_update_rows", false, false,
     PARAMS({"model", SPEC_PARAM_TEXT, true}, {"rows", SPEC_PARAM_LIST, true}, SESSION, )},
    {"request_argument", "paginate_request", false, false,
     PARAMS({"request", SPEC_PARAM_TEXT, true}, {"name", SPEC_PARAM_TEXT, true}, {"default", SPEC_PARAM_ANY, true}, )},
    {"rel", "rel.one_to_many", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, true}, {"name", SPEC_PARAM_TEXT, true}, {"do", SPEC_PARAM_TEXT, true},
            {"objs", SPEC_PARAM_OBJECTS, false}, {"at", SPEC_PARAM_ANY, false}, SESSION, )},
    {"build", "saved_queries", false, false,
     PARAMS({"model", SPEC_PARAM_TEXT, false}, {"base", SPEC_PARAM_OBJECT, false}, {"q", SPEC_PARAM_LIST, false},
            SESSION, )},
    {"lookup", "lookup", false, false,
     PARAMS({"model", SPEC_PARAM_TEXT, true}, {"key", SPEC_PARAM_ANY, true}, SESSION, )},
    {"execute", "execute", false, false,
     PARAMS({"sql", SPEC_PARAM_TEXT, true}, {"values", SPEC_PARAM_MAP, false}, {"rows", SPEC_PARAM_BOOLEAN, false},
            SESSION, )},
    {"repr", "repr", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"add", "uow", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"add_all", "uow", false, false, PARAMS({"objs", SPEC_PARAM_OBJECTS, true}, SESSION, )},
    {"delete", "uow", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"flush", "uow", false, false, PARAMS(SESSION, )},
    {"refresh", "refresh", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, true}, {"names", SPEC_PARAM_LIST, false}, SESSION, )},
    {"expire", "expire", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, false}, {"names", SPEC_PARAM_LIST, false}, SESSION, )},
    {"expunge", "expunge", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, false}, SESSION, )},
    {"merge", "merge", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"state", "states", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"contains", "states", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"work", "work_lists", false, false, PARAMS(SESSION, )},
    {"is_modified", "work_lists", false, false, PARAMS({"obj", SPEC_PARAM_OBJECT, true}, SESSION, )},
    {"autoflush", "no_autoflush", false, false, PARAMS({"on", SPEC_PARAM_BOOLEAN, true}, SESSION, )},
    {"begin", "tx", false, false, PARAMS(SESSION, )},
    {"commit", "tx", false, false, PARAMS(SESSION, )},
    {"rollback", "tx", false, false, PARAMS(SESSION, )},
    {"close", "tx", false, false, PARAMS(SESSION, )},
    {"savepoint", "savepoints", false, false, PARAMS({"name", SPEC_PARAM_TEXT, true}, SESSION, )},
    {"savepoint_commit", "savepoints", false, false, PARAMS({"name", SPEC_PARAM_TEXT, true}, SESSION, )},
    {"savepoint_rollback", "savepoints", false, false, PARAMS({"name", SPEC_PARAM_TEXT, true}, SESSION, )},
    {"stats", "stats", false, false, PARAMS({"reset", SPEC_PARAM_BOOLEAN, false}, )},
    {"hash_password", "hashing", false, false,
     PARAMS({"password", SPEC_PARAM_TEXT, true}, {"method", SPEC_PARAM_TEXT, false},
            {"salt_length", SPEC_PARAM_ANY, false}, )},
    {"set_password", "hashing", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, true}, {"password", SPEC_PARAM_TEXT, true}, {"method", SPEC_PARAM_TEXT, false},
            SESSION, )},
    {"check_password", "hashing", false, false,
     PARAMS({"obj", SPEC_PARAM_OBJECT, false}, {"hash", SPEC_PARAM_TEXT, false}, {"password", SPEC_PARAM_TEXT, true},
            SESSION, )},
    {"parse_dotenv", "dotenv", false, false,
     PARAMS({"text", SPEC_PARAM_CONTENT, false}, {"path", SPEC_PARAM_TEXT, false},
            {"interpolate", SPEC_PARAM_BOOLEAN, false}, {"encoding", SPEC_PARAM_TEXT, false},
            {"environment", SPEC_PARAM_MAP, false}, )},
    {"load_dotenv", "dotenv", false, false,
     PARAMS({"path", SPEC_PARAM_TEXT, false}, {"dir", SPEC_PARAM_TEXT, false}, {"filename", SPEC_PARAM_TEXT, false},
            {"override", SPEC_PARAM_BOOLEAN, false}, {"interpolate", SPEC_PARAM_BOOLEAN, false},
            {"encoding", SPEC_PARAM_TEXT, false}, {"environment", SPEC_PARAM_MAP, false},
            {"names", SPEC_PARAM_LIST, false}, )},
    {"find_dotenv", "dotenv", false, false,
     PARAMS({"dir", SPEC_PARAM_TEXT, true}, {"filename", SPEC_PARAM_TEXT, false}, )},
    {"getenv", "dotenv", false, false, PARAMS({"name", SPEC_PARAM_TEXT, true}, )},
    {"parse_url", "url", false, false, PARAMS({"url", SPEC_PARAM_TEXT, true}, )},
    {"migrate", "migrate", false, false,
     PARAMS({"do", SPEC_PARAM_TEXT, true}, {"dir", SPEC_PARAM_TEXT, true}, {"message", SPEC_PARAM_TEXT, false},
            {"rev_id", SPEC_PARAM_TEXT, false}, {"head", SPEC_PARAM_TEXT, false}, {"splice", SPEC_PARAM_BOOLEAN, false},
            {"branch_label", SPEC_PARAM_TEXT, false}, {"depends_on", SPEC_PARAM_LIST, false},
            {"upgrade", SPEC_PARAM_LIST, false}, {"downgrade", SPEC_PARAM_LIST, false},
            {"irreversible", SPEC_PARAM_BOOLEAN, false}, {"compare_type", SPEC_PARAM_BOOLEAN, false},
            {"compare_server_default", SPEC_PARAM_BOOLEAN, false}, {"revision", SPEC_PARAM_TEXT, false},
            {"revisions", SPEC_PARAM_LIST, false}, {"to", SPEC_PARAM_TEXT, false}, {"sql", SPEC_PARAM_BOOLEAN, false},
            {"purge", SPEC_PARAM_BOOLEAN, false}, {"range", SPEC_PARAM_TEXT, false}, )},
    {"release", "core", false, false, PARAMS({"objs", SPEC_PARAM_OBJECTS, true}, )},
    {"reset", "core", false, true, PARAMS()},
    {"stored", NULL, true, false,
     PARAMS({"table", SPEC_PARAM_TEXT, true}, {"columns", SPEC_PARAM_ANY, false}, {"where", SPEC_PARAM_MAP, false},
            {"order", SPEC_PARAM_LIST, false}, {"count", SPEC_PARAM_BOOLEAN, false},
            {"raw", SPEC_PARAM_BOOLEAN, false}, )},
    {"shape", NULL, true, false, PARAMS({"table", SPEC_PARAM_TEXT, true}, )},
    {"behind", NULL, true, false,
     PARAMS({"insert", SPEC_PARAM_TEXT, false}, {"rows", SPEC_PARAM_LIST, false}, {"update", SPEC_PARAM_TEXT, false},
            {"set", SPEC_PARAM_MAP, false}, {"delete", SPEC_PARAM_TEXT, false}, {"where", SPEC_PARAM_MAP, false},
            {"sql", SPEC_PARAM_MAP, false}, {"fill", SPEC_PARAM_TEXT, false}, {"count", SPEC_PARAM_ANY, false},
            {"number", SPEC_PARAM_LIST, false}, {"cycle", SPEC_PARAM_MAP, false},
            {"hold", SPEC_PARAM_ANY, false}, {"release", SPEC_PARAM_BOOLEAN, false},
            {"disconnect", SPEC_PARAM_BOOLEAN, false}, )},
    {"files", NULL, true, false, PARAMS({"like", SPEC_PARAM_TEXT, false}, )},
    {"write", NULL, true, false, PARAMS({"file", SPEC_PARAM_TEXT, true}, {"text", SPEC_PARAM_CONTENT, true}, )},
};

static const struct spec_query_part query_steps[] = {
    {"filter_by", "core", false}, {"filter", "filter", false}, {"order_by", "core", false},
    {"limit", "core", false},     {"offset", "core", false},   {"distinct", "filter", false},
    {"load", "rel.eager", false},
    {"join", "core", false},
    {"outer_join", "core", false},
    {"columns", "columns", false},
    {"group_by", "aggregates", false},
    {"having", "aggregates", false},
    {"union", "set_operations", false},
    {"union_all", "set_operations", false},
    {"intersect", "set_operations", false},
    {"except", "set_operations", false},
    {"for_update", "row_locks", false},
    {"load_only", "partial", false},
    {"defer", "partial", false},
    {"sql", "sql_text", false},
};

static const struct spec_query_part query_ends[] = {
    {"all", "core", false},
    {"first", "core", false},
    {"one", "core", false},
    {"one_or_none", "core", false},
    {"count", "core", false},
    {"get", "core", true},
    {"get_or_404", "not_found", true},
    {"first_or_404", "not_found", false},
    {"one_or_404", "not_found", false},
    {"paginate", "paginate", false},
    {"update", "bulk_update", false},
    {"delete", "bulk_delete", false},
    {"exists", "exists", false},
    {"scalar", "scalar", false},
    {"stream", "stream", true},
    {"rows", "rows", false},
    {"scalars", "rows", false},
    {"named_rows", "columns", false},
    {"statement", "statement_text", false},
};

const struct spec_operation *spec_operations(size_t *count)
{
    *count = sizeof operations / sizeof *operations;
    return operations;
}

const struct spec_operation *spec_operation_find(const char *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}

static const struct spec_query_part *find_part(const struct spec_query_part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i].name, name) == 0) {
            return &parts[i];
        }
    }
    return NULL;
}

const struct spec_query_part *spec_query_step_find(const char *name)
{
    return find_part(query_steps, sizeof query_steps / sizeof *query_steps, name);
}

const struct spec_query_part *spec_query_end_find(const char *name)
{
    return find_part(query_ends, sizeof query_ends / sizeof *query_ends, name);
}

const char *spec_database_name(enum spec_database database)
{
    return database == SPEC_SQLITE ? "sqlite" : "postgresql";
}

const char *spec_level_name(enum spec_level level)
{
    static const char *const names[] = {[SPEC_MUST] = "must", [SPEC_SHOULD] = "should", [SPEC_MAY] = "may"};
    return names[level];
}
