/* liborm: an object-relational mapper for C, on SQLite and PostgreSQL.
 *
 * Read this file from top to bottom: it is the manual, in the order in which a program needs things.
 * examples/quickstart.c is a whole program.
 *
 * The rules that hold everywhere:
 *   - A function that can fail returns an orm_status, and the compiler asks you to look at it. Out-parameters come last.
 *   - Objects belong to the session that made them (or took them in), and live until it is closed or they are freed.
 *   - What you put into a member must live until the next flush, which copies it. A text or JSON that you read from a member is
 *     valid until that object's next refresh, flush, rollback or commit.
 *   - Column names are always quoted and values always bound: no text of yours becomes SQL.
 *   - A database may be shared by threads; a session, its objects and its queries belong to one thread at a time.
 */
#ifndef ORM_H
#define ORM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ORM_API __attribute__((visibility("default")))
#define ORM_MUST_USE __attribute__((warn_unused_result))
#define ORM_PRINTF_(text, first) __attribute__((format(printf, text, first)))
#else
#error "liborm needs the GNU dialect of C11: __typeof__ and attributes (gcc or clang)"
#endif
#define ORM_VERSION "0.1.0"
/* Into `buffer`, which is returned: the version of "liborm", "sqlite" or "libpq" as it runs; NULL for another name. */
ORM_API const char *orm_version_of(const char *library, char buffer[32]);

/* ---- 1. Status and errors ------------------------------------------------------------------------------------------------ */

/* One line for each status: name, kind (as the specification spells it), text. */
#define ORM_STATUS_MAP(X) \
    X(ORM_OK,             "",                      "done") \
    X(ORM_NOMEM,          "database.failure",      "out of memory") \
    X(ORM_ARGUMENT,       "argument",              "the call itself is wrong") \
    X(ORM_MAPPING,        "mapping",               "a model that cannot be") \
    X(ORM_CONFIG,         "config",                "a missing or malformed database URL or option") \
    X(ORM_CONNECT,        "database.connect",      "the database cannot be reached") \
    X(ORM_LOCKED,         "database.locked",       "the database is locked by somebody else") \
    X(ORM_BUSY,           "database.busy",         "all connections are in use") \
    X(ORM_FAILURE,        "database.failure",      "the database failed") \
    X(ORM_NO_TABLE,       "schema.no_table",       "no such table or column") \
    X(ORM_EXISTS,         "schema.exists",         "the table is there already") \
    X(ORM_NOT_FOUND,      "not_found",             "no such row") \
    X(ORM_MULTIPLE,       "multiple",              "more than one row") \
    X(ORM_UNIQUE,         "integrity.unique",      "a unique constraint is violated") \
    X(ORM_NOT_NULL,       "integrity.not_null",    "a value is missing") \
    X(ORM_FOREIGN_KEY,    "integrity.foreign_key", "a foreign key is violated") \
    X(ORM_CHECK,          "integrity.check",       "a check constraint is violated") \
    X(ORM_DATA,           "data",                  "a value that the column cannot hold") \
    X(ORM_MIGRATION,      "migration",             "the revisions do not allow it") \
    X(ORM_STALE,          "state.stale",           "the object's row is gone") \
    X(ORM_DETACHED,       "state.detached",        "the object is in no session") \
    X(ORM_STATE,          "state.object",          "the object's state does not allow it") \
    X(ORM_NOT_LOADED,     "state.not_loaded",      "a relationship that may not be loaded by an access") \
    X(ORM_CYCLE,          "state.cycle",           "objects that each need the other to be stored first") \
    X(ORM_NEEDS_ROLLBACK, "state.rollback_needed", "a flush failed: roll back first") \
    X(ORM_ABORTED,        "state.aborted",         "the transaction is aborted: roll back first")
typedef enum orm_status {
#define X(name, kind, text) name,
    ORM_STATUS_MAP(X)
#undef X
    ORM_STATUS_COUNT_ /* no status */
} orm_status;

/* What went wrong. Of fixed size: reporting an error never allocates. Passwords never appear in it.
 * `sqlstate` is PostgreSQL's, else empty; `table` and `column` are empty where the database does not tell. */
typedef struct orm_error {
    orm_status status;
    char       sqlstate[6];
    char       table[64], column[64];
    char       message[512];
} orm_error;

ORM_API const char *orm_status_text(orm_status);
ORM_API const char *orm_status_kind(orm_status);  /* "integrity.unique"; "" for ORM_OK */
ORM_API int         orm_http_status(orm_status);  /* 200; ORM_NOT_FOUND 404; else 500 */

/* The error idiom: `orm_status rc;` above, `fail:` below. */
#define ORM_TRY(call) do { rc = (call); if (rc != ORM_OK) goto fail; } while (0)

/* Memory for the whole library: one function, as realloc, that gets the old size too; `new_size` 0 frees. NULL brings malloc back.
 * To be set while no database is open. */
typedef void *orm_allocate_fn(void *context, void *old, size_t old_size, size_t new_size);
ORM_API void orm_set_allocator(orm_allocate_fn *, void *context);

/* ---- 2. Values ----------------------------------------------------------------------------------------------------------- */

typedef struct json_t json_t;                              /* jansson's; include <jansson.h> to look inside */
typedef struct orm_datetime { int64_t us; } orm_datetime;  /* microseconds since 1970-01-01 00:00, UTC or wherever you are: no zone is kept */
typedef struct orm_date { int32_t day; } orm_date;         /* days since 1970-01-01 */

/* Nullable scalars. Text and JSON are pointers, and NULL is SQL NULL. */
typedef struct orm_opt_int { bool has; int64_t value; } orm_opt_int;
typedef struct orm_opt_real { bool has; double value; } orm_opt_real;
typedef struct orm_opt_bool { bool has; bool value; } orm_opt_bool;
typedef struct orm_opt_datetime { bool has; orm_datetime value; } orm_opt_datetime;
typedef struct orm_opt_date { bool has; orm_date value; } orm_opt_date;
#define orm_put(opt, v) ((opt) = (__typeof__(opt)){ .has = true, .value = (v) })
#define ORM_SOME(v) { .has = true, .value = (v) }  /* in an initializer */
#define orm_put_null(opt) ((opt) = (__typeof__(opt)){ .has = false })

/* Years 1 to 9999. A date that does not exist gives the same wrong value as its arithmetic: check input with orm_datetime_parse. */
ORM_API orm_datetime orm_utcnow(void);
ORM_API orm_datetime orm_datetime_at(int year, int month, int day, int hour, int minute, int second, int microsecond);
ORM_API orm_date     orm_date_at(int year, int month, int day);
/* "2024-02-29 23:59:59.678901", with `T` or a space, fraction of 0 to 6 digits; "2024-02-29". False when it is none. */
ORM_API bool orm_datetime_parse(const char *, orm_datetime *);
ORM_API bool orm_date_parse(const char *, orm_date *);
/* Into `buffer`, which is returned: "2024-02-29 23:59:59.678901" (always six digits), "2024-02-29". */
ORM_API const char *orm_datetime_text(orm_datetime, char buffer[32]);
ORM_API const char *orm_date_text(orm_date, char buffer[32]);

/* Column types. A text column with a length is VARCHAR(n), without one TEXT. */
typedef enum orm_type { ORM_NULL, ORM_INTEGER, ORM_FLOAT, ORM_BOOLEAN, ORM_STRING, ORM_DATETIME, ORM_DATE, ORM_JSON } orm_type;

/* Any value: for models that are made at run time, and for defaults. Text has a size and may hold NUL. */
typedef struct orm_value {
    orm_type type;
    union {
        int64_t      i;  /* ORM_INTEGER; ORM_BOOLEAN as 0 or 1 */
        double       r;
        orm_datetime t;
        orm_date     d;
        json_t      *j;  /* json_null() is JSON null; SQL NULL is ORM_NULL */
        struct { const char *s; size_t size; };
    } u;
} orm_value;
/* for const tables */
#define ORM_INT(v)  { ORM_INTEGER, { .i = (v) } }
#define ORM_BOOL(v) { ORM_BOOLEAN, { .i = (v) } }
#define ORM_REAL(v) { ORM_FLOAT,   { .r = (v) } }
#define ORM_TEXT(v) { ORM_STRING,  { .s = (v), .size = sizeof(v) - 1 } }
/* for expressions */
ORM_API orm_value orm_null(void);
ORM_API orm_value orm_int(int64_t);
ORM_API orm_value orm_real(double);
ORM_API orm_value orm_bool(bool);
ORM_API orm_value orm_text(const char *);                     /* NULL gives ORM_NULL */
ORM_API orm_value orm_text_n(const char *, size_t size);
ORM_API orm_value orm_datetime_value(orm_datetime);
ORM_API orm_value orm_date_value(orm_date);
ORM_API orm_value orm_json(json_t *);                         /* borrows; NULL gives ORM_NULL */

/* ---- 3. Models ----------------------------------------------------------------------------------------------------------- */

typedef struct orm_model    orm_model;
typedef struct orm_database orm_database;
typedef struct orm_session  orm_session;
typedef struct orm_query    orm_query;
typedef struct orm_expr     orm_expr;
typedef struct orm_cursor   orm_cursor;

/* The first member of every model's struct. */
typedef struct orm_object { const orm_model *model; struct orm__state *state; } orm_object;

/* Makes a default: called once for each row that needs one, at the flush; for a member that cannot be NULL, by orm_new. What it returns is
 * copied. It may use the session, but not flush it. */
typedef orm_value orm_value_fn(orm_session *);
ORM_API orm_value orm_utcnow_value(orm_session *);

typedef enum orm_action { ORM_NO_ACTION, ORM_RESTRICT, ORM_CASCADE, ORM_SET_NULL, ORM_SET_DEFAULT } orm_action;

typedef struct orm_key { const orm_model *model; const char *column; const char *table; } orm_key;

/* Every flag is spelt so that zero is its default. */
typedef struct orm_column {
    const char *member; const orm_model *owner; size_t offset; orm_type type; int storage;  /* filled by ORM_COLUMN */
    const char   *name;               /* in the database, when it is not the member's */
    size_t        length;             /* VARCHAR(n); PostgreSQL enforces it, SQLite does not */
    bool          primary_key;        /* one or several; never NULL */
    bool          no_autoincrement;   /* a single integer key is generated by the database unless this is set */
    bool          not_null;
    bool          unique, index;
    bool          version;            /* an integer that is 1 in a new row and counts its updates: an update or delete is ORM_STALE when
                                         somebody else's came first. It is the session's to set; one for a model */
    orm_value     default_value;      /* for a row that gives no value, or NULL; a member that cannot be NULL has it from orm_new */
    orm_value_fn *default_fn;
    orm_value     onupdate_value;     /* for an update of the row that does not set the column */
    orm_value_fn *onupdate_fn;
    const char   *server_default;     /* SQL of the table's DEFAULT */
    orm_key       foreign_key;        /* ORM_KEY(User, id) */
    orm_action    on_delete, on_update;
    char          reserved_;
} orm_column;

typedef struct orm_columns { const orm_column *at; size_t count; } orm_columns;
/* Columns that are unique together: { "city", "street" }. */
typedef struct orm_unique { const char *columns[8]; } orm_unique;
typedef struct orm_uniques { const orm_unique *at; size_t count; } orm_uniques;
/* A foreign key of several columns: { .columns = { "ax", "ay" }, .to = { ORM_KEY(A, x), ORM_KEY(A, y) } }. */
typedef struct orm_foreign_key {
    const char *columns[8];           /* members */
    orm_key     to[8];                /* all of one table; together its primary key, or unique */
    orm_action  on_delete, on_update;
} orm_foreign_key;
typedef struct orm_foreign_keys { const orm_foreign_key *at; size_t count; } orm_foreign_keys;

typedef struct orm_relationship orm_relationship; /* below */
typedef struct orm_relationships { const orm_relationship *at; size_t count; } orm_relationships;

struct orm_model {
    const char *struct_name;          /* NULL for a plain table */
    const char *table;                /* NULL: UserProfile is "user_profile" */
    size_t      size;
    orm_columns columns;
    orm_uniques uniques;
    orm_foreign_keys  foreign_keys;   /* of several columns; one of a single column is the column's own */
    orm_relationships relationships;
    /* The text form, as snprintf does it; orm_repr calls it. NULL: "<User 1>". */
    int       (*repr)(const void *object, char *buffer, size_t size);
    char        reserved_;
};
#define ORM_ARRAY(a) { (a), sizeof(a) / sizeof((a)[0]) }

/* The numbers of a page: section 12. */
#define ORM_PAGE_NUMBERS_ \
    int64_t page, per_page;      /* from 1 */ \
    int64_t total, pages;        /* of rows, and of pages; total is ORM_NOT_COUNTED, and pages 0, when they were not counted */ \
    int64_t first, last;         /* the places of the first and last item among all rows, from 1; 0 on an empty page */ \
    int64_t prev_num, next_num;  /* numbers of the pages beside it; 0: there is none */ \
    bool has_prev, has_next; \
    orm_query *query_;
typedef struct orm_page { ORM_PAGE_NUMBERS_ } orm_page;

/* ORM_DECLARE(User); stands in a header, before struct User. */
#define ORM_DECLARE(M) \
    typedef struct M M; \
    typedef struct M##_query { union { orm_query *query; M *type; }; } M##_query; \
    typedef struct M##_list { union { void **any; M **at; }; size_t count; } M##_list; \
    typedef struct M##_page { M##_list items; union { orm_page numbers; __extension__ struct { ORM_PAGE_NUMBERS_ }; }; } M##_page; \
    typedef struct M##_cursor { union { orm_cursor *cursor; M *type; }; } M##_cursor; \
    extern const orm_model M##_model

/* Members: int64_t, double, bool, orm_datetime, orm_date (NOT NULL); orm_opt_… of these, const char *, json_t * (nullable).
 * A member that no ORM_COLUMN names is yours alone. */
enum {
    ORM_STORE_INT_, ORM_STORE_REAL_, ORM_STORE_BOOL_, ORM_STORE_DATETIME_, ORM_STORE_DATE_,
    ORM_STORE_OPT_INT_, ORM_STORE_OPT_REAL_, ORM_STORE_OPT_BOOL_, ORM_STORE_OPT_DATETIME_, ORM_STORE_OPT_DATE_,
    ORM_STORE_TEXT_, ORM_STORE_JSON_,
    ORM_STORE_VALUE_ /* an orm_value: run-time models */
};
#define ORM_STORAGE_OF_(e) _Generic((e), int64_t: ORM_STORE_INT_, double: ORM_STORE_REAL_, bool: ORM_STORE_BOOL_, \
    orm_datetime: ORM_STORE_DATETIME_, orm_date: ORM_STORE_DATE_, orm_opt_int: ORM_STORE_OPT_INT_, orm_opt_real: ORM_STORE_OPT_REAL_, \
    orm_opt_bool: ORM_STORE_OPT_BOOL_, orm_opt_datetime: ORM_STORE_OPT_DATETIME_, orm_opt_date: ORM_STORE_OPT_DATE_, \
    const char *: ORM_STORE_TEXT_, json_t *: ORM_STORE_JSON_)
#define ORM_TYPE_OF_(e) _Generic((e), int64_t: ORM_INTEGER, orm_opt_int: ORM_INTEGER, double: ORM_FLOAT, orm_opt_real: ORM_FLOAT, \
    bool: ORM_BOOLEAN, orm_opt_bool: ORM_BOOLEAN, const char *: ORM_STRING, orm_datetime: ORM_DATETIME, orm_opt_datetime: ORM_DATETIME, \
    orm_date: ORM_DATE, orm_opt_date: ORM_DATE, json_t *: ORM_JSON)
#define ORM_COLUMN(...) ORM_COLUMN_(__VA_ARGS__, .reserved_ = 0)
#define ORM_COLUMN_(M, f, ...) { .member = #f, .owner = &M##_model, .offset = offsetof(M, f), \
    .type = ORM_TYPE_OF_(((M *)0)->f), .storage = ORM_STORAGE_OF_(((M *)0)->f), __VA_ARGS__ }
#define ORM_KEY(M, f) { .model = &M##_model, .column = &(#f)[0 * sizeof(((M *)0)->f)] }
#define ORM_MODEL(...) ORM_MODEL_(__VA_ARGS__, .reserved_ = 0)
#define ORM_MODEL_(M, ...) \
    _Static_assert(offsetof(M, orm) == 0, #M ": the first member must be `orm_object orm`"); \
    const orm_model M##_model = { .struct_name = #M, .size = sizeof(M), __VA_ARGS__ }
/* A plain table, without objects: ORM_TABLE(post_tags, .columns = …) with columns of ORM_TABLE_COLUMN. */
#define ORM_TABLE_COLUMN(...) ORM_TABLE_COLUMN_(__VA_ARGS__, .reserved_ = 0)
#define ORM_TABLE_COLUMN_(n, t, ...) { .name = n, .type = t, .storage = ORM_STORE_VALUE_, __VA_ARGS__ }
#define ORM_TABLE(...) ORM_TABLE_(__VA_ARGS__, .reserved_ = 0)
#define ORM_TABLE_(T, ...) const orm_model T##_model = { .table = #T, __VA_ARGS__ }

/* Relationships. A member of type ORM_ONE(T) leads to one object or to none, one of type ORM_MANY(T) to a collection. Declare the two sides
 * of a relationship together, in the model of either; the compiler checks that the members are what the macro says:
 *
 *     ORM_ONE_TO_MANY(User, posts, Post, author)                          User has ORM_MANY(Post) posts, Post has ORM_ONE(User) author;
 *                                                                         or ORM_MANY_TO_ONE(Post, author, User, posts)
 *     ORM_ONE_TO_ONE(User, profile, UserProfile, user)                    ORM_ONE on both
 *     ORM_MANY_TO_MANY(Post, tags, Tag, posts, .secondary = &post_tags_model)
 *
 * The foreign key is found in the columns; where two lead from one table to the other, .foreign_key says which. One side alone is
 * ORM_HAS_MANY, ORM_HAS_ONE (the key is the target's) or ORM_BELONGS_TO (the key is this model's); .backref = "name" gives it another side
 * that is reached by its name alone. Where a model refers to itself, the side that ORM_ONE_TO_MANY names first is the parent's, and the one
 * that ORM_ONE_TO_ONE names first has the key.
 * Options after the members are of the side that is named first; those of the other one stand in .back: .back.lazy = ORM_LAZY_JOINED. */
#define ORM_ONE(T)  union { orm_one_link one;   struct orm__slot *slot; T *type; }
#define ORM_MANY(T) union { orm_many_link many; struct orm__slot *slot; T *type; }
typedef struct orm_one_link  { struct orm__slot *slot; } orm_one_link;
typedef struct orm_many_link { struct orm__slot *slot; } orm_many_link;

typedef enum orm_kind { ORM_KIND_NONE_, ORM_KIND_ONE_TO_MANY, ORM_KIND_MANY_TO_ONE, ORM_KIND_ONE_TO_ONE, ORM_KIND_MANY_TO_MANY } orm_kind;
/* How what a relationship leads to is loaded: at the first access; with the object, in one statement (JOINED), in one more for all objects
 * that a query finds (SUBQUERY, and SELECTIN by 500 keys each); an access without loading before is ORM_NOT_LOADED (RAISE), or finds
 * nothing (NOLOAD); never kept, but asked by queries (DYNAMIC, collections only). */
typedef enum orm_lazy { ORM_LAZY_SELECT, ORM_LAZY_JOINED, ORM_LAZY_SUBQUERY, ORM_LAZY_SELECTIN, ORM_LAZY_RAISE, ORM_LAZY_NOLOAD,
                        ORM_LAZY_DYNAMIC,
                        ORM_LAZY_OWN_JOIN /* of a query alone: from the rows of its own join over the relationship, as filtered */
                      } orm_lazy;
/* What is done to an object is done to what it leads to. 0 is SAVE_UPDATE and MERGE. DELETE_ORPHAN: what is taken out of its parent is deleted. */
enum {
    ORM_CASCADE_SAVE_UPDATE = 1, ORM_CASCADE_MERGE = 2, ORM_CASCADE_DELETE = 4, ORM_CASCADE_REFRESH_EXPIRE = 8, ORM_CASCADE_EXPUNGE = 16,
    ORM_CASCADE_ALL = 31, ORM_CASCADE_DELETE_ORPHAN = 32, ORM_CASCADE_NONE = 64
};
/* When an object is deleted, what it leads to is loaded, to be deleted too or to lose its key; or what is not loaded is left to the database
 * (ON DELETE); or all is. */
typedef enum orm_passive { ORM_LOAD_TO_DELETE, ORM_PASSIVE_DELETES, ORM_PASSIVE_DELETES_ALL } orm_passive;
typedef struct orm_side {
    orm_lazy    lazy;
    unsigned    cascade;
    orm_passive passive_deletes;
    const char *order_by[4];          /* members of the target, "-created_at" descending */
    bool        single_parent;        /* an object is held by one other at a time; DELETE_ORPHAN asks for it, but on the one of one to many */
    bool        post_update;          /* the key is written after both rows: rows may need each other */
    bool        viewonly;             /* changes are not written */
    bool        set;                  /* an object is in the collection once at most */
    bool        scalar;               /* .back with a .backref: one object instead of a collection */
} orm_side;
struct orm_relationship {
    orm_kind kind; const orm_model *owner; const char *member; size_t offset;          /* filled by the macros */
    const orm_model *target; const char *back_member; size_t back_offset;
    const char      *target_name;     /* run-time models: the target */
    const char      *backref;         /* the other side, by name alone */
    const char      *back_populates;  /* the other side, which has a declaration of its own and says the same */
    const orm_model *secondary; const char *secondary_table;                           /* the table between many and many; by name: run-time models */
    orm_key          foreign_key[4];  /* { ORM_KEY(Post, user_id) }: what refers, or what of the secondary table refers to this side */
    orm_key          target_key[4];   /* what of the secondary table refers to the other side */
    orm_lazy    lazy;                 /* as in orm_side */
    unsigned    cascade;
    orm_passive passive_deletes;
    const char *order_by[4];
    bool        single_parent, post_update, viewonly, set;
    orm_side    back;
    char        reserved_;
};
#define ORM_LINK_(M, f, T, arm) (offsetof(M, f.arm) + 0 * sizeof(_Generic(((M *)0)->f.type, T *: 1)))
#define ORM_SIDE_(k, M, f, T, arm, ...) { .kind = k, .owner = &M##_model, .member = #f, .offset = ORM_LINK_(M, f, T, arm), \
    .target = &T##_model, __VA_ARGS__ }
#define ORM_SIDES_(k, M, f, a, T, g, b, ...) \
    ORM_SIDE_(k, M, f, T, a, .back_member = #g, .back_offset = ORM_LINK_(T, g, M, b), __VA_ARGS__)
#define ORM_ONE_TO_MANY(...)  ORM_ONE_TO_MANY_(__VA_ARGS__, .reserved_ = 0)
#define ORM_ONE_TO_MANY_(M, f, T, g, ...)  ORM_SIDES_(ORM_KIND_ONE_TO_MANY, M, f, many, T, g, one, __VA_ARGS__)
#define ORM_MANY_TO_ONE(...)  ORM_MANY_TO_ONE_(__VA_ARGS__, .reserved_ = 0)
#define ORM_MANY_TO_ONE_(M, f, T, g, ...)  ORM_SIDES_(ORM_KIND_MANY_TO_ONE, M, f, one, T, g, many, __VA_ARGS__)
#define ORM_ONE_TO_ONE(...)   ORM_ONE_TO_ONE_(__VA_ARGS__, .reserved_ = 0)
#define ORM_ONE_TO_ONE_(M, f, T, g, ...)   ORM_SIDES_(ORM_KIND_ONE_TO_ONE, M, f, one, T, g, one, __VA_ARGS__)
#define ORM_MANY_TO_MANY(...) ORM_MANY_TO_MANY_(__VA_ARGS__, .reserved_ = 0)
#define ORM_MANY_TO_MANY_(M, f, T, g, ...) ORM_SIDES_(ORM_KIND_MANY_TO_MANY, M, f, many, T, g, many, __VA_ARGS__)
#define ORM_HAS_MANY(...)     ORM_HAS_MANY_(__VA_ARGS__, .reserved_ = 0)
#define ORM_HAS_MANY_(M, f, T, ...)        ORM_SIDE_(ORM_KIND_ONE_TO_MANY, M, f, T, many, __VA_ARGS__)     /* with .secondary: many to many */
#define ORM_HAS_ONE(...)      ORM_HAS_ONE_(__VA_ARGS__, .reserved_ = 0)
#define ORM_HAS_ONE_(M, f, T, ...)         ORM_SIDE_(ORM_KIND_ONE_TO_ONE, M, f, T, one, __VA_ARGS__)
#define ORM_BELONGS_TO(...)   ORM_BELONGS_TO_(__VA_ARGS__, .reserved_ = 0)
#define ORM_BELONGS_TO_(M, f, T, ...)      ORM_SIDE_(ORM_KIND_MANY_TO_ONE, M, f, T, one, __VA_ARGS__)

/* All models of an application: ORM_SCHEMA(blog, &User_model, &Post_model); declare it elsewhere as `extern const orm_schema blog;`. */
typedef struct orm_schema { const orm_model *const *models; size_t count; } orm_schema;
#define ORM_SCHEMA(name, ...) \
    static const orm_model *const name##_models_[] = { __VA_ARGS__ }; \
    extern const orm_schema name; \
    const orm_schema name = { name##_models_, sizeof(name##_models_) / sizeof(name##_models_[0]) }

/* ---- 4. Configuration ---------------------------------------------------------------------------------------------------- */

/* A .env file holds lines as NAME=value, NAME="quoted, with \n and ${OTHER} or ${OTHER:-default}", export NAME=value, # comment.
 * Put it into the environment at the start of main, before there are threads; then ask for what the program needs:
 *
 *     ORM_TRY(orm_dotenv_load(NULL, NULL, NULL, &error));
 *     ORM_TRY(orm_getenv("DATABASE_URL", &url, &error));
 *
 * No value of a file or of the environment ever appears in an error. */
typedef enum orm_encoding { ORM_UTF_8, ORM_UTF_8_SIG, ORM_LATIN_1 } orm_encoding;  /* _SIG: a byte order mark is no part of the first name */
typedef struct orm_dotenv_options {
    bool         override;            /* the file's values replace those that the environment has; also in ${…} */
    bool         no_interpolation;    /* ${…} stays as it is */
    orm_encoding encoding;
} orm_dotenv_options;
enum { ORM_PATH_SIZE = 4096 };
/* The nearest file of that name (NULL: ".env"), from a directory (NULL: the working one) upwards. False, and an empty path: there is none. */
ORM_API bool       orm_dotenv_find(const char *directory, const char *name, char path[ORM_PATH_SIZE]);
/* Puts a file's values into the environment; a variable that is set, if only to nothing, stays unless .override. `path` NULL looks for .env
 * from the working directory upwards. A file that is not there is no error. `loaded`, which may be NULL: the file names something.
 * ORM_CONFIG: the file cannot be read. ORM_DATA: it is no text. `options` may be NULL. */
ORM_API orm_status orm_dotenv_load(const char *path, const orm_dotenv_options *options, bool *loaded, orm_error *) ORM_MUST_USE;
/* The variable's value, which belongs to the environment. ORM_CONFIG names a variable that is not set. */
ORM_API orm_status orm_getenv(const char *name, const char **out, orm_error *) ORM_MUST_USE;

/* A file as values, in its order, without a touch of the environment; closing wipes them from memory. */
typedef struct orm_setting { const char *name, *value; } orm_setting;              /* value NULL: a name without = */
typedef struct orm_dotenv {
    const orm_setting *at;       size_t count;
    const size_t      *unparsed; size_t unparsed_count;                            /* the lines of statements that are none: they are skipped */
} orm_dotenv;
ORM_API orm_status  orm_dotenv_open(const char *path, const orm_dotenv_options *, orm_dotenv **out, orm_error *) ORM_MUST_USE;
ORM_API orm_status  orm_dotenv_parse(const char *text, size_t size, const orm_dotenv_options *, orm_dotenv **out, orm_error *) ORM_MUST_USE;
ORM_API const char *orm_dotenv_get(const orm_dotenv *, const char *name);           /* NULL: not named, or without a value */
ORM_API void        orm_dotenv_close(orm_dotenv **);

/* A database URL, taken apart as orm_open does it; NULL is what it does not say. ORM_CONFIG names the fault and its place. */
typedef struct orm_url {
    const char *dialect;                                                           /* "sqlite", "postgresql" */
    const char *user, *password, *host, *database;                                 /* user and password are decoded */
    int         port;                                                              /* 0: not said */
    const char *(*options)[2];                                                     /* name and value, decoded; `host` may come several times */
    size_t      option_count;
} orm_url;
ORM_API orm_status orm_url_parse(const char *text, orm_url **out, orm_error *) ORM_MUST_USE;
ORM_API void       orm_url_close(orm_url **);

/* ---- 5. Databases -------------------------------------------------------------------------------------------------------- */

typedef struct orm_options {
    const char *root;                 /* relative SQLite paths start here, and it is made when missing; NULL: the working directory */
    enum { ORM_FOREIGN_KEYS_ON, ORM_FOREIGN_KEYS_OFF } foreign_keys;  /* enforced on SQLite? PostgreSQL always does */
    size_t      pool_size;            /* most connections at a time, of all sessions; 0: 15 */
    int         pool_timeout_ms;      /* how long a session waits for one that is free, then ORM_BUSY; 0: 30 s; < 0: not at all */
    void      (*log)(void *context, const char *sql);                 /* each statement before it is sent, without its values */
    void       *log_context;
} orm_options;

/* URLs: sqlite:///app.db (relative), sqlite:////var/app.db (absolute), sqlite:// (in memory, shared by the sessions of this database:
 * while one has written and not committed, the others wait),
 * postgresql://user:password@host:port/name?option=value (percent-encoded user and password; options are libpq's; of several
 * servers the first that answers: ?host=one:5432&host=two:5433, or ?host=one,two&port=5432,5433).
 * A NULL URL is ORM_CONFIG, as from getenv of an unset variable. Models are checked here, all at once: ORM_MAPPING names model and member.
 * Nothing is connected yet. `schema` is borrowed and must outlive the database; `options` may be NULL. */
ORM_API orm_status orm_open(const char *url, const orm_schema *, const orm_options *, orm_database **out, orm_error *) ORM_MUST_USE;
ORM_API void       orm_close(orm_database **);      /* after its sessions; sets NULL; NULL is fine */
/* A session has a connection from its first statement to the end of its transaction. It is kept then for the next session that needs one, and
 * replaced without a word when it has died meanwhile. orm_dispose closes those that are idle now, and those in use once they come back. */
ORM_API void       orm_dispose(orm_database *);
/* Connects and runs one statement. `name` gets the database's name or path, `user` the role ("" on SQLite); each may be NULL. */
ORM_API orm_status orm_ping(orm_database *, char name[256], char user[64], orm_error *) ORM_MUST_USE;
ORM_API orm_status orm_create_all(orm_database *, orm_error *) ORM_MUST_USE;  /* what is missing, in the order of foreign keys */
ORM_API orm_status orm_drop_all(orm_database *, orm_error *) ORM_MUST_USE;
ORM_API const char *orm_table_name(orm_database *, const orm_model *);        /* lives with the database; NULL: not of this schema */
typedef struct orm_counts { uint64_t select, insert, update, delete_; } orm_counts;
ORM_API orm_counts orm_statement_counts(orm_database *);                      /* sent so far, by all sessions */

/* ---- 6. Sessions --------------------------------------------------------------------------------------------------------- */

/* A session is a unit of work: it holds one object for each row that you met, notices what you change by comparing members with what was
 * loaded, and writes it at flush, in the order of foreign keys. Queries flush first. commit flushes and commits.
 * After a failed flush the session answers ORM_NEEDS_ROLLBACK until orm_rollback.
 * What it cannot notice is a document that you change in place: put in another one. A flush looks at every object that the session holds:
 * where many pass through, close the session now and then, or free objects. */
ORM_API orm_status orm_session_open(orm_database *, orm_session **out, orm_error *) ORM_MUST_USE;
ORM_API void       orm_session_close(orm_session **);   /* discards what was not committed; sets NULL; NULL is fine */
ORM_API orm_status orm_flush(orm_session *) ORM_MUST_USE;
ORM_API orm_status orm_commit(orm_session *) ORM_MUST_USE;
/* Members and keys go back to what they were when the transaction began; new objects are transient again. */
ORM_API orm_status orm_rollback(orm_session *) ORM_MUST_USE;
/* A savepoint undoes a part of the transaction: what the database may refuse, with everything around it kept.
 *
 *     ORM_TRY(orm_savepoint_begin(s, &before));
 *     if (orm_add(s, tag) == ORM_OK && orm_flush(s) == ORM_OK)
 *         ORM_TRY(orm_savepoint_commit(s, before));
 *     else
 *         ORM_TRY(orm_savepoint_rollback(s, before));
 *
 * begin and commit flush first. rollback does for objects what orm_rollback does, back to the savepoint, also after a failed flush. They nest;
 * ending one ends those within it, orm_commit and orm_rollback end all, and using one that has ended is ORM_STATE. Where the transaction itself
 * is lost, by its connection, rollback is ORM_NEEDS_ROLLBACK and orm_rollback is what is left. */
typedef struct orm_savepoint { uint64_t number; } orm_savepoint;
ORM_API orm_status orm_savepoint_begin(orm_session *, orm_savepoint *out) ORM_MUST_USE;
ORM_API orm_status orm_savepoint_commit(orm_session *, orm_savepoint) ORM_MUST_USE;
ORM_API orm_status orm_savepoint_rollback(orm_session *, orm_savepoint) ORM_MUST_USE;
/* Whether queries flush first, as they do unless told otherwise; what it was until now. */
ORM_API bool       orm_autoflush(orm_session *, bool on);
/* Discards what was not committed and lets go of all objects, as if the session were closed and opened; but they stay, detached, with what was
 * read. orm_add takes a detached object in again, or into another session, which then owns it. To read one that is due again is ORM_DETACHED. */
ORM_API orm_status orm_session_clear(orm_session *) ORM_MUST_USE;
/* Takes all objects out of the session's work, as orm_expunge does with one; the transaction goes on. */
ORM_API orm_status orm_expunge_all(orm_session *) ORM_MUST_USE;
/* Every row is to be read again at the next occasion; changes that were not flushed are given up. */
ORM_API orm_status orm_expire_all(orm_session *) ORM_MUST_USE;
/* The last failure. It stays readable until the next one. */
ORM_API const orm_error *orm_session_error(const orm_session *);
/* Text and JSON that live as long as the session. NULL only when out of memory, which the next flush reports too. */
ORM_API const char *orm_str(orm_session *, const char *) ORM_MUST_USE;
ORM_API const char *orm_format(orm_session *, const char *format, ...) ORM_PRINTF_(2, 3) ORM_MUST_USE;
ORM_API json_t     *orm_take_json(orm_session *, json_t *) ORM_MUST_USE;      /* takes the reference over */

/* ---- 7. Objects ---------------------------------------------------------------------------------------------------------- */

/* transient: made, in no unit of work. pending: added. persistent: has a row. deleted: its row is deleted by this transaction.
 * detached: was persistent, is no longer of the session's work. */
typedef enum orm_lifecycle { ORM_IS_TRANSIENT, ORM_IS_PENDING, ORM_IS_PERSISTENT, ORM_IS_DELETED, ORM_IS_DETACHED } orm_lifecycle;

ORM_API void      *orm_new_object(orm_session *, const orm_model *) ORM_MUST_USE;   /* transient; NULL when out of memory or no model of this database */
ORM_API orm_status orm_add_object(orm_session *, orm_object *) ORM_MUST_USE;
ORM_API orm_status orm_add_objects(orm_session *, orm_object *const *, size_t) ORM_MUST_USE;
ORM_API orm_status orm_delete_object(orm_session *, orm_object *) ORM_MUST_USE;     /* of a persistent object; the row goes at the flush */
/* Of a persistent object; what was changed in these members, or in all, is given up. refresh reads the row again now (ORM_STALE when it is
 * gone), expire at the next occasion. */
ORM_API orm_status orm_refresh_object(orm_session *, orm_object *) ORM_MUST_USE;
ORM_API orm_status orm_refresh_object_members(orm_session *, orm_object *, const char *const *members, size_t) ORM_MUST_USE;
ORM_API orm_status orm_expire_object(orm_session *, orm_object *) ORM_MUST_USE;
ORM_API orm_status orm_expire_object_members(orm_session *, orm_object *, const char *const *members, size_t) ORM_MUST_USE;
/* Takes the object out of the session's work: pending becomes transient, persistent detached, with its members as they are. orm_add takes it
 * in again. Its memory stays; orm_free_object gives that back, of any object, and is the end of it. */
ORM_API orm_status orm_expunge_object(orm_session *, orm_object *) ORM_MUST_USE;
ORM_API orm_status orm_free_object(orm_session *, orm_object *) ORM_MUST_USE;
/* The session's object for the row that the given one stands for, with what the given one holds: all that was read or put in, of a new object
 * what was put in since orm_new. No row has its key, or it has none: a pending copy. An object of the session: itself. The given one, new,
 * detached or of another session of the database, stays as it is. What cannot be told from a member that nobody touched is not put in: use
 * orm_write for a NULL, a 0 or a default. */
ORM_API orm_status orm_merge_object(orm_session *, const orm_object *, void *out) ORM_MUST_USE;
ORM_API orm_lifecycle orm_lifecycle_of(const orm_object *);
ORM_API bool       orm_in_session(const orm_session *, const orm_object *);         /* pending or persistent in it */
ORM_API bool       orm_object_is_modified(const orm_object *);                      /* differs from its row as it was read; true without a row */
/* What a flush has to do, in no particular order: pending objects, changed ones, those that orm_delete marked. The list belongs to the session. */
typedef enum orm_work { ORM_WORK_NEW, ORM_WORK_DIRTY, ORM_WORK_DELETED } orm_work;
ORM_API orm_status orm_work_list(orm_session *, orm_work, orm_object ***out, size_t *count) ORM_MUST_USE;
/* The object with that key, from the session or else the database; *out is NULL when there is none. */
ORM_API orm_status orm_get_object(orm_session *, const orm_model *, const orm_value *key, size_t, void *out) ORM_MUST_USE;
ORM_API orm_status orm_get_object_or_404(orm_session *, const orm_model *, const orm_value *key, size_t, void *out) ORM_MUST_USE;
/* C cannot see you read a member. After a commit or rollback a plain member shows the last known value; orm_fresh reads the row again if that is due. */
ORM_API orm_status orm_fresh_object(orm_object *) ORM_MUST_USE;
/* snprintf's contract. */
ORM_API int        orm_repr_object(const orm_object *, char *buffer, size_t size);
/* By column: reads a due row first, takes any column by its member's name. The value of orm_read is valid as a member's is, and until the
 * next orm_write of it; orm_write copies, and refuses a value of another type with ORM_DATA. */
ORM_API orm_status orm_read(orm_object *, const char *member, orm_value *out) ORM_MUST_USE;
ORM_API orm_status orm_write(orm_object *, const char *member, orm_value) ORM_MUST_USE;

#define orm_new(s, M) ((M *)orm_new_object((s), &M##_model))
/* ORM_TRY(orm_made(s, user, post)); after orm_new: ORM_OK when all are there, else why not. */
ORM_API orm_status orm_made_objects(const orm_session *, const void *const *, size_t) ORM_MUST_USE;
#define orm_made(s, ...) orm_made_objects((s), (const void *const[]){ __VA_ARGS__ }, ORM_COUNT_(const void *, __VA_ARGS__))
#define orm_add(s, o) orm_add_object((s), &(o)->orm)
#define orm_delete(s, o) orm_delete_object((s), &(o)->orm)
#define orm_refresh(s, o) orm_refresh_object((s), &(o)->orm)
#define orm_expire(s, o) orm_expire_object((s), &(o)->orm)
/* orm_refresh_members(s, user, bio, age); up to eight, as for orm_expire_members */
#define orm_refresh_members(s, o, ...) orm_refresh_object_members((s), &(o)->orm, ORM_MEMBERS_(o, __VA_ARGS__))
#define orm_expire_members(s, o, ...) orm_expire_object_members((s), &(o)->orm, ORM_MEMBERS_(o, __VA_ARGS__))
#define orm_expunge(s, o) orm_expunge_object((s), &(o)->orm)
#define orm_free(s, o) orm_free_object((s), &(o)->orm)
#define orm_merge(s, o, out) orm_merge_object((s), &(o)->orm, _Generic(*(out), __typeof__(&*(o)): (out)))
#define orm_is_modified(o) orm_object_is_modified(&(o)->orm)
#define orm_fresh(o) orm_fresh_object(&(o)->orm)
#define orm_repr(o, buffer, size) orm_repr_object(&(o)->orm, (buffer), (size))
/* orm_add_all(s, a, b, c): up to eight objects of any models. */
#define ORM_PICK_(a, b, c, d, e, f, g, h, x, ...) x
#define ORM_O1_(a) &(a)->orm
#define ORM_O2_(a, ...) &(a)->orm, ORM_O1_(__VA_ARGS__)
#define ORM_O3_(a, ...) &(a)->orm, ORM_O2_(__VA_ARGS__)
#define ORM_O4_(a, ...) &(a)->orm, ORM_O3_(__VA_ARGS__)
#define ORM_O5_(a, ...) &(a)->orm, ORM_O4_(__VA_ARGS__)
#define ORM_O6_(a, ...) &(a)->orm, ORM_O5_(__VA_ARGS__)
#define ORM_O7_(a, ...) &(a)->orm, ORM_O6_(__VA_ARGS__)
#define ORM_O8_(a, ...) &(a)->orm, ORM_O7_(__VA_ARGS__)
#define ORM_OBJECTS_(...) ORM_PICK_(__VA_ARGS__, ORM_O8_, ORM_O7_, ORM_O6_, ORM_O5_, ORM_O4_, ORM_O3_, ORM_O2_, ORM_O1_, 0)(__VA_ARGS__)
#define ORM_COUNT_(T, ...) (sizeof((T[]){ __VA_ARGS__ }) / sizeof(T))
#define ORM_M1_(o, a) &(#a)[0 * sizeof((o)->a)]
#define ORM_M2_(o, a, ...) ORM_M1_(o, a), ORM_M1_(o, __VA_ARGS__)
#define ORM_M3_(o, a, ...) ORM_M1_(o, a), ORM_M2_(o, __VA_ARGS__)
#define ORM_M4_(o, a, ...) ORM_M1_(o, a), ORM_M3_(o, __VA_ARGS__)
#define ORM_M5_(o, a, ...) ORM_M1_(o, a), ORM_M4_(o, __VA_ARGS__)
#define ORM_M6_(o, a, ...) ORM_M1_(o, a), ORM_M5_(o, __VA_ARGS__)
#define ORM_M7_(o, a, ...) ORM_M1_(o, a), ORM_M6_(o, __VA_ARGS__)
#define ORM_M8_(o, a, ...) ORM_M1_(o, a), ORM_M7_(o, __VA_ARGS__)
#define ORM_M9_(o, a, ...) ORM_M1_(o, a), ORM_M8_(o, __VA_ARGS__)
#define ORM_M10_(o, a, ...) ORM_M1_(o, a), ORM_M9_(o, __VA_ARGS__)
#define ORM_M11_(o, a, ...) ORM_M1_(o, a), ORM_M10_(o, __VA_ARGS__)
#define ORM_M12_(o, a, ...) ORM_M1_(o, a), ORM_M11_(o, __VA_ARGS__)
#define ORM_M13_(o, a, ...) ORM_M1_(o, a), ORM_M12_(o, __VA_ARGS__)
#define ORM_M14_(o, a, ...) ORM_M1_(o, a), ORM_M13_(o, __VA_ARGS__)
#define ORM_M15_(o, a, ...) ORM_M1_(o, a), ORM_M14_(o, __VA_ARGS__)
#define ORM_M16_(o, a, ...) ORM_M1_(o, a), ORM_M15_(o, __VA_ARGS__)
#define ORM_PICK16_(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, x, ...) x
#define ORM_NAMES_(o, ...) ORM_PICK16_(__VA_ARGS__, ORM_M16_, ORM_M15_, ORM_M14_, ORM_M13_, ORM_M12_, ORM_M11_, ORM_M10_, ORM_M9_, \
    ORM_M8_, ORM_M7_, ORM_M6_, ORM_M5_, ORM_M4_, ORM_M3_, ORM_M2_, ORM_M1_, 0)(o, __VA_ARGS__)
#define ORM_MEMBERS_(o, ...) (const char *const[]){ ORM_NAMES_(o, __VA_ARGS__) }, ORM_COUNT_(const char *, ORM_NAMES_(o, __VA_ARGS__))
#define orm_add_all(s, ...) orm_add_objects((s), (orm_object *const[]){ ORM_OBJECTS_(__VA_ARGS__) }, ORM_COUNT_(orm_object *, ORM_OBJECTS_(__VA_ARGS__)))
#define ORM_SAME_(M, out) _Generic(*(out), M *: (out))
#define ORM_KEY_VALUE_(x) _Generic((x), int: orm_int, long: orm_int, long long: orm_int, char *: orm_text, const char *: orm_text)(x)
#define orm_get(s, M, key, out) orm_get_object((s), &M##_model, (orm_value[]){ ORM_KEY_VALUE_(key) }, 1, ORM_SAME_(M, out))
#define orm_get_or_404(s, M, key, out) orm_get_object_or_404((s), &M##_model, (orm_value[]){ ORM_KEY_VALUE_(key) }, 1, ORM_SAME_(M, out))
/* of a key of two columns, in the order of the columns */
#define ORM_KEY2_(a, b) (orm_value[]){ ORM_KEY_VALUE_(a), ORM_KEY_VALUE_(b) }, 2
#define orm_get2(s, M, a, b, out) orm_get_object((s), &M##_model, ORM_KEY2_(a, b), ORM_SAME_(M, out))
#define orm_get2_or_404(s, M, a, b, out) orm_get_object_or_404((s), &M##_model, ORM_KEY2_(a, b), ORM_SAME_(M, out))

/* ---- 8. Relationships in use --------------------------------------------------------------------------------------------- */

/* Both sides agree at once, in memory: to append a post to user->posts makes the user its author, and the other way round. The flush fills in
 * the keys, parents first, and keeps the rows between many and many. To attach an object to one that is in a session adds it, and to add an
 * object adds what it leads to (unless the cascade says otherwise). What a link leads to is loaded when it is asked for, and then kept until
 * the commit or rollback; a link of an object that has no row yet leads to what was put there.
 *
 *     ORM_TRY(orm_set(post->author, user));                       NULL: to nobody
 *     ORM_TRY(orm_append(post->tags, tag));
 *     ORM_TRY(orm_follow(post->author, &user));                   NULL: there is none
 *     ORM_TRY(orm_list(user->posts, &posts));                     a Post_list, which is valid until the collection changes or is let go
 *     ORM_EACH (post, user->posts) puts(post->title);             as ORM_TRY: a failed load goes to `fail:` with its `rc`
 *
 * ORM_EACH goes over what the collection held when it began: its body may append and remove.
 * ORM_ARGUMENT: an object of another model, or one to take out that is not there. ORM_STATE: an object of another session's work.
 * ORM_DETACHED, ORM_NOT_LOADED, and what a query may say: where it has to be loaded, as append has to. */
ORM_API orm_status orm_link_set(orm_one_link, const void *object) ORM_MUST_USE;
ORM_API orm_status orm_link_follow(orm_one_link, void *out) ORM_MUST_USE;
ORM_API orm_status orm_link_append(orm_many_link, const void *object) ORM_MUST_USE;
ORM_API orm_status orm_link_insert(orm_many_link, size_t at, const void *object) ORM_MUST_USE;       /* before the entry `at` */
ORM_API orm_status orm_link_replace(orm_many_link, size_t at, const void *object) ORM_MUST_USE;      /* in the place of the entry `at` */
ORM_API orm_status orm_link_remove(orm_many_link, const void *object) ORM_MUST_USE;                  /* its first entry */
ORM_API orm_status orm_link_pop(orm_many_link, size_t at, void *out) ORM_MUST_USE;                   /* ORM_LAST: the last entry */
ORM_API orm_status orm_link_assign(orm_many_link, const void *const *objects, size_t) ORM_MUST_USE;  /* in the place of all that there is */
ORM_API orm_status orm_link_list(orm_many_link, void ***, size_t *) ORM_MUST_USE;
ORM_API orm_status orm_link_count(orm_many_link, size_t *) ORM_MUST_USE;
ORM_API orm_status orm_link_contains(orm_many_link, const void *object, bool *) ORM_MUST_USE;
/* A new query over what the collection leads to, as its rows are: it flushes first and is executed as any query. */
ORM_API orm_query *orm_link_query(orm_many_link) ORM_MUST_USE;
ORM_API bool       orm_link_loaded(const struct orm__slot *);                      /* in memory, so that an access sends nothing */
/* The links of an object by name: of run-time models, and of a .backref. ORM_ARGUMENT: there is none, or it is of the other sort. */
ORM_API orm_status orm_one_named(const orm_object *, const char *name, orm_one_link *out) ORM_MUST_USE;
ORM_API orm_status orm_many_named(const orm_object *, const char *name, orm_many_link *out) ORM_MUST_USE;

#define ORM_LAST SIZE_MAX
#define ORM_OF_(field, o) _Generic((o), __typeof__((field).type): (o))
#define orm_set(field, o) orm_link_set((field).one, _Generic((o), __typeof__((field).type): (o), void *: (o)))
#define orm_follow(field, out) orm_link_follow((field).one, _Generic(*(out), __typeof__((field).type): (out)))
#define orm_append(field, o) orm_link_append((field).many, ORM_OF_(field, o))
#define orm_insert_at(field, at, o) orm_link_insert((field).many, (at), ORM_OF_(field, o))
#define orm_replace_at(field, at, o) orm_link_replace((field).many, (at), ORM_OF_(field, o))
#define orm_remove(field, o) orm_link_remove((field).many, ORM_OF_(field, o))
#define orm_pop(field, at, out) orm_link_pop((field).many, (at), _Generic(*(out), __typeof__((field).type): (out)))
#define orm_set_list(field, list) \
    orm_link_assign((field).many, _Generic((list).at, __typeof__((field).type) *: (const void *const *)(list).any), (list).count)
#define orm_clear(field) orm_link_assign((field).many, NULL, 0)
#define orm_list(field, out) orm_link_list((field).many, _Generic((out)->at, __typeof__((field).type) *: &(out)->any), &(out)->count)
#define orm_size(field, out) orm_link_count((field).many, (out))
#define orm_holds(field, o, out) orm_link_contains((field).many, ORM_OF_(field, o), (out))
#define orm_loaded(field) orm_link_loaded((field).slot)
/* Post_query q = orm_query_of(user->posts, Post); */
#define orm_query_of(field, M) ((M##_query){ { orm_link_query(_Generic((field).type, M *: (field).many)) } })

typedef struct orm_walk { void *list; size_t at; } orm_walk;
ORM_API orm_status orm_walk_start(orm_walk *, orm_many_link) ORM_MUST_USE;
ORM_API void      *orm_walk_next(orm_walk *);
ORM_API void       orm_walk_end(orm_walk *);
#define ORM_EACH(o, field) \
    for (orm_walk o##_walk_ __attribute__((cleanup(orm_walk_end))) = { 0 }, *o##_first_ = &o##_walk_; o##_first_ != NULL; o##_first_ = NULL) \
        if ((rc = orm_walk_start(&o##_walk_, (field).many)) != ORM_OK) goto fail; \
        else for (__typeof__((field).type) o; (o = orm_walk_next(&o##_walk_)) != NULL;)

/* ---- 9. Passwords -------------------------------------------------------------------------------------------------------- */

/* A column holds the hash of a password, as Werkzeug writes it: method$salt$digest, 162 characters with the usual method.
 *
 *     ORM_TRY(orm_set_password(user, password_hash, "securepassword"));          the object's member gets the hash
 *     ORM_TRY(orm_check_password(user, password_hash, "securepassword", &right));
 *
 * Methods: "scrypt" (scrypt:32768:8:1), "scrypt:n:r:p", "pbkdf2" (pbkdf2:sha256:1000000), "pbkdf2:digest", "pbkdf2:digest:iterations".
 * A stored hash says its own method. Text that is no hash fits no password; one whose method is unknown or malformed, or costs more than
 * is ever meant (1 GiB of memory, 10 million iterations), is ORM_DATA. Hashing is slow on purpose: a tenth of a second. */
enum { ORM_PASSWORD_HASH_SIZE = 256, ORM_SALT_LENGTH = 16 };
#define ORM_WHOLE SIZE_MAX                                                         /* as a size: up to the NUL */
ORM_API orm_status orm_hash_password(const char *password, char hash[ORM_PASSWORD_HASH_SIZE], orm_error *) ORM_MUST_USE;
ORM_API orm_status orm_verify_password(const char *hash, const char *password, bool *match, orm_error *) ORM_MUST_USE;
/* With a method (NULL: "scrypt"), a length of the salt, and text of a size, which may hold NUL. */
ORM_API orm_status orm_hash_password_with(const char *password, size_t, const char *method, int salt_length, char *hash, size_t hash_size,
                                          orm_error *) ORM_MUST_USE;
ORM_API orm_status orm_verify_password_with(const char *hash, size_t, const char *password, size_t, bool *match, orm_error *) ORM_MUST_USE;
ORM_API orm_status orm_set_password_with(orm_object *, const char *member, const char *password, size_t, const char *method) ORM_MUST_USE;
ORM_API orm_status orm_check_password_with(orm_object *, const char *member, const char *password, size_t, bool *match) ORM_MUST_USE;
#define ORM_TEXT_MEMBER_(o, f) _Generic((o)->f, const char *: #f)
#define orm_set_password(o, f, password) orm_set_password_with(&(o)->orm, ORM_TEXT_MEMBER_(o, f), (password), ORM_WHOLE, NULL)
#define orm_check_password(o, f, password, match) orm_check_password_with(&(o)->orm, ORM_TEXT_MEMBER_(o, f), (password), ORM_WHOLE, (match))

/* ---- 10. Columns and expressions ------------------------------------------------------------------------------------------ */

/* A column in an expression has the type of its member: ORM_COL(Post, title), or orm_col(q, title) of a query. It is a plain value: use it
 * as often as you like. Expressions (conditions, orders, and columns that are computed from two values: orm_plus and so on) are handed over
 * to what takes them, once. What is wrong with one, or a lack of memory, surfaces when its query is executed. */
typedef struct orm_term {
    const orm_model *model;
    size_t           offset;
    const char      *name;    /* of a member, instead of the offset */
    const char      *alias;   /* of a join, see orm_join_as; NULL: the model itself */
    orm_expr        *expr;    /* instead of all these: a value that is computed */
    unsigned         fn;      /* functions of it: orm_lower and so on, four at most */
} orm_term;
typedef enum orm_op { ORM_EQ, ORM_NE, ORM_LT, ORM_LE, ORM_GT, ORM_GE } orm_op;
typedef enum orm_like_kind { ORM_LIKE, ORM_ILIKE, ORM_CONTAINS, ORM_STARTSWITH, ORM_ENDSWITH } orm_like_kind;
typedef enum orm_arithmetic { ORM_ADD, ORM_SUBTRACT, ORM_MULTIPLY, ORM_DIVIDE, ORM_MODULO } orm_arithmetic;
typedef enum orm_function {
    ORM_LOWER = 1, ORM_UPPER, ORM_TRIM, ORM_LENGTH, ORM_NEGATE, ORM_COUNT, ORM_COUNT_DISTINCT, ORM_SUM, ORM_AVG, ORM_MIN, ORM_MAX
} orm_function;
#define ORM_EACH_TYPE_(X) X(int, int64_t) X(real, double) X(bool, bool) X(text, const char *) X(datetime, orm_datetime) \
    X(date, orm_date) X(json, json_t *) X(any, orm_value)
#define X(n, T) typedef struct orm_##n##_col { orm_term term; } orm_##n##_col; \
    ORM_API orm_##n##_col orm_##n##_ref(const orm_model *, size_t offset); \
    ORM_API orm_##n##_col orm_##n##_of(const char *alias, orm_##n##_col); \
    ORM_API orm_##n##_col orm_##n##_label(const char *alias, const char *label) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_##n##_literal(T) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_##n##_apply(orm_function, orm_##n##_col); \
    ORM_API orm_any_col   orm_##n##_to_any(orm_##n##_col); \
    ORM_API orm_expr *orm_compare_##n(orm_##n##_col, orm_op, T) ORM_MUST_USE; \
    ORM_API orm_expr *orm_compare_##n##_cols(orm_##n##_col, orm_op, orm_##n##_col) ORM_MUST_USE; \
    ORM_API orm_expr *orm_distinct_##n(orm_##n##_col, bool is, T) ORM_MUST_USE; \
    ORM_API orm_expr *orm_distinct_##n##_cols(orm_##n##_col, bool is, orm_##n##_col) ORM_MUST_USE; \
    ORM_API orm_expr *orm_between_##n(orm_##n##_col, T low, T high) ORM_MUST_USE; \
    ORM_API orm_expr *orm_in_##n(orm_##n##_col, bool not_in, T const *, size_t) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_coalesce_##n(orm_##n##_col, T) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_coalesce_##n##_cols(orm_##n##_col, orm_##n##_col) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_case_##n(orm_expr *when, T then, T otherwise) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_case_##n##_cols(orm_expr *when, orm_##n##_col then, orm_##n##_col otherwise) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_call_##n##_list(const char *function, const orm_any_col *, size_t) ORM_MUST_USE; \
    ORM_API void      orm_filter_by_##n(orm_query *, size_t offset, T); \
    ORM_API void      orm_assign_##n(orm_query *, size_t offset, T); \
    ORM_API void      orm_assign_##n##_col(orm_query *, size_t offset, orm_##n##_col);
typedef struct orm_any_col orm_any_col;
ORM_EACH_TYPE_(X)
#undef X
#define X(n, T) \
    ORM_API orm_##n##_col orm_arithmetic_##n(orm_##n##_col, orm_arithmetic, T) ORM_MUST_USE; \
    ORM_API orm_##n##_col orm_arithmetic_##n##_cols(orm_##n##_col, orm_arithmetic, orm_##n##_col) ORM_MUST_USE;
X(int, int64_t) X(real, double) X(any, orm_value)
#undef X
ORM_API orm_any_col  orm_named(const orm_model *, const char *member);         /* `member` is borrowed until its expression is made */
ORM_API orm_text_col orm_named_text(const orm_model *, const char *member);    /* for orm_like and its kin */
ORM_API orm_expr *orm_compare_terms(orm_term, orm_op, orm_term) ORM_MUST_USE;  /* two columns, of types that compare */
ORM_API orm_expr *orm_like_text(orm_text_col, orm_like_kind, const char *, char escape) ORM_MUST_USE;
ORM_API orm_expr *orm_like_literal(orm_text_col, orm_like_kind, const char *) ORM_MUST_USE;
ORM_API orm_expr *orm_like_cols(orm_text_col, orm_like_kind, orm_text_col) ORM_MUST_USE;
ORM_API orm_text_col orm_concat_text(orm_text_col, const char *) ORM_MUST_USE;
ORM_API orm_text_col orm_concat_cols(orm_text_col, orm_text_col) ORM_MUST_USE;
ORM_API orm_expr *orm_null_term(orm_term, bool is) ORM_MUST_USE;
ORM_API orm_expr *orm_condition(orm_term) ORM_MUST_USE;
ORM_API orm_expr *orm_junction(bool all, orm_expr *const *, size_t) ORM_MUST_USE;
ORM_API orm_expr *orm_not(orm_expr *) ORM_MUST_USE;
ORM_API orm_expr *orm_order_term(orm_term, bool descending) ORM_MUST_USE;
ORM_API orm_expr *orm_order_nulls(orm_expr *order, bool first) ORM_MUST_USE;
ORM_API void      orm_expr_free(orm_expr *);                                    /* one that was handed to nobody; another is left alone */
#define ORM_DISPATCH_(e, fn) _Generic((e), int64_t: orm_##fn##_int, orm_opt_int: orm_##fn##_int, double: orm_##fn##_real, orm_opt_real: orm_##fn##_real, \
    bool: orm_##fn##_bool, orm_opt_bool: orm_##fn##_bool, const char *: orm_##fn##_text, orm_datetime: orm_##fn##_datetime, \
    orm_opt_datetime: orm_##fn##_datetime, orm_date: orm_##fn##_date, orm_opt_date: orm_##fn##_date, json_t *: orm_##fn##_json)
#define ORM_REF_(e) _Generic((e), int64_t: orm_int_ref, orm_opt_int: orm_int_ref, double: orm_real_ref, orm_opt_real: orm_real_ref, \
    bool: orm_bool_ref, orm_opt_bool: orm_bool_ref, const char *: orm_text_ref, orm_datetime: orm_datetime_ref, \
    orm_opt_datetime: orm_datetime_ref, orm_date: orm_date_ref, orm_opt_date: orm_date_ref, json_t *: orm_json_ref)
/* orm_<fn>_<type> by the type of a column */
#define ORM_BY_COL_(c, fn) _Generic((c), orm_int_col: orm_##fn##_int, orm_real_col: orm_##fn##_real, orm_bool_col: orm_##fn##_bool, \
    orm_text_col: orm_##fn##_text, orm_datetime_col: orm_##fn##_datetime, orm_date_col: orm_##fn##_date, orm_json_col: orm_##fn##_json, orm_any_col: orm_##fn##_any)
/* orm_<type>_<fn> by the type of a column */
#define ORM_OF_COL_(c, fn) _Generic((c), orm_int_col: orm_int_##fn, orm_real_col: orm_real_##fn, orm_bool_col: orm_bool_##fn, \
    orm_text_col: orm_text_##fn, orm_datetime_col: orm_datetime_##fn, orm_date_col: orm_date_##fn, orm_json_col: orm_json_##fn, orm_any_col: orm_any_##fn)
/* With a value, or with a column of the same type. */
#define ORM_BY_BOTH_(c, v, fn) _Generic((v), orm_int_col: orm_##fn##_int_cols, orm_real_col: orm_##fn##_real_cols, \
    orm_bool_col: orm_##fn##_bool_cols, orm_text_col: orm_##fn##_text_cols, orm_datetime_col: orm_##fn##_datetime_cols, \
    orm_date_col: orm_##fn##_date_cols, orm_json_col: orm_##fn##_json_cols, orm_any_col: orm_##fn##_any_cols, default: ORM_BY_COL_(c, fn))
#define ORM_COL(M, f) ORM_REF_(((M *)0)->f)(&M##_model, offsetof(M, f))
/* orm_of("boss", ORM_COL(User, username)): the column of the User that is joined as "boss" */
#define orm_of(alias, c) ORM_OF_COL_(c, of)((alias), (c))
/* eq and ne with a NULL text, or an ORM_NULL value, are IS NULL and IS NOT NULL */
#define orm_eq(c, v) ORM_BY_BOTH_(c, v, compare)((c), ORM_EQ, (v))
#define orm_ne(c, v) ORM_BY_BOTH_(c, v, compare)((c), ORM_NE, (v))
#define orm_lt(c, v) ORM_BY_BOTH_(c, v, compare)((c), ORM_LT, (v))
#define orm_le(c, v) ORM_BY_BOTH_(c, v, compare)((c), ORM_LE, (v))
#define orm_gt(c, v) ORM_BY_BOTH_(c, v, compare)((c), ORM_GT, (v))
#define orm_ge(c, v) ORM_BY_BOTH_(c, v, compare)((c), ORM_GE, (v))
/* as ne and eq, but NULL is a value among others */
#define orm_is_distinct(c, v) ORM_BY_BOTH_(c, v, distinct)((c), true, (v))
#define orm_is_not_distinct(c, v) ORM_BY_BOTH_(c, v, distinct)((c), false, (v))
#define orm_in(c, v, n) ORM_BY_COL_(c, in)((c), false, (v), (n))
#define orm_not_in(c, v, n) ORM_BY_COL_(c, in)((c), true, (v), (n))
#define orm_between(c, low, high) ORM_BY_COL_(c, between)((c), (low), (high))
#define orm_is_null(c) orm_null_term((c).term, true)
#define orm_is_not_null(c) orm_null_term((c).term, false)
#define orm_is(c) orm_condition(_Generic((c), orm_bool_col: (c), orm_any_col: (c)).term)  /* a boolean column by itself */
/* LIKE patterns are yours; contains and its kin put % around the text (or column) and do not escape % and _ in it: their _literal forms do */
#define orm_like(c, pattern) orm_like_text((c), ORM_LIKE, (pattern), 0)
#define orm_ilike(c, pattern) orm_like_text((c), ORM_ILIKE, (pattern), 0)
#define orm_like_escape(c, pattern, escape) orm_like_text((c), ORM_LIKE, (pattern), (escape))   /* '/': "50/%" is 50% */
#define orm_ilike_escape(c, pattern, escape) orm_like_text((c), ORM_ILIKE, (pattern), (escape))
#define ORM_LIKE_(c, kind, v) _Generic((v), orm_text_col: orm_like_cols, default: orm_like_plain_)((c), (kind), (v))
static inline orm_expr *orm_like_plain_(orm_text_col c, orm_like_kind kind, const char *text) { return orm_like_text(c, kind, text, 0); }
#define orm_contains(c, v) ORM_LIKE_(c, ORM_CONTAINS, v)
#define orm_startswith(c, v) ORM_LIKE_(c, ORM_STARTSWITH, v)
#define orm_endswith(c, v) ORM_LIKE_(c, ORM_ENDSWITH, v)
#define orm_contains_literal(c, text) orm_like_literal((c), ORM_CONTAINS, (text))
#define orm_startswith_literal(c, text) orm_like_literal((c), ORM_STARTSWITH, (text))
#define orm_endswith_literal(c, text) orm_like_literal((c), ORM_ENDSWITH, (text))
#define orm_asc(c) orm_order_term((c).term, false)
#define orm_desc(c) orm_order_term((c).term, true)
#define orm_nulls_first(order) orm_order_nulls((order), true)      /* orm_nulls_last(orm_desc(c)); else as the database does it */
#define orm_nulls_last(order) orm_order_nulls((order), false)
#define orm_or(...)  orm_junction(false, (orm_expr *const[]){ __VA_ARGS__ }, ORM_COUNT_(orm_expr *, __VA_ARGS__))
#define orm_and(...) orm_junction(true,  (orm_expr *const[]){ __VA_ARGS__ }, ORM_COUNT_(orm_expr *, __VA_ARGS__))

/* Values of columns. Those of one column are plain values as it is. */
#define orm_lower(c) orm_text_apply(ORM_LOWER, (c))
#define orm_upper(c) orm_text_apply(ORM_UPPER, (c))
#define orm_trim(c) orm_text_apply(ORM_TRIM, (c))
ORM_API orm_int_col  orm_length(orm_text_col);                     /* in characters */
ORM_API orm_real_col orm_as_real(orm_int_col);                     /* for C: an integer beside floats */
#define ORM_NUMBER_(c, fn) _Generic((c), orm_int_col: orm_int_##fn, orm_real_col: orm_real_##fn, orm_any_col: orm_any_##fn)
#define orm_neg(c) ORM_NUMBER_(c, apply)(ORM_NEGATE, (c))
/* Aggregates pass over NULL, and are NULL where there is no row; a count is 0 then. */
ORM_API orm_int_col  orm_count_rows(void);
ORM_API orm_int_col  orm_count_term(orm_term, bool distinct);
ORM_API orm_real_col orm_average_term(orm_term);
#define orm_count_of(c) orm_count_term((c).term, false)
#define orm_count_distinct_of(c) orm_count_term((c).term, true)
#define orm_sum_of(c) ORM_NUMBER_(c, apply)(ORM_SUM, (c))
#define orm_avg_of(c) orm_average_term(_Generic((c), orm_int_col: (c), orm_real_col: (c), orm_any_col: (c)).term)
#define orm_min_of(c) ORM_OF_COL_(c, apply)(ORM_MIN, (c))
#define orm_max_of(c) ORM_OF_COL_(c, apply)(ORM_MAX, (c))
/* Of two: a column with a value, or with a column of the same type. */
#define ORM_ARITHMETIC_(c, op, v) _Generic((v), orm_int_col: orm_arithmetic_int_cols, orm_real_col: orm_arithmetic_real_cols, \
    orm_any_col: orm_arithmetic_any_cols, default: _Generic((c), orm_int_col: orm_arithmetic_int, orm_real_col: orm_arithmetic_real, \
    orm_any_col: orm_arithmetic_any))((c), (op), (v))
#define orm_plus(c, v) ORM_ARITHMETIC_(c, ORM_ADD, v)
#define orm_minus(c, v) ORM_ARITHMETIC_(c, ORM_SUBTRACT, v)
#define orm_times(c, v) ORM_ARITHMETIC_(c, ORM_MULTIPLY, v)
#define orm_div(c, v) ORM_ARITHMETIC_(c, ORM_DIVIDE, v)            /* of two integers: the whole part */
#define orm_mod(c, v) ORM_ARITHMETIC_(c, ORM_MODULO, v)
#define orm_concat(c, v) _Generic((v), orm_text_col: orm_concat_cols, default: orm_concat_text)((c), (v))
#define orm_coalesce(c, v) ORM_BY_BOTH_(c, v, coalesce)((c), (v))  /* v where c is NULL */
/* orm_case(condition, 1, 0), or with columns: the first where the condition holds, else the second */
#define orm_case(when, then, otherwise) _Generic((then), orm_int_col: orm_case_int_cols, orm_real_col: orm_case_real_cols, \
    orm_bool_col: orm_case_bool_cols, orm_text_col: orm_case_text_cols, orm_datetime_col: orm_case_datetime_cols, \
    orm_date_col: orm_case_date_cols, orm_json_col: orm_case_json_cols, orm_any_col: orm_case_any_cols, int: orm_case_int, \
    long: orm_case_int, long long: orm_case_int, double: orm_case_real, bool: orm_case_bool, char *: orm_case_text, \
    const char *: orm_case_text, orm_datetime: orm_case_datetime, orm_date: orm_case_date, orm_value: orm_case_any)((when), (then), (otherwise))
/* Any function of the database, by the type of its result: orm_call_int("abs", orm_any(orm_col(q, age))). Letters, digits, _ and . */
#define orm_any(c) ORM_OF_COL_(c, to_any)(c)
#define ORM_CALL_(n, name, ...) orm_call_##n##_list((name), (const orm_any_col[]){ __VA_ARGS__ }, ORM_COUNT_(orm_any_col, __VA_ARGS__))
#define orm_call_int(name, ...) ORM_CALL_(int, name, __VA_ARGS__)
#define orm_call_real(name, ...) ORM_CALL_(real, name, __VA_ARGS__)
#define orm_call_text(name, ...) ORM_CALL_(text, name, __VA_ARGS__)
#define orm_call_any(name, ...) ORM_CALL_(any, name, __VA_ARGS__)

/* SQL of your own, with values by name: orm_sql("age % 2 = :rest", ORM_BINDS(orm_bind("rest", 1))), orm_sql("TRUE", ORM_NO_BINDS). This is the one
 * door through which text becomes SQL: no input of a user belongs into it, but in the values. A colon in quotes or comments, ::, or \: is none. */
typedef struct orm_binding { const char *name; orm_value value; } orm_binding;
#define orm_bind(name, v) ((orm_binding){ (name), ORM_VALUE_(v) })
#define ORM_BINDS(...) (const orm_binding[]){ __VA_ARGS__ }, ORM_COUNT_(orm_binding, __VA_ARGS__)
#define ORM_NO_BINDS NULL, 0
ORM_API orm_expr   *orm_sql(const char *sql, const orm_binding *, size_t) ORM_MUST_USE;       /* a condition */
ORM_API orm_any_col orm_sql_value(const char *sql, const orm_binding *, size_t) ORM_MUST_USE;
static inline orm_value orm_same_value_(orm_value v) { return v; }
#define ORM_VALUE_(v) _Generic((v), int: orm_int, long: orm_int, long long: orm_int, double: orm_real, bool: orm_bool, char *: orm_text, \
    const char *: orm_text, orm_datetime: orm_datetime_value, orm_date: orm_date_value, json_t *: orm_json, orm_value: orm_same_value_)(v)

/* ---- 11. Queries --------------------------------------------------------------------------------------------------------- */

/* Post_query q = orm_query(s, Post); is a typed handle; q.query is the plain one. Steps return nothing: the first error sticks and is
 * answered by the call that executes the query, which also frees it. Filtering, ordering or joining after limit or offset is ORM_ARGUMENT. */
ORM_API orm_query *orm_query_open(orm_session *, const orm_model *);
ORM_API const orm_model *orm_query_model(const orm_query *);
ORM_API void orm_query_filter(orm_query *, orm_expr *);
ORM_API void orm_query_filter_by(orm_query *, const char *member, orm_value);  /* after a join: of what was joined last */
ORM_API void orm_query_order_by(orm_query *, orm_expr *);                  /* orm_asc, orm_desc; further ones sort within */
#define ORM_NO_LIMIT SIZE_MAX
ORM_API void orm_query_limit(orm_query *, size_t);                         /* ORM_NO_LIMIT takes it away */
ORM_API void orm_query_offset(orm_query *, size_t);                        /* so does it here */
ORM_API void orm_query_distinct(orm_query *);
/* Rows of another model beside those of the query. ORM_LEFT_JOIN keeps rows that have no partner. `alias` NULL: the model goes by its own
 * name, in the query only once. `on` NULL: by the only foreign key between the model and what is in the query already. */
typedef enum orm_join_kind { ORM_INNER_JOIN, ORM_LEFT_JOIN } orm_join_kind;
ORM_API void orm_query_join(orm_query *, const orm_model *, const char *alias, orm_join_kind, orm_expr *on);
/* For this query what the relationship leads to is loaded in this way, whatever its own is; not DYNAMIC. A path leads further: "posts.tags".
 * RAISE, NOLOAD and SELECT stay with the objects until they expire. */
ORM_API void orm_query_load(orm_query *, const char *path, orm_lazy);
/* Rows of what a relationship leads to beside those of the query; "posts.tags" after "posts". `alias` NULL: the target goes by its own name. */
ORM_API void orm_query_join_related(orm_query *, const char *path, const char *alias, orm_join_kind);
/* Conditions on what a relationship leads to, of a model that the query is about or joins (NULL: its own) under an alias (NULL: none).
 * any: a collection (`many`) or a single object has one for which the condition (NULL: none) holds, which speaks of the target's columns.
 * related: it leads to this object, or to none (NULL), or not so. contains: the collection has the object. */
ORM_API orm_expr *orm_query_any(orm_query *, const orm_model *, const char *alias, const char *member, bool many, orm_expr *) ORM_MUST_USE;
ORM_API orm_expr *orm_query_related(orm_query *, const orm_model *, const char *alias, const char *member, bool equal_to, const void *object) ORM_MUST_USE;
ORM_API orm_expr *orm_query_contains(orm_query *, const orm_model *, const char *alias, const char *member, const void *object) ORM_MUST_USE;
ORM_API orm_query *orm_query_clone(const orm_query *) ORM_MUST_USE;        /* to go on with, or to execute, twice; NULL: no memory */
ORM_API void orm_query_close(orm_query **);                                /* only for one that is not executed */
/* Values instead of objects: each item of a row is one that was selected, in their order. `label` (NULL: none) names it for orm_cursor_name, and
 * where the query stands for a table. */
ORM_API void orm_query_select(orm_query *, orm_term, const char *label);
/* The object of a model that the query is about or joins; `out`, which may be NULL, is a pointer to a pointer and gets it with each row. */
ORM_API void orm_query_select_object(orm_query *, const orm_model *, const char *alias, void *out);
ORM_API void orm_query_group_by(orm_query *, orm_term);                    /* one row for each value; further ones divide further */
ORM_API void orm_query_having(orm_query *, orm_expr *);                    /* which of these rows */
ORM_API void orm_query_order_reset(orm_query *);                           /* as if there had been no order_by */
ORM_API void orm_query_for_update(orm_query *);                            /* PostgreSQL locks the rows until the transaction ends */
/* Only these members are read now (the key always is), or all but these; the others at orm_read or orm_fresh, in one statement. Until then a
 * plain member is NULL or 0, and only what you change is written. By member, of the first model. */
ORM_API void orm_query_load_only(orm_query *, const char *member);
ORM_API void orm_query_defer(orm_query *, const char *member);
/* The rows of both queries, which are about the same model, or select as many values of the same types. The first goes on with the result. */
typedef enum orm_combination { ORM_UNION, ORM_UNION_ALL, ORM_INTERSECT, ORM_EXCEPT } orm_combination;
ORM_API void orm_query_combine(orm_query *, orm_combination, orm_query *other);
/* Another query in the place of a table; its items are columns of `alias`, by label: orm_int_label("best", "views"). */
ORM_API void orm_query_join_query(orm_query *, orm_query *, const char *alias, orm_join_kind, orm_expr *on);
/* Another query within an expression: its one item is the value, or the list. Inside it may speak of columns of the query around it. */
ORM_API orm_expr *orm_in_query(orm_term, bool not_in, orm_query *) ORM_MUST_USE;
ORM_API orm_expr *orm_exists_query(orm_query *) ORM_MUST_USE;
ORM_API orm_any_col orm_query_value(orm_query *) ORM_MUST_USE;             /* NULL where it has no row; several are the database's error */
/* Lists belong to the session. An object that a join gives several times is listed once, and counted each time. */
ORM_API orm_status orm_query_all(orm_query *, void ***, size_t *) ORM_MUST_USE;
ORM_API orm_status orm_query_first(orm_query *, void *out) ORM_MUST_USE;            /* *out is NULL when there is none */
ORM_API orm_status orm_query_first_or_404(orm_query *, void *out) ORM_MUST_USE;
ORM_API orm_status orm_query_one(orm_query *, void *out) ORM_MUST_USE;              /* ORM_NOT_FOUND, ORM_MULTIPLE */
ORM_API orm_status orm_query_one_or_none(orm_query *, void *out) ORM_MUST_USE;      /* ORM_MULTIPLE */
ORM_API orm_status orm_query_one_or_404(orm_query *, void *out) ORM_MUST_USE;       /* ORM_NOT_FOUND for none and for several */
ORM_API orm_status orm_query_count(orm_query *, int64_t *) ORM_MUST_USE;
ORM_API orm_status orm_query_get(orm_query *, const orm_value *key, size_t, void *out) ORM_MUST_USE;  /* ORM_ARGUMENT if filtered or limited */
ORM_API orm_status orm_query_exists(orm_query *, bool *) ORM_MUST_USE;              /* is there a row? */
ORM_API orm_status orm_query_sql(const orm_query *, const char **) ORM_MUST_USE;    /* its text, without values; the session's; nothing is run */

/* Rows one after another. A cursor belongs to its session, which closes it at the latest when the transaction ends; text and documents of a
 * row are valid until the next one. orm_next is false after the last row, and after a failure: orm_cursor_close tells which it was.
 *
 *     ORM_TRY(orm_stream(orm_query(s, Post), &posts));              ORM_TRY(orm_rows(q, &rows));
 *     while (orm_next(posts, &post))                                while (orm_next_row(rows))
 *         puts(post->title);                                            printf("%s %" PRId64 "\n", name, count);
 *     ORM_TRY(orm_cursor_close(&posts.cursor));                     ORM_TRY(orm_cursor_close(&rows));
 *
 * orm_stream gives objects in constant memory: one that the session did not hold before goes with the next step, unless you changed it. What
 * a join repeats comes repeatedly. orm_rows gives what was selected. PostgreSQL hands over `batch` rows at a time; by default 1000 to a stream,
 * and all at once to orm_rows. */
ORM_API void orm_query_batch(orm_query *, size_t rows);
ORM_API orm_status orm_query_stream(orm_query *, orm_cursor **) ORM_MUST_USE;
ORM_API orm_status orm_query_rows(orm_query *, orm_cursor **) ORM_MUST_USE;
ORM_API bool orm_cursor_next(orm_cursor *, void *out);                              /* the row's first object */
ORM_API bool orm_next_row(orm_cursor *);
ORM_API size_t orm_cursor_width(const orm_cursor *);                                /* items of a row */
ORM_API const char *orm_cursor_name(const orm_cursor *, size_t item);               /* its label, or the name of its column; NULL: an object */
ORM_API orm_status orm_cursor_value(orm_cursor *, size_t item, orm_value *) ORM_MUST_USE;   /* of the current row */
ORM_API orm_object *orm_cursor_object(const orm_cursor *, size_t item);             /* NULL: none, or a value */
ORM_API orm_status orm_cursor_close(orm_cursor **) ORM_MUST_USE;                    /* sets NULL; NULL is ORM_OK */
/* orm_select_into(q, orm_col(q, username), &name), before it is executed: each row puts its value into your variable, of the column's type. NULL
 * goes into a nullable one (orm_opt_int, const char *); for another it is ORM_DATA. orm_scalar(q, &n) is for the one item of the only row: no row
 * counts as NULL, several are ORM_MULTIPLE, and text is the session's. */
#define ORM_EACH_VARIABLE_(X) X(int, int, int64_t) X(opt_int, int, orm_opt_int) X(real, real, double) X(opt_real, real, orm_opt_real) \
    X(bool, bool, bool) X(opt_bool, bool, orm_opt_bool) X(text, text, const char *) X(datetime, datetime, orm_datetime) \
    X(opt_datetime, datetime, orm_opt_datetime) X(date, date, orm_date) X(opt_date, date, orm_opt_date) X(json, json, json_t *) X(any, any, orm_value)
#define X(n, c, T) \
    ORM_API void orm_select_##n(orm_query *, orm_##c##_col, T *); \
    ORM_API void orm_fetch_##n(orm_cursor *, size_t item, T *); \
    ORM_API orm_status orm_scalar_##n(orm_query *, T *) ORM_MUST_USE;
ORM_EACH_VARIABLE_(X)
#undef X
#define ORM_BY_VARIABLE_(p, fn) _Generic((p), int64_t *: orm_##fn##_int, orm_opt_int *: orm_##fn##_opt_int, double *: orm_##fn##_real, \
    orm_opt_real *: orm_##fn##_opt_real, bool *: orm_##fn##_bool, orm_opt_bool *: orm_##fn##_opt_bool, const char **: orm_##fn##_text, \
    orm_datetime *: orm_##fn##_datetime, orm_opt_datetime *: orm_##fn##_opt_datetime, orm_date *: orm_##fn##_date, \
    orm_opt_date *: orm_##fn##_opt_date, json_t **: orm_##fn##_json, orm_value *: orm_##fn##_any)
/* SQL of your own, see orm_sql for its values; what is pending is flushed first. orm_execute runs a statement; `changed`, which may be NULL, gets
 * the number of rows. orm_execute_rows is for its rows (ORM_ARGUMENT: it gives none): put them into variables with orm_fetch(rows, 0, &id), or read orm_cursor_value.
 * Objects of the session do not notice what it changed: refresh them. */
ORM_API orm_status orm_execute(orm_session *, const char *sql, const orm_binding *, size_t, int64_t *changed) ORM_MUST_USE;
ORM_API orm_status orm_execute_rows(orm_session *, const char *sql, const orm_binding *, size_t, orm_cursor **) ORM_MUST_USE;
/* The statement's rows are the query's: it must give the columns of its model, by their names, in any order. */
ORM_API void orm_query_from_sql(orm_query *, const char *sql, const orm_binding *, size_t);

#define orm_query(s, M) ((M##_query){ { orm_query_open((s), &M##_model) } })
#define ORM_MEMBER_(q, f) (((__typeof__((q).type))0)->f)
#define ORM_OFFSET_(q, f) offsetof(__typeof__(*(q).type), f)
#define ORM_OUT_(q, out) _Generic(*(out), __typeof__((q).type): (out))
#define orm_col(q, f) ORM_REF_(ORM_MEMBER_(q, f))(orm_query_model((q).query), ORM_OFFSET_(q, f))
#define orm_filter_by(q, f, v) ORM_DISPATCH_(ORM_MEMBER_(q, f), filter_by)((q).query, ORM_OFFSET_(q, f), (v))
#define orm_filter(q, e) orm_query_filter((q).query, (e))
#define orm_order_by(q, e) orm_query_order_by((q).query, (e))
#define orm_limit(q, n) orm_query_limit((q).query, (n))
#define orm_offset(q, n) orm_query_offset((q).query, (n))
#define orm_distinct(q) orm_query_distinct((q).query)
/* orm_join_on(q, User, orm_eq(ORM_COL(User, id), orm_col(q, user_id))); orm_join_to(q, User) by the foreign key; both also with orm_left_… */
#define orm_join_on(q, M, on) orm_query_join((q).query, &M##_model, NULL, ORM_INNER_JOIN, (on))
#define orm_left_join_on(q, M, on) orm_query_join((q).query, &M##_model, NULL, ORM_LEFT_JOIN, (on))
#define orm_join_to(q, M) orm_query_join((q).query, &M##_model, NULL, ORM_INNER_JOIN, NULL)
#define orm_left_join_to(q, M) orm_query_join((q).query, &M##_model, NULL, ORM_LEFT_JOIN, NULL)
#define orm_join_as(q, M, alias, on) orm_query_join((q).query, &M##_model, (alias), ORM_INNER_JOIN, (on))
#define orm_left_join_as(q, M, alias, on) orm_query_join((q).query, &M##_model, (alias), ORM_LEFT_JOIN, (on))
/* orm_select_into(q, orm_col(q, username), &name); orm_select is for a query that stands within another */
#define orm_select(q, c) orm_query_select((q).query, (c).term, NULL)
#define orm_select_as(q, c, label) orm_query_select((q).query, (c).term, (label))
#define orm_select_into(q, c, variable) ORM_BY_VARIABLE_(variable, select)((q).query, (c), (variable))
#define orm_select_object(q, M, alias, out) orm_query_select_object((q).query, &M##_model, (alias), _Generic(*(out), M *: (out)))
#define orm_group_by(q, c) orm_query_group_by((q).query, (c).term)
#define orm_having(q, e) orm_query_having((q).query, (e))
#define orm_order_reset(q) orm_query_order_reset((q).query)
#define orm_for_update(q) orm_query_for_update((q).query)
#define ORM_NAME_(q, f) (&(#f)[0 * sizeof(ORM_MEMBER_(q, f))])
#define orm_load_only(q, f) orm_query_load_only((q).query, ORM_NAME_(q, f))
#define orm_defer(q, f) orm_query_defer((q).query, ORM_NAME_(q, f))
#define ORM_SAME_QUERY_(q, other) (_Generic((other).type, __typeof__((q).type): (other)).query)
#define orm_union(q, other) orm_query_combine((q).query, ORM_UNION, ORM_SAME_QUERY_(q, other))
#define orm_union_all(q, other) orm_query_combine((q).query, ORM_UNION_ALL, ORM_SAME_QUERY_(q, other))
#define orm_intersect(q, other) orm_query_combine((q).query, ORM_INTERSECT, ORM_SAME_QUERY_(q, other))
#define orm_except(q, other) orm_query_combine((q).query, ORM_EXCEPT, ORM_SAME_QUERY_(q, other))
#define orm_join_rows(q, other, alias, on) orm_query_join_query((q).query, (other).query, (alias), ORM_INNER_JOIN, (on))
#define orm_left_join_rows(q, other, alias, on) orm_query_join_query((q).query, (other).query, (alias), ORM_LEFT_JOIN, (on))
#define orm_in_rows(c, other) orm_in_query((c).term, false, (other).query)
#define orm_not_in_rows(c, other) orm_in_query((c).term, true, (other).query)
#define orm_has_rows(other) orm_exists_query((other).query)
#define orm_value_of(other) orm_query_value((other).query)
#define orm_batch(q, n) orm_query_batch((q).query, (n))
#define orm_stream(q, out) orm_query_stream((q).query, _Generic((out)->type, __typeof__((q).type): &(out)->cursor))
#define orm_next(c, out) orm_cursor_next((c).cursor, _Generic(*(out), __typeof__((c).type): (out)))
#define orm_rows(q, out) orm_query_rows((q).query, (out))
#define orm_fetch(rows, item, variable) ORM_BY_VARIABLE_(variable, fetch)((rows), (item), (variable))
#define orm_scalar(q, variable) ORM_BY_VARIABLE_(variable, scalar)((q).query, (variable))
#define orm_exists(q, out) orm_query_exists((q).query, (out))
#define orm_from_sql(q, sql, ...) orm_query_from_sql((q).query, (sql), __VA_ARGS__)
/* orm_eager(q, posts, ORM_LAZY_SELECTIN); orm_eager_through(q, posts, tags, ORM_LAZY_JOINED) is about the tags of the posts */
#define ORM_LINK_NAME_(f, ...) (&(#f)[0 * sizeof((__VA_ARGS__).slot)])
#define orm_eager(q, f, how) orm_query_load((q).query, ORM_LINK_NAME_(f, ORM_MEMBER_(q, f)), (how))
#define orm_eager_through(q, f, g, how) orm_query_load((q).query, ORM_LINK_NAME_(f.g, ORM_MEMBER_(q, f).type->g), (how))
/* orm_join(q, posts); orm_filter(q, orm_has_any(q, posts, orm_eq(ORM_COL(Post, title), "x"))); orm_filter(q, orm_leads_to(q, author, user)) */
#define orm_join(q, f) orm_query_join_related((q).query, ORM_LINK_NAME_(f, ORM_MEMBER_(q, f)), NULL, ORM_INNER_JOIN)
#define orm_left_join(q, f) orm_query_join_related((q).query, ORM_LINK_NAME_(f, ORM_MEMBER_(q, f)), NULL, ORM_LEFT_JOIN)
#define orm_join_through(q, f, g) orm_query_join_related((q).query, ORM_LINK_NAME_(f.g, ORM_MEMBER_(q, f).type->g), NULL, ORM_INNER_JOIN)
#define ORM_LINK_TO_(q, f, o) _Generic((o), __typeof__(ORM_MEMBER_(q, f).type): (o), void *: (o))
#define ORM_MANY_NAME_(q, f) (&(#f)[0 * sizeof(ORM_MEMBER_(q, f).many)])
#define ORM_ONE_NAME_(q, f) (&(#f)[0 * sizeof(ORM_MEMBER_(q, f).one)])
#define orm_has_any(q, f, e) orm_query_any((q).query, NULL, NULL, ORM_MANY_NAME_(q, f), true, (e))
#define orm_has_one(q, f, e) orm_query_any((q).query, NULL, NULL, ORM_ONE_NAME_(q, f), false, (e))
#define orm_leads_to(q, f, o) orm_query_related((q).query, NULL, NULL, ORM_ONE_NAME_(q, f), true, ORM_LINK_TO_(q, f, o))
#define orm_has_object(q, f, o) orm_query_contains((q).query, NULL, NULL, ORM_MANY_NAME_(q, f), ORM_LINK_TO_(q, f, o))
#define orm_clone(q) ((__typeof__(q)){ { orm_query_clone((q).query) } })
#define orm_all(q, out) orm_query_all((q).query, _Generic((out)->at, __typeof__((q).type) *: &(out)->any), &(out)->count)
#define orm_first(q, out) orm_query_first((q).query, ORM_OUT_(q, out))
#define orm_first_or_404(q, out) orm_query_first_or_404((q).query, ORM_OUT_(q, out))
#define orm_one(q, out) orm_query_one((q).query, ORM_OUT_(q, out))
#define orm_one_or_none(q, out) orm_query_one_or_none((q).query, ORM_OUT_(q, out))
#define orm_one_or_404(q, out) orm_query_one_or_404((q).query, ORM_OUT_(q, out))
#define orm_count(q, out) orm_query_count((q).query, (out))
/* orm_each (post, posts) { … }: the objects of a list, one after another; break and continue do what they do. */
#define orm_each(o, list) \
    for (__typeof__(*(list).at) *o##_at_ = (list).at, o = NULL; \
         (list).count > 0 && o##_at_ < (list).at + (list).count && (o = *o##_at_) != NULL; o##_at_++)

/* ---- 12. Pages ----------------------------------------------------------------------------------------------------------- */

/* A query in pages. Give it an order that no two rows share, or a row may be on two pages, and another on none.
 *
 *     Post_page posts;
 *     orm_order_by(q, orm_desc(orm_col(q, created_at)));
 *     orm_order_by(q, orm_asc(orm_col(q, id)));
 *     ORM_TRY(orm_paginate(q, page, 10, ORM_PAGE_LENIENT, &posts));
 *     orm_each (post, posts.items)
 *         puts(post->title);
 *     if (posts.has_next)
 *         printf("next: %lld of %lld\n", (long long)posts.next_num, (long long)posts.pages);
 *
 * Two statements: the rows, then their number. Where there is no such page (a page or size below 1, no rows on a page that is not the first)
 * the answer is ORM_NOT_FOUND; ORM_PAGE_LENIENT takes page 1 or 20 rows instead, and an empty page. Items belong to the session, as does the
 * query behind the page. A query that is limited is ORM_ARGUMENT. */
enum { ORM_PAGE_STRICT = 0, ORM_PAGE_LENIENT = 1, ORM_PAGE_NO_COUNT = 2 };
enum { ORM_NOT_COUNTED = -1 };
typedef struct orm_paging {
    orm_opt_int page, per_page;   /* not given: the request's, else page 1 of 20 rows */
    orm_opt_int max_per_page;     /* of what a request asks for, too; not given: any */
    const char *request;          /* the query string of an HTTP request, "page=2&per_page=50"; what is no integer there is no page; NULL: none */
    bool        lenient, no_count;
} orm_paging;
ORM_API orm_status orm_query_paginate(orm_query *, const orm_paging *, void ***items, size_t *, orm_page *) ORM_MUST_USE;
/* Goes to the page that is `by` further, without counting again; when there is none the page stays as it is. Of flags only ORM_PAGE_LENIENT. */
ORM_API orm_status orm_page_turn(orm_page *, int64_t by, unsigned flags, void ***items, size_t *) ORM_MUST_USE;
#define ORM_PAGE_ITEMS_(q, out) _Generic((out)->items.at, __typeof__((q).type) *: &(out)->items.any), &(out)->items.count, &(out)->numbers
#define orm_paginate(q, n, size, flags, out) orm_query_paginate((q).query, &(orm_paging){ .page = ORM_SOME(n), .per_page = ORM_SOME(size), \
    .lenient = ((flags) & ORM_PAGE_LENIENT) != 0, .no_count = ((flags) & ORM_PAGE_NO_COUNT) != 0 }, ORM_PAGE_ITEMS_(q, out))
/* orm_paginate_with(q, &posts, .request = getenv("QUERY_STRING"), .max_per_page = ORM_SOME(50)) */
#define orm_paginate_with(q, out, ...) orm_query_paginate((q).query, &(orm_paging){ __VA_ARGS__ }, ORM_PAGE_ITEMS_(q, out))
#define orm_next_page(out, flags) orm_page_turn(&(out)->numbers, 1, (flags), &(out)->items.any, &(out)->items.count)
#define orm_prev_page(out, flags) orm_page_turn(&(out)->numbers, -1, (flags), &(out)->items.any, &(out)->items.count)
/* An argument of a query string as an integer, `fallback` where it is not there or is none: the page of a request before orm_paginate. */
ORM_API int64_t orm_request_int(const char *query_string, const char *name, int64_t fallback);

/* Numbers of pages to show around the one in hand, ORM_PAGE_GAP where some are left out: 1 2 … 5 6 7 8 9 10 11 … 19 20 on page 7.
 *
 *     orm_each_page (n, posts)
 *         n == ORM_PAGE_GAP ? printf(" …") : printf(" %lld", (long long)n);
 */
#define ORM_PAGE_GAP INT64_MIN
typedef struct orm_page_window { int64_t left_edge, left_current, right_current, right_edge; } orm_page_window; /* how many to show */
#define ORM_PAGE_WINDOW { 2, 2, 4, 2 }
typedef struct orm_page_iter { int64_t from_[3], to_[3]; bool gap_[3]; int run_; } orm_page_iter;
ORM_API orm_page_iter orm_iter_pages(const orm_page *, const orm_page_window *);  /* NULL: ORM_PAGE_WINDOW */
ORM_API bool orm_iter_pages_next(orm_page_iter *, int64_t *number);               /* false behind the last */
#define orm_each_page(n, posts) \
    for (orm_page_iter n##_iter_ = orm_iter_pages(&(posts).numbers, NULL), *n##_once_ = &n##_iter_; n##_once_ != NULL; n##_once_ = NULL) \
        for (int64_t n = 0; orm_iter_pages_next(&n##_iter_, &n); )

/* ---- 13. Many rows at once ----------------------------------------------------------------------------------------------- */

/* One statement for all rows of a query, part of the transaction like any other; `n`, which may be NULL, is how many it matched.
 *
 *     Post_query drafts = orm_query(s, Post);
 *     orm_filter_by(drafts, is_published, false);
 *     orm_assign(drafts, is_published, true);
 *     ORM_TRY(orm_update_all(drafts, &n));
 *     ORM_TRY(orm_delete_all(old, &n));
 *
 * orm_assign takes a value of the member's type, or a column or expression of it: orm_assign(q, edited_at, orm_col(q, created_at)).
 * Expressions see the row as it was. An onupdate column that is not assigned gets its value, which is made once for all rows.
 * A query that is limited, ordered, distinct, grouped or joined is ORM_ARGUMENT.
 *
 * Objects that the session holds follow: members show the new values at once, an object whose row was deleted is deleted. How they are
 * found is ORM_SYNC_AUTO's choice: EVALUATE works the conditions out in memory (ORM_ARGUMENT where that cannot be), FETCH has the
 * database answer the rows that it changed, NONE leaves objects as they are until they are read again. */
typedef enum orm_sync { ORM_SYNC_AUTO, ORM_SYNC_EVALUATE, ORM_SYNC_FETCH, ORM_SYNC_NONE } orm_sync;
ORM_API void orm_query_assign(orm_query *, const char *member, orm_value);
ORM_API void orm_query_assign_null(orm_query *, size_t offset);
ORM_API void orm_query_assign_term(orm_query *, orm_term column, orm_term value);
ORM_API orm_status orm_query_update(orm_query *, orm_sync, int64_t *changed) ORM_MUST_USE;
ORM_API orm_status orm_query_delete(orm_query *, orm_sync, int64_t *deleted) ORM_MUST_USE;
#define ORM_ASSIGN_COL_(m) _Generic((m), int64_t: orm_assign_int_col, orm_opt_int: orm_assign_int_col, double: orm_assign_real_col, \
    orm_opt_real: orm_assign_real_col, bool: orm_assign_bool_col, orm_opt_bool: orm_assign_bool_col, const char *: orm_assign_text_col, \
    orm_datetime: orm_assign_datetime_col, orm_opt_datetime: orm_assign_datetime_col, orm_date: orm_assign_date_col, \
    orm_opt_date: orm_assign_date_col, json_t *: orm_assign_json_col)
#define ORM_ASSIGN_(m, v) _Generic((v), orm_int_col: ORM_ASSIGN_COL_(m), orm_real_col: ORM_ASSIGN_COL_(m), orm_bool_col: ORM_ASSIGN_COL_(m), \
    orm_text_col: ORM_ASSIGN_COL_(m), orm_datetime_col: ORM_ASSIGN_COL_(m), orm_date_col: ORM_ASSIGN_COL_(m), \
    orm_json_col: ORM_ASSIGN_COL_(m), default: ORM_DISPATCH_(m, assign))
#define orm_assign(q, f, v) ORM_ASSIGN_(ORM_MEMBER_(q, f), v)((q).query, ORM_OFFSET_(q, f), (v))
#define orm_assign_none(q, f) orm_query_assign_null((q).query, ORM_OFFSET_(q, f))      /* NULL */
#define orm_update_all(q, n) orm_query_update((q).query, ORM_SYNC_AUTO, (n))
#define orm_delete_all(q, n) orm_query_delete((q).query, ORM_SYNC_AUTO, (n))
#define orm_update_all_with(q, sync, n) orm_query_update((q).query, (sync), (n))
#define orm_delete_all_with(q, sync, n) orm_query_delete((q).query, (sync), (n))

/* Rows that go in many at a time, past the unit of work: no object is made, nothing is pending, they are part of the open transaction.
 * `keys`, which may be NULL, gets the generated key of each row. A failure needs a rollback, as that of a flush does.
 *
 *     Post rows[1000] = { … };
 *     ORM_TRY(orm_insert_rows(s, Post, rows, 1000, NULL, title, content));        these members, up to sixteen; the others get their defaults
 *     ORM_TRY(orm_insert_all(s, Post, rows, 1000, keys));                         all members, a plain one as it is, with no default
 *     ORM_TRY(orm_update_rows(s, Post, rows, 1000, id, title));                   by key; ORM_STALE where a row is not there
 *
 * A NULL counts as not given where a default can give the value, as does a key of 0 that the database generates. orm_insert_objects inserts
 * new objects that were not added, and leaves them so; with_keys gives them their keys. Rows of run-time models and of plain tables are given
 * as values, row by row, in the order of the members. Objects that the session holds for updated rows are read again. */
ORM_API orm_status orm_insert_structs(orm_session *, const orm_model *, const void *rows, size_t count, int64_t *keys,
                                      const char *const *members, size_t member_count) ORM_MUST_USE;  /* members NULL: all */
ORM_API orm_status orm_update_structs(orm_session *, const orm_model *, const void *rows, size_t count, const char *const *members,
                                      size_t member_count) ORM_MUST_USE;
ORM_API orm_status orm_insert_values(orm_session *, const orm_model *, const char *const *members, size_t member_count,
                                     const orm_value *values, size_t rows, int64_t *keys) ORM_MUST_USE;
ORM_API orm_status orm_update_values(orm_session *, const orm_model *, const char *const *members, size_t member_count,
                                     const orm_value *values, size_t rows) ORM_MUST_USE;
ORM_API orm_status orm_insert_objects(orm_session *, orm_object *const *, size_t, bool with_keys) ORM_MUST_USE;
#define ORM_ROWS_(M, rows) _Generic((rows), M *: (rows), const M *: (rows))
#define orm_insert_rows(s, M, rows, n, keys, ...) orm_insert_structs((s), &M##_model, ORM_ROWS_(M, rows), (n), (keys), ORM_MEMBERS_((M *)0, __VA_ARGS__))
#define orm_insert_all(s, M, rows, n, keys) orm_insert_structs((s), &M##_model, ORM_ROWS_(M, rows), (n), (keys), NULL, 0)
#define orm_update_rows(s, M, rows, n, ...) orm_update_structs((s), &M##_model, ORM_ROWS_(M, rows), (n), ORM_MEMBERS_((M *)0, __VA_ARGS__))

/* ---- 14. Models made at run time ----------------------------------------------------------------------------------------- */

/* Describe tables one after another; everything is copied, and the first error sticks until orm_builder_finish tells it.
 * Their objects have no members to see: use orm_read, orm_write, orm_named, orm_query_filter_by. Each of their columns can be NULL. */
typedef struct orm_builder orm_builder;
ORM_API orm_status orm_builder_open(orm_builder **) ORM_MUST_USE;
ORM_API void orm_builder_model(orm_builder *, const char *name, const char *table);      /* a table NULL is derived from the name */
ORM_API void orm_builder_table(orm_builder *, const char *table);                        /* a plain table */
/* Of the last model or table. `name` is member and column, or `member` is given too; `foreign_key.table` and `.column` name the target. */
ORM_API void orm_builder_column(orm_builder *, const orm_column *);
ORM_API void orm_builder_unique(orm_builder *, const char *const *members, size_t);
ORM_API void orm_builder_foreign_key(orm_builder *, const orm_foreign_key *);            /* of several columns; `to` by table and column */
/* Of the last model: `kind`, `member`, `target_name`, and the options; keys by table and column, the secondary table by name. */
ORM_API void orm_builder_relationship(orm_builder *, const orm_relationship *);
ORM_API void orm_builder_repr(orm_builder *, const char *member);                        /* the text form is "<Model value>" */
/* The schema lives with the builder. ORM_MAPPING, ORM_NOMEM. */
ORM_API orm_status orm_builder_finish(orm_builder *, const orm_schema **, orm_error *) ORM_MUST_USE;
ORM_API const orm_model *orm_schema_find(const orm_schema *, const char *name);          /* by the model's name, or a plain table's; NULL */
ORM_API void orm_builder_close(orm_builder **);                                          /* after the databases that use its schema */

/* ---- 14. Migrations ------------------------------------------------------------------------------------------------------ */

/* A directory of revisions: files of SQL, each of which takes the tables one step further (upgrade) and back again (downgrade). The
 * command `orm db` does what these functions do; an application may bring its database up to date by itself, at its start:
 *
 *     ORM_TRY(orm_migrate(database, "migrations", &error));
 *
 * The database knows where it is by its table alembic_version. Each revision is one transaction, on SQLite too: one that fails, or whose
 * process is killed, leaves what was before it, and the next upgrade goes on from there. Of two upgrades at the same time one waits.
 * While a revision runs SQLite does not enforce foreign keys (so that a table can be rebuilt under those that refer to it); they are
 * checked before its commit.
 *
 * A revision is named by its id, or the beginning of one that no other has; by a label; "head", where there is only one, "heads", "base";
 * "+1" and "-2" from where the database is, "ID+1", "head-1"; on a branch "LABEL@head", "ID@-1". What cannot be found, or is ambiguous,
 * and a history that is none, are ORM_MIGRATION, and the message names the file and line. */
typedef struct orm_migrations orm_migrations;
typedef struct orm_revision {
    const char        *id, *message, *date, *path;     /* "" without a message; "2024-02-01 12:00:00" */
    const char *const *down;    size_t down_count;     /* what it comes after: none for the first, several for a merge */
    const char *const *depends; size_t depends_count;  /* what must have run before besides */
    const char *const *labels;  size_t label_count;
    bool               head, branch_point, merge_point;
} orm_revision;
typedef struct orm_revisions { const orm_revision *const *at; size_t count; } orm_revisions;

ORM_API orm_status orm_migrate(orm_database *, const char *directory, orm_error *) ORM_MUST_USE;  /* to the head */

/* Makes the directory, with its README and its folder versions/. One that is not empty is ORM_MIGRATION. */
ORM_API orm_status orm_migrations_init(const char *directory, orm_error *) ORM_MUST_USE;
/* Reads the headers of all revisions. Revisions and lists of them live until the close. */
ORM_API orm_status orm_migrations_open(const char *directory, orm_migrations **out, orm_error *) ORM_MUST_USE;
ORM_API void       orm_migrations_close(orm_migrations **);
ORM_API orm_status orm_migrations_find(orm_migrations *, const char *name, orm_revisions *out, orm_error *) ORM_MUST_USE;  /* "base": none */
/* The newest first; `range` is "from:to", either of which may be left out, or NULL. `database` is asked where it is, for "current" and
 * steps from there; else it may be NULL. */
ORM_API orm_status orm_migrations_history(orm_migrations *, orm_database *, const char *range, orm_revisions *out, orm_error *) ORM_MUST_USE;

/* A new file. Everything may be left out. */
typedef struct orm_new_revision {
    const char *message;
    const char *id;                   /* letters, digits, _ and ., at most 32; NULL: twelve hexadecimal digits */
    const char *head;                 /* what it comes after; NULL: the head, of which there is one */
    bool        splice;               /* `head` may be a revision that others come after: a branch begins */
    const char *label;                /* of the branch that begins here */
    const char *const *depends; size_t depends_count;
    const char *upgrade, *downgrade;  /* what stands in these sections, for both databases */
} orm_new_revision;
ORM_API orm_status orm_migrations_revise(orm_migrations *, const orm_new_revision *, const orm_revision **out, orm_error *) ORM_MUST_USE;
/* One that comes after several: "heads", or two and more names. */
ORM_API orm_status orm_migrations_merge(orm_migrations *, const char *const *names, size_t, const orm_new_revision *,
                                        const orm_revision **out, orm_error *) ORM_MUST_USE;

/* What the models have and the database has not, and the other way round. */
typedef enum orm_change_kind {
    ORM_ADD_TABLE, ORM_DROP_TABLE, ORM_ADD_COLUMN, ORM_DROP_COLUMN, ORM_ALTER_TYPE, ORM_ALTER_NULLABLE, ORM_ALTER_DEFAULT,
    ORM_ADD_UNIQUE, ORM_DROP_UNIQUE, ORM_ADD_INDEX, ORM_DROP_INDEX, ORM_ADD_FOREIGN_KEY, ORM_DROP_FOREIGN_KEY, ORM_ALTER_PRIMARY_KEY
} orm_change_kind;
typedef struct orm_change {
    orm_change_kind    kind;
    const char        *table, *name;                    /* of the column, index or constraint; NULL of a table */
    const char *const *columns; size_t column_count;    /* of an index or constraint */
    const char        *target;                          /* of a foreign key */
    const char        *text;                            /* in words: column "user"."bio" is new */
    const char        *decision;                        /* what a person has to decide before the revision runs; NULL: nothing */
} orm_change;
typedef struct orm_changes { const orm_change *at; size_t count; } orm_changes;   /* as orm_migrate_compare makes it */
/* Not compared: checks, views, triggers, comments, the order of columns, whether a key counts up; indexes that a model cannot say (of
 * expressions, partial ones). Names of constraints and indexes count where the model gives them. */
typedef struct orm_compare_options {
    bool ignore_types, ignore_defaults;
    bool keep_tables;                 /* tables that no model has are left alone; else they are dropped */
} orm_compare_options;
ORM_API orm_status orm_migrate_compare(orm_database *, const orm_compare_options *, orm_changes **out, orm_error *) ORM_MUST_USE;
ORM_API void       orm_changes_close(orm_changes **);
/* Writes a revision that makes these changes, for both databases, and undoes them. *out is NULL when there are none: then no file is
 * written. The database has to be at the heads. Renames look like a drop and an add: the file says so, and is there to be read and edited.
 * `changes` may be NULL. */
ORM_API orm_status orm_migrate_generate(orm_database *, orm_migrations *, const orm_new_revision *, const orm_compare_options *,
                                        orm_changes **changes, const orm_revision **out, orm_error *) ORM_MUST_USE;

/* Called before each revision. */
typedef void orm_progress_fn(void *context, const orm_revision *, bool down);
ORM_API orm_status orm_migrate_upgrade(orm_database *, orm_migrations *, const char *to, orm_progress_fn *, void *context, orm_error *) ORM_MUST_USE;
ORM_API orm_status orm_migrate_downgrade(orm_database *, orm_migrations *, const char *to, orm_progress_fn *, void *context, orm_error *) ORM_MUST_USE;
/* Says where the database is, and runs nothing; `purge` forgets first where it was, whatever that is. */
ORM_API orm_status orm_migrate_stamp(orm_database *, orm_migrations *, const char *to, bool purge, orm_error *) ORM_MUST_USE;
ORM_API orm_status orm_migrate_current(orm_database *, orm_migrations *, orm_revisions *out, orm_error *) ORM_MUST_USE;
/* The same as SQL text, for the database's dialect, without a connection: `range` is "from:to", or "to" from base; a downgrade needs both. */
typedef enum orm_script_kind { ORM_SCRIPT_UPGRADE, ORM_SCRIPT_DOWNGRADE, ORM_SCRIPT_STAMP } orm_script_kind;
typedef void orm_write_fn(void *context, const char *text);
ORM_API orm_status orm_migrate_script(orm_database *, orm_migrations *, orm_script_kind, const char *range, orm_write_fn *, void *context,
                                      orm_error *) ORM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
